"""Delivery of one post to 1,000 inboxes on 100 hosts (a local sink), compared with a loop that only signs and posts with httpx.

Also the CPU time of one POST over kept connections, compared with aiohttp alone.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from benchmarks.support.common import Sink, free_port, process, report, wait_for_port
from benchmarks.support.database import migrated_database

BOUND = 0.6
CPU_BOUND = 1.65  # 0.7 of what the client on httpcore took (docs/decisions/0011)
HOSTS = 100
INBOXES_PER_HOST = 10
ROUNDS = 3
AT_ONCE = 100


async def _serve_sink(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "0.0.0.0", port, backlog=1000)
    await server.serve_forever()


def _activity(number: int) -> dict[str, Any]:
    uri = f"https://bench.test/users/ana/statuses/{number}"
    content = "<p>" + "A post of the usual length, as they go around. " * 12 + "</p>"
    note = {"id": uri, "type": "Note", "attributedTo": "https://bench.test/users/ana", "content": content}
    return {
        "id": f"{uri}/activity",
        "type": "Create",
        "actor": "https://bench.test/users/ana",
        "object": note,
    }


async def _plain(inboxes: list[str], private_pem: str) -> float:
    """Sign and post with one httpx client at the best concurrency; return the seconds for all."""
    import httpx
    import msgspec

    from federation.signatures import SigningKey, sign_request

    key = SigningKey("https://bench.test/users/ana#main-key", private_pem)
    body = msgspec.json.encode(_activity(0))
    todo = iter(inboxes)
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    async with httpx.AsyncClient(limits=limits, trust_env=False) as http:

        async def work() -> None:
            for inbox in todo:
                headers = sign_request(key, "POST", inbox, body) | {
                    "Content-Type": "application/activity+json"
                }
                # the sink has one address; no names are resolved here
                answer = await http.post(_at_loopback(inbox), content=body, headers=headers)
                assert answer.status_code == 202

        started = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        return time.perf_counter() - started


def _at_loopback(inbox: str) -> str:
    """Return a URL with a loopback address of its own for the host, as in our run, so that both keep connections per host."""
    host, _, rest = inbox.removeprefix("http://h").partition(".test:")
    return f"http://127.0.1.{int(host) + 1}:{rest}"


async def _ours(inboxes: list[str], number: int) -> float:
    """Return the seconds from the commit of one `send` until the last delivery is recorded as delivered."""
    from core.db import async_atomic, own_connection, sql
    from federation.models import Peer
    from federation.sending import send
    from stator.workers.worker import Worker

    stop = asyncio.Event()
    worker = Worker([Peer], with_jobs=False)
    task = asyncio.create_task(worker.run(stop))
    await worker.is_listening.wait()
    async with own_connection():
        started = time.perf_counter()
        async with async_atomic():
            await send(signer=0, activity=_activity(number), inboxes=inboxes)
        while await sql.value("SELECT EXISTS (SELECT 1 FROM federation_delivery WHERE status = 0)"):
            await asyncio.sleep(0.02)
        took = time.perf_counter() - started
        assert (
            await sql.value("SELECT count(*) FROM federation_delivery WHERE status = 1")
            == len(inboxes) * number
        )
    stop.set()
    await task
    return took


async def _cpu(inboxes: list[str], post: Callable[[str], Awaitable[int]]) -> float:
    """Return the milliseconds of CPU time for one POST, without signing."""
    todo = iter(inboxes)

    async def work() -> None:
        for inbox in todo:
            assert await post(inbox) == 202

    started = time.process_time()
    await asyncio.gather(*(work() for _ in range(HOSTS)))
    return (time.process_time() - started) / len(inboxes) * 1000


async def _compare_cpu(inboxes: list[str]) -> bool:
    """Measure both in turns, so that other load on the machine affects both."""
    import aiohttp

    from core.http import client, close_client

    body, headers = b"x" * 1500, {"Content-Type": "application/activity+json", "Signature": "s" * 400}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:

        async def plain(inbox: str) -> int:
            async with session.post(_at_loopback(inbox), data=body, headers=headers) as answer:
                return answer.status

        async def ours(inbox: str) -> int:
            return (await client().post(inbox, body, headers)).status

        rounds = [(await _cpu(inboxes, ours), await _cpu(inboxes, plain)) for _ in range(9)]
    await close_client()
    took_ours, took_plain = sorted(rounds, key=lambda pair: pair[0] / pair[1])[len(rounds) // 2]
    return report("deliveries, CPU of one POST", took_ours, took_plain, CPU_BOUND, unit=" ms", at_most=True)


async def _compare(port: int) -> bool:
    from core.crypto.keys import make_rsa_pair, seal
    from core.db import own_connection, sql
    from users.domains.models import Domain

    pair = make_rsa_pair()
    async with own_connection():
        await sql.run(
            "INSERT INTO federation_systemkey (id, public_key, private_key) VALUES (1, %s, %s)",
            [pair.public_pem, seal(pair.private_pem)],
        )
        await Domain.objects.acreate(name="bench.test")
    inboxes = [
        f"http://h{host}.test:{port}/users/{number}/inbox"
        for number in range(INBOXES_PER_HOST)
        for host in range(HOSTS)
    ]
    best = {"plain": float("inf"), "ours": float("inf")}
    for number in range(1, ROUNDS + 1):
        best["plain"] = min(best["plain"], await _plain(inboxes, pair.private_pem))
        best["ours"] = min(best["ours"], await _ours(inboxes, number))
    is_lean = await _compare_cpu(inboxes)
    is_quick = report(
        f"deliveries, 1 post to {len(inboxes)} inboxes on {HOSTS} hosts",
        len(inboxes) / best["ours"],
        len(inboxes) / best["plain"],
        BOUND,
    )
    return is_lean and is_quick


def main() -> bool:
    port = free_port()
    addresses = {f"h{host}.test": f"127.0.1.{host + 1}" for host in range(HOSTS)}
    sink = [sys.executable, "-m", "benchmarks.deliveries", "sink", str(port)]
    with migrated_database(addresses=addresses), process(sink) as started:
        wait_for_port(port, started)
        from benchmarks.support.timeline_data import run

        return run(partial(_compare, port))


if __name__ == "__main__":
    if sys.argv[1:2] == ["sink"]:
        import uvloop

        uvloop.run(_serve_sink(int(sys.argv[2])))
    else:
        sys.exit(0 if main() else 1)
