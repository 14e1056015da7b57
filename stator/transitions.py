"""State transitions for services. They commit or roll back with the service's own writes, and wake the worker.

The SQL at the end is for rows that represent a request, which may be repeated some time after its result. A service inserts or restarts
such a row in one statement: `INSERT … SELECT … WHERE {is_request_due(…)} ON CONFLICT (…) {restart_request(…)}`.
"""

import datetime as dt
from collections.abc import AsyncIterable, Iterable, Mapping
from typing import Any

from core import clock
from stator.graph import GraphError, State, StateGraph
from stator.models import StatefulModel
from stator.registry import graph_of
from stator.table import table_of

type Rows = AsyncIterable[Any] | Iterable[Any]


async def transition(row: StatefulModel, state: State) -> bool:
    """Move `row` to `state`, due at once if that is active, and update its attributes. Return False if there is no such transition.

    Entering an active state again restarts it: a worker that handles the row's earlier version can't finish it.
    """
    if not await transition_many([row], state):
        return False
    row.state = state.name
    row.state_attempts, row.state_error, row.state_failed_in = 0, None, None
    row.state_changed_at = clock.now()
    wait_s = state.due_in_s()
    row.state_due_at = None if wait_s is None else row.state_changed_at + dt.timedelta(seconds=wait_s)
    return True


async def transition_many(rows: Rows, state: State, *, model: type[StatefulModel] | None = None) -> int:
    """Move each of `rows` that has a transition to `state`, in one statement; return how many.

    `rows` is a queryset or a collection of rows, or of primary keys when `model` is given.
    """
    if isinstance(rows, AsyncIterable):
        if model is None:
            model = rows.model  # type: ignore[attr-defined]  # a queryset
            rows = [pk async for pk in rows.values_list("pk", flat=True)]  # type: ignore[attr-defined]
        else:
            rows = [row async for row in rows]
    else:
        rows = list(rows)
        if model is None and rows:
            model = type(rows[0])
            rows = [row.pk for row in rows]
    if not rows or model is None:
        return 0
    return await _move(model, rows, state)


async def _move(model: type[StatefulModel], pks: list[Any], state: State) -> int:
    graph = graph_of(model)
    if state.graph is not graph:
        raise GraphError(
            f"{state.label} is not a state of {model._meta.label}, which follows {graph.__name__}"
        )
    if not graph.sources_of(state):
        raise GraphError(f"no way leads to {state.label}")
    return await table_of(model).move(pks, state)


def is_request_due(
    graph: type[StateGraph], row: str, waits: Mapping[State, str], *, otherwise: str = "true"
) -> str:
    """Return the condition that the request may be made (again) now. `row` is the alias of the current row, LEFT JOINed.

    `waits`: SQL intervals since the row entered a state that the worker leaves alone. `otherwise` decides without a row, and for states
    without a wait. False while the worker handles it.
    """
    whens = [f"WHEN '{state.name}' THEN false" for state in graph.states.values() if state.is_active]
    whens += [
        f"WHEN '{state.name}' THEN {row}.state_changed_at < now() - {wait}" for state, wait in waits.items()
    ]
    return f"CASE {row}.state {' '.join(whens)} ELSE {otherwise} END"


def restart_request(graph: type[StateGraph], row: str, columns: str = "") -> str:
    """Return a DO UPDATE that resets a row to the state of the inserted one, unless the worker is handling it.

    `row` is the alias of the table, `columns` are the assignments for the model's own columns.
    """
    at_work = ", ".join(f"'{state.name}'" for state in graph.states.values() if state.is_active)
    own = f"{columns}, " if columns else ""
    return (
        f"DO UPDATE SET {own}state = excluded.state, state_changed_at = now(), state_due_at = now(), state_attempts = 0, "
        f"state_error = NULL, state_failed_in = NULL WHERE {row}.state NOT IN ({at_work})"
    )
