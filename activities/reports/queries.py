"""The posts that a report names, for moderators: the only read of posts outside of the visibility policy."""

from collections.abc import Sequence

from activities.posts.queries.posts import read_picked
from activities.posts.queries.views import PostView
from activities.posts.queries.visibility import visible
from core.db.sql import Sql
from users.identities.models import Identity
from users.moderation.queries import ReportView

MOST_SHOWN = 3


async def posts_of_reports(
    reports: Sequence[ReportView], viewer: Identity | None
) -> dict[int, list[PostView]]:
    """Return the first posts of each report that are here, by the report's id. Served by the unique index on uri, like `reported_posts`."""
    named = [(uri, one.target.id) for one in reports for uri in one.post_uris[:MOST_SHOWN]]
    if not named:
        return {}
    condition = visible(viewer)
    found = await read_picked(
        Sql.of(
            f"""SELECT DISTINCT p.id, p.boost_of_id, p.id AS rank FROM activities_post p
            JOIN unnest(%(uris)s::text[], %(authors)s::bigint[]) AS named (uri, author)
            ON p.uri = named.uri AND p.author_id = named.author
            WHERE p.deleted_at IS NULL AND (p.boost_of_id IS NULL OR {condition})""",
            condition,
            uris=[uri for uri, _ in named],
            authors=[author for _, author in named],
        ),
        viewer,
        with_quotes=False,
    )
    return {
        one.id: [post for post in found if post.author_id == one.target.id and post.uri in one.post_uris]
        for one in reports
    }


async def reported_posts(report: ReportView, viewer: Identity | None) -> list[PostView]:
    """Return what the reported person wrote of what the report names, whoever it was for; deleted posts left out. Served by the unique index on uri.

    Posts of anybody else are not read: a report from another server may name whatever it likes.
    """
    condition = visible(viewer)
    return await read_picked(
        Sql.of(
            f"""SELECT p.id, p.boost_of_id, p.id AS rank FROM activities_post p
            WHERE p.uri = ANY(%(uris)s::text[]) AND p.author_id = %(author)s AND p.deleted_at IS NULL
            AND (p.boost_of_id IS NULL OR {condition}) LIMIT 100""",
            condition,
            uris=report.post_uris[:100],
            author=report.target.id,
        ),
        viewer,
    )
