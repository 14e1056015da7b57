"""Staff pages and acts on a server with 200,000 identities and 50,000 reports, beside the same server while it was small.

`python -m benchmarks.staff.moderation`. The pages are asked of a real web process; their statements and the rows that these read are counted in
this process. Then a person with 50,000 posts is suspended and erased, and a host with 100,000 identities blocked, while the owner's own posts
go to a peer on loopback by a real worker.
"""

import asyncio
import contextlib
import json
import os
import re
import statistics
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

from benchmarks.staff.data import BLOCKED_HOST, HOST, Staff, grow, make_staff, values
from benchmarks.support.common import Sink, asgi_server, free_port, process
from benchmarks.support.database import migrated_database
from benchmarks.support.timeline_data import run

PEOPLE, REPORTS, POSTS = 200_000, 50_000, 50_000
MOST_STATEMENTS, MOST_ROWS = 12, 2_000
ACT_MS, OWN_POST_S = 100, 1.0
_ENVIRONMENT = {"TAKAHE_RATE_LIMIT_PERCENT": "0", "TAKAHE_LOG_LEVEL": "WARNING"}
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
_QUERIES = {
    "admin-people": [
        "",
        "?kind=all",
        "?q=local1",
        "?q=@big.test&kind=all",
        "?kind=restricted",
        "?status=suspended",
    ],
    "admin-peers": ["", "?q=big", "?policy=blocked"],
    "admin-reports": ["", "?show=resolved"],
}


class _Peer(Sink):
    """The follower's server: remembers when each post arrived."""

    arrived: dict[str, float] = {}

    def process_body(self, body: bytes) -> None:
        for word in re.findall(rb"own post (\d+)", body):
            self.arrived.setdefault(word.decode(), time.monotonic())


def _paths(staff: Staff) -> list[str]:
    from web.urls import urlpatterns

    known, found = values(staff), []
    for pattern in urlpatterns:
        name = str(pattern.name)
        if name.startswith("admin") and set(getattr(pattern.pattern, "converters", ())) <= set(known):
            path = "/" + re.sub(r"<\w+:(\w+)>", lambda part: str(known[part[1]]), str(pattern.pattern))
            found += [path + query for query in _QUERIES.get(name, [""])]
    return found


async def _times(http: Any, paths: list[str]) -> dict[str, float]:
    """Return the milliseconds of each page, the median of five."""
    found = {}
    for path in paths:
        spent = []
        for _ in range(6):
            started = time.perf_counter()
            status = (await http.get(path)).status_code
            spent.append((time.perf_counter() - started) * 1000)
        if status == 200:  # the others are buttons
            found[path] = statistics.median(spent[1:])
    return found


async def _costs(staff: Staff, paths: list[str]) -> dict[str, tuple[int, int]]:
    """Return the statements of each page, and the most rows that one step of one of them read."""
    import httpx
    import pytest

    from takahe.asgi import application
    from tests.support.plans import measured

    found = {}
    headers = {"Cookie": staff.cookie, "Accept": "text/html"}
    transport = httpx.ASGITransport(application, client=("127.0.0.1", 40000))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}", headers=headers) as http:
        for path in paths:
            await http.get(path)
            async with measured(pytest.MonkeyPatch()) as costs:
                assert (await http.get(path)).status_code == 200, path
            found[path] = (len(costs), max((cost.most_rows for cost in costs), default=0))
            if os.environ.get("BENCH_PLANS") and found[path][1] > MOST_ROWS:
                print(max(costs, key=lambda cost: cost.most_rows))
    return found


