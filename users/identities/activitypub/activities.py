"""The activities of a profile: update, delete, move. Pure.

Ids have the form of Mastodon's; those with a fragment can't be fetched, which no server does.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from core.texts import Handle
from users.domains.models import Domain
from users.identities.activitypub.actor import Document, actor_document
from users.identities.activitypub.context import ACTOR_CONTEXT, AS, PUBLIC
from users.identities.models import ActorKey, Identity


def activity(kind: str, id: str, actor: str, object: Any, **more: Any) -> Document:
    """Return an activity of this type as a standalone document."""
    return {"@context": AS, "id": id, "type": kind, "actor": actor, "object": object, **more}


def without_context(document: Document) -> Document:
    """Return the document without its context, for embedding."""
    return {key: value for key, value in document.items() if key != "@context"}


def update_document(
    identity: Identity,
    domain: Domain,
    version: int,
    mentioned: Mapping[Handle, str],
    keys: Sequence[ActorKey] = (),
) -> Document:
    """Return an Update of the profile. `version` makes the id unique: seconds since 1970. `mentioned` and `keys` as in `actor_document`."""
    document = activity(
        "Update",
        f"{identity.uri}#updates/{version}",
        identity.uri,
        without_context(actor_document(identity, domain, mentioned, keys)),
        to=[PUBLIC],
        cc=[identity.followers_url],
    )
    return {**document, "@context": ACTOR_CONTEXT}


def delete_document(identity: Identity) -> Document:
    """Return the Delete of an identity."""
    return activity("Delete", f"{identity.uri}#delete", identity.uri, identity.uri, to=[PUBLIC])


def move_document(identity: Identity, target_uri: str, version: int) -> Document:
    """Return a Move to `target_uri`, which followers' servers act on."""
    return activity(
        "Move",
        f"{identity.uri}#moves/{version}",
        identity.uri,
        identity.uri,
        target=target_uri,
        to=[identity.followers_url],
    )
