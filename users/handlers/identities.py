"""Edits of profiles are announced to followers, and who is deleted is parted from everyone."""

from core import clock
from core.db import delete_piece, sql
from core.db.pieces import PIECE
from federation import sending
from stator import Outcome, to
from users.domains.queries import domain_by_id
from users.identities import events
from users.identities.activitypub.activities import update_document
from users.identities.activitypub.actor import handles_in_profile
from users.identities.models import Identity, IdentityGraph
from users.identities.queries.named import people_named

_FOLLOWERS_INBOXES = """
    SELECT DISTINCT coalesce(nullif(i.shared_inbox_url, ''), i.inbox_url)
    FROM users_follow f JOIN users_identity i ON i.id = f.source_id
    WHERE f.target_id = %s AND f.accepted_at IS NOT NULL AND i.domain_id IS NULL AND i.deleted_at IS NULL AND i.inbox_url <> ''
"""


async def followers_inboxes(identity_id: int) -> list[str]:
    """Where activities for all followers elsewhere go: one inbox for each server that has a shared one (users_follow_target)."""
    return await sql.column(_FOLLOWERS_INBOXES, [identity_id])


@IdentityGraph.edited.batch(size=50)
async def announce_edits(identities: list[Identity]) -> Outcome:
    """The servers of the followers get the new profile."""
    named = {handle for identity in identities for handle in handles_in_profile(identity)}
    mentioned = {handle: person.uri for handle, person in (await people_named(named)).items()}
    for identity in identities:
        domain = await domain_by_id(identity.domain_id) if identity.domain_id else None
        if domain is not None:
            version = int(clock.now().timestamp() * 1000)
            await sending.send(
                signer=identity.pk,
                activity=update_document(identity, domain, version, mentioned),
                inboxes=await followers_inboxes(identity.pk),
            )
    return to(IdentityGraph.steady)


# rows are locked in the order of their ids, as everywhere, so that two of these never wait for each other
_UNFOLLOW = """
    WITH piece AS (SELECT id, {other}_id AS other, accepted_at FROM users_follow WHERE {own}_id = %(id)s LIMIT %(piece)s),
    touched AS (
        SELECT i.id FROM users_identity i JOIN piece f ON f.other = i.id AND f.accepted_at IS NOT NULL
        ORDER BY i.id FOR NO KEY UPDATE OF i),
    counted AS (
        UPDATE users_identity i SET {count} = greatest(0, i.{count} - 1) FROM touched WHERE i.id = touched.id)
    DELETE FROM users_follow WHERE id IN (SELECT id FROM piece)"""
_UNFOLLOWS = (
    _UNFOLLOW.format(own="source", other="target", count="followers_count"),
    _UNFOLLOW.format(own="target", other="source", count="following_count"),
)


@events.on_identity_deleted
async def part_from_everyone(identity: Identity) -> bool:
    """End up to a piece of each kind of relation. Served by users_follow_pair, users_follow_target and their like for blocks and mutes."""
    who = {"id": identity.pk}
    has_more = False
    for statement in _UNFOLLOWS:
        has_more = await sql.run(statement, {**who, "piece": PIECE}) == PIECE or has_more
    for table in ("users_block", "users_mute"):
        for side in ("source_id", "target_id"):
            has_more = await delete_piece(table, f"{side} = %(id)s", who) or has_more
    return has_more


@events.on_identity_deleted
async def take_from_logins(identity: Identity) -> None:
    """No login speaks as the identity any more."""
    await sql.run("DELETE FROM users_identityaccess WHERE identity_id = %s", [identity.pk])
    await sql.run("UPDATE users_session SET identity_id = NULL WHERE identity_id = %s", [identity.pk])
