"""The activities of local posts: Create, Update, Delete, Announce, Like and others (reference: activitypub_federation.md §5). Pure."""

import datetime as dt
from typing import Any

from activities.posts.activitypub.notes import (
    CONTEXT,
    PUBLIC,
    audience,
    note_document,
    timestamp,
    tombstone_document,
)
from activities.posts.activitypub.policies import approval_properties
from activities.posts.activitypub.post_for_delivery import PostForDelivery
from activities.posts.models import Interaction
from users.identities.models import Identity


def _around(post: PostForDelivery, kind: str, activity_id: str, moment: dt.datetime) -> dict[str, Any]:
    note = note_document(post)
    context = note.pop("@context")
    return {
        "@context": context,
        "id": activity_id,
        "type": kind,
        "actor": post.author_uri,
        "published": timestamp(moment),
        "to": note["to"],
        "cc": note["cc"],
        "object": note,
    }


def create_document(post: PostForDelivery) -> dict[str, Any]:
    return _around(post, "Create", f"{post.uri}/activity", post.created_at)


def update_document(post: PostForDelivery, moment: dt.datetime | None = None) -> dict[str, Any]:
    """Build an Update. `moment`: the time of a change other than an edit by the author.

    It is part of the id, because some servers ignore an id that they have processed.
    """
    moment = moment or post.edited_at or post.created_at
    return _around(post, "Update", f"{post.uri}#updates/{int(moment.timestamp() * 1000)}", moment)


def delete_document(post: PostForDelivery) -> dict[str, Any]:
    """Return a Delete, addressed like the post: servers with a shared inbox forward it by its addressing."""
    tombstone = tombstone_document(post.uri)
    to, cc = audience(post)
    return {
        "@context": tombstone.pop("@context"),
        "id": f"{post.uri}#delete",
        "type": "Delete",
        "actor": post.author_uri,
        "to": to,
        "cc": cc,
        "object": tombstone,
    }


def announce_document(boost: PostForDelivery) -> dict[str, Any]:
    """Return an Announce. Its object is only an id, never embedded: servers fetch the original."""
    to, cc = audience(boost)
    return {
        "@context": CONTEXT[0],
        "id": boost.uri,
        "type": "Announce",
        "actor": boost.author_uri,
        "published": timestamp(boost.created_at),
        "to": to,
        "cc": cc,
        "object": boost.boost_of_uri,
        **approval_properties(Interaction.boost, boost.approval_uri),
    }


def undo_announce_document(boost: PostForDelivery) -> dict[str, Any]:
    announce = announce_document(boost)
    return {
        "@context": announce.pop("@context"),
        "id": f"{boost.uri}/undo",
        "type": "Undo",
        "actor": boost.author_uri,
        "to": announce["to"],
        "cc": announce["cc"],
        "object": announce,
    }


def pin_document(*, pin_id: int, identity: Identity, post_uri: str) -> dict[str, Any]:
    """Return an Add to the author's `featured` collection."""
    return _featured("Add", f"{identity.uri}#pins/{pin_id}", identity, post_uri)


def unpin_document(*, pin_id: int, identity: Identity, post_uri: str) -> dict[str, Any]:
    """Return a Remove from the author's `featured` collection."""
    return _featured("Remove", f"{identity.uri}#pins/{pin_id}/undo", identity, post_uri)


def _featured(kind: str, activity_id: str, identity: Identity, post_uri: str) -> dict[str, Any]:
    return {
        "@context": CONTEXT[0],
        "id": activity_id,
        "type": kind,
        "actor": identity.uri,
        "to": [PUBLIC],
        "cc": [identity.followers_url],
        "object": post_uri,
        "target": identity.featured_url,
    }


def like_document(
    *, uri: str, actor_uri: str, post_uri: str, author_uri: str, approval_uri: str = ""
) -> dict[str, Any]:
    """Return a Like, addressed to the post's author."""
    document = {
        "@context": CONTEXT[0],
        "id": uri,
        "type": "Like",
        "actor": actor_uri,
        "to": [author_uri],
        "object": post_uri,
    }
    return document | approval_properties(Interaction.like, approval_uri)


def undo_like_document(*, uri: str, actor_uri: str, post_uri: str, author_uri: str) -> dict[str, Any]:
    like = like_document(uri=uri, actor_uri=actor_uri, post_uri=post_uri, author_uri=author_uri)
    return {
        "@context": like.pop("@context"),
        "id": f"{uri}/undo",
        "type": "Undo",
        "actor": actor_uri,
        "to": like["to"],
        "object": like,
    }
