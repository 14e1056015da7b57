"""Handlers of active states: functions for batches or for single rows, with their options."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from stator.outcomes import Outcome

type BatchFunction = Callable[[list[Any]], Awaitable[Outcome | Mapping[Any, Outcome]]]
type EachFunction = Callable[[Any], Awaitable[Outcome]]


class HandlerError(Exception):
    """A state has two handlers, or a handler returned something that its graph does not allow."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A transactional handler: a list of rows in, one outcome for all or a mapping of primary key to outcome out."""

    function: BatchFunction
    size: int
    timeout: dt.timedelta


@dataclass(frozen=True, slots=True)
class Each:
    """A leased handler: one row in, one outcome out; network I/O belongs here."""

    function: EachFunction
    lease: dt.timedelta
    concurrency: int
    fair_by: str | None
    fair_share: int
    rank: Callable[[Any], float] | None


class Handled(Protocol):
    """A state that a handler may be registered for (stator/graph.py)."""

    terminal: bool
    handler: Batch | Each | None

    @property
    def label(self) -> str: ...

    @property
    def is_active(self) -> bool: ...


def _set_handler(state: Handled, handler: Batch | Each) -> None:
    present = state.handler
    if present is not None and _place(present.function) != _place(handler.function):
        raise HandlerError(
            f"{state.label} has two handlers: {_place(present.function)} and {_place(handler.function)}"
        )
    if not state.is_active:
        kind = "terminal" if state.terminal else "resting"
        raise HandlerError(f"{state.label} is {kind}; a handler ({_place(handler.function)}) would never run")
    state.handler = handler


def _place(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


@dataclass(frozen=True, slots=True)
class RegisterBatch:
    """The decorator that `State.batch()` returns."""

    state: Handled
    size: int
    timeout: dt.timedelta

    def __call__[F: BatchFunction](self, function: F) -> F:
        if self.size < 1:
            raise HandlerError(f"{self.state.label}: size is {self.size}; it must be 1 or more")
        _set_handler(self.state, Batch(function, self.size, self.timeout))
        return function


@dataclass(frozen=True, slots=True)
class RegisterEach:
    """The decorator that `State.each()` returns."""

    state: Handled
    lease: dt.timedelta
    concurrency: int
    fair_by: str | None
    fair_share: int | None
    rank: Callable[[Any], float] | None

    def __call__[F: EachFunction](self, function: F) -> F:
        if self.concurrency < 1:
            raise HandlerError(f"{self.state.label}: concurrency is {self.concurrency}; it must be 1 or more")
        if self.lease < dt.timedelta(seconds=1):
            raise HandlerError(f"{self.state.label}: a lease is at least one second")
        share = self.fair_share or max(1, self.concurrency // 5)
        _set_handler(self.state, Each(function, self.lease, self.concurrency, self.fair_by, share, self.rank))
        return function
