"""Rows moved by services and by time, without a handler."""

from datetime import timedelta
from typing import Any

import pytest

import stator
from core.db import async_atomic, sql
from stator import later
from tests.stator.errands import all_are_in, due_in_s, make, stands_in, states_of

pytestmark = pytest.mark.anyio


async def test_services_move_rows_with_the_rest_of_their_transaction(
    errands: Any, working: Any, wait_until: Any
) -> None:
    from tests.stator.app.models import Errand, ErrandGraph

    (errand,) = await make(1, state="asked")

    async def change_mind() -> None:
        async with async_atomic():
            assert await stator.transition(errand, ErrandGraph.listed)
            raise RuntimeError("changed my mind")

    with pytest.raises(RuntimeError, match="changed my mind"):
        await change_mind()
    assert await states_of() == {errand.pk: "asked"}
    assert await stator.transition(await Errand.objects.aget(), ErrandGraph.listed)
    assert not await stator.transition(await Errand.objects.aget(), ErrandGraph.ended)  # no way from listed
    async with working():
        await wait_until(lambda: stands_in(errand.pk, "done"))


async def test_many_rows_are_moved_by_queryset_rows_or_keys(errands: Any) -> None:
    from tests.stator.app.models import Errand, ErrandGraph

    rows = await make(3, state="asked")
    assert await stator.transition_many(Errand.objects.filter(pk=rows[0].pk), ErrandGraph.listed) == 1
    assert await stator.transition_many([rows[1]], ErrandGraph.listed) == 1
    assert await stator.transition_many([rows[2].pk], ErrandGraph.listed, model=Errand) == 1
    assert await stator.transition_many([], ErrandGraph.listed) == 0
    assert set((await states_of()).values()) == {"listed"}


async def test_the_state_of_another_graph_is_refused(errands: Any) -> None:
    from tests.stator.app.models import ParcelGraph

    (errand,) = await make(1)
    with pytest.raises(
        stator.GraphError,
        match=r"ParcelGraph.new is not a state of stator_tests.Errand, which follows ErrandGraph",
    ):
        await stator.transition(errand, ParcelGraph.new)


async def test_timeouts_move_rows_that_waited_too_long(errands: Any, working: Any, wait_until: Any) -> None:
    async def not_yet(errand: Any) -> Any:
        return later("not yet")

    errands.behaviour.each = not_yet
    asked, tried = (await make(1, state="asked"))[0].pk, (await make(1, state="tried"))[0].pk
    async with working(poll_s=0.1):
        await wait_until(
            lambda: sql.value("SELECT state_error FROM stator_tests_errand WHERE id = %s", (tried,))
        )
        assert 4.99 * 3600 * 0.75 < await due_in_s(tried) <= 5.01 * 3600 * 1.25
        await sql.run(
            "UPDATE stator_tests_errand SET state_due_at = now(), state_changed_at = now() - interval '25 hours'"
        )
        await wait_until(lambda: all_are_in("errand", "ended"))
    assert await states_of() == {asked: "ended", tried: "ended"}


async def test_finished_rows_are_deleted_when_their_time_has_come(
    errands: Any, working: Any, wait_until: Any
) -> None:
    old, young = [errand.pk for errand in await make(2, state="done")]
    await sql.run(
        "UPDATE stator_tests_errand SET state_due_at = now(), state_changed_at = now() - interval '25 hours' WHERE id = %s",
        (old,),
    )
    async with working():
        await wait_until(lambda: _are_left([young]))


async def _are_left(pks: list[int]) -> bool:
    return list(await states_of()) == pks


async def test_a_resting_row_with_a_stray_due_time_is_put_to_rest(
    errands: Any, working: Any, wait_until: Any
) -> None:
    await sql.run("INSERT INTO stator_tests_errand (state, host) VALUES ('ended', ''), ('done', '')")
    async with working():
        await wait_until(
            lambda: sql.value(
                "SELECT bool_and(CASE state WHEN 'ended' THEN state_due_at IS NULL ELSE state_due_at > now() END) FROM stator_tests_errand"
            )
        )


def test_durations_are_whole(app: Any) -> None:
    from tests.stator.app.models import ErrandGraph

    assert ErrandGraph.tried.retry_delay_s(9) == timedelta(hours=5).total_seconds()
