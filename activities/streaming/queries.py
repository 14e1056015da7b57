"""Queries of streaming about posts that appeared, changed or were deleted: their timelines, and which viewers may see them.

The queries take many viewers at once; the conditions are those of visibility.py.
"""

import datetime as dt
from collections.abc import Collection, Iterable

import msgspec

from activities.posts.events import FollowersPiece
from activities.posts.models import Visibility
from activities.posts.queries.posts import read_picked
from activities.posts.queries.predicates import (
    is_for_domain,
    is_for_everyone,
    is_for_named,
    is_reply_to_another,
)
from activities.posts.queries.views import PostView
from activities.posts.queries.visibility import (
    in_thread_for_many,
    in_timeline_for_many,
    visible,
    visible_for_many,
)
from core.db import sql
from core.db.sql import Sql
from core.db.statements import Statement
from users.identities.models import Identity, Restriction
from users.identities.queries.predicates import is_active
from users.relations.queries.predicates import FOLLOWS, is_accepted

FACTS = Statement(
    "streaming.facts",
    "The facts that decide which streams receive a post.",
    "activities_post_pkey",
    "activities_post_tag_pair",
    "activities_mention_pair",
)
IN_HOMES = Statement(
    "streaming.in_homes",
    "Which connected users have a post in their home timeline.",
    "activities_homeentry_pkey",
)
FOLLOWERS = Statement(
    "streaming.followers",
    "Which connected users follow an author.",
    "users_follow_target",
    "users_follow_pair",
)
READERS = Statement(
    "streaming.readers",
    "Whom a deleted post for a few was for.",
    "activities_post_pkey",
    "activities_mention_pair",
)
SEEN = Statement(
    "streaming.seen",
    "Which connected users may see which posts.",
    "activities_post_pkey",
    "users_follow_pair",
    "users_block_pair",
    "users_mute_pair",
)
CONVERSATION = Statement(
    "streaming.conversation", "The conversation of a post that somebody is viewing.", "activities_post_pkey"
)
LOAD = Statement("streaming.load", "Posts for streams.", "activities_post_pkey")


class PostFacts(msgspec.Struct, frozen=True):
    """The facts that determine a post's timelines. `domain_id` is its author's, None for a remote one; `tags` are normal names."""

    id: int
    author_id: int
    domain_id: int | None
    visibility: int
    is_boost: bool
    is_local: bool
    is_for_everyone: bool
    is_for_domain: bool
    answers_another: bool
    has_media: bool
    tags: list[str]
    mentioned: list[int]
    conversation_id: int
    created_at: dt.datetime


async def facts_of(ids: Collection[int]) -> list[PostFacts]:
    """Return the facts of these posts and boosts, including deleted ones, oldest first.

    Served by primary keys and the pair indexes of tables that refer to posts.
    """
    return await sql.structs(
        PostFacts,
        FACTS(
            f"""SELECT p.id, p.author_id, a.domain_id, p.visibility, p.boost_of_id IS NOT NULL, p.is_local,
               {is_for_everyone("p")}, {is_for_domain("p")}, {is_reply_to_another("p")},
               EXISTS (SELECT 1 FROM activities_attachment t WHERE t.post_id = p.id),
               ARRAY(SELECT h.name FROM activities_posttag g JOIN activities_hashtag h ON h.id = g.hashtag_id WHERE g.post_id = p.id),
               ARRAY(SELECT m.identity_id FROM activities_mention m WHERE m.post_id = p.id),
               coalesce(p.conversation_id, p.id), p.created_at
           FROM activities_post p JOIN users_identity a ON a.id = p.author_id
           WHERE p.id = ANY(%(ids)s::bigint[]) ORDER BY p.id""",
            ids=list(ids),
        ),
    )


async def in_homes(ids: Collection[int], identity_ids: Collection[int]) -> list[tuple[int, int]]:
    """Return `[(post id, identity id)]` for posts in those home timelines. Served by the key of home entries."""
    if not identity_ids:
        return []
    return await sql.rows(
        IN_HOMES(
            """SELECT h.post_id, h.identity_id FROM activities_homeentry h
               WHERE h.post_id = ANY(%(ids)s::bigint[]) AND h.identity_id = ANY(%(people)s::bigint[])""",
            ids=list(ids),
            people=list(identity_ids),
        )
    )


