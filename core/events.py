"""Events: how a package tells packages above it, which it must not import, that something happened.

The lower one declares an event, the higher one listens:

    on_follow: Event[Identity, Identity] = Event("follow")  # users/relations/events.py

    @events.on_follow  # activities, notifications
    async def notify(source: Identity, target: Identity) -> None: ...

Listeners register when their module is imported (each app's `ready`), and run inside the transaction that made the event true.
"""

from collections.abc import Callable, Coroutine
from typing import Any


class Event[**P]:
    """A list of listeners; use it as a decorator to add one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._listeners: list[Callable[P, Coroutine[Any, Any, bool | None]]] = []

    def __call__[R: bool | None](
        self, listener: Callable[P, Coroutine[Any, Any, R]]
    ) -> Callable[P, Coroutine[Any, Any, R]]:
        if listener not in self._listeners:
            self._listeners.append(listener)
        return listener

    async def happened(self, *args: P.args, **kwargs: P.kwargs) -> bool:
        """Tell every listener, in the order they came; return whether one of them has more to do."""
        has_more = False
        for listener in self._listeners:
            has_more = bool(await listener(*args, **kwargs)) or has_more
        return has_more