def _judge_pages(small: dict[str, float], large: dict[str, float], costs: dict[str, tuple[int, int]]) -> bool:
    well = True
    for path, (statements, rows) in sorted(costs.items(), key=lambda pair: -large[pair[0]]):
        is_well = statements <= MOST_STATEMENTS and rows <= MOST_ROWS
        well = well and is_well
        print(
            f"  {path}: {large[path]:.1f} ms (beside {small[path]:.1f} ms), {statements} statements, at most {rows:,} rows"
            f" {'' if is_well else 'MISSED'}"
        )
    late, beside = max(large.values()), max(small.values())
    statements, rows = (max(cost[place] for cost in costs.values()) for place in (0, 1))
    print(
        f"moderation: {len(costs)} staff pages, slowest {late:.1f} ms (beside {beside:.1f} ms on a small server), at most {statements} statements"
        f" and {rows:,} rows in a step, bounds ≤ {MOST_STATEMENTS} and ≤ {MOST_ROWS:,} {'ok' if well else 'MISSED'}"
    )
    return well


async def _press(http: Any, path: str, form: dict[str, str], *, at: str) -> float:
    """Send a form from the page `at`; return the milliseconds of the response."""
    token = _TOKEN.search((await http.get(at)).text)
    assert token is not None, at
    started = time.perf_counter()
    answer = await http.post(path, data={"csrfmiddlewaretoken": token[1], **form})
    spent = (time.perf_counter() - started) * 1000
    assert answer.status_code in {200, 302, 303}, (path, answer.status_code, answer.text[-3000:])
    return spent


def _judge(what: str, spent: float, beside: float) -> bool:
    well = spent <= ACT_MS
    print(
        f"moderation: {what}: {spent:.1f} ms (beside {beside:.1f} ms for a small one), load {os.getloadavg()[0]:.1f}, bound ≤ {ACT_MS} ms"
        f" {'ok' if well else 'MISSED'}"
    )
    return well


@contextlib.asynccontextmanager
async def _posting(app: Any, staff: Staff, what: str) -> AsyncIterator[list[bool]]:
    """Post four times a second until the block ends, and judge how long each took to the peer."""
    sent: dict[str, float] = {}
    verdict: list[bool] = []

    async def post() -> None:
        while True:
            number = str(time.time_ns())
            sent[number] = time.monotonic()
            answer = await app.post(
                "/api/v1/statuses",
                content=json.dumps({"status": f"own post {number}"}),
                headers={"Authorization": f"Bearer {staff.token}", "Content-Type": "application/json"},
            )
            assert answer.status_code == 200, answer.text
            await asyncio.sleep(0.25)

    task = asyncio.create_task(post())
    try:
        yield verdict
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    for _ in range(100):  # a post that was cancelled never comes
        if len(sent.keys() - _Peer.arrived.keys()) > 1:
            await asyncio.sleep(0.1)
    await asyncio.sleep(1)
    late = sorted(_Peer.arrived.get(number, float("inf")) - at for number, at in sent.items())[: len(sent)]
    late = (
        late[:-1] if late[-1] == float("inf") and len(late) > 1 else late
    )  # the last may have been cancelled
    verdict.append(late[-1] <= OWN_POST_S)
    print(
        f"moderation: {len(late)} own posts {what}: p50 {late[len(late) // 2]:.2f} s, slowest {late[-1]:.2f} s,"
        f" load {os.getloadavg()[0]:.1f}, bound ≤ {OWN_POST_S} s {'ok' if verdict[0] else 'MISSED'}"
    )


async def _until(statement: str, parameters: list[Any], most_s: float = 300) -> float:
    from core.db import sql

    started = time.monotonic()
    while await sql.value(statement, parameters) and time.monotonic() - started < most_s:
        await asyncio.sleep(0.2)
    return time.monotonic() - started


_LISTING = "SELECT EXISTS (SELECT FROM users_severanceevent WHERE state IN ('listing', 'telling'))"
_ERASING = "SELECT EXISTS (SELECT FROM users_identity WHERE id = %s AND state <> 'gone')"


