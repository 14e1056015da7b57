"""Queue statistics for operators: depth, age, rate and errors of every queue; failed rows, and retrying them."""

import datetime as dt
from collections.abc import Iterable

import msgspec
from django.core.exceptions import ValidationError

from core.db import sql
from stator.graph import GraphError, State
from stator.heartbeat import AGE_S, Health, health_of
from stator.models import StatefulModel
from stator.registry import graph_of, label_of, model_named, stateful_models
from stator.table import table_of

# Rows of a state are not counted beyond this: counting a large table takes seconds each time.
_LARGE = 100_000
_LARGE_AND_QUIET = 1_000  # of states whose rows only wait for deletion, or for a timeout


class QueueStats(msgspec.Struct, frozen=True):
    """One state of one model. `rate` is rows moved on per second over the last five minutes; `errors` of the last hour."""

    model: str
    state: str
    title: str
    doc: str
    kind: str  # active, resting, terminal, failure
    due: int = 0
    waiting: int = 0
    oldest_s: float = 0.0
    rate: float = 0.0
    retried: int = 0
    failed: int = 0


class FailedRow(msgspec.Struct, frozen=True):
    pk: str
    failed_in: str | None
    reason: str
    attempts: int
    changed_at: dt.datetime


class WorkerStats(msgspec.Struct, frozen=True):
    worker: str
    started_at: dt.datetime
    last_seen_at: dt.datetime
    stopped_at: dt.datetime | None
    rows_done: int


class JobStats(msgspec.Struct, frozen=True):
    name: str
    due_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    error: str | None


class Overview(msgspec.Struct, frozen=True):
    health: Health
    queues: list[QueueStats]
    workers: list[WorkerStats]
    jobs: list[JobStats]


async def stats() -> list[QueueStats]:
    """Return the stats of every state of every model, in one statement on the engine's own indexes."""
    depths, values = _depths()
    found = await sql.rows(
        f"""WITH depths (label, state, due, waiting, oldest_s) AS ({depths}),
            rates AS (SELECT label, state,
                coalesce(sum(moved) FILTER (WHERE minute > now() - interval '5 minutes'), 0)::float8 / 300 AS rate,
                coalesce(sum(delayed), 0)::int8 AS retried, coalesce(sum(failed), 0)::int8 AS failed
                FROM stator_tally WHERE minute > now() - interval '1 hour' GROUP BY label, state)
            SELECT label, state, due, waiting, greatest(oldest_s, 0.0::float8), coalesce(rate, 0.0::float8), coalesce(retried, 0), coalesce(failed, 0)
            FROM depths LEFT JOIN rates USING (label, state)""",
        values,
    )
    counts = {(label, state): rest for label, state, *rest in found}
    return [
        QueueStats(
            label_of(model),
            state.name,
            graph.title,
            state.doc,
            _kind(state),
            *counts[label_of(model), state.name],
        )
        for model in stateful_models()
        for graph in (graph_of(model),)
        for state in graph.states.values()
    ]


def _depths() -> tuple[str, list[object]]:
    """Return the statement, with its values, that counts due and waiting rows per model and state, and how long the oldest is due."""
    parts: list[str] = []
    values: list[object] = []
    for model in stateful_models():
        graph, table, label = graph_of(model), model._meta.db_table, label_of(model)
        states = [state for state in graph.states.values() if state is not graph.failure]
        parts.append(
            f"""SELECT '{label}', s.name, d.due, d.waiting, d.oldest_s
                FROM unnest(%s::text[], %s::int[]) AS s (name, most) CROSS JOIN LATERAL (
                    SELECT count(*) FILTER (WHERE state_due_at <= now()) AS due, count(*) FILTER (WHERE state_due_at > now()) AS waiting,
                        coalesce(extract(epoch FROM now() - min(state_due_at)), 0)::float8 AS oldest_s
                    FROM (SELECT state_due_at FROM "{table}" WHERE state = s.name AND state_due_at IS NOT NULL
                          ORDER BY state_due_at LIMIT s.most) f) d"""
        )
        values.append([state.name for state in states])
        values.append([_LARGE if state.is_active else _LARGE_AND_QUIET for state in states])
        if graph.failure is not None:
            name = graph.failure.name
            parts.append(
                f"""SELECT '{label}', '{name}', 0, count(*), 0.0::float8
                    FROM (SELECT FROM "{table}" WHERE state = '{name}' LIMIT {_LARGE}) f"""
            )
    return " UNION ALL ".join(parts), values


async def is_late(seconds: float, models: Iterable[type[StatefulModel]]) -> bool:
    """Return whether a row of these models was due so long ago. Served by the engine's index of due rows, once for each active state."""
    parts = [
        f"""EXISTS (SELECT FROM "{model._meta.db_table}" WHERE state = '{state.name}'
                    AND state_due_at < now() - %(seconds)s * interval '1 second')"""
        for model in models
        for state in graph_of(model).states.values()
        if state.is_active
    ]
    return bool(await sql.value(f"SELECT {' OR '.join(parts)}", {"seconds": seconds}))


def _kind(state: State) -> str:
    if state.failure:
        return "failure"
    if state.terminal:
        return "terminal"
    return "resting" if state.resting else "active"


async def overview() -> Overview:
    """Return everything for the operators' page about the worker, in three statements."""
    workers = await sql.rows(
        f"""SELECT worker, started_at, last_seen_at, stopped_at, rows_done, {AGE_S} FROM stator_heartbeat
            ORDER BY last_seen_at DESC"""
    )
    return Overview(
        health=health_of((age_s, stopped_at is not None) for *_, stopped_at, _, age_s in workers),
        queues=await stats(),
        workers=[WorkerStats(*row[:-1]) for row in workers],
        jobs=await sql.structs(
            JobStats, "SELECT name, due_at, started_at, finished_at, error FROM stator_job ORDER BY name"
        ),
    )


async def failed_rows(model_label: str, before: str | None = None, limit: int = 50) -> list[FailedRow]:
    """Return rows in a model's failure state, newest failures first. `before`: the pk of the previous page's last row."""
    model = model_named(model_label)
    failure, pk, table = graph_of(model).failure, model._meta.pk.column, model._meta.db_table
    if failure is None:
        return []
    page = f"""AND (state_changed_at, "{pk}"::text) < (SELECT state_changed_at, "{pk}"::text FROM "{table}" WHERE "{pk}"::text = %(before)s)"""
    return await sql.structs(
        FailedRow,
        f"""SELECT "{pk}"::text, state_failed_in, coalesce(state_error, ''), state_attempts, state_changed_at FROM "{table}"
            WHERE state = '{failure.name}' {page if before else ""}
            ORDER BY state_changed_at DESC, "{pk}"::text DESC LIMIT %(limit)s""",
        {"before": before, "limit": limit},
    )


async def retry(model_label: str, pk: object = None) -> int:
    """Retry the failed row with that pk, or all of the model (None), in the state in which they failed; returns how many."""
    model = model_named(model_label)
    graph = graph_of(model)
    if graph.failure is None:
        raise GraphError(f"{label_of(model)} has no failure state, so no row of it can have failed")
    if pk is None:
        return await table_of(model).retry(None)
    try:
        return await table_of(model).retry(model._meta.pk.to_python(pk))
    except ValidationError:  # not a valid key of this model
        return 0
