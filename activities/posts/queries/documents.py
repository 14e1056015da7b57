"""Contents of the collections that other servers fetch. Public posts only, so there is no viewer."""

from activities.posts.models import Visibility
from activities.posts.queries.predicates import is_for_everyone
from activities.posts.queries.visibility import in_timeline, visible
from core.db import sql
from core.db.sql import Sql
from core.texts import normal_tag

_SHARED = f"p.visibility <= {Visibility.unlisted.value}"


async def listed_posts(author_id: int, *, max_id: int | None, limit: int) -> list[int]:
    """Return ids of an author's public and unlisted posts and boosts, newest first. Served by activities_post_author."""
    condition = visible(None)
    older = "" if max_id is None else " AND p.id < %(max_id)s"
    return await sql.column(
        Sql.of(
            f"""SELECT p.id FROM activities_post p WHERE p.author_id = %(author)s AND {_SHARED}{older} AND {condition}
                ORDER BY p.id DESC LIMIT %(limit)s""",
            condition,
            author=author_id,
            max_id=max_id,
            limit=limit,
        )
    )


async def pinned_posts(author_id: int) -> list[int]:
    """Return ids of the author's pinned posts, last pinned first. Served by activities_pin_identity."""
    condition = visible(None)
    return await sql.column(
        Sql.of(
            f"""SELECT p.id FROM activities_pin k JOIN activities_post p ON p.id = k.post_id
                WHERE k.identity_id = %(author)s AND p.author_id = %(author)s AND {_SHARED} AND {condition}
                ORDER BY k.id DESC LIMIT 20""",
            condition,
            author=author_id,
        )
    )


async def replies_to(post_id: int, *, after: int, limit: int) -> list[tuple[int, str]]:
    """Return `[(id, uri)]` of the public replies to a post, oldest first. Served by activities_post_replies."""
    condition = visible(None)
    rows = await sql.rows(
        Sql.of(
            f"""SELECT p.id, p.uri FROM activities_post p
                WHERE p.in_reply_to_id = %(post)s AND p.id > %(after)s AND {_SHARED} AND {condition}
                ORDER BY p.id LIMIT %(limit)s""",
            condition,
            post=post_id,
            after=after,
            limit=limit,
        )
    )
    return [(row[0], row[1]) for row in rows]


async def posts_of_conversation(conversation_id: int, *, after: int, limit: int) -> list[tuple[int, str]]:
    """Return `[(id, uri)]` of the public posts of a conversation, oldest first. Served by activities_post_thread."""
    condition = visible(None)
    rows = await sql.rows(
        Sql.of(
            f"""SELECT p.id, p.uri FROM activities_post p
                WHERE p.conversation_id = %(conversation)s AND p.id > %(after)s AND p.boost_of_id IS NULL
                AND {_SHARED} AND {condition} ORDER BY p.id LIMIT %(limit)s""",
            condition,
            conversation=conversation_id,
            after=after,
            limit=limit,
        )
    )
    return [(row[0], row[1]) for row in rows]


MAX_COUNTED = 100


async def public_posts_with(name: str) -> int | None:
    """Count the posts on a hashtag's public timeline; None if there are more than MAX_COUNTED.

    Served by activities_post_tag_hashtag.
    """
    condition = in_timeline(None)
    return await sql.value(
        Sql.of(
            f"""WITH carrying AS MATERIALIZED (
                SELECT g.post_id FROM activities_posttag g
                WHERE g.hashtag_id = (SELECT id FROM activities_hashtag WHERE name = %(name)s)
                ORDER BY g.post_id DESC LIMIT {MAX_COUNTED + 1})
            SELECT CASE WHEN (SELECT count(*) FROM carrying) <= {MAX_COUNTED} THEN (
                SELECT count(*) FROM carrying c
                CROSS JOIN LATERAL (SELECT * FROM activities_post q WHERE q.id = c.post_id OFFSET 0) p
                WHERE {is_for_everyone("p")} AND {condition}) END""",
            condition,
            name=normal_tag(name),
        )
    )
