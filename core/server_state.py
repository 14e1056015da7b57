"""The memory of a running server between requests: caches, counters, limits, its HTTP client.

All of it belongs to one `ServerState`, which the web process and the worker make when they start. Tasks inherit it through their
context, so two servers can run in one process, and a new state is as good as a restart. A module declares its part once:

    _keys: PerServer[OrderedDict[str, Key]] = PerServer(OrderedDict)
    _keys()["a"] = key

The settings of a server are a part, too (core/config): `state.put(config, Config({...}))` gives a server its own.
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

    def put[T](self, part: "PerServer[T]", value: T) -> None:
        """Set a part."""
        self.parts[part] = value

    def forget(self, part: "PerServer[Any]") -> None:
        """Let the next use create the part anew."""
        self.parts.pop(part, None)
        if part.is_inherited:
            _FIRST.parts.pop(part, None)


class PerServer[T]:
    """A part of the memory, separate for each server. Call it to get that of the running server.

    `is_inherited`: a new server begins with the value of the one that started it, or else of the process.
    """

    __slots__ = ("_make", "is_inherited")

    def __init__(self, make: Callable[[], T], *, is_inherited: bool = False) -> None:
        self._make = make
        self.is_inherited = is_inherited

    def __call__(self) -> T:
        parts = _state.get().parts
        try:
            part: T = parts[self]
        except KeyError:
            is_given = self.is_inherited and parts is not _FIRST.parts
            part = parts[self] = self._of_process() if is_given else self._make()
        return part

    def _of_process(self) -> T:
        with using_state(_FIRST):
            return self()


# Shared by commands, and by code that runs at import.
_FIRST = ServerState()
_state: ContextVar[ServerState] = ContextVar("server_state", default=_FIRST)


def current_state() -> ServerState:
    """Return the memory of the running server."""
    return _state.get()


def new_state() -> ServerState:
    """Return a memory with nothing but what is inherited from the running server."""
    state = ServerState()
    for part, value in current_state().parts.items():
        if part.is_inherited:
            state.put(part, value)
    return state


def begin_state() -> ServerState:
    """Start with a new memory, in this task and all tasks that it starts."""
    state = new_state()
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
