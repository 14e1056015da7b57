"""Outcomes of handlers: rows moved, put off, failed, and everything that can go wrong in a handler."""

from typing import Any

import pytest

import stator
from core.db import sql
from stator import failed, later, to
from tests.stator.errands import all_are_in, due_in_s, make, stands_in, states_of

pytestmark = pytest.mark.anyio


@pytest.mark.slow
async def test_a_new_row_knows_its_state(errands: Any) -> None:
    (errand,) = await make(1)
    assert errand.state == "listed"
    assert await due_in_s(errand.pk) <= 0


async def test_a_row_created_in_a_resting_state_is_not_due(errands: Any) -> None:
    (errand,) = await make(1, state="asked")
    assert 3500 < await due_in_s(errand.pk) <= 3600  # its timeout
    (errand,) = await make(1, state="ended")
    assert await due_in_s(errand.pk) is None


async def test_all_columns_come_from_the_database_when_a_raw_insert_leaves_them_out(errands: Any) -> None:
    await sql.run("INSERT INTO stator_tests_errand (host) VALUES ('a.test')")
    row = await sql.one(
        "SELECT state, state_due_at <= now(), state_attempts, state_error FROM stator_tests_errand"
    )
    assert row == ("listed", True, 0, None)


@pytest.mark.slow
async def test_parcels_pass_through_both_kinds_of_handlers(
    errands: Any, working: Any, wait_until: Any
) -> None:
    from tests.stator.app.models import Mark, Parcel

    await Parcel.objects.abulk_create([Parcel() for _ in range(500)])
    async with working():
        await wait_until(lambda: all_are_in("parcel", "received"))
    assert await Mark.objects.filter(kind="weighed").acount() == 500
    assert await Mark.objects.filter(kind="sent").acount() == 500
    assert await sql.value("SELECT count(*) FROM stator_tests_parcel WHERE state_due_at IS NOT NULL") == 0


async def test_a_batch_handler_sends_each_row_where_it_says(
    errands: Any, working: Any, wait_until: Any
) -> None:
    from tests.stator.app.models import ErrandGraph

    a, b, c, d = [errand.pk for errand in await make(4)]

    async def split(rows: list[Any]) -> Any:
        return {a: to(ErrandGraph.done), b: later("not yet"), c: failed("never")}

    errands.behaviour.batch = split
    async with working():
        await wait_until(lambda: stands_in(c, "failed"))
    rows = await sql.rows(
        "SELECT id, state, state_attempts, state_error, state_failed_in FROM stator_tests_errand ORDER BY id"
    )
    assert rows == [
        (a, "done", 0, None, None),
        (b, "listed", 1, "not yet", None),
        (c, "failed", 1, "never", "listed"),
        (d, "listed", 1, "the handler said nothing about this row", None),
    ]
    assert 45 <= await due_in_s(b) <= 75  # a minute, a quarter more or less
    assert 86000 < await due_in_s(a) <= 86400  # when it is deleted


async def test_one_poisoned_row_does_not_hold_up_the_others(
    errands: Any, working: Any, wait_until: Any
) -> None:
    from tests.stator.app.models import ErrandGraph, Mark

    pks = [errand.pk for errand in await make(20)]
    poisoned = {pks[3], pks[17]}

    async def stumble(rows: list[Any]) -> Any:
        for row in rows:
            await Mark.objects.acreate(parcel=row.pk, kind="touched")
        if poisoned & {row.pk for row in rows}:
            raise ValueError("bad\nrow " + "x" * 600)
        return to(ErrandGraph.done)

    errands.behaviour.batch = stumble
    async with working():
        await wait_until(lambda: stands_in(pks[0], "done"))
    states = await states_of()
    assert {pk for pk, state in states.items() if state == "listed"} == poisoned
    assert {pk for pk, state in states.items() if state == "done"} == set(pks) - poisoned
    marks = await sql.column("SELECT parcel FROM stator_tests_mark ORDER BY parcel")
    assert marks == sorted(set(pks) - poisoned)  # what was done before a stumble is undone with it
    error = await sql.value("SELECT state_error FROM stator_tests_errand WHERE id = %s", (pks[3],))
    assert error.startswith("ValueError: bad row x")
    assert len(error) == 500


