"""The worker as a whole: wake-ups, fair shares, heartbeats, jobs, several at once."""

import asyncio
import dataclasses
import time
from typing import Any

import pytest

import stator
from core.db import async_atomic, own_connection, sql
from core.metrics.exposition import exposition
from stator import to
from stator.heartbeat import Health
from stator.workers.listener import listen
from stator.workers.state_worker import StateWorker
from stator.workers.worker import Worker

pytestmark = pytest.mark.anyio


async def _count(state: str) -> int:
    return await sql.value("SELECT count(*) FROM stator_tests_errand WHERE state = %s", (state,))


async def _insert(number: int, state: str = "called", host: str = "a.test") -> None:
    await sql.run(
        "INSERT INTO stator_tests_errand (state, host) SELECT %s, %s FROM generate_series(1, %s::int)",
        (state, host, number),
    )


@pytest.mark.slow
@pytest.mark.parametrize("state", ["listed", "called"])
async def test_a_new_row_starts_within_50_ms(state: str, errands: Any, working: Any) -> None:
    from tests.stator.app.models import ErrandGraph

    started = asyncio.Queue[float]()

    async def note(what: Any) -> Any:
        started.put_nowait(time.perf_counter())
        return to(ErrandGraph.done)

    errands.behaviour.batch = errands.behaviour.each = note
    waits = []
    async with working(poll_s=60):
        for _ in range(9):
            await _insert(1, state)
            committed = time.perf_counter()
            waits.append(await asyncio.wait_for(started.get(), 5) - committed)
    assert sorted(waits)[4] < 0.05, waits


async def test_a_row_wakes_the_worker_when_its_transaction_commits(
    errands: Any, working: Any, wait_until: Any
) -> None:
    async with working(poll_s=60):
        async with async_atomic():
            await _insert(1)
            await _insert(1, "listed")
        await wait_until(lambda: _has("done", 2))


async def _has(state: str, number: int) -> bool:
    return await _count(state) == number


async def test_a_missed_wake_up_is_made_up_for_by_the_poll(
    errands: Any, working: Any, wait_until: Any
) -> None:
    async with working(poll_s=0.2):
        await sql.run("SET session_replication_role = replica")  # no triggers
        try:
            await _insert(1)
        finally:
            await sql.run("RESET session_replication_role")
        await wait_until(lambda: _has("done", 1))


