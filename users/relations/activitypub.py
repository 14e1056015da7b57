"""The activities between two actors: follow, accept, reject, block, undo. Pure.

Ids have the form of Mastodon's; those with a fragment can't be fetched, which no server does. Each is addressed, because servers with a
shared inbox forward it by its addressing (activitypub-bot).
"""

from users.identities.activitypub.activities import activity, without_context
from users.identities.activitypub.actor import Document
from users.identities.models import Identity
from users.relations.models import Block, Follow


def follow_uri(source: Identity, follow_id: int | str) -> str:
    """Return the id of an outgoing follow; with "", their common prefix."""
    return f"{source.uri}#follows/{follow_id}"


def block_uri(source: Identity, block_id: int) -> str:
    """Return the id of an outgoing block."""
    return f"{source.uri}#blocks/{block_id}"


def follow_document(follow: Follow, source: Identity, target: Identity) -> Document:
    """Build the Follow of `target` by `source`. An incoming follow keeps its id."""
    uri = follow.uri or follow_uri(source, follow.pk)
    return activity("Follow", uri, source.uri, target.uri, to=target.uri)


def accept_document(follow: Follow, source: Identity, target: Identity) -> Document:
    """Build the Accept of a follow by its target."""
    inner = without_context(follow_document(follow, source, target))
    return activity("Accept", f"{target.uri}#accepts/follows/{follow.pk}", target.uri, inner, to=source.uri)


def reject_document(follow: Follow, source: Identity, target: Identity) -> Document:
    """Build the Reject of a follow by its target, before or after it was accepted."""
    inner = without_context(follow_document(follow, source, target))
    return activity("Reject", f"{target.uri}#rejects/follows/{follow.pk}", target.uri, inner, to=source.uri)


def block_document(block: Block, source: Identity, target: Identity) -> Document:
    """Build the Block of `target`, addressed to the target, whose server must hide posts."""
    return activity("Block", block.uri or block_uri(source, block.pk), source.uri, target.uri, to=target.uri)


def undo_document(document: Document) -> Document:
    """Return an Undo of the activity in `document` by its actor."""
    return activity(
        "Undo", f"{document['id']}/undo", document["actor"], without_context(document), to=document["to"]
    )
