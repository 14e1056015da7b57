"""Activities of the system actor for relays (FEP-ae0c). Pure."""

from typing import Any

from federation.documents import PUBLIC
from federation.models import Dialect, Relay

_CONTEXT = "https://www.w3.org/ns/activitystreams"


def follow_document(relay: Relay, actor: str) -> dict[str, Any]:
    """Return the Follow of the public collection for Mastodon's dialect, of the relay itself for LitePub's."""
    followed = relay.actor_uri if relay.dialect == Dialect.actor else PUBLIC
    return {
        "@context": _CONTEXT,
        "id": relay.follow_uri,
        "type": "Follow",
        "actor": actor,
        "object": followed,
    }


def undo_document(relay: Relay, actor: str) -> dict[str, Any]:
    return {
        "@context": _CONTEXT,
        "id": f"{relay.follow_uri}/undo",
        "type": "Undo",
        "actor": actor,
        "object": follow_document(relay, actor),
    }


def accept_document(follow_uri: str, relay_actor: str, actor: str) -> dict[str, Any]:
    """Return the Accept of a relay's Follow of the system actor."""
    return {
        "@context": _CONTEXT,
        "id": f"{actor}#accepts/{follow_uri}",
        "type": "Accept",
        "actor": actor,
        "object": {"id": follow_uri, "type": "Follow", "actor": relay_actor, "object": actor},
    }


def announce_document(post_uri: str, actor: str, published: str) -> dict[str, Any]:
    """Return the Announce that sends a post to LitePub relays."""
    return {
        "@context": _CONTEXT,
        "id": f"{actor}#announces/{post_uri}",
        "type": "Announce",
        "actor": actor,
        "object": post_uri,
        "published": published,
        "to": [PUBLIC],
    }
