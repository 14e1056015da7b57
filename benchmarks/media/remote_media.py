"""Remote media through our proxy: first views compared with a direct fetch, cached views compared with nginx, and memory while 1 GB passes through.

Cached views are compared by the cost of a request: CPU of our only web process and of nginx's only worker, both with access logs on, in turns.
Requests per second are printed as well, without a bound, because the client shares the cores and is what limits nginx.
The other server answers after 40 ms, as one on the same continent does: on loopback alone a request of 0.5 ms would be compared with the four
statements that store a copy. That is printed as well, without a bound.
"""

import asyncio
import http.client
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.support.common import cpu_seconds, free_port, load, process, report, wait_for_port
from benchmarks.support.database import migrated_database
from benchmarks.support.timeline_data import run

FIRST_BOUND = 1.5
CACHED_BOUND = 0.25
MEMORY_BOUND_MB = 48
PICTURE_BYTES = 100_000
SMALL_BYTES = 20_000  # like an avatar
ROUNDS = 5
FIRST_VIEWS = 60
FILM_BYTES = 10_000_000
FILMS = 100
READERS = 8
DELAY_S = 0.04
_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x40\0\0\0\x40\x08\x02\0\0\0"
_MP4 = b"\0\0\0\x18ftypisom"


def main() -> bool:
    with migrated_database(), tempfile.TemporaryDirectory(prefix="takahe-bench-") as folder:
        run(_make_domain)
        with _origin() as origin:
            environment = {
                "TAKAHE_ALLOWED_NETWORKS": "127.0.0.0/8",
                "TAKAHE_ALLOW_HTTP": "true",
                "TAKAHE_MEDIA_DIR": f"{folder}/media",
            }
            with _web(environment) as (port, pid), _worker(environment) as worker:
                _timed(port, _ours(f"http://127.0.0.1:{origin}/p/warm-up"))
                first = _first_views(port, origin)
                cached = _cached_views(port, pid, origin, Path(folder))
                return all([*first, cached, *_memory(port, origin, {"web": pid, "worker": worker})])


