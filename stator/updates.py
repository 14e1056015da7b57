"""Conversion of a handler's outcomes to row updates. Pure; the only module with the retry rules."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stator.graph import State
from stator.outcomes import Effect, Kind, Outcome, Target, failed, later

REASON_LIMIT = 500  # characters of a stored reason
_ATTEMPTS_LIMIT = 32_000  # the column is a smallint


@dataclass(frozen=True, slots=True)
class Update:
    """The change of a row, or of many. `due_s`: seconds from now until the engine handles it again, None for never."""

    state: str
    leaves: bool
    due_s: float | None
    attempts: int
    error: str | None = None
    failed_in: str | None = None
    effect: Effect | None = None
    gives_up: bool = False


def outcome_to_update(state: State, attempt: int, outcome: Outcome) -> Update:
    """Return the update of a row in `state` whose attempt number `attempt` (from 1) ended with `outcome`."""
    graph = state.graph
    attempt = min(attempt, _ATTEMPTS_LIMIT)
    if outcome.kind is Kind.TO:
        target = outcome.state
        if target is None or target not in graph.targets_of(state):
            return outcome_to_update(
                state,
                attempt,
                later(f"the handler answered {target!r}, where no way leads from {state.label}"),
            )
        if graph.failure is not None and target is graph.failure:
            return _give_up(
                state, attempt, outcome.reason or f"the handler answered {target.name}", outcome.effect
            )
        due_s = outcome.after.total_seconds() if outcome.after and target.is_active else target.due_in_s()
        return Update(target.name, True, due_s, 0, effect=outcome.effect)
    if outcome.kind is Kind.FAILED:
        if graph.failure is None:
            text = (
                f"the handler answered failed({outcome.reason!r}), but {graph.__name__} has no failure state"
            )
            return outcome_to_update(state, attempt, later(text))
        return _give_up(state, attempt, outcome.reason)
    if not outcome.is_attempt:
        attempt -= 1
    elif state.max_attempts is not None and attempt >= state.max_attempts:
        return _give_up(state, attempt, outcome.reason)
    if outcome.after is not None:
        due_s = outcome.after.total_seconds()
    else:
        due_s = state.retry_delay_s(max(1, attempt)) * random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, guards nothing
    return Update(state.name, False, due_s, attempt, error=tidy(outcome.reason))


def _give_up(state: State, attempt: int, reason: str, effect: Effect | None = None) -> Update:
    failure = state.graph.failure
    assert failure is not None  # the graph's check requires one wherever a state gives up
    return Update(
        failure.name,
        True,
        failure.due_in_s(),
        attempt,
        error=tidy(reason),
        failed_in=state.name,
        effect=effect,
        gives_up=True,
    )


def outcomes_to_updates(
    state: State, attempts: Mapping[Any, int], outcomes: Mapping[Any, Outcome]
) -> list[tuple[Any, Update]]:
    """Return the update of each row (by primary key) of a batch. Rows with the same result share one Update."""
    shared: dict[Target | None, Update] = {}
    updates = []
    for pk, outcome in outcomes.items():
        is_plain = outcome.kind is Kind.TO and outcome.effect is None and outcome.after is None
        update = shared.get(outcome.state) if is_plain else None
        if update is None:
            update = outcome_to_update(state, attempts[pk], outcome)
            if is_plain and not update.error:
                shared[outcome.state] = update
        updates.append((pk, update))
    return updates


def error_to_update(state: State, attempt: int, error: BaseException) -> Update:
    """Return the update of a row whose handler raised."""
    return outcome_to_update(state, attempt, later(error_text(error)))


def lost_to_update(state: State, attempt: int) -> Update:
    """Return the update of a row that was leased too often without a result: it may be what kills the worker."""
    return outcome_to_update(
        state, attempt, failed(f"the worker ended {attempt - 1} times while at this row")
    )


def outcomes_by_pk(answer: object, pks: list[Any]) -> dict[Any, Outcome]:
    """Return a batch handler's result as one outcome per row. Raises TypeError if it is neither an outcome nor a mapping of them."""
    if isinstance(answer, Outcome):
        return dict.fromkeys(pks, answer)
    if not isinstance(answer, Mapping):
        raise TypeError(
            f"a batch handler answers an Outcome or a mapping of pk to Outcome, not {type(answer).__name__}"
        )
    silent = later("the handler said nothing about this row")
    return {pk: check_outcome(answer.get(pk, silent)) for pk in pks}


def check_outcome(answer: object) -> Outcome:
    """Return a handler's result for one row. Raises TypeError if it is not an outcome."""
    if not isinstance(answer, Outcome):
        raise TypeError(
            f"a handler answers to(state), later(reason) or failed(reason), not {type(answer).__name__}"
        )
    return answer


def error_text(error: BaseException) -> str:
    """Return the error's class and text."""
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def tidy(reason: str) -> str:
    """Return a storable and displayable reason: printable, one line, at most REASON_LIMIT characters."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in reason[: 4 * REASON_LIMIT]).split())
    return flat if len(flat) <= REASON_LIMIT else flat[: REASON_LIMIT - 1] + "…"
