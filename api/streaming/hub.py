"""The hub of a process: who is connected and listens to what, one ear for all of them, one task that brings them what it heard.

Waiting clients hold no database connection: there is the ear's own, and one from the pool while something is being brought.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import suppress

from activities.streaming.services import CHANNEL
from api.oauth.tokens import good_tokens
from api.streaming import delivering
from api.streaming.client import Client
from api.streaming.streams import Stream
from core.config import config
from core.db import own_connection
from core.db.pubsub import Listener
from core.errors import TooMany, Unavailable
from core.hosts.networks import networks_of
from core.logs import get_logger
from core.server_state import PerServer

log = get_logger(__name__)

BEAT_S = 15.0
PER_IDENTITY, PER_ADDRESS = 40, 500  # connections; scaled by TAKAHE_RATE_LIMIT_PERCENT like all limits
_TOKENS_CHECKED_EVERY = 4  # beats
_AT_ONCE = 500  # notices handled together


class Hub:
    """Clients by what they listen to. Everything but `start` and `stop` is plain bookkeeping."""

    def __init__(self) -> None:
        self.clients: set[Client] = set()
        self._by_name: dict[str, dict[int | str, set[Client]]] = {}
        self._by_token: dict[int, set[Client]] = {}
        self._identities: Counter[int] = Counter()
        self._networks: Counter[str] = Counter()
        self._listener: Listener | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._is_closing = False

    # --- clients ---------------------------------------------------------------------------------------------------

    def join(self, client: Client) -> None:
        """Register a client. Raises TooMany when its person or network has too many already, Unavailable before the start and
        after the end.
        """
        if self._is_closing or self._listener is None:
            raise Unavailable("Streams are not served right now.")
        percent = config().rate_limit_percent
        if percent and (
            self._identities[client.identity_id] >= max(1, PER_IDENTITY * percent // 100)
            or any(
                self._networks[network] >= limit
                for network, limit in networks_of(client.address, max(1, PER_ADDRESS * percent // 100))
            )
        ):
            raise TooMany(retry_after_s=30)
        self.clients.add(client)
        self._identities[client.identity_id] += 1
        self._networks.update(network for network, _ in networks_of(client.address, 0))
        self._by_token.setdefault(client.token_id, set()).add(client)

    def leave(self, client: Client) -> None:
        """Unregister a client. Idempotent."""
        if client not in self.clients:
            return
        self.clients.discard(client)
        for stream in client.streams:
            self._unfile(client, stream)
        client.streams = ()
        _take_from(self._by_token, client.token_id, client)
        _count_down(self._identities, client.identity_id)
        for network, _ in networks_of(client.address, 0):
            _count_down(self._networks, network)

    def subscribe(self, client: Client, stream: Stream) -> None:
        if client in self.clients and stream not in client.streams:
            client.streams = (*client.streams, stream)
            name, anchor = stream.key
            self._by_name.setdefault(name, {}).setdefault(anchor, set()).add(client)

    def unsubscribe(self, client: Client, stream: Stream) -> None:
        if stream in client.streams:
            client.streams = tuple(one for one in client.streams if one != stream)
            if not any(one.key == stream.key for one in client.streams):
                self._unfile(client, stream)

    def _unfile(self, client: Client, stream: Stream) -> None:
        name, anchor = stream.key
        anchors = self._by_name.get(name, {})
        _take_from(anchors, anchor, client)
        if not anchors:
            self._by_name.pop(name, None)

    def anchors(self, name: str) -> Collection[int | str]:
        """Whose, or what, the streams of this name are that somebody listens to."""
        return self._by_name.get(name, {}).keys()

    def listening(self, name: str, anchor: int | str = 0) -> Iterable[Client]:
        return self._by_name.get(name, {}).get(anchor, ())

    def end_token(self, token_id: int) -> None:
        for client in list(self._by_token.get(token_id, ())):
            client.end("The access token was revoked")

    # --- life ------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start listening for notices."""
        self._is_closing = False
        self._listener = Listener("takahe-live")
        heard = self._listener.subscribe(CHANNEL)
        await self._listener.start()
        self._tasks = [
            asyncio.create_task(self._bring(heard), name="streaming:bring"),
            asyncio.create_task(self._beat(), name="streaming:beat"),
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
        """Every stream ends now and none begins: the process is about to stop, clients come back to the next one."""
        self._is_closing = True
        for client in list(self.clients):
            client.end("The server restarts")

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
            try:
                async with own_connection():
                    await delivering.deliver(self, [one for one in notices if one is not None])
                    if None in notices:  # some may have been missed; an ended token must not be among them
                        await self.check_tokens()
            except Exception as error:  # clients miss something and reload; the next notice is another matter
                log.failure("streaming.failed", error, notices=len(notices))

    async def _beat(self) -> None:
        beats = 0
        while True:
            await asyncio.sleep(BEAT_S)
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

    async def check_tokens(self) -> None:
        """Clients whose token, login or identity has ended are disconnected. One query."""
        held = list(self._by_token)
        if held:
            good = await good_tokens(held)
            for token_id in held:
                if token_id not in good:
                    self.end_token(token_id)


def _count_down[K](counter: Counter[K], key: K) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]


def _take_from[K](index: dict[K, set[Client]], key: K, client: Client) -> None:
    held = index.get(key)
    if held is not None:
        held.discard(client)
        if not held:
            del index[key]


hub = PerServer(Hub)
"""The one of this process, started and stopped with it (takahe/asgi.py)."""