async def _act(http: Any, app: Any, staff: Staff) -> bool:
    """Suspend, block and erase, with a worker running."""
    person = f"/admin/people/{staff.spammer_id}"
    well: list[bool] = []
    async with _posting(app, staff, "while nothing else is done") as beside:
        await asyncio.sleep(5)
    suspend = {"restriction": "suspended", "reason": "spam"}
    other = f"/admin/people/{staff.small_id}"
    alone = await _press(http, f"{other}/restrict", suspend, at=other)
    async with _posting(app, staff, "while a suspension is worked on") as verdict:
        spent = await _press(http, f"{person}/restrict", suspend, at=person)
        took = await _until(_LISTING, [])
        await asyncio.sleep(3)
    well += [*verdict, _judge(f"suspending a person with {POSTS:,} posts", spent, alone)]
    print(f"  the worker listed the lost follows for {took:.1f} s")
    block = {"host": BLOCKED_HOST, "policy": "blocked"}
    few = {"host": "far1.test", "policy": "blocked"}
    small = [
        await _press(http, "/admin/peers", {**few, **sure}, at="/admin/peers")
        for sure in ({}, {"sure": "yes"})
    ]
    async with _posting(app, staff, "while a block is worked on") as verdict:
        asked = await _press(http, "/admin/peers", block, at="/admin/peers")
        spent = await _press(http, "/admin/peers", {**block, "sure": "yes"}, at="/admin/peers")
        took = await _until(_LISTING, [])
    well += [*verdict, _judge("asking what a block would cost", asked, small[0])]
    well.append(_judge(f"blocking a host with {PEOPLE // 2:,} identities", spent, small[1]))
    print(f"  the worker listed the lost follows for {took:.1f} s")
    alone = await _press(http, f"{other}/erase", {"sure": "yes"}, at=other)
    async with _posting(app, staff, "while an erasure is worked on") as verdict:
        spent = await _press(http, f"{person}/erase", {"sure": "yes"}, at=person)
        took = await _until(_ERASING, [staff.spammer_id])
    well += [*verdict, _judge(f"erasing a person with {POSTS:,} posts", spent, alone)]
    print(f"  the worker erased for {took:.1f} s")
    return all([*well, *beside])


async def _main(port: int) -> bool:
    import httpx

    from core.db import own_connection
    from users.statistics.handlers import count_server_stats

    peer_port = free_port()
    await asyncio.get_running_loop().create_server(_Peer, "127.0.0.1", peer_port)
    async with own_connection():
        staff = await make_staff(f"peer.test:{peer_port}")
        headers = {"Host": HOST, "Accept": "text/html"}
        await grow(staff, people=400, reports=50, posts=50)
        url = f"http://127.0.0.1:{port}"
        async with (
            httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as http,
            httpx.AsyncClient(base_url=url, headers={"Host": HOST}, timeout=60) as app,
        ):
            http.cookies.set(*staff.cookie.split("=", 1))
            paths = _paths(staff)
            small = await _times(http, paths)
            started = time.monotonic()
            await grow(staff, people=PEOPLE, reports=REPORTS, posts=POSTS)
            print(
                f"  {PEOPLE:,} identities, {REPORTS:,} reports and {POSTS:,} posts were made in {time.monotonic() - started:.0f} s"
            )
            await count_server_stats()  # a job of the worker, which runs later
            large = await _times(http, list(small))
            well = _judge_pages(small, large, await _costs(staff, list(small)))
            with process([sys.executable, "-m", "takahe", "worker"], _ENVIRONMENT):
                await _until("SELECT NOT EXISTS (SELECT FROM stator_heartbeat)", [])
                await asyncio.sleep(5)
                return await _act(http, app, staff) and well


def main() -> bool:
    verdicts: list[bool] = []
    with (
        migrated_database(addresses={"peer.test": "127.0.0.1"}, **_ENVIRONMENT),
        asgi_server("takahe.asgi:application") as port,
    ):

        async def work() -> None:
            verdicts.append(await _main(port))

        run(work)
    return all(verdicts)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
