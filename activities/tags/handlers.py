"""A periodic job that deletes unused hashtags."""

from datetime import timedelta

from core.db import sql
from stator import every


@every(timedelta(days=1), name="remove_unused_hashtags")
async def remove_unused_hashtags() -> int:
    """Delete hashtags older than a day that no post has, nobody follows or features, and staff have not decided on. Skips locked ones."""
    return await sql.run(
        """DELETE FROM activities_hashtag WHERE id IN (
               SELECT h.id FROM activities_hashtag h WHERE h.created_at < now() - interval '1 day'
               AND NOT EXISTS (SELECT 1 FROM activities_posttag g WHERE g.hashtag_id = h.id)
               AND NOT EXISTS (SELECT 1 FROM activities_review v WHERE v.kind = 'tag' AND v.target_id = h.id)
               AND NOT EXISTS (SELECT 1 FROM activities_followedtag t WHERE t.hashtag_id = h.id)
               AND NOT EXISTS (SELECT 1 FROM activities_featuredtag t WHERE t.hashtag_id = h.id)
               LIMIT 10000 FOR UPDATE SKIP LOCKED)"""
    )
