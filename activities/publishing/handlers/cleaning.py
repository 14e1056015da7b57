"""Periodic jobs that correct counts and delete what is old, each a few set-based statements; and the posts of a removed domain."""

from datetime import timedelta

from activities.posts.services import counters
from activities.publishing.services import idempotency
from activities.publishing.services.groups import VOTES_COUNTED_FOR
from core import clock
from core.db import delete_batch, sql
from core.ids import lowest_id_at
from stator import every
from users.domains.events import on_domain_emptied
from users.domains.models import Domain


@every(timedelta(minutes=10), name="repair_post_counts")
async def repair_counts() -> int:
    return await counters.repair_post_counts()


@every(timedelta(hours=6), name="remove_old_group_votes")
async def remove_old_group_votes() -> None:
    """Delete up to 100,000 votes on posts that are too old for new ones. The totals are kept. Served by the primary key."""
    old = {"before": lowest_id_at(clock.now() - VOTES_COUNTED_FOR)}
    for _ in range(100):
        if not await delete_batch("activities_groupvote", "post_id < %(before)s", old):
            return


@every(timedelta(hours=1), name="remove_old_idempotency_keys")
async def remove_old_idempotency_keys() -> int:
    """Delete idempotency keys older than an hour."""
    return await idempotency.clean_up()


@on_domain_emptied
async def wait_for_posts(domain: Domain) -> bool:
    """Return whether posts of a removed domain are still being deleted. Served by the index of due posts."""
    return bool(
        await sql.value(
            """SELECT EXISTS (SELECT FROM activities_post WHERE state IN ('deleted', 'emptying') AND state_due_at IS NOT NULL
                   AND domain_id = %s)""",
            [domain.pk],
        )
    )
