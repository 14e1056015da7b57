"""Views that serve posts and collections of posts as ActivityPub documents. Browsers get the pages at these URLs.

A signed request is authorised by its signer: a followers-only post is served to a follower's server, and to nobody else.
"""

import dataclasses
from typing import Any

from django.http import HttpResponse

from activities.posts.activitypub.activities import announce_document, create_document
from activities.posts.activitypub.notes import (
    CONTEXT,
    context_document,
    note_document,
    replies_document,
    replies_page,
    tombstone_document,
)
from activities.posts.activitypub.post_for_delivery import PostForDelivery
from activities.posts.models import Post, PostGraph, Visibility
from activities.posts.queries.delivery import load_for_delivery
from activities.posts.queries.documents import (
    listed_posts,
    pinned_posts,
    posts_of_conversation,
    public_posts_with,
    replies_to,
)
from activities.posts.queries.visibility import may_see
from activities.tags.queries import featured_tags as tags_featured_by
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import BadInput, NotFound
from core.pages.addresses import path_to
from core.texts import is_hashtag, tag_path
from federation.documents import host_of
from federation.negotiation import activitypub_response, wants_activitypub
from federation.views import require_signature, signer_of_request
from users.identities.activitypub.actor import featured_tags_uri
from users.identities.models import Identity, Restriction
from users.identities.queries import identities
from users.relations.documents import local_actor

_PAGE_SIZE = 20
_AS = CONTEXT[0]


async def _signer(request: Request) -> Identity | None:
    """Return the actor that signed this request, if it is known."""
    uri = await signer_of_request(request)
    return await identities.by_uri(uri) if uri else None


async def _local_post(request: Request, username: str, post_id: int) -> tuple[Post, Identity | None]:
    """Return the author's post, and who signed the request for it, None if it is visible to everyone. Raises NotFound if it is hidden
    from the requester.
    """
    author = await local_actor(request, username)
    post = await Post.objects.filter(pk=post_id, author=author).afirst()
    if post is None or post.visibility == Visibility.local_only or post.state == PostGraph.withdrawn:
        raise NotFound
    if post.deleted_at is not None:
        return post, None
    if await may_see(None, post_id):
        return post, None
    signer = await _signer(request)
    if signer is None or not await may_see(signer, post_id):
        raise NotFound
    return post, signer


async def _for_delivery(post: Post, reader: Identity | None) -> PostForDelivery:
    """Load a post for its document. For a limited post, only recipients on the reader's server are addressed."""
    delivery = (await load_for_delivery([post.pk]))[post.pk]
    return dataclasses.replace(delivery, shown_to_host=host_of(reader.uri)) if reader else delivery


def _see(path: str) -> HttpResponse:
    return HttpResponse(status=302, headers={"Location": path, "Vary": "Accept"})


@methods("GET")
async def post(request: Request, username: str, post_id: int) -> HttpResponse:
    """Return the Note; for a boost the Announce; for a deleted post a Tombstone with 410."""
    if not wants_activitypub(request):
        return _see(path_to("post", handle=username, post_id=post_id))
    found, reader = await _local_post(request, username, post_id)
    if found.deleted_at is not None:
        return activitypub_response(request, tombstone_document(found.uri, found.deleted_at), status=410)
    delivery = await _for_delivery(found, reader)
    if delivery.is_boost:
        document = announce_document(delivery)
    else:
        items, after = await _replies(found.pk, 0)
        document = note_document(dataclasses.replace(delivery, replies=items, replies_after=after))
    return activitypub_response(request, document, depends_on_signer=reader is not None)


@methods("GET")
async def post_activity(request: Request, username: str, post_id: int) -> HttpResponse:
    """Return the Create (or Announce) of the post."""
    found, reader = await _local_post(request, username, post_id)
    if found.deleted_at is not None:
        raise NotFound
    delivery = await _for_delivery(found, reader)
    document = announce_document(delivery) if delivery.is_boost else create_document(delivery)
    return activitypub_response(request, document, depends_on_signer=reader is not None)


@methods("GET")
async def replies(request: Request, username: str, post_id: int) -> HttpResponse:
    """Serve the ids of the public replies, in pages."""
    found, reader = await _local_post(request, username, post_id)
    uri = f"{found.uri}/replies"
    if "page" not in request.GET:
        document = replies_document(found.uri, found.replies_count, *await _replies(found.pk, 0))
    else:
        after = _number(request, "after")
        document = replies_page(uri, after, *await _replies(found.pk, after))
    return activitypub_response(request, {"@context": _AS, **document}, depends_on_signer=reader is not None)


async def _replies(post_id: int, after: int) -> tuple[tuple[str, ...], int | None]:
    """Return a page of public replies and the position of the next one, None after the last page."""
    rows = await replies_to(post_id, after=after, limit=_PAGE_SIZE)
    return tuple(uri for _, uri in rows), rows[-1][0] if len(rows) == _PAGE_SIZE else None


