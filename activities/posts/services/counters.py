"""Counters of posts and identities. Services change them inside their own transaction; `repair_post_counts` corrects drift."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from itertools import batched

from activities.posts.models import Post, QuoteState, Visibility
from activities.posts.queries.predicates import is_for_named, is_hidden
from core import clock
from core.db import sql
from core.ids import lowest_id_at


def _counts_for_author(post: Post) -> bool:
    return post.visibility not in {Visibility.mentioned, Visibility.limited}


def _counts_as_reply(post: Post) -> bool:
    """Return whether a reply is counted: only if anyone may read it, because the number would reveal others."""
    return post.in_reply_to_id is not None and post.visibility <= Visibility.unlisted and not post.is_hidden


async def count_quote(quote: Post, by: int) -> None:
    """Change the count of the quoted post by an accepted quote: only if anyone may read the quote, because the number would reveal others."""
    if quote.quote_of_id is not None and quote.visibility <= Visibility.unlisted:
        await change_count(quote.quote_of_id, "quotes_count", by)


async def lock_post(post_id: int) -> None:
    """Lock a post until this transaction ends.

    Call it before changing likes, boosts, reactions and revoked activities of the post: the worker that deletes a post locks in this
    order, too.
    """
    await sql.run("SELECT 1 FROM activities_post WHERE id = %s FOR NO KEY UPDATE", [post_id])


async def count_post(post: Post) -> None:
    """Count a new post or boost at its author and at its parent or original."""
    await _move(post, +1)


async def uncount_post(post: Post) -> None:
    """Uncount a deleted post or boost."""
    await _move(post, -1)


async def _move(post: Post, by: int) -> None:
    await _move_at_target(post, by)
    if _counts_for_author(post):
        latest = ", last_post_at = greatest(last_post_at, %(at)s)" if by > 0 else ""
        await sql.run(
            f"UPDATE users_identity SET posts_count = greatest(0, posts_count + %(by)s){latest} WHERE id = %(author)s",
            {"by": by, "at": post.created_at, "author": post.author_id},
        )


async def _move_at_target(post: Post, by: int) -> None:
    if post.boost_of_id is not None and not post.is_hidden:
        await change_count(post.boost_of_id, "boosts_count", by, by_us=post.is_local)
    if _counts_as_reply(post):
        await change_count(post.in_reply_to_id, "replies_count", by, by_us=post.is_local)


async def uncount_posts(post_ids: list[int]) -> None:
    """Uncount posts and boosts of a deleted author at their parents, originals and quoted posts. Their rows are not marked as deleted yet."""
    await sql.run(
        f"""
        WITH gone AS (SELECT * FROM activities_post WHERE id = ANY(%(ids)s::bigint[]) AND deleted_at IS NULL),
        shown AS (SELECT * FROM gone WHERE NOT {is_hidden("gone")}),
        changed AS (SELECT id, sum(boosts) AS boosts, sum(replies) AS replies, sum(quotes) AS quotes FROM (
            SELECT boost_of_id AS id, 1 AS boosts, 0 AS replies, 0 AS quotes FROM shown
            UNION ALL SELECT in_reply_to_id, 0, 1, 0 FROM shown WHERE visibility <= {Visibility.unlisted.value}
            UNION ALL SELECT quote_of_id, 0, 0, 1 FROM gone
                WHERE quote_state = '{QuoteState.accepted.value}' AND visibility <= {Visibility.unlisted.value}
        ) one WHERE id IS NOT NULL GROUP BY id)
        UPDATE activities_post p SET boosts_count = greatest(0, boosts_count - changed.boosts),
            replies_count = greatest(0, replies_count - changed.replies), quotes_count = greatest(0, quotes_count - changed.quotes)
        FROM changed WHERE p.id = changed.id""",
        {"ids": post_ids},
    )


async def count_shown(post: Post) -> None:
    """Count a reply or boost at its parent or original, once it is no longer hidden."""
    await _move_at_target(post, +1)


async def uncount_hidden(post: Post) -> None:
    """Uncount a reply or boost that is about to be hidden."""
    await _move_at_target(post, -1)


_STATED = {
    "replies_count": "stated_replies",
    "boosts_count": "stated_boosts",
    "likes_count": "stated_likes",
    "quotes_count": "",
}


async def change_count(post_id: int, column: str, by: int, *, by_us: bool = False) -> None:
    """Change one of a post's counts, never below zero.

    `by_us`: a local user caused it just now. The total last stated by the post's own server does not include that yet.
    """
    stated = _STATED[column] if by_us else ""
    more = ""
    if stated:  # null stays null
        more = f", {stated} = CASE WHEN {stated} IS NOT NULL THEN greatest(0, {stated} + %(by)s) END"
    await sql.run(
        f"UPDATE activities_post SET {column} = greatest(0, {column} + %(by)s){more} WHERE id = %(post)s",
        {"by": by, "post": post_id},
    )


MAX_COUNTED = 10_000  # rows of a kind; a larger count is not repaired
_POSTS_OF_A_STATEMENT, _PEOPLE_OF_A_STATEMENT = 200, 20


async def repair_post_counts(*, window: int = 5000, recent: timedelta = timedelta(hours=2)) -> int:
    """Correct the counts of recently changed posts and of `window` posts from a random time on. Return how many were wrong.

    Changed posts are found by up to `window` recent likes, and as many boosts, replies, quotes and local posts. The random position means
    that every post is checked eventually, without storing progress.
    """
    newest = await sql.value("SELECT max(id) FROM activities_post")
    oldest = await sql.value("SELECT min(id) FROM activities_post")
    if newest is None:
        return 0
    since = lowest_id_at(clock.now() - recent)
    places = {
        "from": oldest + secrets.randbelow(max(1, newest - oldest + 1)),
        "window": window,
        "recent": since,
    }
    posts = await sql.column(
        """(SELECT id FROM activities_post WHERE id >= %(from)s AND deleted_at IS NULL ORDER BY id LIMIT %(window)s)
           UNION (SELECT post_id FROM activities_like WHERE id >= %(recent)s ORDER BY id DESC LIMIT %(window)s)
           UNION SELECT unnest(ARRAY[boost_of_id, in_reply_to_id, quote_of_id]) FROM (
               SELECT * FROM activities_post WHERE id >= %(recent)s ORDER BY id DESC LIMIT %(window)s) p""",
        places,
    )
    people = await sql.column(
        """SELECT DISTINCT author_id FROM (
               SELECT author_id, is_local FROM activities_post WHERE id >= %(recent)s ORDER BY id DESC LIMIT %(window)s) p WHERE is_local""",
        places,
    )
    wrong = 0
    for ids in batched((one for one in posts if one is not None), _POSTS_OF_A_STATEMENT, strict=False):
        wrong += await _repair_posts(list(ids))
    for ids in batched(people, _PEOPLE_OF_A_STATEMENT, strict=False):
        wrong += await _repair_people(list(ids))
    return wrong


def _counted(rows: str) -> str:
    """Return SQL for the number of these rows, counted up to one more than MAX_COUNTED."""
    return f"(SELECT count(*) FROM (SELECT 1 FROM {rows} LIMIT %(most)s + 1) x)"


def _kept_or(column: str, counted: str) -> str:
    return f"CASE WHEN c.{counted} > %(most)s THEN p.{column} ELSE c.{counted} END"


async def _repair_posts(ids: list[int]) -> int:
    """Correct the counts of these posts. Served by activities_like_pair and activities_post_boosts, _replies and _quotes."""
    right = ", ".join(_kept_or(f"{name}_count", name) for name in ("likes", "boosts", "replies", "quotes"))
    return await sql.run(
        f"""
        WITH counted AS MATERIALIZED (
            SELECT c.id,
                {_counted("activities_like k WHERE k.post_id = c.id")} AS likes,
                {_counted(f"activities_post b WHERE b.boost_of_id = c.id AND b.deleted_at IS NULL AND NOT {is_hidden('b')}")} AS boosts,
                {_counted(f"activities_post r WHERE r.in_reply_to_id = c.id AND r.deleted_at IS NULL AND r.visibility <= {Visibility.unlisted.value} AND NOT {is_hidden('r')}")} AS replies,
                {_counted(f"activities_post q WHERE q.quote_of_id = c.id AND q.deleted_at IS NULL AND q.visibility <= {Visibility.unlisted.value} AND q.quote_state = '{QuoteState.accepted.value}'")} AS quotes
            FROM unnest(%(ids)s::bigint[]) AS c (id))
        UPDATE activities_post p SET (likes_count, boosts_count, replies_count, quotes_count) = ({right})
        FROM counted c WHERE p.id = c.id
            AND (p.likes_count, p.boosts_count, p.replies_count, p.quotes_count) <> ({right})""",
        {"ids": ids, "most": MAX_COUNTED},
    )


async def _repair_people(ids: list[int]) -> int:
    """Correct the post counts of these identities. Served by activities_post_author."""
    own = f"activities_post o WHERE o.author_id = a.id AND o.deleted_at IS NULL AND NOT {is_for_named('o')}"
    return await sql.run(
        f"""
        WITH counted AS MATERIALIZED (
            SELECT a.id, {_counted(own)} AS posts FROM unnest(%(ids)s::bigint[]) AS a (id))
        UPDATE users_identity p SET posts_count = c.posts
        FROM counted c WHERE p.id = c.id AND p.posts_count <> c.posts AND c.posts <= %(most)s""",
        {"ids": ids, "most": MAX_COUNTED},
    )


async def set_totals(post: Post, stated: Mapping[str, int | None]) -> None:
    """Store the totals stated by a remote post's own server; those not stated don't change."""
    changed = {
        name: total
        for name, total in stated.items()
        if total is not None and total != getattr(post, name) and not post.is_local
    }
    if changed:
        for name, total in changed.items():
            setattr(post, name, total)
        await post.asave(update_fields=list(changed))
