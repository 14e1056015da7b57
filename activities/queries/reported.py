"""The posts that a report names, for moderators: the one read of posts beside the visibility policy."""

from activities.queries.posts import PostView, read_picked
from activities.queries.visibility import visible
from users.models import Identity
from users.queries.moderation import ReportView


async def reported_posts(report: ReportView, viewer: Identity | None) -> list[PostView]:
    """What the reported person wrote of what the report names, whoever it was for; deleted posts left out. Served by the unique index on uri.

    Posts of anybody else are not read: a report from another server may name whatever it likes.
    """
    condition, parameters = visible(viewer)
    return await read_picked(
        f"""SELECT p.id, p.boost_of_id, p.id AS rank FROM activities_post p
            WHERE p.uri = ANY(%(uris)s::text[]) AND p.author_id = %(author)s AND p.deleted_at IS NULL
            AND (p.boost_of_id IS NULL OR {condition}) LIMIT 100""",
        {**parameters, "uris": report.post_uris[:100], "author": report.target.id},
        viewer,
    )