async def test_a_database_error_in_a_batch_spares_the_others(
    errands: Any, working: Any, wait_until: Any
) -> None:
    from tests.stator.app.models import ErrandGraph

    pks = [errand.pk for errand in await make(4)]

    async def clash(rows: list[Any]) -> Any:
        if pks[1] in {row.pk for row in rows}:
            await sql.run("INSERT INTO stator_tests_errand (id, host) VALUES (%s, '')", (pks[1],))
        return to(ErrandGraph.done)

    errands.behaviour.batch = clash
    async with working():
        await wait_until(lambda: stands_in(pks[0], "done"))
    assert list((await states_of()).values()) == ["done", "listed", "done", "done"]
    assert "IntegrityError" in await sql.value(
        "SELECT state_error FROM stator_tests_errand WHERE state = 'listed'"
    )


@pytest.mark.slow
async def test_a_batch_that_takes_too_long_is_stopped(errands: Any, working: Any, wait_until: Any) -> None:
    (errand,) = await make(1)

    async def dawdle(rows: list[Any]) -> Any:
        await sql.run("SELECT pg_sleep(30)")

    errands.behaviour.batch = dawdle
    async with working():
        await wait_until(lambda: sql.value("SELECT state_error FROM stator_tests_errand"))
    assert await sql.one("SELECT id, state, state_error FROM stator_tests_errand") == (
        errand.pk,
        "listed",
        "TimeoutError",
    )


@pytest.mark.parametrize("state", ["listed", "called"])
async def test_a_way_that_does_not_exist_is_an_error_of_the_handler(
    state: str, errands: Any, working: Any, wait_until: Any
) -> None:
    from tests.stator.app.models import ErrandGraph

    async def astray(what: Any) -> Any:
        return to(ErrandGraph.tried)

    errands.behaviour.batch = errands.behaviour.each = astray
    await make(1, state=state)
    async with working():
        reason = await wait_until(lambda: sql.value("SELECT state_error FROM stator_tests_errand"))
    assert (
        reason
        == f"the handler answered <State ErrandGraph.tried>, where no way leads from ErrandGraph.{state}"
    )


@pytest.mark.parametrize("state", ["listed", "called"])
async def test_an_answer_that_is_no_outcome_is_an_error_of_the_handler(
    state: str, errands: Any, working: Any, wait_until: Any
) -> None:
    async def silent(what: Any) -> None:
        return None

    errands.behaviour.batch = errands.behaviour.each = silent
    await make(1, state=state)
    async with working():
        reason = await wait_until(lambda: sql.value("SELECT state_error FROM stator_tests_errand"))
    assert reason.startswith("TypeError: a ")


@pytest.mark.parametrize("state", ["listed", "called"])
async def test_a_row_fails_after_the_last_attempt_and_can_be_tried_again(
    state: str, errands: Any, working: Any, wait_until: Any
) -> None:
    async def refuse(what: Any) -> Any:
        raise RuntimeError("no")

    errands.behaviour.batch = errands.behaviour.each = refuse
    (errand,) = await make(1, state=state)
    async with working():
        for attempt in (1, 2):
            await wait_until(lambda n=attempt: _attempts_are(n))
            minutes = await due_in_s(errand.pk) / 60
            assert 0.7 * attempt <= minutes <= 1.3 * attempt
            await sql.run("UPDATE stator_tests_errand SET state_due_at = now()")
        await wait_until(lambda: stands_in(errand.pk, "failed"))
        (row,) = await stator.failed_rows("stator_tests.errand")
        assert (row.pk, row.failed_in, row.reason, row.attempts) == (
            str(errand.pk),
            state,
            "RuntimeError: no",
            3,
        )

        errands.behaviour.reset()
        assert await stator.retry("stator_tests.errand", errand.pk) == 1
        await wait_until(lambda: stands_in(errand.pk, "done"))
    assert await stator.failed_rows("stator_tests.errand") == []