@contextmanager
def _web(environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Run `takahe web` as operators do; yield its port and process id."""
    port = free_port()
    with process([sys.executable, "-m", "takahe", "web", "--port", str(port)], environment) as child:
        wait_for_port(port, child)
        yield port, child.pid


@contextmanager
def _worker(environment: dict[str, str]) -> Iterator[int]:
    """Run `takahe worker`, which evicts files beyond the budget; yield its process id."""
    with process([sys.executable, "-m", "takahe", "worker"], environment) as child:
        yield child.pid


async def _make_domain() -> None:
    from core.db import own_connection
    from users.domains.services import create_domain

    async with own_connection():
        await create_domain(name="bench.test:8080")


def _ours(url: str) -> str:
    from federation.media.addresses import proxied_url
    from federation.models import RemoteFileKind

    return proxied_url(url, RemoteFileKind.attachment)


def _timed(port: int, path: str) -> float:
    """Fetch a file on a new connection; return the milliseconds until its last byte."""
    started = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"{path[:80]}: {answer.status} {body[:100]!r}")
    return (time.perf_counter() - started) * 1000


def _first_views(port: int, origin: int) -> list[bool]:
    results = []
    for kind, is_bound in (("slow", True), ("quick", False)):
        paths = [f"/{kind}/{n}" for n in range(FIRST_VIEWS)]
        direct = statistics.median(_timed(origin, f"{path}-direct") for path in paths)
        through = statistics.median(_timed(port, _ours(f"http://127.0.0.1:{origin}{path}")) for path in paths)
        if is_bound:
            results.append(
                report("first view of 100 KB", through, direct, FIRST_BOUND, unit=" ms", at_most=True)
            )
        else:
            print(
                f"the same without the 40 ms of a distance: {through:.1f} ms (beside {direct:.1f} ms), no bound"
            )
    return results


def _cached_views(port: int, pid: int, origin: int, folder: Path) -> bool:
    with _nginx(folder) as (nginx_port, worker):
        well = True
        for kind, size in (("quick", PICTURE_BYTES), ("small", SMALL_BYTES)):
            path = _ours(f"http://127.0.0.1:{origin}/{kind}/cached")
            _timed(port, path)
            pairs = [
                (_cost(port, path, pid), _cost(nginx_port, f"/{kind}.png", worker)) for _ in range(ROUNDS)
            ]
            (ours, ours_wall), (beside, beside_wall) = (
                _medians(column) for column in zip(*pairs, strict=True)
            )
            name = f"cached view of {size // 1000} KB, beside nginx"
            if kind == "quick":
                well = report(name, ours, beside, CACHED_BOUND, unit="/CPU s")
            else:
                print(f"{name}: {ours:,.0f}/CPU s (beside {beside:,.0f}) ratio {ours / beside:.2f}, no bound")
            print(f"  on the wall: {ours_wall:,.0f}/s (beside {beside_wall:,.0f}/s), no bound")
        return well


def _cost(port: int, path: str, pid: int) -> tuple[float, float]:
    """Return the requests per second of the process's CPU time, and per second."""
    before = cpu_seconds(pid)
    seen = load(port, path, clients=16, seconds=2, warm_up_s=0)
    if seen.errors:
        raise SystemExit(f"{path[:80]}: {seen.errors} errors")
    return seen.requests / (cpu_seconds(pid) - before), seen.per_second


def _medians(column: Sequence[tuple[float, float]]) -> tuple[float, float]:
    costs, walls = zip(*column, strict=True)
    return statistics.median(costs), statistics.median(walls)


@contextmanager
def _nginx(folder: Path) -> Iterator[tuple[int, int]]:
    """Run nginx with one worker and the same files; yield its port and the worker's process id."""
    (folder / "www").mkdir()
    (folder / "www" / "quick.png").write_bytes(_body(_PNG, PICTURE_BYTES))
    (folder / "www" / "small.png").write_bytes(_body(_PNG, SMALL_BYTES))
    program, port = shutil.which("nginx"), free_port()
    if program is None:
        raise SystemExit("there is no nginx to compare with: apt install nginx-light")
    (folder / "nginx.conf").write_text(
        f"""worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log stderr error; events {{}}
        http {{ access_log /dev/null; sendfile on; keepalive_requests 100000000; types {{ image/png png; }}
            client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
            server {{ listen 127.0.0.1:{port}; root {folder}/www; }} }}"""
    )
    os.chmod(folder, 0o755)  # its worker runs as nobody
    with process([program, "-c", f"{folder}/nginx.conf", "-e", "stderr"]) as child:
        wait_for_port(port, child)
        children = Path(f"/proc/{child.pid}/task/{child.pid}/children")
        while not (workers := children.read_text().split()):  # it listens before it starts its worker
            time.sleep(0.01)
        yield port, int(workers[0])


def _memory(port: int, origin: int, pids: dict[str, int]) -> list[bool]:
    """Send 1 GB of video to eight readers at once; compare the peak resident sizes with those before."""
    for pid in pids.values():
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    before = {name: _status_mb(pid, "VmRSS") for name, pid in pids.items()}
    asyncio.run(_read_films(port, origin))
    return [
        report(
            f"highest memory of {name} while 1 GB passes",
            _status_mb(pid, "VmHWM"),
            before[name],
            round((before[name] + MEMORY_BOUND_MB) / before[name], 2),
            unit=" MB",
            at_most=True,
        )
        for name, pid in pids.items()
    ]


async def _read_films(port: int, origin: int) -> None:
    waiting = [_ours(f"http://127.0.0.1:{origin}/film/{n}") for n in range(FILMS)]

    async def read() -> None:
        while waiting:
            path = waiting.pop()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            size = 0
            while piece := await reader.read(262_144):
                size += len(piece)
            writer.close()
            if size < FILM_BYTES:
                raise SystemExit(f"a film of {size} bytes")

    await asyncio.gather(*(read() for _ in range(READERS)))


def _status_mb(pid: int, name: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024


def _body(head: bytes, size: int) -> bytes:
    return head + bytes(size - len(head))


@contextmanager
def _origin() -> Iterator[int]:
    """Run the other server in its own process."""
    port = free_port()
    with process([sys.executable, "-m", "benchmarks.media.remote_media", "origin", str(port)]) as child:
        wait_for_port(port, child)
        yield port


async def _serve_origin(port: int) -> None:
    picture, small, film = _body(_PNG, PICTURE_BYTES), _body(_PNG, SMALL_BYTES), _body(_MP4, FILM_BYTES)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ", 2)[1]
                if path.startswith(b"/slow"):
                    await asyncio.sleep(DELAY_S)
                body = {b"film": film, b"smal": small}.get(path[1:5], picture)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
                for start in range(0, len(body), 1 << 18):
                    writer.write(body[start : start + (1 << 18)])
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    if sys.argv[1:2] == ["origin"]:
        asyncio.run(_serve_origin(int(sys.argv[2])))
    sys.exit(0 if main() else 1)