@pytest.mark.parametrize("state", ["listed", "called"])
async def test_a_row_that_was_locked_when_it_was_claimed_is_not_forgotten(
    state: str, errands: Any, working: Any, wait_until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever holds it need not change it, and then no trigger wakes anybody: senders lock the rows of hosts that are sent to already."""

    empty_handed: list[str] = []
    found_nothing = StateWorker.found_nothing

    def noting(self: StateWorker) -> None:
        empty_handed.append(self.state.name)
        found_nothing(self)

    monkeypatch.setattr(StateWorker, "found_nothing", noting)
    await _insert(1, state)
    may_end = asyncio.Event()
    holder = asyncio.create_task(_hold_every_row(may_end))
    try:
        await wait_until(lambda: _has_locks(1))
        async with working(poll_s=60):
            await wait_until(lambda: state in empty_handed)
            may_end.set()
            await holder
            await wait_until(lambda: _has("done", 1))
    finally:
        may_end.set()
        await holder


async def _hold_every_row(may_end: asyncio.Event) -> None:
    async with own_connection(), async_atomic():
        await sql.rows("SELECT id FROM stator_tests_errand FOR UPDATE")
        await sql.run("SELECT pg_advisory_xact_lock(77)")
        await may_end.wait()


async def _has_locks(number: int) -> bool:
    return number == await sql.value(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77 AND granted"
    )


@pytest.mark.slow
async def test_a_row_due_later_starts_when_it_is_due(errands: Any, working: Any, wait_until: Any) -> None:
    await sql.run(
        "INSERT INTO stator_tests_errand (host, state_due_at) VALUES ('', now() + interval '300 ms')"
    )
    async with working(poll_s=60):
        await wait_until(lambda: _has("done", 1))
    late = await sql.value("SELECT extract(epoch FROM state_changed_at)::float8 FROM stator_tests_errand")
    assert late > 0


async def test_unrelated_updates_wake_no_worker(errands: Any) -> None:
    await _insert(3, "ended")
    heard: list[str | None] = []

    is_listening = asyncio.Event()
    task = asyncio.create_task(listen(heard.append, is_listening))
    await is_listening.wait()
    await sql.run("UPDATE stator_tests_errand SET host = 'b.test'")
    await sql.run("UPDATE stator_tests_errand SET state_due_at = now() + interval '1 hour'")
    await sql.run("SELECT pg_notify('stator', 'end')")
    while "end" not in heard:
        await asyncio.sleep(0.01)
    task.cancel()
    assert [name for name in heard if name is not None] == ["end"]


async def test_triggers_are_installed_once(errands: Any) -> None:
    from tests.stator.app.models import Errand

    assert await stator.install_triggers([Errand]) == 0
    await sql.run("DROP TRIGGER stator_wake_updated ON stator_tests_errand")
    assert await stator.install_triggers([Errand]) == 1
    assert await stator.install_triggers([Errand]) == 0


async def test_a_flood_in_one_queue_does_not_starve_another(
    errands: Any, working: Any, wait_until: Any
) -> None:
    from tests.stator.app.models import Parcel

    await _insert(3000, "listed")
    await Parcel.objects.acreate()
    async with working(turns=1):
        await wait_until(
            lambda: sql.value("SELECT count(*) FROM stator_tests_parcel WHERE state = 'received'")
        )
        assert await _count("listed") > 1000


async def test_one_host_does_not_take_all_places(errands: Any, working: Any, wait_until: Any) -> None:
    """A dead host with a thousand rows due before all others holds at most its share; the rest goes on beside it."""
    from tests.stator.app.models import ErrandGraph

    await _insert(1000, host="dead.test")
    for number in range(30):
        await _insert(1, host=f"{number}.test")
    at_once, most = 0, 0

    async def call(errand: Any) -> Any:
        nonlocal at_once, most
        if errand.host == "dead.test":
            at_once += 1
            most = max(most, at_once)
            try:
                await asyncio.sleep(60)
            finally:
                at_once -= 1
        return to(ErrandGraph.done)

    errands.behaviour.each = call
    async with working(drain_s=0.1):
        await wait_until(lambda: _has("done", 30), timeout_s=3)
    assert most == 4


@pytest.mark.slow
async def test_rows_that_trickle_in_are_handled_once_each(
    errands: Any, working: Any, wait_until: Any
) -> None:
    """An outcome that comes while the writer of the ones before ends must not wait for the end of its lease."""
    from tests.stator.app.models import ErrandGraph

    calls = 0

    async def call(errand: Any) -> Any:
        nonlocal calls
        calls += 1
        await asyncio.sleep(calls % 7 / 2000)
        return to(ErrandGraph.done)

    errands.behaviour.each = call
    async with working(poll_s=60):
        for number in range(300):
            await _insert(1, host=f"{number % 9}.test")
        await wait_until(lambda: _has("done", 300), timeout_s=0.9)
    assert calls == 300


@pytest.mark.slow
async def test_two_workers_share_the_rows(errands: Any, working: Any, wait_until: Any) -> None:
    from tests.stator.app.models import ErrandGraph, Mark

    async def mark_all(rows: list[Any]) -> Any:
        await sql.run(
            "INSERT INTO stator_tests_mark (parcel, kind) SELECT unnest(%s::bigint[]), 'listed'",
            ([row.pk for row in rows],),
        )
        return to(ErrandGraph.done)

    async def mark_one(row: Any) -> Any:
        async def mark() -> None:
            await Mark.objects.acreate(parcel=row.pk, kind="called")

        return to(ErrandGraph.done, effect=mark)

    errands.behaviour.batch, errands.behaviour.each = mark_all, mark_one
    async with working() as one, working() as two:
        await _insert(600, "listed")
        await _insert(600, "called")
        await wait_until(lambda: _has("done", 1200))
    # A worker counts rows after their commit, so only a stopped one has counted all of them.
    assert one.counters.rows_done + two.counters.rows_done == 1200
    assert min(one.counters.rows_done, two.counters.rows_done) > 0
    assert await sql.one("SELECT count(*), count(DISTINCT parcel) FROM stator_tests_mark") == (1200, 1200)


async def test_stopping_lets_running_handlers_finish(errands: Any, working: Any, wait_until: Any) -> None:
    from tests.stator.app.models import ErrandGraph

    entered, may_end = asyncio.Event(), asyncio.Event()

    async def hold(errand: Any) -> Any:
        entered.set()
        await may_end.wait()
        return to(ErrandGraph.done)

    errands.behaviour.each = hold
    await _insert(1)
    async with working() as worker:
        await asyncio.wait_for(entered.wait(), 5)
        asyncio.get_running_loop().call_later(0.1, may_end.set)
    assert await _count("done") == 1
    assert worker.counters.rows_done == 1


async def test_health_follows_the_heartbeat(errands: Any, working: Any, wait_until: Any) -> None:
    assert await stator.health() == Health("never_ran")
    async with working(beat_s=0.05):
        assert await stator.health() == Health()
        seen = await sql.value("SELECT last_seen_at FROM stator_heartbeat")
        await wait_until(lambda: _seen_after(seen))
    found = await stator.health()
    assert (found.code, round(found.age_s)) == ("stopped", 0)
    await sql.run("UPDATE stator_heartbeat SET stopped_at = NULL, last_seen_at = now() - interval '1 minute'")
    found = await stator.health()
    assert (found.code, round(found.age_s)) == ("silent", 60)


async def _seen_after(moment: Any) -> bool:
    return await sql.value("SELECT last_seen_at > %s FROM stator_heartbeat", (moment,))


async def test_stats_tell_depth_age_rate_and_errors(errands: Any, working: Any, wait_until: Any) -> None:
    from tests.stator.app.models import ErrandGraph

    async def mixed(errand: Any) -> Any:
        if errand.host == "bad.test":
            return stator.failed("unreachable")
        return stator.later("busy") if errand.host == "busy.test" else to(ErrandGraph.done)

    errands.behaviour.each = mixed
    for host in ("a.test", "bad.test", "busy.test"):
        await _insert(2, host=host)
    await sql.run("UPDATE stator_tests_errand SET state_due_at = now() - interval '1 hour'")
    before = await _queue_stats("called")
    assert (before.due, before.kind) == (6, "active")
    assert 3590 < before.oldest_s < 3700
    async with working():
        await wait_until(lambda: _has("failed", 2))
        await wait_until(lambda: _has("done", 2))
    after = await _queue_stats("called")
    assert (after.due, after.waiting, after.retried, after.failed) == (0, 2, 2, 2)
    assert after.rate == pytest.approx(2 / 300)
    assert (await _queue_stats("failed")).waiting == 2

    text = exposition(await stator.families())
    assert 'takahe_stator_waiting{model="stator_tests.errand",state="failed"} 2' in text.splitlines()
    assert "takahe_worker_up 0" in text.splitlines()

    overview = await stator.overview()
    assert not overview.health.is_well
    assert overview.workers[0].rows_done == 4
    rows = await stator.failed_rows("stator_tests.errand", limit=1)
    rows += await stator.failed_rows("stator_tests.errand", before=rows[0].pk, limit=5)
    assert [row.reason for row in rows] == ["unreachable", "unreachable"]
    assert len({row.pk for row in rows}) == 2
    assert await stator.retry("stator_tests.errand", "no number") == 0
    assert await stator.retry("stator_tests.errand") == 2
    with pytest.raises(
        stator.GraphError, match=r"no model 'nothing.here' has states; there are .*stator_tests.errand"
    ):
        await stator.retry("nothing.here")


async def _queue_stats(state: str) -> Any:
    (found,) = [f for f in await stator.stats() if (f.model, f.state) == ("stator_tests.errand", state)]
    return found


async def test_rows_put_off_by_a_clock_that_was_ahead_are_done_when_it_is_set_back(
    errands: Any, working: Any, wait_until: Any
) -> None:
    """Also the worker's own heartbeats: one from the future made a dead worker look alive."""
    from tests.stator.app.models import Parcel

    await sql.run(
        "INSERT INTO stator_heartbeat (worker, last_seen_at) VALUES ('ahead', now() + interval '10 days')"
    )
    assert not (await stator.health()).is_well
    parcel = await Parcel.objects.acreate()
    await sql.run("UPDATE stator_tests_parcel SET state_due_at = now() + interval '10 days'")
    async with working(beat_s=0.05):
        await wait_until(
            lambda: sql.value("SELECT state = 'received' FROM stator_tests_parcel WHERE id = %s", [parcel.pk])
        )
        assert await stator.health() == Health()
    assert await sql.value("SELECT count(*) FROM stator_heartbeat WHERE last_seen_at > now()") == 0


async def test_a_state_without_a_handler_stops_the_start(app: Any) -> None:
    from tests.stator.app.models import Errand, ErrandGraph

    handler, ErrandGraph.listed.handler = ErrandGraph.listed.handler, None
    try:
        with pytest.raises(
            stator.HandlerError, match=r"no handler for ErrandGraph.listed \(stator_tests.errand\); write one"
        ):
            Worker([Errand])
    finally:
        ErrandGraph.listed.handler = handler


async def test_fairness_needs_a_column_that_is_never_null(app: Any) -> None:
    from tests.stator.app.models import Errand, ErrandGraph

    handler = ErrandGraph.called.handler
    ErrandGraph.called.handler = dataclasses.replace(handler, fair_by="state_error")
    try:
        with pytest.raises(
            stator.HandlerError,
            match=r"ErrandGraph.called: fair_by='state_error' is a column that may be null",
        ):
            Worker([Errand])
    finally:
        ErrandGraph.called.handler = handler
