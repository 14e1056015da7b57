"""A periodic job that deletes staff decisions about deleted objects, and the deletion of those of a removed domain."""

from datetime import timedelta

from core.db import sql
from stator import every
from users.domains.events import on_domain_emptied
from users.domains.models import Domain


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


@on_domain_emptied
async def forget_reviews_of_domain(domain: Domain) -> bool:
    """Delete decisions of the staff of a removed domain: a sequential scan of few rows."""
    return bool(
        await sql.run(
            """DELETE FROM activities_review WHERE (kind, target_id, domain_id) IN (
                   SELECT kind, target_id, domain_id FROM activities_review WHERE domain_id = %s LIMIT 10000)""",
            [domain.pk],
        )
    )
