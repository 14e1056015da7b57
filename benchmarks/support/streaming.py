"""Shared by the streaming benchmarks: users with tokens, a web process and a worker, and thousands of clients in a process of their own."""

import asyncio
import hashlib
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec

from benchmarks.support.common import ROOT, free_port, process, wait_for_port
from benchmarks.support.timeline_data import make_people

CLIENTS = 5000
MARKER = "the one that all are waiting for"
HOST = "bench.test:8080"
KINDS = ("socket", "events")
_AT_ONCE = 50  # concurrent handshakes; more would only be queued in the server


class Seen(msgspec.Struct):
    """What the clients received. Times are from `time.monotonic()`, which all processes of a machine share."""

    connected: int
    lost: int
    first: float = 0.0
    last: float = 0.0
    heard: int = 0


def raise_file_limit(wanted: int = CLIENTS + 1000) -> None:
    """Let this process and its children open that many files, or exit with a message."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise SystemExit(f"ulimit -Hn is {hard}; this bench needs {wanted}")
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def token_of(number: int) -> str:
    return f"bench-token-{number}-{'x' * 24}"


async def prepare(first: int = 1000) -> None:
    """Create CLIENTS users who follow author 1, each with a login and a token."""
    from core.db import sql

    viewer = await make_people(CLIENTS)
    people = list(range(viewer + 1, viewer + 1 + CLIENTS))
    await sql.run(
        "INSERT INTO api_app (id, name, website, redirect_uris, scopes, client_id, client_secret_hash, created_at)"
        " VALUES (1, 'bench', '', '[]', 'read', 'bench', '', now())"
    )
    await sql.run(
        """INSERT INTO users_user (id, email, password_hash, role, is_disabled, confirmed_at, approved_at, created_at)
           SELECT n, n || '@bench.test', '', 'member', false, now(), now(), now() FROM unnest(%s::bigint[]) n""",
        [people],
    )
    await sql.run(
        "INSERT INTO users_identityaccess (user_id, identity_id, is_owner, created_at)"
        " SELECT n, n, true, now() FROM unnest(%s::bigint[]) n",
        [people],
    )
    await sql.run(
        """INSERT INTO api_token (token_hash, app_id, user_id, identity_id, scopes, created_at, last_used_at)
           SELECT h, 1, n, n, 'read', now(), now() FROM unnest(%s::bigint[], %s::text[]) AS w (n, h)""",
        [people, [hashlib.sha256(token_of(number).encode()).hexdigest() for number in range(CLIENTS)]],
    )
    await sql.run("VACUUM ANALYZE")


@contextmanager
def web_process() -> Iterator[tuple[int, int]]:
    """Run `takahe web`; yield its port and process id."""
    port = free_port()
    environment = {"TAKAHE_RATE_LIMIT_PERCENT": "0", "TAKAHE_LOG_LEVEL": "WARNING"}
    arguments = [sys.executable, "-m", "takahe", "web", "--port", str(port)]
    with process(arguments, environment) as child:
        wait_for_port(port, child)
        yield port, child.pid


@contextmanager
def worker_process() -> Iterator[int]:
    """Run `takahe worker`; yield its process id."""
    with process([sys.executable, "-m", "takahe", "worker"], {"TAKAHE_LOG_LEVEL": "WARNING"}) as child:
        yield child.pid


def memory_kb(pid: int) -> int:
    """Return the unique set size (USS) of a process: shared memory doesn't grow with clients."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


class Clients:
    """CLIENTS connections in a child process, all with one protocol and one stream."""

    def __init__(self, port: int, kind: str, stream: str, count: int = CLIENTS) -> None:
        code = "from benchmarks.support.streaming import main; main()"
        self.child = subprocess.Popen(
            [sys.executable, "-c", code, str(port), kind, stream, str(count)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def ready(self) -> Seen:
        """Wait until all are connected."""
        assert self.child.stdout is not None
        return msgspec.json.decode(self.child.stdout.readline(), type=Seen)

    def heard(self) -> Seen:
        """Wait until all have received the marker, or until the timeout."""
        return self.ready()

    def stop(self) -> None:
        assert self.child.stdin is not None
        self.child.stdin.close()
        self.child.wait(30)


class _Client(asyncio.Protocol):
    """A client that sends its request and records when the marker arrives. Server-sent events and unmasked frames both contain it as text."""

    def __init__(self, crowd: "_Crowd", request: bytes, greeting: bytes) -> None:
        self.crowd, self.request, self.greeting = crowd, request, greeting
        self.buffer = b""
        self.is_open = False
        self.has_heard = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        transport.write(self.request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        if not self.is_open:
            self.buffer += data
            if self.greeting in self.buffer:
                self.is_open, self.buffer = True, b""
                self.crowd.opened(self)
        elif not self.has_heard:
            self.buffer += data
            if MARKER.encode() in self.buffer:
                self.has_heard, self.buffer = True, b""
                self.crowd.has_heard()

    def connection_lost(self, error: Exception | None) -> None:
        self.crowd.lost += 1
        self.crowd.slots.release()


class _Crowd:
    def __init__(self, count: int) -> None:
        self.count = count
        self.connected = self.lost = self.heard = 0
        self.first = self.last = 0.0
        self.slots = asyncio.Semaphore(_AT_ONCE)
        self.all_open, self.all_heard = asyncio.Event(), asyncio.Event()

    def opened(self, client: _Client) -> None:
        self.slots.release()
        self.connected += 1
        if self.connected == self.count:
            self.all_open.set()

    def has_heard(self) -> None:
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.heard += 1
        if self.heard == self.count:
            self.all_heard.set()

    def say(self) -> None:
        seen = Seen(self.connected, self.lost, self.first, self.last, self.heard)
        os.write(1, msgspec.json.encode(seen) + b"\n")


def _request(kind: str, stream: str, number: int) -> tuple[bytes, bytes]:
    """Return the request, and the last bytes of the server's greeting."""
    token = token_of(number)
    if kind == "events":
        path = stream.replace(":", "/")
        return (
            f"GET /api/v1/streaming/{path} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {token}\r\n\r\n".encode(),
            b":)\n",
        )
    return (
        f"GET /api/v1/streaming?stream={stream} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {token}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode(),
        b"\r\n\r\n",
    )


async def _connect_all(port: int, kind: str, stream: str, count: int) -> None:
    loop = asyncio.get_running_loop()
    crowd = _Crowd(count)
    for number in range(count):
        await crowd.slots.acquire()
        request, greeting = _request(kind, stream, number)
        await loop.create_connection(partial(_Client, crowd, request, greeting), "127.0.0.1", port)
    async with asyncio.timeout(60):
        await crowd.all_open.wait()
    crowd.say()
    end = asyncio.Event()
    loop.add_reader(0, end.set)
    ended = asyncio.ensure_future(end.wait())
    waiting = asyncio.ensure_future(crowd.all_heard.wait())
    await asyncio.wait([ended, waiting], timeout=60, return_when=asyncio.FIRST_COMPLETED)
    crowd.say()
    waiting.cancel()
    await asyncio.wait([ended], timeout=60)


def main() -> None:
    import uvloop

    port, kind, stream, count = sys.argv[1:]
    uvloop.run(_connect_all(int(port), kind, stream, int(count)))
