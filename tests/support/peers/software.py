"""Peers that behave like well-known software, or badly."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from tests.support.peers.http import Actor, Received, Reply, as_json
from tests.support.peers.peer import FakePeer
from tests.support.peers.signing import cavage_headers


class MastodonPeer(FakePeer):
    software = "mastodon"


class GoToSocialPeer(FakePeer):
    """A peer whose key ids are paths of a stub actor, that requires signed GETs, has no shared inbox and doesn't support RFC 9421."""

    software = "gotosocial"
    has_shared_inbox = False

    def key_id_for(self, uri: str) -> str:
        return f"{uri}/main-key"

    def show(self, request: Received) -> Reply:
        for actor in self.actors.values():
            if request.path == urlsplit(actor.key_id).path:
                stub = {
                    "@context": "https://w3id.org/security/v1",
                    "id": actor.uri,
                    "preferredUsername": actor.username,
                    "type": "Person",
                    "publicKey": self.key_entry(actor),
                }
                return Reply(410) if actor.is_deleted else as_json(stub)
        if request.path.startswith("/users/") and "signature" not in request.headers:
            return Reply(401, b'{"error":"Unauthorized: http request wasn\'t signed"}')
        return super().show(request)

    def take(self, request: Received) -> Reply:
        if "signature-input" in request.headers:
            return Reply(401, b'{"error":"Unauthorized"}')
        return super().take(request)

    def signed(
        self, actor: Actor, url: str, body: bytes = b"", *, method: str = "POST", **options: Any
    ) -> dict[str, str]:
        return cavage_headers(
            actor.key, actor.key_id, method, url, body, **{"algorithm": "hs2019", **options}
        )


class SnacPeer(FakePeer):
    """A peer that answers 202 before it verifies anything, and never fetches anything twice."""

    software = "snac"
    has_shared_inbox = False

    def take(self, request: Received) -> Reply:
        self.inbox.append(request)
        return Reply(202)


class FedifyPeer(FakePeer):
    """A peer that accepts only RFC 9421, like a server that has disabled the draft."""

    software = "fedify"

    def take(self, request: Received) -> Reply:
        if "signature-input" not in request.headers:
            return Reply(401, b'{"error":"Use RFC 9421"}')
        return super().take(request)


class Corpse(FakePeer):
    """A peer that accepts connections and never answers; after `stop` it refuses them."""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.requests.append(Received("?", "?", {}, b""))
        while await reader.read(65536):
            pass


class Crowd(Corpse):
    """Many hosts that accept connections and never answer. `most` is the highest number open at once."""

    def __init__(self) -> None:
        super().__init__("crowd.test", address="0.0.0.0")
        self.open = self.most = 0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            await super()._serve(reader, writer)
        finally:
            self.open -= 1


class Liar(FakePeer):
    """A peer that serves the keys and documents of others as its own: add them with `add_document` or `replies`."""

    software = "liar"
