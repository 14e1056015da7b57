"""Shared by all benchmarks: servers in their own processes, a load generator in another, and one line per result."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Load:
    """The results of the load generator. Times in milliseconds."""

    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    requests: int
    errors: int


def report(
    name: str, ours: float, beside: float, bound: float, *, unit: str = "/s", at_most: bool = False
) -> bool:
    """Print `name: X (beside Y) ratio R, bound B`; return whether the bound is met."""
    ratio = ours / beside if beside else float("inf")
    well = ratio <= bound if at_most else ratio >= bound
    sign = "≤" if at_most else "≥"
    verdict = "ok" if well else "MISSED"
    print(
        f"{name}: {ours:,.1f}{unit} (beside {beside:,.1f}{unit}) ratio {ratio:.2f}, bound {sign} {bound} {verdict}"
    )
    return well


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(
    arguments: Sequence[str], environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process of ours until the end of the block. Its output goes to /dev/null unless BENCH_OUTPUT is set."""
    output = None if os.environ.get("BENCH_OUTPUT") else subprocess.DEVNULL
    child = subprocess.Popen(
        arguments, cwd=ROOT, env={**os.environ, **(environment or {})}, stdout=output, stderr=output
    )
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def wait_for_port(port: int, child: subprocess.Popen[bytes], timeout_s: float = 20) -> None:
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if child.poll() is not None:
            raise RuntimeError(
                f"the server ended with {child.returncode}; run with BENCH_OUTPUT=1 to see why"
            )
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"nothing listens on port {port} after {timeout_s} s")


def cpu_seconds(pid: int) -> float:
    """Return the user and kernel time that a process has used so far, in all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def asgi_server(app: str, environment: Mapping[str, str] | None = None) -> Iterator[int]:
    """Run uvicorn (one process, uvloop, httptools) for an application named "module:attribute"; yield the port."""
    with asgi_process(app, environment) as (port, _):
        yield port


@contextmanager
def asgi_process(app: str, environment: Mapping[str, str] | None = None) -> Iterator[tuple[int, int]]:
    """Do the same; yield the port and the process id."""
    port = free_port()
    arguments = [
        sys.executable,
        "-m",
        "uvicorn",
        app,
        "--port",
        str(port),
        "--loop",
        "uvloop",
        "--http",
        "httptools",
    ]
    with process([*arguments, "--no-access-log", "--log-level", "warning"], environment) as child:
        wait_for_port(port, child)
        yield port, child.pid


def load(
    port: int,
    path: str,
    *,
    clients: int = 16,
    seconds: float = 4,
    warm_up_s: float = 1,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    host: str = "",
) -> Load:
    """Send requests to one URL from keep-alive clients in another process, each as soon as it has the previous response."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host or f'127.0.0.1:{port}'}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    request = ("\r\n".join(lines) + "\r\n\r\n").encode() + body
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.support.common",
            str(port),
            str(clients),
            str(seconds),
            str(warm_up_s),
        ],
        input=request,
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=seconds + warm_up_s + 30,
    )
    return msgspec.json.decode(done.stdout, type=Load)


class _Client(asyncio.Protocol):
    """A client that sends the request and reads the response (Content-Length or chunked) repeatedly. Statuses other than 2xx count as errors."""

    def __init__(self, request: bytes, times: list[float], errors: list[bytes]) -> None:
        self.request, self.times, self.errors = request, times, errors
        self.buffer = b""
        self.sent = 0.0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.send_request()

    def send_request(self) -> None:
        self.sent = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.buffer = self.buffer + data if self.buffer else data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        at = self.buffer.find(b"ontent-", 0, end)
        while at >= 0 and self.buffer[at + 7 : at + 14].lower() != b"length:":
            at = self.buffer.find(b"ontent-", at + 7, end)
        if at >= 0:
            if len(self.buffer) < end + 4 + int(self.buffer[at + 14 : self.buffer.index(b"\r", at)]):
                return
        elif not self.buffer.endswith(b"0\r\n\r\n"):
            return
        if self.buffer[9:10] != b"2":
            self.errors.append(self.buffer[:end])
        self.buffer = b""
        self.times.append(time.perf_counter() - self.sent)
        self.send_request()

    def connection_lost(self, error: Exception | None) -> None:
        self.errors.append(b"connection lost")


async def _hammer(port: int, clients: int, seconds: float, warm_up_s: float, request: bytes) -> Load:
    loop = asyncio.get_running_loop()
    times: list[float] = []
    errors: list[bytes] = []
    made = [
        (await loop.create_connection(lambda: _Client(request, times, errors), "127.0.0.1", port))[0]
        for _ in range(clients)
    ]
    await asyncio.sleep(warm_up_s)
    times.clear()
    started = time.perf_counter()
    await asyncio.sleep(seconds)
    spent = time.perf_counter() - started
    found, failed = sorted(times), len(errors)
    for transport in made:
        transport.abort()
    if failed:
        sys.stderr.write(errors[0].decode("latin-1") + "\n")
    count = len(found)
    return Load(
        count / spent,
        found[count // 2] * 1000 if count else 0,
        found[int(count * 0.95)] * 1000 if count else 0,
        found[int(count * 0.99)] * 1000 if count else 0,
        count,
        failed,
    )


if __name__ == "__main__":
    import uvloop

    _port, _clients, _seconds, _warm_up = sys.argv[1:]
    seen = uvloop.run(
        _hammer(int(_port), int(_clients), float(_seconds), float(_warm_up), sys.stdin.buffer.read())
    )
    sys.stdout.buffer.write(msgspec.json.encode(seen))


class Sink(asyncio.Protocol):
    """A peer that answers every request with 202."""

    def __init__(self) -> None:
        self._buffer = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            at = head.find(b"content-length:")
            size = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._buffer) < end + 4 + size:
                return
            body, self._buffer = self._buffer[end + 4 : end + 4 + size], self._buffer[end + 4 + size :]
            self.process_body(body)
            self._transport.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")

    def process_body(self, body: bytes) -> None:
        """Process the body of a request before it is answered."""
