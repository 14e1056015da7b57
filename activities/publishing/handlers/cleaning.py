"""Periodic jobs that delete old posts and correct counts, each a few set-based statements; and the posts of a removed domain."""

from datetime import timedelta

from activities.posts.models import Post
from activities.posts.services import counters
from activities.publishing.services import idempotency
from activities.publishing.services.groups import VOTES_COUNTED_FOR
from core import clock
from core.db import async_atomic, delete_batch, sql
from core.ids import lowest_id_at
from stator import every
from users.domains.events import on_domain_emptied
from users.domains.models import Domain
from users.relations.queries.predicates import is_followed_here

REMOTE_POSTS_KEPT_FOR = timedelta(days=90)


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


@every(timedelta(hours=6), name="remove_old_remote_posts")
async def remove_old_remote_posts() -> int:
    """Delete up to 5,000 remote posts older than 90 days, also since their arrival or fetch, without local interest; return how many.

    Kept are posts that a local user liked, bookmarked, boosted, is mentioned in, was notified of or has in a home timeline, those of
    conversations with local participants, and all of authors with local followers. Replies to a deleted post keep its URI, as if it had
    never arrived.
    """
    arrived = clock.now() - REMOTE_POSTS_KEPT_FOR
    ids = await sql.column(
        f"""SELECT p.id FROM activities_post p WHERE p.id < %(before)s AND NOT p.is_local AND p.deleted_at IS NULL
           AND coalesce(p.fetched_at, p.created_at) < %(arrived)s
           AND NOT {is_followed_here("p.author_id", fenced=True)}
           AND NOT EXISTS (SELECT 1 FROM activities_like k JOIN users_identity i ON i.id = k.identity_id
                           WHERE k.post_id = p.id AND i.domain_id IS NOT NULL OFFSET 0)
           AND NOT EXISTS (SELECT 1 FROM activities_bookmark k WHERE k.post_id = p.id OFFSET 0)
           AND NOT EXISTS (SELECT 1 FROM activities_mention m JOIN users_identity i ON i.id = m.identity_id
                           WHERE m.post_id = p.id AND i.domain_id IS NOT NULL OFFSET 0)
           AND NOT EXISTS (SELECT 1 FROM activities_notification n WHERE n.post_id = p.id OFFSET 0)
           AND NOT EXISTS (SELECT 1 FROM activities_homeentry h WHERE h.post_id = p.id OFFSET 0)
           AND NOT EXISTS (SELECT 1 FROM activities_post b WHERE b.boost_of_id = p.id AND b.deleted_at IS NULL OFFSET 0)
           AND NOT EXISTS (SELECT 1 FROM activities_post t
                           WHERE t.conversation_id = p.conversation_id AND t.is_local OFFSET 0)
           ORDER BY p.id LIMIT 5000""",
        {"before": lowest_id_at(arrived), "arrived": arrived},
    )
    async with async_atomic():
        await sql.run(
            """UPDATE activities_post r SET in_reply_to_id = NULL, in_reply_to_uri = p.uri FROM activities_post p
               WHERE r.in_reply_to_id = p.id AND p.id = ANY(%(ids)s::bigint[])""",
            {"ids": ids},
        )
        await Post.objects.filter(pk__in=ids).adelete()
    return len(ids)


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
