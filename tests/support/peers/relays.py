"""Relays of both dialects (FEP-ae0c): what they answer, and what they pass on."""

from typing import Any

from tests.support.peers.http import Actor, make_key
from tests.support.peers.peer import FakePeer

AS = "https://www.w3.org/ns/activitystreams"


class RelayPeer(FakePeer):
    """An actor at /actor. `follows` are the Follows that came, `sent` all that was sent to be passed on."""

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
    """Mastodon's dialect: answers a Follow of everybody, and passes Creates on as they came, with the signature of their author's server inside."""

    software = "activity-relay"

    @staticmethod
    def forward(note: dict[str, Any], **extra: Any) -> dict[str, Any]:
        """A Create as another subscriber sent it. Nobody here can check its Linked Data signature."""
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
    """LitePub's dialect: follows back, and announces the ids of posts."""

    software = "aoderelay"

    def follow_back(self, follow: dict[str, Any]) -> dict[str, Any]:
        return self.activity(self.actor, "Follow", follow["actor"])


class HashtagPeer(RelayPeer):
    """An actor for a hashtag that people follow, as tags.pub and relay.fedi.buzz have them: announces what has it."""

    software = "tags"
    actor_type = "Service"
