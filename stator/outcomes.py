"""The results that handlers return for a row: move it to a state, try it again later, or fail it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

type Effect = Callable[[], Awaitable[Any]]


class Target(Protocol):
    """A state to which a row may be moved (stator/graph.py), as far as outcomes and updates need it."""

    name: str

    @property
    def is_active(self) -> bool: ...

    def due_in_s(self) -> float | None: ...


class Kind(Enum):
    TO = "to"
    LATER = "later"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result, created by `to`, `later` and `failed` only."""

    kind: Kind
    state: Target | None = None
    effect: Effect | None = None
    reason: str = ""
    after: dt.timedelta | None = None
    is_attempt: bool = True


def to(state: Target, effect: Effect | None = None, *, after: dt.timedelta | None = None) -> Outcome:
    """Move the row to `state`. `effect` runs in the transaction that updates it: both happen, once, or neither.

    With `after`, the new state's handler is not called before that time has passed.
    """
    return Outcome(Kind.TO, state=state, effect=effect, after=after)


def later(reason: str, after: dt.timedelta | None = None, *, is_attempt: bool = True) -> Outcome:
    """Keep the row and retry it `after` (default: the graph's back-off); `reason` is shown to operators.

    Without `is_attempt` the attempt does not count: the failure is local, and not due to the row.
    """
    return Outcome(Kind.LATER, reason=reason, after=after, is_attempt=is_attempt)


def failed(reason: str) -> Outcome:
    """Move the row to its graph's failure state at once; `reason` is shown to operators."""
    return Outcome(Kind.FAILED, reason=reason)
