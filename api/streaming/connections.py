"""The connected clients of a process, indexed by stream, token and address. Bookkeeping only, no tasks."""

from collections import Counter
from collections.abc import Collection, Iterable

from api.oauth.tokens import valid_tokens
from api.streaming.client import Client
from api.streaming.streams import Stream
from core.config import config
from core.errors import TooMany, Unavailable
from core.hosts.networks import networks_of
from core.metrics.exposition import Family, gauge
from users.domains.queries import stopped_domains
from users.logins.queries import speaking_sessions

PER_IDENTITY, PER_ADDRESS = 40, 500  # connections; scaled by TAKAHE_RATE_LIMIT_PERCENT like all limits


class Connections:
    """The registry of connected clients and their subscriptions."""

    def __init__(self) -> None:
        self.is_open = False
        self.clients: set[Client] = set()
        self._by_name: dict[str, dict[int | str, set[Client]]] = {}
        self._by_token: dict[int, set[Client]] = {}
        self._by_session: dict[int, set[Client]] = {}
        self._identities: Counter[int] = Counter()
        self._networks: Counter[str] = Counter()

    def families(self) -> list[Family]:
        """Return the number of connected clients as metrics."""
        return [gauge("takahe_streams_open", "Connected clients of the streams.", len(self.clients))]

    def join(self, client: Client) -> None:
        """Register a client. Raises TooMany if its identity or network has too many, Unavailable while the hub is not running."""
        if not self.is_open:
            raise Unavailable(code="no_streams_now")
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
        index, number = self._credential(client)
        index.setdefault(number, set()).add(client)

    def leave(self, client: Client) -> None:
        """Unregister a client. Idempotent."""
        if client not in self.clients:
            return
        self.clients.discard(client)
        for stream in client.streams:
            self._unfile(client, stream)
        client.streams = ()
        _take_from(*self._credential(client), client)
        _count_down(self._identities, client.identity_id)
        for network, _ in networks_of(client.address, 0):
            _count_down(self._networks, network)

    def _credential(self, client: Client) -> tuple[dict[int, set[Client]], int]:
        """Return the index and key of the client's credential: the session of a page, else a token."""
        if client.session_id:
            return self._by_session, client.session_id
        return self._by_token, client.token_id

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

    def move(self, name: str, old: int | str, new: int | str) -> None:
        """Move all subscribers of a stream from its old anchor to the new one."""
        for client in list(self.listening(name, old)):
            for stream in [one for one in client.streams if one.key == (name, old)]:
                self.unsubscribe(client, stream)
                self.subscribe(client, Stream((name, new), stream.label))

    def _unfile(self, client: Client, stream: Stream) -> None:
        name, anchor = stream.key
        anchors = self._by_name.get(name, {})
        _take_from(anchors, anchor, client)
        if not anchors:
            self._by_name.pop(name, None)

    def anchors(self, name: str) -> Collection[int | str]:
        """Return the identities, lists or hashtags whose streams of this name have subscribers."""
        return self._by_name.get(name, {}).keys()

    def listening(self, name: str, anchor: int | str = 0) -> Iterable[Client]:
        return self._by_name.get(name, {}).get(anchor, ())

    def end_token(self, token_id: int) -> None:
        for client in list(self._by_token.get(token_id, ())):
            client.end("The access token was revoked")

    async def check_tokens(self) -> None:
        """Disconnect clients whose token or session ended, whose session switched to another identity, whose login or identity was
        deleted, or whose domain is paused or removed.

        At most three queries.
        """
        held = list(self._by_token)
        if held:
            good = await valid_tokens(held)
            for token_id in held:
                if token_id not in good:
                    self.end_token(token_id)
        if self._by_session:
            speaking = await speaking_sessions(list(self._by_session))
            for session_id, clients in list(self._by_session.items()):
                for client in list(clients):
                    if speaking.get(session_id) != client.identity_id:
                        client.end("The session ended")
        stopped = await stopped_domains({client.domain.pk for client in self.clients})
        for client in [one for one in self.clients if one.domain.pk in stopped]:
            client.end("The domain does not answer now")


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
