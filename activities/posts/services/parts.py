"""Deletion of a post's parts in all packages."""

from collections.abc import Iterable

from core.db import sql


async def delete_parts(ids: Iterable[int], *, keeps_remote_votes: bool = False) -> None:
    """Delete attachments, earlier versions, hashtags, pins, writers and votes of these posts. Votes of remote actors can be kept."""
    for table in (
        "activities_attachment",
        "activities_revision",
        "activities_posttag",
        "activities_pin",
        "activities_pollvote",
        "activities_poll",
        "activities_quotecheck",
        "activities_mediacheck",
        "activities_postwriter",
    ):
        kept = ""
        if keeps_remote_votes and table == "activities_pollvote":
            kept = " AND identity_id IN (SELECT i.id FROM users_identity i WHERE i.id = identity_id AND i.domain_id IS NOT NULL)"
        await sql.run(f"DELETE FROM {table} WHERE post_id = ANY(%(ids)s::bigint[]){kept}", {"ids": list(ids)})
