"""Hooks that run when a process starts and stops: the ASGI lifespan, and the same without a server."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from core.logs import get_logger

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Hook = Callable[[], Awaitable[object]]

log = get_logger(__name__)


class Lifespan:
    """An ordered list of components to start; they are stopped in reverse order."""

    def __init__(self) -> None:
        self._hooks: list[tuple[str, Hook | None, Hook | None]] = []
        self._started: list[tuple[str, Hook]] = []

    def add(self, name: str, *, start: Hook | None = None, stop: Hook | None = None) -> None:
        """Run `start` when the process starts and `stop` when it stops; an error in `start` stops the start-up."""
        self._hooks.append((name, start, stop))

    async def start(self) -> None:
        """Start everything registered. If one part fails, stop those before it and raise its error."""
        for name, start, stop in self._hooks:
            try:
                if start:
                    await start()
            except BaseException:
                log.error("startup.failed", part=name)
                await self.stop()
                raise
            if stop:
                self._started.append((name, stop))

    async def stop(self) -> None:
        """Stop everything started. An error in one component is logged and does not prevent the others from stopping."""
        while self._started:
            name, stop = self._started.pop()
            try:
                await stop()
            except Exception:
                log.exception("shutdown.failed", part=name)

    async def serve(self, receive: Receive, send: Send) -> None:
        """Handle the ASGI lifespan protocol until shutdown."""
        await receive()
        try:
            await self.start()
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": f"{type(error).__name__}: {error}"})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})
