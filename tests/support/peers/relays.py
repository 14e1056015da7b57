"""Relays of both protocols (FEP-ae0c): their answers, and the activities they forward."""

from typing import Any

from tests.support.peers.http import Actor, make_key
from tests.support.peers.peer import FakePeer

AS = "https://www.w3.org/ns/activitystreams"


class RelayPeer(FakePeer):
    """A relay with the actor /actor. `follows` are the Follows it received, `taken` everything it received."""

    software = "relay"
    actor_type = "Application"

    async def __aenter__(self) -> "RelayPeer":
        await super().__aenter__()
        uri = f"{self.base_url}/actor"
        extra = {"type": self.actor_type, "inbox": f"{self.base_url}/inbox"}
        self.actors.setdefault("relay", Actor(uri, "relay", f"{uri}#main-key", make_key(), extra))
        return self

    @property
    def actor(self) -> Actor:
        return self.actors["relay"]

    @property
    def taken(self) -> list[dict[str, Any]]:
        return [request.json() for request in self.inbox]

    @property
    def follows(self) -> list[dict[str, Any]]:
        return [one for one in self.taken if one["type"] == "Follow"]

    def accept(self, follow: dict[str, Any]) -> dict[str, Any]:
        return self.activity(self.actor, "Accept", follow)

    def reject(self, follow: dict[str, Any]) -> dict[str, Any]:
        return self.activity(self.actor, "Reject", follow)

    def announce(self, uri: Any) -> dict[str, Any]:
        return self.activity(self.actor, "Announce", uri, to=[f"{self.actor.uri}/followers"])


class InboxRelay(RelayPeer):
    """A relay of Mastodon's protocol: accepts any Follow and forwards each Create unchanged, with the LD signature of its author's server."""

    software = "activity-relay"

    @staticmethod
    def forward(note: dict[str, Any], **extra: Any) -> dict[str, Any]:
        """Return a Create as another subscriber sent it. Its Linked Data signature is invalid."""
        author = note["attributedTo"]
        return {
            "@context": [AS, "https://w3id.org/security/v1"],
            "id": f"{note['id']}/activity",
            "type": "Create",
            "actor": author,
            "to": note["to"],
            "cc": note.get("cc", []),
            "object": note,
            "signature": {
                "type": "RsaSignature2017",
                "creator": f"{author}#main-key",
                "created": note["published"],
                "signatureValue": "bm90aGluZw==",
            },
            **extra,
        }


class ActorRelay(RelayPeer):
    """A relay of LitePub's protocol: follows back and announces the ids of posts."""

    software = "aoderelay"

    def follow_back(self, follow: dict[str, Any]) -> dict[str, Any]:
        return self.activity(self.actor, "Follow", follow["actor"])


class HashtagPeer(RelayPeer):
    """An actor for a hashtag, as on tags.pub and relay.fedi.buzz: announces posts with the hashtag to its followers."""

    software = "tags"
    actor_type = "Service"
