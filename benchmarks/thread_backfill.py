"""The time to fetch a thread of 500 replies on 80 other servers, half of them replies to replies. `python -m benchmarks.thread_backfill`.

Runs a real worker, and peers in another process, each with a name, an address and an author. Every post and every author is requested from its own
peer. The time is measured from the statement by which the web process requests the thread to the end of the walk; the highest number of requests that
one peer received within a second is printed as well. With BENCH_UNKNOWN no peer has ever sent us anything, so that they share a few slots
(federation/fetching/slots.py).
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.support.common import cpu_seconds, free_port, process, wait_for_port
from benchmarks.support.database import migrated_database

BOUND_S = 10.0
MAX_A_SECOND = 2
REPLIES = 500
PEERS = 80
PER_PAGE = 60
IS_KNOWN = os.environ.get("BENCH_UNKNOWN", "") == ""
_TYPE = "application/activity+json"
_PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


def _base(number: int, port: int) -> str:
    return f"http://peer{number}.site{number}.test:{port}"


def _documents(port: int, public_key: str) -> dict[str, Any]:
    """Return the documents that the peers serve, by URL. Reply `n` is on peer `n % PEERS`; the second half replies to the first."""
    served: dict[str, Any] = {}
    for number in range(PEERS):
        actor = f"{_base(number, port)}/users/ana"
        key = {"id": f"{actor}#main-key", "owner": actor, "publicKeyPem": public_key}
        served[actor] = {
            "id": actor,
            "type": "Person",
            "preferredUsername": "ana",
            "inbox": f"{actor}/inbox",
            "outbox": f"{actor}/outbox",
            "followers": f"{actor}/followers",
            "publicKey": key,
        }
        links = [{"rel": "self", "type": _TYPE, "href": actor}]
        host = actor.split("/")[2]
        finger = (
            f"{_base(number, port)}/.well-known/webfinger?resource=acct%3Aana%40{host.replace(':', '%3A')}"
        )
        served[finger] = {"subject": f"acct:ana@{host}", "links": links}
    root = f"{_base(0, port)}/notes/root"
    notes = [f"{_base(number % PEERS, port)}/notes/{number}" for number in range(REPLIES)]
    half = REPLIES // 2
    for number, uri in enumerate(notes):
        parent = root if number < half else notes[number - half]
        below = [notes[number + half]] if number < half else []
        served[uri] = _note(uri, f"{_base(number % PEERS, port)}/users/ana", parent, {"items": below})
    pages = [notes[at : min(at + PER_PAGE, half)] for at in range(0, half, PER_PAGE)]
    names = [f"{root}/replies/{number}" for number in range(len(pages))]
    for name, items, following in zip(names, pages, [*names[1:], None], strict=True):
        page = {"id": name, "type": "CollectionPage", "partOf": f"{root}/replies", "items": items}
        served[name] = page | ({"next": following} if following else {})
    served[root] = _note(root, f"{_base(0, port)}/users/ana", None, {"first": names[0]})
    return served


def _note(uri: str, author: str, parent: str | None, replies: dict[str, Any]) -> dict[str, Any]:
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": uri,
        "type": "Note",
        "attributedTo": author,
        "inReplyTo": parent,
        "content": "<p>" + "A reply of the usual length, as they go around. " * 5 + "</p>",
        "published": "2026-01-02T03:04:05Z",
        "to": [_PUBLIC],
        "cc": [f"{author}/followers"],
        "replies": {"id": f"{uri}/replies", "type": "Collection", **replies},
    }


class _Peers(asyncio.Protocol):
    """All peers on one port, distinguished by the Host header."""

    served: dict[str, bytes]
    seen: dict[str, list[float]]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines[1:])
            path = lines[0].split(" ")[1]
            self.seen.setdefault(headers["host"], []).append(time.monotonic())
            body = self.served.get(f"http://{headers['host']}{path}")
            if path == "/seen":
                body = json.dumps(list(self.seen.values())).encode()
            status = b"200 OK" if body is not None else b"404 Not Found"
            kind = b"application/jrd+json" if "webfinger" in path else _TYPE.encode()
            self.transport.write(
                b"HTTP/1.1 %b\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b"
                % (status, kind, len(body or b""), body or b"")
            )


async def _serve(port: int, key_file: str) -> None:
    documents = _documents(port, Path(key_file).read_text())
    _Peers.served = {name: msgspec.json.encode(document) for name, document in documents.items()}
    _Peers.seen = {}
    server = await asyncio.get_running_loop().create_server(_Peers, "0.0.0.0", port, backlog=1000)
    await server.serve_forever()


async def _backfill(port: int) -> tuple[float, float, int, float]:
    """Return the start, the seconds, the fetched posts, and the worker's CPU seconds."""
    from activities.publishing.services.fetching import ensure_post
    from activities.threads.models import ThreadWalk
    from activities.threads.services.requests import request_walk
    from core.crypto.keys import make_rsa_pair, seal
    from core.db import own_connection, sql
    from users.domains.models import Domain

    async with own_connection():
        pair = make_rsa_pair()
        await sql.run(
            "INSERT INTO federation_systemkey (id, public_key, private_key) VALUES (1, %s, %s)",
            [pair.public_pem, seal(pair.private_pem)],
        )
        await Domain.objects.acreate(name="bench.test")
        if IS_KNOWN:
            await sql.run(
                "INSERT INTO federation_peer (host, last_success_at) SELECT host, now() - interval '1 hour' FROM unnest(%s::text[]) host",
                [[_base(number, port).removeprefix("http://") for number in range(PEERS)]],
            )
        root = await ensure_post(f"{_base(0, port)}/notes/root")
        with process([sys.executable, "-m", "takahe", "worker"]) as worker:
            async with asyncio.timeout(60):
                while not await sql.value("SELECT EXISTS (SELECT FROM stator_heartbeat)"):
                    await asyncio.sleep(0.1)
            await asyncio.sleep(2)  # for LISTEN to be in place
            used = cpu_seconds(worker.pid)
            started = time.monotonic()
            await request_walk(root.pk)
            async with asyncio.timeout(120):
                while (await ThreadWalk.objects.aget()).state == "walking":
                    await asyncio.sleep(0.05)
            took = time.monotonic() - started
            row = await ThreadWalk.objects.aget()
            print(f"walk: {row.posts} posts, {row.requests} documents, {row.state} {row.reason}")
            return started, took, row.posts, cpu_seconds(worker.pid) - used