async def newly_in_homes(
    pieces: Collection[FollowersPiece], identity_ids: Collection[int]
) -> list[tuple[int, int]]:
    """Return `[(post id, identity id)]` for posts added to home timelines by this batch. Served by users_follow_pair.

    Excludes followers of the post's hashtags, who got it when it was published, and were notified then.
    """
    if not identity_ids:
        return []
    return await sql.rows(
        IN_HOMES(
            f"""SELECT h.post_id, h.identity_id
                FROM unnest(%(ids)s::bigint[], %(after)s::bigint[], %(before)s::bigint[]) AS w (id, after, before)
                JOIN activities_post p ON p.id = w.id
                JOIN {FOLLOWS} f ON f.source_id = ANY(%(people)s::bigint[]) AND f.target_id = p.author_id
                    AND f.id >= w.after AND f.id < w.before
                JOIN activities_homeentry h ON h.identity_id = f.source_id AND h.post_id = p.id
                WHERE NOT (p.visibility = {Visibility.public.value}
                    AND EXISTS (SELECT 1 FROM users_identity a WHERE a.id = p.author_id AND a.restriction = {Restriction.none.value})
                    AND EXISTS (SELECT 1 FROM activities_posttag g JOIN activities_followedtag t ON t.hashtag_id = g.hashtag_id
                                WHERE g.post_id = p.id AND t.identity_id = f.source_id))""",
            ids=[piece.post_id for piece in pieces],
            after=[piece.after for piece in pieces],
            before=[piece.before for piece in pieces],
            people=list(identity_ids),
        )
    )


async def followers_among(
    author_ids: Collection[int], identity_ids: Collection[int]
) -> list[tuple[int, int]]:
    """Return `[(author id, follower id)]` among these identities. Served by users_follow_target."""
    if not identity_ids:
        return []
    return await sql.rows(
        FOLLOWERS(
            f"""SELECT f.target_id, f.source_id FROM {FOLLOWS} f WHERE f.target_id = ANY(%(authors)s::bigint[])
                AND f.source_id = ANY(%(people)s::bigint[]) AND {is_accepted("f")}""",
            authors=list(author_ids),
            people=list(identity_ids),
        )
    )


async def readers_of_named(ids: Collection[int]) -> dict[int, list[int]]:
    """Return the author and the local addressees of those posts that only they may see. Served by activities_mention_pair."""
    rows = await sql.rows(
        READERS(
            f"""SELECT p.id, p.author_id, ARRAY(
                    SELECT m.identity_id FROM activities_mention m JOIN users_identity i ON i.id = m.identity_id
                    WHERE m.post_id = p.id AND i.domain_id IS NOT NULL)
                FROM activities_post p WHERE p.id = ANY(%(ids)s::bigint[]) AND {is_for_named("p")}""",
            ids=list(ids),
        )
    )
    return {post_id: [author_id, *addressed] for post_id, author_id, addressed in rows}


async def shown_to(pairs: Iterable[tuple[int, int]], *, by_anyone: bool) -> set[tuple[int, int]]:
    """Return those pairs (post id, viewer id) where the post is shown to the viewer in a timeline. One query (20 µs per pair)."""
    return await _where(in_timeline_for_many("v", by_anyone=by_anyone), pairs)


async def shown_in_thread_to(pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return those pairs where the post is shown to the viewer on the page of its conversation."""
    return await _where(in_thread_for_many("v"), pairs)


async def conversation_of(post_id: int, viewer: Identity) -> int | None:
    """Return the id of the conversation of a post; None if the viewer may not see the post."""
    condition = visible(viewer)
    return await sql.value(
        CONVERSATION(
            f"SELECT coalesce(p.conversation_id, p.id) FROM activities_post p WHERE p.id = %(post_id)s AND {condition}",
            condition,
            post_id=post_id,
        )
    )


async def seen_by(pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return those pairs where the viewer may see the post at all, such as a quoted one, which may be in no timeline."""
    return await _where(visible_for_many("v"), pairs)


async def _where(condition: Sql, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    wanted = list(pairs)
    if not wanted:
        return set()
    return {
        (post_id, viewer_id)
        for post_id, viewer_id in await sql.rows(
            SEEN(
                f"""SELECT w.post_id, w.viewer_id
                FROM unnest(%(posts)s::bigint[], %(viewers)s::bigint[]) AS w (post_id, viewer_id)
                JOIN activities_post p ON p.id = w.post_id
                JOIN users_identity v ON v.id = w.viewer_id AND {is_active("v")}
                WHERE {condition}""",
                condition,
                posts=[post_id for post_id, _ in wanted],
                viewers=[viewer_id for _, viewer_id in wanted],
            )
        )
    }


async def load_shown(ids: Collection[int]) -> list[PostView]:
    """Load posts returned by `shown_to`, with their quotes and without a viewer's flags; check visibility of the quoted ones with
    `seen_by`. Two queries, and two more if some of them have quotes.
    """
    posts = await _load(ids)
    quoting = [post.shown for post in posts if post.shown.shows_quote]
    quoted = {post.id: post for post in await _load({post.quote_of_id for post in quoting})}
    for post in quoting:
        post.quote = quoted.get(post.quote_of_id or 0)
    return posts


async def _load(ids: Collection[int | None]) -> list[PostView]:
    if not ids:
        return []
    return await read_picked(
        LOAD(
            """SELECT p.id, p.boost_of_id, p.id AS rank FROM activities_post p
               WHERE p.id = ANY(%(ids)s::bigint[]) AND p.deleted_at IS NULL""",
            ids=list(ids),
        ),
        None,
        with_quotes=False,
    )
