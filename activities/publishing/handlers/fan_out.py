"""What the states of a post do: publish it here and to other servers, tell of its edit, take it back. All set-based."""

from collections.abc import Callable
from typing import Any

from activities.posts import events
from activities.posts.activitypub.activities import (
    announce_document,
    create_document,
    delete_document,
    undo_announce_document,
    update_document,
)
from activities.posts.activitypub.post_for_delivery import PostForDelivery
from activities.posts.models import Post, PostGraph
from activities.posts.queries.delivery import inboxes_of, load_for_delivery
from activities.publishing.services.parts import delete_parts
from activities.publishing.services.pins import announce_pins
from core.db import sql
from federation.sending import send
from stator import Outcome, to, transition_many
from users.identities.models import Identity

type Document = Callable[[PostForDelivery], dict[str, Any]]


@PostGraph.new.batch(size=50)
async def fan_out(posts: list[Post]) -> dict[int, Outcome]:
    """Those above first (homes, conversations, clients, notifications), then other servers."""
    ids = [post.pk for post in posts if post.deleted_at is None]
    await events.on_posts_published.happened(ids)
    local = [post.pk for post in posts if post.is_local]
    await _deliver(local, _first_document)
    await announce_pins(local)
    return {
        post.pk: to(PostGraph.orphaned if _answers_something_unknown(post) else PostGraph.fanned_out)
        for post in posts
    }


def _answers_something_unknown(post: Post) -> bool:
    return bool(post.in_reply_to_uri) and not post.is_local and post.deleted_at is None


@PostGraph.edited.batch(size=50)
async def tell_of_edit(posts: list[Post]) -> Outcome:
    """Those above are told, and every server that may have it."""
    await events.on_posts_edited.happened([post.pk for post in posts if post.deleted_at is None])
    await _deliver([post.pk for post in posts if post.is_local], update_document, with_reactors=True)
    return to(PostGraph.fanned_out)


@PostGraph.deleted.batch(size=100)
async def take_back(posts: list[Post]) -> Outcome:
    """Delete a post's likes and boosts and tell every server that may have it."""
    ids = [post.pk for post in posts]
    await _deliver(await _worth_taking_back(posts), _last_document, with_reactors=True, is_end=True)
    await _take_back_boosts_of(ids)
    await events.on_posts_deleted.happened(ids)
    for table in ("like", "bookmark", "mention"):
        await sql.run(f"DELETE FROM activities_{table} WHERE post_id = ANY(%(ids)s::bigint[])", {"ids": ids})
    await delete_parts(ids)
    return to(PostGraph.gone)


def _first_document(post: PostForDelivery) -> dict[str, Any]:
    return announce_document(post) if post.is_boost else create_document(post)


def _last_document(post: PostForDelivery) -> dict[str, Any]:
    return undo_announce_document(post) if post.is_boost else delete_document(post)


async def _deliver(
    ids: list[int], document: Document, *, with_reactors: bool = False, is_end: bool = False
) -> None:
    if not ids:
        return
    inboxes = await inboxes_of(ids, with_reactors=with_reactors, is_end=is_end)
    posts = await load_for_delivery(list(inboxes))
    for post_id, urls in inboxes.items():
        post = posts[post_id]
        await send(signer=post.author_id, activity=document(post), inboxes=urls)


async def _worth_taking_back(posts: list[Post]) -> list[int]:
    """Our posts and boosts that other servers must be told about: not those that end with their author or with their original."""
    local = [post for post in posts if post.is_local]
    authors = {post.author_id for post in local}
    originals = {post.boost_of_id for post in local if post.boost_of_id is not None}
    there = {
        pk
        async for pk in Identity.objects.filter(pk__in=authors, deleted_at=None).values_list("pk", flat=True)
    }
    kept = {
        pk async for pk in Post.objects.filter(pk__in=originals, deleted_at=None).values_list("pk", flat=True)
    }
    return [
        post.pk
        for post in local
        if post.author_id in there and (post.boost_of_id is None or post.boost_of_id in kept)
    ]


async def _take_back_boosts_of(ids: list[int]) -> None:
    """Delete and uncount the boosts of deleted posts. Served by activities_post_boosts."""
    boosts = await sql.rows(
        """UPDATE activities_post SET deleted_at = now() WHERE boost_of_id = ANY(%(ids)s::bigint[]) AND deleted_at IS NULL
           RETURNING id, author_id""",
        {"ids": ids},
    )
    if not boosts:
        return
    await sql.run(
        """UPDATE users_identity i SET posts_count = greatest(0, i.posts_count - w.boosts)
           FROM (SELECT author_id, count(*) AS boosts FROM unnest(%(authors)s::bigint[]) AS author_id GROUP BY author_id) w
           WHERE i.id = w.author_id""",
        {"authors": [author_id for _, author_id in boosts]},
    )
    await transition_many([boost_id for boost_id, _ in boosts], PostGraph.deleted, model=Post)