def _most_in_a_second(times: list[float]) -> int:
    return max((sum(1 for other in times if start <= other < start + 1) for start in times), default=0)


def _seen(port: int) -> list[list[float]]:
    import urllib.request

    with urllib.request.urlopen(f"http://127.0.0.1:{port}/seen") as answer:
        found: list[list[float]] = json.load(answer)
        return found[:]


def main() -> bool:
    port = free_port()
    addresses = {f"peer{number}.site{number}.test": f"127.0.{1 + number}.1" for number in range(PEERS)}
    with migrated_database(addresses=addresses) as folder:
        return _run(port, folder)


def _run(port: int, folder: Path) -> bool:
    import django
    import uvloop

    django.setup()
    from core.crypto.keys import make_rsa_pair

    (folder / "key.pem").write_text(make_rsa_pair().public_pem)
    arguments = [
        sys.executable,
        "-m",
        "benchmarks.thread_backfill",
        "peers",
        str(port),
        str(folder / "key.pem"),
    ]
    with process(arguments) as peers:
        wait_for_port(port, peers)
        began, took, posts, cpu_s = uvloop.run(_backfill(port))
        seen = [[one for one in times if one >= began] for times in _seen(port)]
    most = max(_most_in_a_second(times) for times in seen)
    well = took <= BOUND_S and posts == REPLIES and most <= MAX_A_SECOND
    print(
        f"thread_backfill: {posts} of {REPLIES} replies from {PEERS} peers in {took:.1f} s ({sum(map(len, seen))} requests, at most {most} in a"
        f" second to one; the worker used {cpu_s:.1f} s of CPU time), load {os.getloadavg()[0]:.1f},"
        f" bound ≤ {BOUND_S:.0f} s {'ok' if well else 'MISSED'}"
    )
    return well


if __name__ == "__main__":
    if sys.argv[1:2] == ["peers"]:
        asyncio.run(_serve(int(sys.argv[2]), sys.argv[3]))
    else:
        sys.exit(0 if main() else 1)
