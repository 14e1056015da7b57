"""Handlers of relations: profile updates to followers, relations of deleted identities, expired mutes, counts, refreshing of followed actors."""

from datetime import timedelta

from core import clock
from core.db import async_atomic, delete_batch, sql
from core.db.batches import BATCH_SIZE
from core.logs import get_logger
from federation import sending
from stator import Outcome, every, later, to, transition_many
from users.identities import events
from users.identities.models import REFRESH_AFTER, Identity, IdentityGraph
from users.relations.models import REVOKED_KEPT_FOR, HostBlock, HostBlockGraph, Mute, RevokedActivity
from users.relations.queries.predicates import BLOCKS, FOLLOWS, MUTES, is_accepted, is_followed_here
from users.relations.queries.relationships import followers_inboxes
from users.relations.services.social import remove_followers_from
from users.relations.services.telling import send_profile

log = get_logger(__name__)

_REFRESHED_AT_ONCE = 200
_FOLLOWERS_AT_ONCE = 2000


@IdentityGraph.edited.batch(size=5)
async def announce_edits(identities: list[Identity]) -> dict[int, Outcome]:
    """Send the new profile to the followers' servers, one batch of followers per call.

    Identity.announced_as and announced_to store the progress; another edit starts over.
    """
    return {
        identity.pk: _MORE_TO_TELL if await _announce_a_piece(identity) else to(IdentityGraph.steady)
        for identity in identities
    }


_MORE_TO_TELL = later("more servers are to be told", timedelta(), is_attempt=False)


async def _announce_a_piece(identity: Identity) -> bool:
    """Send the new profile to the servers of the next followers; return whether there may be more."""
    if not identity.domain_id:
        return False
    inboxes, going_on = await followers_inboxes(
        identity.pk, before=identity.announced_to, piece=_FOLLOWERS_AT_ONCE
    )
    activity_id = identity.announced_as
    if activity_id is not None:
        await sending.add_recipients(activity_id, inboxes)
    elif inboxes:
        activity_id = await send_profile(identity, inboxes)
    await Identity.objects.filter(pk=identity.pk).aupdate(
        announced_as=activity_id if going_on else None, announced_to=going_on
    )
    return going_on is not None


# rows are locked in id order, as everywhere, to avoid deadlocks
def _unfollows(own: str, other: str, count: str) -> str:
    return f"""
    WITH piece AS (SELECT id, {other}_id AS other, accepted_at FROM {FOLLOWS} WHERE {own}_id = %(id)s LIMIT %(piece)s),
    touched AS (
        SELECT i.id FROM users_identity i JOIN piece f ON f.other = i.id AND {is_accepted("f")}
        ORDER BY i.id FOR NO KEY UPDATE OF i),
    counted AS (
        UPDATE users_identity i SET {count} = greatest(0, i.{count} - 1) FROM touched WHERE i.id = touched.id)
    DELETE FROM {FOLLOWS} WHERE id IN (SELECT id FROM piece)"""


_UNFOLLOWS = (
    _unfollows("source", "target", "followers_count"),
    _unfollows("target", "source", "following_count"),
)


@events.on_identity_deleted
async def remove_relations(identity: Identity) -> bool:
    """Delete one batch of each kind of relation. Served by users_follow_pair, users_follow_target and their like for blocks and mutes."""
    who = {"id": identity.pk}
    has_more = False
    for statement in _UNFOLLOWS:
        has_more = await sql.run(statement, {**who, "piece": BATCH_SIZE}) == BATCH_SIZE or has_more
    for table in (BLOCKS, MUTES):
        for side in ("source_id", "target_id"):
            has_more = await delete_batch(table, f"{side} = %(id)s", who) or has_more
    return has_more


@HostBlockGraph.parting.batch(size=1)
async def remove_blocked_followers(blocks: list[HostBlock]) -> dict[int, Outcome]:
    """Remove the next followers on a blocked host."""
    return {
        block.pk: _MORE_TO_REMOVE if await remove_followers_from(block) else to(HostBlockGraph.parted)
        for block in blocks
    }


_MORE_TO_REMOVE = later("more followers are to be looked at", timedelta(), is_attempt=False)


@every(timedelta(minutes=5), name="users.ended_mutes")
async def remove_ended_mutes() -> None:
    """Delete expired mutes, in batches (index users_mute_expires)."""
    while await delete_batch(sql.table(Mute), "expires_at < %(now)s", {"now": clock.now()}):
        pass


@every(timedelta(hours=6), name="users.old_revoked_activities")
async def remove_old_revoked_activities() -> None:
    """Delete old records of revoked activities, in batches (index on created_at)."""
    old = {"before": clock.now() - REVOKED_KEPT_FOR}
    while await delete_batch(sql.table(RevokedActivity), "created_at < %(before)s", old):
        pass


@every(timedelta(hours=6), name="users.repair_counts", timeout=timedelta(minutes=30))
async def repair_counts() -> None:
    """Correct the counts of followers and following from the follows. One statement; only wrong rows are written.

    Only local identities are compared: the counts of remote ones include follows unknown here.
    """
    async with async_atomic():
        wrong = await sql.run(
            f"""
            WITH right_now AS (
                SELECT i.id,
                       (SELECT count(*) FROM {FOLLOWS} f WHERE f.target_id = i.id AND {is_accepted("f")}) AS followers,
                       (SELECT count(*) FROM {FOLLOWS} f WHERE f.source_id = i.id AND {is_accepted("f")}) AS following
                FROM users_identity i
                WHERE i.domain_id IS NOT NULL AND i.deleted_at IS NULL
                ORDER BY i.id FOR NO KEY UPDATE OF i
            )
            UPDATE users_identity i SET followers_count = r.followers, following_count = r.following
            FROM right_now r
            WHERE i.id = r.id AND (i.followers_count <> r.followers OR i.following_count <> r.following)
            """
        )
    if wrong:
        log.warning("counts.repaired", identities=wrong)


@every(timedelta(minutes=10), name="users.refresh_remote")
async def refresh_stale_identities() -> None:
    """Refresh remote identities that have local followers and were last fetched over two days ago, oldest first."""
    stale = (
        Identity.objects.filter(
            domain=None,
            deleted_at=None,
            state=IdentityGraph.steady,
            fetched_at__lt=clock.now() - REFRESH_AFTER,
        )
        .extra(where=[is_followed_here("users_identity.id", or_asked=True)])  # noqa: S610  # no text of anybody's in it
        .order_by("fetched_at")[:_REFRESHED_AT_ONCE]
    )
    async with async_atomic():
        await transition_many(
            [pk async for pk in stale.values_list("pk", flat=True)], IdentityGraph.outdated, model=Identity
        )
