"""Counters of posts and identities. Services change them inside their own transaction; `repair` corrects drift."""

import secrets
from datetime import timedelta

from activities.posts.models import Post, QuoteState, Visibility
from core import clock
from core.db import sql
from core.ids import lowest_id_at


def _counts_for_author(post: Post) -> bool:
    return post.visibility != Visibility.mentioned


def _counts_as_reply(post: Post) -> bool:
    """Return whether a reply is counted: only if anyone may read it, because the number would betray the others."""
    return post.in_reply_to_id is not None and post.visibility <= Visibility.unlisted


async def count_post(post: Post) -> None:
    """Count a new post or boost at its author and at its parent or original."""
    await _move(post, +1)


async def uncount_post(post: Post) -> None:
    """Uncount a deleted post or boost."""
    await _move(post, -1)


async def _move(post: Post, by: int) -> None:
    if post.boost_of_id is not None:
        await change_count(post.boost_of_id, "boosts_count", by)
    if _counts_as_reply(post):
        await change_count(post.in_reply_to_id, "replies_count", by)
    if _counts_for_author(post):
        latest = ", last_post_at = greatest(last_post_at, %(at)s)" if by > 0 else ""
        await sql.run(
            f"UPDATE users_identity SET posts_count = greatest(0, posts_count + %(by)s){latest} WHERE id = %(author)s",
            {"by": by, "at": post.created_at, "author": post.author_id},
        )


async def change_count(post_id: int, column: str, by: int) -> None:
    """Change one of a post's counts, never below zero."""
    assert column in {"replies_count", "boosts_count", "likes_count", "quotes_count"}
    await sql.run(
        f"UPDATE activities_post SET {column} = greatest(0, {column} + %(by)s) WHERE id = %(post)s",
        {"by": by, "post": post_id},
    )


async def repair(*, window: int = 5000, recent: timedelta = timedelta(hours=2)) -> int:
    """Correct the counts of posts that changed lately and of `window` posts from a random time on. Return how many were wrong.

    The random place means that every post has its turn without anyone remembering whose was last.
    Served by activities_like_pair, activities_post_boosts, activities_post_replies, activities_post_quotes.
    """
    newest = await sql.value("SELECT max(id) FROM activities_post")
    oldest = await sql.value("SELECT min(id) FROM activities_post")
    if newest is None:
        return 0
    wrong_posts = await sql.run(
        f"""
        WITH chosen AS MATERIALIZED (
            (SELECT id FROM activities_post WHERE id >= %(from)s AND deleted_at IS NULL ORDER BY id LIMIT %(window)s)
            UNION SELECT post_id FROM activities_like WHERE id >= %(recent)s
            UNION SELECT coalesce(boost_of_id, in_reply_to_id) FROM activities_post
                WHERE id >= %(recent)s AND coalesce(boost_of_id, in_reply_to_id) IS NOT NULL
            UNION SELECT quote_of_id FROM activities_post WHERE id >= %(recent)s AND quote_of_id IS NOT NULL),
        counted AS MATERIALIZED (
            SELECT c.id,
                (SELECT count(*) FROM activities_like k WHERE k.post_id = c.id) AS likes,
                (SELECT count(*) FROM activities_post b WHERE b.boost_of_id = c.id AND b.deleted_at IS NULL) AS boosts,
                (SELECT count(*) FROM activities_post r WHERE r.in_reply_to_id = c.id AND r.deleted_at IS NULL
                    AND r.visibility <= {Visibility.unlisted.value}) AS replies,
                (SELECT count(*) FROM activities_post q WHERE q.quote_of_id = c.id AND q.deleted_at IS NULL
                    AND q.quote_state = '{QuoteState.accepted.value}') AS quotes
            FROM chosen c)
        UPDATE activities_post p SET likes_count = c.likes, boosts_count = c.boosts, replies_count = c.replies, quotes_count = c.quotes
        FROM counted c WHERE p.id = c.id
            AND (p.likes_count, p.boosts_count, p.replies_count, p.quotes_count) <> (c.likes, c.boosts, c.replies, c.quotes)""",
        {
            "from": oldest + secrets.randbelow(max(1, newest - oldest + 1)),
            "window": window,
            "recent": lowest_id_at(clock.now() - recent),
        },
    )
    wrong_people = await sql.run(
        f"""
        WITH counted AS MATERIALIZED (
            SELECT i.id, (SELECT count(*) FROM activities_post p WHERE p.author_id = i.id AND p.deleted_at IS NULL
                          AND p.visibility <> {Visibility.mentioned.value}) AS posts
            FROM users_identity i WHERE i.domain_id IS NOT NULL AND i.last_post_at > %(since)s)
        UPDATE users_identity i SET posts_count = c.posts FROM counted c WHERE i.id = c.id AND i.posts_count <> c.posts""",
        {"since": clock.now() - recent},
    )
    return wrong_posts + wrong_people