@pytest.mark.parametrize("state", ["listed", "called"])
async def test_an_attempt_that_does_not_count_brings_no_row_closer_to_its_end(
    state: str, errands: Any, working: Any, wait_until: Any
) -> None:
    async def lack(what: Any) -> Any:
        answer = later("no descriptors", is_attempt=False)
        return answer if state == "called" else dict.fromkeys([row.pk for row in what], answer)

    errands.behaviour.batch = errands.behaviour.each = lack
    await make(1, state=state)
    async with working():
        for _ in range(4):
            await wait_until(lambda: sql.value("SELECT state_error FROM stator_tests_errand"))
            assert await sql.value("SELECT state_attempts FROM stator_tests_errand") == 0
            await sql.run("UPDATE stator_tests_errand SET state_error = NULL, state_due_at = now()")
    assert await stator.failed_rows("stator_tests.errand") == []


async def _attempts_are(number: int) -> bool:
    attempts = await sql.value(
        "SELECT state_attempts FROM stator_tests_errand WHERE state_error IS NOT NULL AND state_due_at > now() + interval '30 seconds'"
    )
    return attempts == number


async def test_an_effect_and_its_transition_happen_together_or_not_at_all(
    errands: Any, working: Any, wait_until: Any
) -> None:
    from tests.stator.app.models import ErrandGraph, Mark

    good, bad = [errand.pk for errand in await make(2, state="called")]

    async def with_effect(errand: Any) -> Any:
        async def mark() -> None:
            await Mark.objects.acreate(parcel=errand.pk, kind="effect")
            if errand.pk == bad:
                raise RuntimeError("half way")

        return to(ErrandGraph.done, effect=mark)

    errands.behaviour.each = with_effect
    async with working():
        await wait_until(lambda: stands_in(good, "done"))
        await wait_until(
            lambda: sql.value("SELECT state_error FROM stator_tests_errand WHERE id = %s", (bad,))
        )
    assert await states_of() == {good: "done", bad: "called"}
    assert await sql.column("SELECT parcel FROM stator_tests_mark") == [good]


async def test_a_worker_whose_lease_was_lost_writes_nothing(
    errands: Any, working: Any, wait_until: Any
) -> None:
    from tests.stator.app.models import ErrandGraph, Mark

    (errand,) = await make(1, state="called")

    async def slow(row: Any) -> Any:
        async def mark() -> None:
            await Mark.objects.acreate(parcel=row.pk, kind="effect")

        await sql.run(
            "UPDATE stator_tests_errand SET state_due_at = now() + interval '1 hour'"
        )  # somebody else has it now
        return to(ErrandGraph.done, effect=mark)

    errands.behaviour.each = slow
    async with working():
        await wait_until(lambda: _is_due_later(errand.pk))
    assert await states_of() == {errand.pk: "called"}
    assert await Mark.objects.acount() == 0


async def _is_due_later(pk: int) -> bool:
    return await due_in_s(pk) > 3000


async def test_a_row_that_kills_its_worker_is_given_up(errands: Any, working: Any, wait_until: Any) -> None:
    """Attempts are counted when a row is taken, so that one that ends the process does not do so for ever."""
    (errand,) = await make(1, state="called")
    await sql.run("UPDATE stator_tests_errand SET state_attempts = 3")
    async with working():
        await wait_until(lambda: stands_in(errand.pk, "failed"))
    assert (await stator.failed_rows("stator_tests.errand"))[
        0
    ].reason == "the worker ended 3 times while at this row"


async def test_a_lost_database_is_not_the_fault_of_the_row(
    errands: Any, working: Any, wait_until: Any
) -> None:
    from tests.stator.app.models import ErrandGraph

    tries = 0

    async def cut_off(errand: Any) -> Any:
        nonlocal tries
        tries += 1
        if tries == 1:
            await sql.value("SELECT pg_terminate_backend(pg_backend_pid())")
        return to(ErrandGraph.done)

    errands.behaviour.each = cut_off
    (errand,) = await make(1, state="called")
    async with working():
        await wait_until(lambda: stands_in(errand.pk, "done"), timeout_s=0.9)  # before the lease ends
    assert tries == 2
