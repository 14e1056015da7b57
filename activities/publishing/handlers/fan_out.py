"""Handlers of the states of posts: publish, announce edits, delete. All set-based."""

from datetime import timedelta
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
from activities.posts.models import Post, PostGraph, Reach
from activities.posts.services.parts import delete_parts
from activities.posts.services.sending import send_documents
from activities.publishing.services.pins import announce_pins
from core.db import commit_asynchronously, delete_batch, sql
from core.db.batches import BATCH_SIZE
from stator import Outcome, later, to, transition_many
from users.identities.models import Identity


@PostGraph.new.batch(size=50)
async def fan_out(posts: list[Post]) -> dict[int, Outcome]:
    """Publish to the packages above (home timelines, conversations, clients, notifications), then to other servers."""
    await commit_asynchronously()
    ids = [post.pk for post in posts if post.deleted_at is None]
    await events.on_posts_published.emit(ids)
    local = [post.pk for post in posts if post.is_local]
    await send_documents(local, _first_document, Reach.followers)
    await announce_pins(local)
    return {
        post.pk: to(PostGraph.orphaned if _answers_something_unknown(post) else PostGraph.fanned_out)
        for post in posts
    }


def _answers_something_unknown(post: Post) -> bool:
    return bool(post.in_reply_to_uri) and not post.is_local and post.deleted_at is None


@PostGraph.edited.batch(size=50)
async def publish_edit(posts: list[Post]) -> Outcome:
    """Notify the packages above of an edit, and every server that may have the post."""
    await events.on_posts_edited.emit([post.pk for post in posts if post.deleted_at is None])
    await send_documents([post.pk for post in posts if post.is_local], update_document, Reach.holders)
    return to(PostGraph.fanned_out)


@PostGraph.deleted.batch(size=20)
async def publish_deletion(posts: list[Post]) -> dict[int, Outcome]:
    """Tell every server that may have the posts, and remove dependent rows in batches."""
    await send_documents(await _worth_taking_back(posts), _last_document, Reach.end)
    await events.on_posts_deleted.emit([post.pk for post in posts])
    return await _empty(posts)


@PostGraph.emptying.batch(size=20)
async def continue_emptying(posts: list[Post]) -> dict[int, Outcome]:
    """Remove the next batch of rows that depend on deleted posts."""
    return await _empty(posts)


_MORE_TO_REMOVE = later("more is to be removed", timedelta(), is_attempt=False)
_NOT_TOLD_YET = later("servers that have it are to be told first", timedelta(seconds=2), is_attempt=False)


async def _empty(posts: list[Post]) -> dict[int, Outcome]:
    """Remove up to a batch of each kind of dependent rows; those that record which servers have the post only after all were told."""
    ids = [post.pk for post in posts]
    has_more = await events.on_posts_emptied.emit(ids)
    waiting = await _being_told(posts)
    told = [pk for pk in ids if pk not in waiting]
    has_more = await _empty_told(told) or has_more
    if not has_more:
        await delete_parts(told)
    going_on = to(PostGraph.emptying) if posts[0].state == PostGraph.deleted else _MORE_TO_REMOVE
    waits = to(PostGraph.emptying) if posts[0].state == PostGraph.deleted else _NOT_TOLD_YET
    done = going_on if has_more else to(PostGraph.gone)
    return {pk: waits if pk in waiting else done for pk in ids}


async def _being_told(posts: list[Post]) -> set[int]:
    """Return the posts with a Broadcast in progress. Served by activities_broadcast_signer."""
    return set(
        await sql.column(
            """SELECT post_id FROM activities_broadcast
               WHERE signer = ANY(%(authors)s::bigint[]) AND state = 'telling' AND post_id = ANY(%(ids)s::bigint[])""",
            {"authors": list({post.author_id for post in posts}), "ids": [post.pk for post in posts]},
        )
    )


async def _empty_told(ids: list[int]) -> bool:
    """Remove a batch of boosts, likes, reactions, bookmarks, mentions and votes; return whether there may be more."""
    if not ids:
        return False
    has_more = await _take_back_boosts_of(ids)
    # activities_like_pair, activities_reaction_once, activities_bookmark_pair, activities_mention_pair, activities_poll_vote_once
    for table in ("like", "reaction", "bookmark", "mention", "pollvote"):
        has_more = (
            await delete_batch(f"activities_{table}", "post_id = ANY(%(ids)s::bigint[])", {"ids": ids})
            or has_more
        )
    return has_more


def _first_document(post: PostForDelivery) -> dict[str, Any]:
    return announce_document(post) if post.is_boost else create_document(post)


def _last_document(post: PostForDelivery) -> dict[str, Any]:
    return undo_announce_document(post) if post.is_boost else delete_document(post)


async def _worth_taking_back(posts: list[Post]) -> list[int]:
    """Return local posts and boosts whose deletion must be sent to other servers, except those deleted with their author or original."""
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


async def _take_back_boosts_of(ids: list[int]) -> bool:
    """Delete and uncount a batch of the boosts of deleted posts; return whether there may be more. Served by activities_post_boost."""
    boosts = await sql.rows(
        """UPDATE activities_post SET deleted_at = now() WHERE id = ANY(ARRAY(
               SELECT id FROM activities_post WHERE boost_of_id = ANY(%(ids)s::bigint[]) AND deleted_at IS NULL LIMIT %(piece)s))
           RETURNING id, author_id""",
        {"ids": ids, "piece": BATCH_SIZE},
    )
    if not boosts:
        return False
    await sql.run(
        """UPDATE users_identity i SET posts_count = greatest(0, i.posts_count - w.boosts)
           FROM (SELECT author_id, count(*) AS boosts FROM unnest(%(authors)s::bigint[]) AS author_id GROUP BY author_id) w
           WHERE i.id = w.author_id""",
        {"authors": [author_id for _, author_id in boosts]},
    )
    await transition_many([boost_id for boost_id, _ in boosts], PostGraph.deleted, model=Post)
    return len(boosts) == BATCH_SIZE
