"""A periodic job that deletes staff decisions about deleted objects."""

from datetime import timedelta

from core.db import sql
from stator import every


@every(timedelta(days=1), name="forget_reviews")
async def forget_reviews() -> int:
    """Delete decisions on posts, links and hashtags that no longer exist. Served by the primary keys."""
    gone = " OR ".join(
        f"(v.kind = '{kind}' AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.id = v.target_id))"
        for kind, table in (
            ("post", "activities_post"),
            ("link", "activities_previewcard"),
            ("tag", "activities_hashtag"),
        )
    )
    return await sql.run(
        f"""DELETE FROM activities_review WHERE (kind, target_id, domain_id) IN (
               SELECT v.kind, v.target_id, v.domain_id FROM activities_review v WHERE {gone} LIMIT 10000)"""
    )
