"""The activities we send about people: follow, accept, reject, block, undo, update, delete, move, flag. Pure.

Ids are shaped as Mastodon shapes its own; those with a fragment can't be fetched, and nobody needs to.
"""

from collections.abc import Mapping
from typing import Any

from core.texts import Handle
from users.activitypub.actor import Document, actor_document
from users.activitypub.context import ACTOR_CONTEXT, AS, PUBLIC
from users.domains.models import Domain
from users.models import Block, Follow, Identity


def follow_uri(source: Identity, follow_id: int) -> str:
    """The id of a follow that we send."""
    return f"{source.uri}#follows/{follow_id}"


def block_uri(source: Identity, block_id: int) -> str:
    """The id of a block that we send."""
    return f"{source.uri}#blocks/{block_id}"


def _activity(kind: str, id: str, actor: str, object: Any, **more: Any) -> Document:
    return {"@context": AS, "id": id, "type": kind, "actor": actor, "object": object, **more}


def _inner(document: Document) -> Document:
    return {key: value for key, value in document.items() if key != "@context"}


def follow_document(follow: Follow, source: Identity, target: Identity) -> Document:
    """`source` asks to follow `target`. The id is the one that the follow came with, when it came from elsewhere."""
    return _activity("Follow", follow.uri or follow_uri(source, follow.pk), source.uri, target.uri)


def accept_document(follow: Follow, source: Identity, target: Identity) -> Document:
    """`target` lets `source` follow."""
    inner = _inner(follow_document(follow, source, target))
    return _activity("Accept", f"{target.uri}#accepts/follows/{follow.pk}", target.uri, inner)


def reject_document(follow: Follow, source: Identity, target: Identity) -> Document:
    """`target` does not let `source` follow, or not any more."""
    inner = _inner(follow_document(follow, source, target))
    return _activity("Reject", f"{target.uri}#rejects/follows/{follow.pk}", target.uri, inner)


def block_document(block: Block, source: Identity, target: Identity) -> Document:
    """`source` blocks `target`, who is told because their server must stop showing things."""
    return _activity("Block", block.uri or block_uri(source, block.pk), source.uri, target.uri, to=target.uri)


def undo_document(document: Document) -> Document:
    """The activity in `document` is taken back by its actor."""
    return _activity("Undo", f"{document['id']}/undo", document["actor"], _inner(document))


def update_document(
    identity: Identity, domain: Domain, version: int, mentioned: Mapping[Handle, str]
) -> Document:
    """The profile changed. `version` makes the id unique: seconds since 1970. `mentioned` as in `actor_document`."""
    document = _activity(
        "Update",
        f"{identity.uri}#updates/{version}",
        identity.uri,
        _inner(actor_document(identity, domain, mentioned)),
        to=[PUBLIC],
        cc=[identity.followers_url],
    )
    return {**document, "@context": ACTOR_CONTEXT}


def delete_document(identity: Identity) -> Document:
    """The identity is over."""
    return _activity("Delete", f"{identity.uri}#delete", identity.uri, identity.uri, to=[PUBLIC])


def move_document(identity: Identity, target_uri: str, version: int) -> Document:
    """The identity lives at `target_uri` now; followers go along."""
    return _activity(
        "Move",
        f"{identity.uri}#moves/{version}",
        identity.uri,
        identity.uri,
        target=target_uri,
        to=[identity.followers_url],
    )


def flag_document(
    actor_uri: str, report_id: int, target_uri: str, post_uris: list[str], comment: str
) -> Document:
    """Somebody here reports `target_uri` and posts of theirs. The server says it, so that nobody there learns who."""
    return _activity(
        "Flag",
        f"{actor_uri}#flags/{report_id}",
        actor_uri,
        [target_uri, *post_uris],
        content=comment,
        to=target_uri,
    )
