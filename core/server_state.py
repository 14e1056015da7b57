"""The memory of a running server between requests: caches, counters, limits, its HTTP client.

All of it belongs to one `ServerState`, which the web process and the worker make when they start. Tasks inherit it through their
context, so two servers can run in one process, and a new state is as good as a restart. A module declares its part once:

    _keys: PerServer[OrderedDict[str, Key]] = PerServer(OrderedDict)
    _keys()["a"] = key
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any


class ServerState:
    """The memory of one server. Empty at first; each part is created on first use."""

    __slots__ = ("parts",)

    def __init__(self) -> None:
        self.parts: dict[PerServer[Any], Any] = {}


class PerServer[T]:
    """A part of the memory, separate for each server. Call it to get that of the running server."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make

    def __call__(self) -> T:
        parts = _state.get().parts
        try:
            part: T = parts[self]
        except KeyError:
            part = parts[self] = self._make()
        return part


# Shared by commands, and by code that runs at import.
_FIRST = ServerState()
_state: ContextVar[ServerState] = ContextVar("server_state", default=_FIRST)


def current_state() -> ServerState:
    """Return the memory of the running server."""
    return _state.get()


def begin_state() -> ServerState:
    """Start with an empty memory, in this task and all tasks that it starts."""
    state = ServerState()
    _state.set(state)
    return state


@contextmanager
def using_state(state: ServerState) -> Iterator[None]:
    """Run the block as the server to which this memory belongs."""
    token = _state.set(state)
    try:
        yield
    finally:
        _state.reset(token)