@methods("GET")
async def context(request: Request, username: str, post_id: int) -> HttpResponse:
    """Serve the ids of all public posts in the thread that this post began, in pages. Raises NotFound for any other post."""
    found, reader = await _local_post(request, username, post_id)
    if reader is not None or found.conversation_id != found.pk or found.deleted_at or found.is_boost:
        raise NotFound
    author = await local_actor(request, username)
    uri = f"{found.uri}/context"
    if "page" not in request.GET:
        document = context_document(uri, author.uri, None)
    else:
        after = _number(request, "after")
        rows = await posts_of_conversation(found.pk, after=after, limit=_PAGE_SIZE)
        next_after = rows[-1][0] if len(rows) == _PAGE_SIZE else None
        document = context_document(uri, author.uri, after, [item for _, item in rows], next_after)
    return activitypub_response(request, {"@context": _AS, **document})


@methods("GET")
async def count_of(request: Request, username: str, post_id: int, which: str) -> HttpResponse:
    """Serve `likes` or `shares`, which contain a number, not the actors."""
    found, reader = await _local_post(request, username, post_id)
    total = found.likes_count if which == "likes" else found.boosts_count
    document = {"@context": _AS, "id": f"{found.uri}/{which}", "type": "Collection", "totalItems": total}
    return activitypub_response(request, document, depends_on_signer=reader is not None)


@methods("GET")
async def outbox(request: Request, username: str) -> HttpResponse:
    """Serve the outbox: the number of posts, and in pages the public and unlisted ones, newest first."""
    author = await local_actor(request, username)
    if "page" not in request.GET:
        return activitypub_response(
            request,
            {
                "@context": _AS,
                "id": author.outbox_url,
                "type": "OrderedCollection",
                "totalItems": author.posts_count,
                "first": f"{author.outbox_url}?page=true",
            },
        )
    max_id = _number(request, "max_id")
    ids = await listed_posts(author.pk, max_id=max_id or None, limit=_PAGE_SIZE)
    posts = await load_for_delivery(ids)
    items = [_activity(posts[post_id]) for post_id in ids if post_id in posts]
    document: dict[str, Any] = {
        "@context": CONTEXT,
        "id": f"{author.outbox_url}?page=true" + (f"&max_id={max_id}" if max_id else ""),
        "type": "OrderedCollectionPage",
        "partOf": author.outbox_url,
        "orderedItems": items,
    }
    if len(ids) == _PAGE_SIZE:
        document["next"] = f"{author.outbox_url}?page=true&max_id={ids[-1]}"
    return activitypub_response(request, document)


def _activity(delivery: PostForDelivery) -> dict[str, Any]:
    document = announce_document(delivery) if delivery.is_boost else create_document(delivery)
    return {key: value for key, value in document.items() if key != "@context"}


@methods("GET")
async def featured(request: Request, username: str) -> HttpResponse:
    """Return the pinned posts that are visible to everyone, embedded."""
    author = await local_actor(request, username)
    ids = await pinned_posts(author.pk)
    posts = await load_for_delivery(ids)
    items = [
        {key: value for key, value in note_document(posts[post_id]).items() if key != "@context"}
        for post_id in ids
    ]
    return activitypub_response(
        request,
        {
            "@context": CONTEXT,
            "id": author.featured_url,
            "type": "OrderedCollection",
            "totalItems": len(items),
            "orderedItems": items,
        },
    )


@methods("GET")
async def featured_tags(request: Request, username: str) -> HttpResponse:
    """Return the hashtags that an identity features, most used first, at most ten."""
    author = await local_actor(request, username)
    tags = [] if author.restriction == Restriction.suspended else await tags_featured_by(author.pk)
    items = [
        {
            "type": "Hashtag",
            "href": request.domain.base_url + tag_path(tag.name),
            "name": f"#{tag.display_name}",
        }
        for tag in tags
    ]
    return activitypub_response(
        request,
        {
            "@context": [_AS, {"Hashtag": "as:Hashtag"}],
            "id": featured_tags_uri(author),
            "type": "Collection",
            "totalItems": len(items),
            "items": items,
        },
    )


async def hashtag_response(request: Request, name: str) -> HttpResponse:
    """Serve the number of public posts with a hashtag, not the posts; no number if there are too many to count.

    Raises NotFound for an invalid hashtag, Unauthenticated for a missing but required signature.
    """
    if not is_hashtag(name):
        raise NotFound
    await require_signature(request)
    document = {"@context": _AS, "id": request.domain.base_url + tag_path(name), "type": "OrderedCollection"}
    total = await public_posts_with(name)
    return activitypub_response(request, document if total is None else {**document, "totalItems": total})


def _number(request: Request, name: str) -> int:
    text = request.GET.get(name, "0")
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise BadInput(code="not_a_number", name=name, status=400)
    return min(int(text), 2**63 - 1)
