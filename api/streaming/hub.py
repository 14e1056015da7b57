"""The hub of a process: one database listener for all connected clients, and one task that delivers its notices.

Waiting clients hold no database connection: there is the listener's own, and one from the pool while notices are delivered.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from activities.streaming.services import CHANNEL, REACTED
from api.streaming import delivery
from api.streaming.connections import Connections
from core.db import own_connection
from core.db.pubsub import Listener
from core.logs import get_logger
from core.server_state import PerServer
from users.access_rules import queries as access_rules

log = get_logger(__name__)

HEARTBEAT_S = 15.0
_TOKENS_CHECKED_EVERY = 4  # beats
_AT_ONCE = 500  # notices handled together
_GATHERED_S = 1.0  # a post's new reactions are sent once within this time
_MAX_GATHERED = 1000  # posts


class Hub(Connections):
    """The connected clients and the tasks that serve them. Runs from `start` to `stop`."""

    def __init__(self) -> None:
        super().__init__()
        self._listener: Listener | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._reacted: dict[str, None] = {}  # ids of posts, in order
        self._has_reacted = asyncio.Event()

    async def start(self) -> None:
        """Start listening for notices."""
        self.is_open = True
        self._listener = Listener("takahe-live")
        heard = self._listener.subscribe(CHANNEL)
        rules = self._listener.subscribe(access_rules.CHANNEL)
        await self._listener.start()
        self._tasks = [
            asyncio.create_task(self._bring(heard), name="streaming:bring"),
            asyncio.create_task(self._beat(), name="streaming:beat"),
            asyncio.create_task(self._tell_reactions(), name="streaming:reactions"),
            asyncio.create_task(
                access_rules.keep_fresh(rules, self._end_refused), name="streaming:access_rules"
            ),
        ]

    async def stop(self) -> None:
        await self.close_all()
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        self._tasks = []
        if self._listener is not None:
            await self._listener.stop()
            self._listener = None

    async def close_all(self) -> None:
        """Close every stream and accept no new ones. Clients reconnect to the process that takes over."""
        self.is_open = False
        for client in list(self.clients):
            client.end("The server restarts")

    async def _end_refused(self) -> None:
        """End the streams of clients that lost access."""
        for client in list(self.clients):
            if access_rules.is_refused(client.address, client.domain.pk):
                client.end("No access")

    @property
    def is_listening(self) -> bool:
        return self._listener is not None and self._listener.is_listening.is_set()

    async def _bring(self, heard: "asyncio.Queue[str | None]") -> None:
        while True:
            notices = [await heard.get()]
            while len(notices) < _AT_ONCE and not heard.empty():
                notices.append(heard.get_nowait())
            if not self.clients:
                continue
            self._gather(one.removeprefix(REACTED) for one in notices if one and one.startswith(REACTED))
            try:
                async with own_connection():
                    others = [one for one in notices if one is not None and not one.startswith(REACTED)]
                    await delivery.deliver(self, others)
                    if None in notices:  # some notices may have been missed, such as a revoked token
                        await self.check_tokens()
            except (
                Exception
            ) as error:  # clients miss something until they reload; continue with the next notice
                log.failure("streaming.failed", error, notices=len(notices))

    def _gather(self, post_ids: Iterable[str]) -> None:
        for post_id in post_ids:
            if len(self._reacted) < _MAX_GATHERED:
                self._reacted[post_id] = None
                self._has_reacted.set()

    async def _tell_reactions(self) -> None:
        """Send posts with new reactions in their current form, as after an edit: at most once within `_GATHERED_S`."""
        while True:
            await self._has_reacted.wait()
            await asyncio.sleep(_GATHERED_S)
            ids, self._reacted = list(self._reacted), {}
            self._has_reacted.clear()
            try:
                async with own_connection():
                    await delivery.deliver(self, [f"status.update {','.join(ids)}"])
            except Exception as error:  # the numbers are correct on the next load
                log.failure("streaming.failed", error, notices=len(ids))

    async def _beat(self) -> None:
        beats = 0
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            beats += 1
            for number, client in enumerate(list(self.clients)):
                client.beat()
                if number % 200 == 199:
                    await asyncio.sleep(0)
            if beats % _TOKENS_CHECKED_EVERY == 0 and self.clients:
                try:
                    async with own_connection():
                        await self.check_tokens()
                except Exception as error:
                    log.failure("streaming.tokens_unchecked", error)


hub = PerServer(Hub)
"""The hub of this process, started and stopped with it (takahe/asgi.py)."""
