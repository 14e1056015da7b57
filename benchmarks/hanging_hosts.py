"""The delay of deliveries to a healthy host while 500 others hang. `python -m benchmarks.hanging_hosts`.

Runs a real worker and hosts that accept connections and never answer. All of them last answered an hour ago, so they are tried together with
the healthy one; with BENCH_UNKNOWN they never did. For a minute, one post goes to all of them every two seconds, and one to the healthy host
alone five times a second. The delay is measured from the sender's commit to the arrival; every post counts, even the first.

Nothing distinguishes the healthy host, so it may come last, and the delay of the first post is the time to send all 500. With BENCH_HEARD it
sent us something five minutes ago, as a host that is still working would; it is then served first (docs/decisions/0009).
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from benchmarks.support.common import ROOT, Sink, cpu_seconds, free_port, process, wait_for_port
from benchmarks.support.database import migrated_database

BOUND_S = 1.0
HANGING = 500
SECONDS = float(os.environ.get("BENCH_SECONDS", "60"))
TO_ALL_EVERY_S = 2.0
TO_ONE_EVERY_S = 0.2
WAS_HEARD = os.environ.get("BENCH_HEARD", "") != ""
IS_KNOWN = os.environ.get("BENCH_UNKNOWN", "") == ""


class _Silent(asyncio.Protocol):
    """A host that accepts connections and requests, and never answers."""


class _Healthy(Sink):
    """A host that prints the number of each post and the time."""

    def process_body(self, body: bytes) -> None:
        number = body.partition(b"/statuses/")[2].partition(b"/")[0].decode()
        if number:  # requests for nodeinfo have none
            print(number, time.time(), flush=True)


async def _serve(silent: int, healthy: int) -> None:
    loop = asyncio.get_running_loop()
    await loop.create_server(_Silent, "0.0.0.0", silent, backlog=4000)
    server = await loop.create_server(_Healthy, "0.0.0.0", healthy, backlog=1000)
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


async def _know(hanging: list[str], healthy: str) -> None:
    """Store what a server that sent to these hosts before would know about them."""
    from core.crypto.keys import make_rsa_pair, seal
    from core.db import sql
    from users.domains.models import Domain

    pair = make_rsa_pair()
    await sql.run(
        "INSERT INTO federation_systemkey (id, public_key, private_key) VALUES (1, %s, %s)",
        [pair.public_pem, seal(pair.private_pem)],
    )
    await Domain.objects.acreate(name="bench.test")
    await sql.run(
        """INSERT INTO federation_peer (host, last_success_at, last_received_at)
           SELECT host, now() - interval '1 hour', CASE WHEN host = %s THEN now() - interval '5 minutes' END
           FROM unnest(%s::text[]) host""",
        [healthy if WAS_HEARD else "", [*(hanging if IS_KNOWN else []), healthy]],
    )


def _signatures_s() -> float:
    """Return the seconds that signing a post to all of them takes on this machine now."""
    from core.crypto.keys import make_rsa_pair
    from federation.signatures import SigningKey, sign_request

    key = SigningKey("https://bench.test/actor#main-key", make_rsa_pair().private_pem)
    started = time.monotonic()
    for number in range(HANGING + 1):
        sign_request(key, "POST", f"https://site{number}.test/inbox", b"{}")
    return time.monotonic() - started


async def _post(hanging: list[str], healthy: str) -> dict[int, float]:
    """Post for a while, with a worker running; return when each post was committed."""
    from core.db import async_atomic, own_connection, sql
    from federation.sending import send

    at: dict[int, float] = {}
    async with own_connection():
        await _know(hanging, healthy)
        with process([sys.executable, "-m", "takahe", "worker"]) as worker:
            async with asyncio.timeout(60):
                while not await sql.value("SELECT EXISTS (SELECT FROM stator_heartbeat)"):
                    await asyncio.sleep(0.1)
            await asyncio.sleep(1)  # for LISTEN to be in place
            started = next_all = time.monotonic()
            number = 0
            while time.monotonic() < started + SECONDS:
                number += 1
                hosts = [healthy]
                if time.monotonic() >= next_all:
                    hosts, next_all = [*hanging, healthy], next_all + TO_ALL_EVERY_S
                async with async_atomic():
                    await send(
                        signer=0,
                        activity=_activity(number),
                        inboxes=[f"http://{host}/inbox" for host in hosts],
                    )
                    at[number] = time.time()
                await asyncio.sleep(TO_ONE_EVERY_S)
            await asyncio.sleep(3)
            print(f"the worker used {cpu_seconds(worker.pid):.1f} s of CPU time")
    return at


def _judge(at: dict[int, float], seen: list[str], alone_s: float) -> bool:
    arrived: dict[int, float] = {}
    for line in seen:
        number, _, when = line.partition(" ")
        arrived.setdefault(int(number), float(when))
    late = sorted(arrived.get(number, float("inf")) - when for number, when in at.items())
    well = late[-1] <= BOUND_S
    print(
        f"hanging_hosts: {len(late)} posts, the first after {arrived.get(1, float('inf')) - at[1]:.2f} s, p50 {late[len(late) // 2]:.2f} s,"
        f" p95 {late[int(len(late) * 0.95)]:.2f} s, slowest {late[-1]:.2f} s (beside {HANGING + 1} signatures alone: {alone_s:.2f} s),"
        f" load {os.getloadavg()[0]:.1f}, bound ≤ {BOUND_S} s {'ok' if well else 'MISSED'}"
    )
    return well


@contextmanager
def _sink(arrived: IO[str], silent: int, healthy: int) -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.hanging_hosts", "sink", str(silent), str(healthy)],
        cwd=ROOT,
        stdout=arrived,
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def main() -> bool:
    silent, healthy = free_port(), free_port()
    names = [f"a{number}.site{number}.test" for number in range(HANGING)]
    addresses = {
        name: f"127.0.{1 + number // 250}.{1 + number % 250}" for number, name in enumerate(names)
    } | {"zz.test": "127.0.0.1"}
    with (
        migrated_database(addresses=addresses) as folder,
        open(folder / "arrived", "w+") as arrived,
        _sink(arrived, silent, healthy) as sink,
    ):
        wait_for_port(healthy, sink)
        import django
        import uvloop

        django.setup()
        at = uvloop.run(_post([f"{host}:{silent}" for host in names], f"zz.test:{healthy}"))
        arrived.seek(0)
        return _judge(at, arrived.read().splitlines(), _signatures_s())


if __name__ == "__main__":
    if sys.argv[1:2] == ["sink"]:
        import uvloop

        uvloop.run(_serve(int(sys.argv[2]), int(sys.argv[3])))
    else:
        sys.exit(0 if main() else 1)
