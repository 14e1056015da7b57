"""Events, by which a package notifies packages above it, which it must not import.

The lower package declares an event, the higher one subscribes:

    on_follow: Event[Identity, Identity] = Event("follow")  # users/relations/events.py

    @events.on_follow  # activities, notifications
    async def notify(source: Identity, target: Identity) -> None: ...

Listeners register when their module is imported (each app's `ready`), and run inside the transaction that emits the event.
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

    async def emit(self, *args: P.args, **kwargs: P.kwargs) -> bool:
        """Call every listener in order of registration. Return whether any of them has more to do."""
        has_more = False
        for listener in self._listeners:
            has_more = bool(await listener(*args, **kwargs)) or has_more
        return has_more
