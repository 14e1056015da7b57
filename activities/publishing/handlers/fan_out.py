"""What the states of a post do: bring it to homes, notifications and other servers; tell of its edit; take it back. All set-based."""

from collections.abc import Callable
from typing import Any

from activities.conversations.services import forget_direct_posts, note_direct_posts
from activities.notifications.queries.audience import hears_of, is_filtered
from activities.posts.activitypub.activities import (
    announce_document,
    create_document,
    delete_document,
    undo_announce_document,
    update_document,
)
from activities.posts.activitypub.post_for_delivery import PostForDelivery
from activities.posts.models import Post, PostGraph, QuoteState, Visibility
from activities.posts.queries.delivery import inboxes_of, load_for_delivery
from activities.publishing.services.parts import delete_parts
from activities.publishing.services.pins import announce_pins
from activities.streaming.services import posts_appeared, posts_changed, posts_left
from activities.timelines.services import add_to_home_timelines
from core.db import sql
from federation.sending import send
from stator import Outcome, to, transition_many
from users.models import Identity

type Document = Callable[[PostForDelivery], dict[str, Any]]


@PostGraph.new.batch(size=50)
async def fan_out(posts: list[Post]) -> dict[int, Outcome]:
    """Homes, then notifications, then other servers."""
    ids = [post.pk for post in posts if post.deleted_at is None]
    await add_to_home_timelines(ids)
    await note_direct_posts(ids)
    await posts_appeared(ids)
    await _notify_mentioned(ids)
    await _notify_boosted(ids)
    await _notify_watchers(ids)
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
    """Who boosted or quoted it here is told, and every server that may have it."""
    await posts_changed([post.pk for post in posts if post.deleted_at is None])
    await _notify_of_edit([post.pk for post in posts])
    await _notify_quoting([post.pk for post in posts])
    await _deliver([post.pk for post in posts if post.is_local], update_document, with_reactors=True)
    return to(PostGraph.fanned_out)


@PostGraph.deleted.batch(size=100)
async def take_back(posts: list[Post]) -> Outcome:
    """Out of homes and notifications, with its likes and boosts; every server that may have it is told."""
    ids = [post.pk for post in posts]
    await posts_left(ids)
    await _deliver(await _worth_taking_back(posts), _last_document, with_reactors=True, is_end=True)
    await _take_back_boosts_of(ids)
    # activities_notification_once
    await sql.run(
        """DELETE FROM activities_notification n USING activities_post p
           WHERE p.id = ANY(%(ids)s::bigint[]) AND p.boost_of_id IS NOT NULL
           AND n.post_id = p.boost_of_id AND n.actor_id = p.author_id AND n.kind = 'reblog'
           AND NOT EXISTS (SELECT 1 FROM activities_post again WHERE again.boost_of_id = p.boost_of_id
                           AND again.author_id = p.author_id AND again.deleted_at IS NULL)""",
        {"ids": ids},
    )
    for table in ("homeentry", "notification", "like", "bookmark", "mention"):
        await sql.run(f"DELETE FROM activities_{table} WHERE post_id = ANY(%(ids)s::bigint[])", {"ids": ids})
    await forget_direct_posts(ids)
    await delete_parts(ids)
    return to(PostGraph.gone)


async def _notify_mentioned(ids: list[int]) -> None:
    await sql.run(
        f"""INSERT INTO activities_notification (identity_id, kind, actor_id, post_id, created_at, is_filtered)
            SELECT m.identity_id, 'mention', p.author_id, p.id, now(), {is_filtered("m.identity_id", "p.author_id", "p.id")}
            FROM activities_post p JOIN activities_mention m ON m.post_id = p.id AND NOT m.is_silent
            WHERE p.id = ANY(%(ids)s::bigint[]) AND p.deleted_at IS NULL AND p.boost_of_id IS NULL
            AND (p.visibility <> {Visibility.local_only.value}
                 OR (SELECT domain_id FROM users_identity WHERE id = m.identity_id)
                    = (SELECT domain_id FROM users_identity WHERE id = p.author_id))
            AND {hears_of("m.identity_id", "p.author_id", "p.id")} ON CONFLICT DO NOTHING""",
        {"ids": ids},
    )


async def _notify_boosted(ids: list[int]) -> None:
    await sql.run(
        f"""INSERT INTO activities_notification (identity_id, kind, actor_id, post_id, created_at, is_filtered)
            SELECT o.author_id, 'reblog', p.author_id, o.id, now(), {is_filtered("o.author_id", "p.author_id", "o.id")}
            FROM activities_post p JOIN activities_post o ON o.id = p.boost_of_id AND o.deleted_at IS NULL
            WHERE p.id = ANY(%(ids)s::bigint[]) AND p.deleted_at IS NULL
            AND {hears_of("o.author_id", "p.author_id", "o.id")} ON CONFLICT DO NOTHING""",
        {"ids": ids},
    )


async def _notify_watchers(ids: list[int]) -> None:
    """Followers who asked to be told of every post of an author: not of boosts, answers to others, and what is a mention only."""
    await sql.run(
        f"""INSERT INTO activities_notification (identity_id, kind, actor_id, post_id, created_at, is_filtered)
            SELECT f.source_id, 'status', p.author_id, p.id, now(), {is_filtered("f.source_id", "p.author_id", "p.id")}
            FROM activities_post p JOIN users_follow f ON f.target_id = p.author_id AND f.notifies AND f.accepted_at IS NOT NULL
            JOIN activities_homeentry h ON h.identity_id = f.source_id AND h.post_id = p.id
            WHERE p.id = ANY(%(ids)s::bigint[]) AND p.deleted_at IS NULL AND p.boost_of_id IS NULL
            AND p.visibility <> {Visibility.mentioned.value}
            AND (p.in_reply_to_author_id = p.author_id OR (p.in_reply_to_id IS NULL AND p.in_reply_to_uri = ''))
            AND {hears_of("f.source_id", "p.author_id", "p.id")} ON CONFLICT DO NOTHING""",
        {"ids": ids},
    )


async def _notify_of_edit(ids: list[int]) -> None:
    await sql.run(
        f"""INSERT INTO activities_notification (identity_id, kind, actor_id, post_id, created_at, is_filtered)
            SELECT b.author_id, 'update', p.author_id, p.id, now(), false
            FROM activities_post p JOIN activities_post b ON b.boost_of_id = p.id AND b.is_local AND b.deleted_at IS NULL
            WHERE p.id = ANY(%(ids)s::bigint[]) AND p.deleted_at IS NULL
            AND {hears_of("b.author_id", "p.author_id", "p.id")} ON CONFLICT DO NOTHING""",
        {"ids": ids},
    )


async def _notify_quoting(ids: list[int]) -> None:
    """The notification shows their quote, as in Mastodon. Served by activities_post_quotes."""
    await sql.run(
        f"""INSERT INTO activities_notification (identity_id, kind, actor_id, post_id, created_at, is_filtered)
            SELECT q.author_id, 'quoted_update', p.author_id, q.id, now(), false
            FROM activities_post p JOIN activities_post q ON q.quote_of_id = p.id AND q.is_local AND q.deleted_at IS NULL
                AND q.quote_state = '{QuoteState.accepted.value}'
            WHERE p.id = ANY(%(ids)s::bigint[]) AND p.deleted_at IS NULL
            AND {hears_of("q.author_id", "p.author_id", "q.id")} ON CONFLICT DO NOTHING""",
        {"ids": ids},
    )


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
    """The boosts of deleted posts are deleted, too, and counted no more. Served by activities_post_boosts."""
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
