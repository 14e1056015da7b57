"""The life of an identity: outdated remote ones are fetched, edits are announced, the deleted are taken apart."""

from datetime import timedelta

from core import clock
from core.db import delete_piece, sql
from core.db.pieces import PIECE
from core.errors import Gone, NotAllowed, Problem
from core.http import FetchError
from federation import sending
from stator import Outcome, failed, later, to
from users import events
from users.activitypub.activities import delete_document, update_document
from users.activitypub.actor import handles_in_profile
from users.domains.queries import domain_by_id
from users.models import Identity, IdentityGraph
from users.queries.named import people_named
from users.services import remote_actors, search_names


@IdentityGraph.outdated.each(lease=timedelta(seconds=90), concurrency=10, fair_by="host")
async def fetch_again(identity: Identity) -> Outcome:
    """A remote identity says what its server says now; gone when its server says so."""
    if identity.is_local:
        return to(IdentityGraph.steady)
    try:
        found = await remote_actors.refresh(identity)
    except FetchError as error:
        reason = f"{error.kind}: {error.detail or error.sentence}"
        if error.is_temporary:
            return later(reason, is_attempt=not error.is_ours)
        return failed(reason)
    except (Gone, NotAllowed) as problem:
        return failed(problem.detail or problem.sentence)
    except Problem as problem:
        return later(problem.detail or problem.sentence)
    # refresh() has moved one that is gone on already
    return to(IdentityGraph.steady) if found is not None else later("its server says that it is gone")


_FOLLOWERS_INBOXES = """
    SELECT DISTINCT coalesce(nullif(i.shared_inbox_url, ''), i.inbox_url)
    FROM users_follow f JOIN users_identity i ON i.id = f.source_id
    WHERE f.target_id = %s AND f.accepted_at IS NOT NULL AND i.domain_id IS NULL AND i.deleted_at IS NULL AND i.inbox_url <> ''
"""

_KNOWN_INBOXES = """
    SELECT DISTINCT coalesce(nullif(i.shared_inbox_url, ''), i.inbox_url)
    FROM users_identity i WHERE i.domain_id IS NULL AND i.deleted_at IS NULL AND i.inbox_url <> ''
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


@IdentityGraph.deleted.batch(size=5)
async def take_apart(identities: list[Identity]) -> dict[int, Outcome]:
    """Tell the servers that know a local identity, and begin to remove it. The key stays: the Delete is signed with it when it leaves."""
    for identity in identities:
        if identity.is_local:
            await sending.send(
                signer=identity.pk,
                activity=delete_document(identity),
                inboxes=await sql.column(_KNOWN_INBOXES),
            )
    return {
        identity.pk: to(IdentityGraph.emptying if await _remove_a_piece(identity) else IdentityGraph.gone)
        for identity in identities
    }


@IdentityGraph.emptying.batch(size=5)
async def remove_a_piece(identities: list[Identity]) -> dict[int, Outcome]:
    """Remove a bounded piece of what each identity wrote and did, with the counts of others; come back while there is more.

    Each piece is a transaction of its own, so that an account with 74,000 posts goes as surely as one with none.
    """
    return {
        identity.pk: _MORE if await _remove_a_piece(identity) else to(IdentityGraph.gone)
        for identity in identities
    }


_MORE = later("a piece was removed, and more is left", timedelta(), is_attempt=False)


async def _remove_a_piece(identity: Identity) -> bool:
    has_more = await _part_from_everyone(identity.pk)
    has_more = await events.on_identity_deleted.happened(identity) or has_more
    await sql.run(_FORGET, [identity.pk])
    await search_names.forget_name(identity.pk)
    return has_more


_FORGET = """
    UPDATE users_identity SET name = '', summary = '', summary_source = '', fields = '[]', emojis = '[]', icon_url = '', icon_file = '',
        icon_description = '', image_url = '', image_file = '', image_description = '', also_known_as = '[]', moved_to_uri = '',
        posts_count = 0, followers_count = 0, following_count = 0, last_post_at = NULL,
        deleted_at = coalesce(deleted_at, now())
    WHERE id = %s
"""


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


async def _part_from_everyone(identity_id: int) -> bool:
    """End up to a piece of each kind of relation. Served by users_follow_pair, users_follow_target and their like for blocks and mutes."""
    who = {"id": identity_id}
    has_more = False
    for statement in _UNFOLLOWS:
        has_more = await sql.run(statement, {**who, "piece": PIECE}) == PIECE or has_more
    for table in ("users_block", "users_mute"):
        for side in ("source_id", "target_id"):
            has_more = await delete_piece(table, f"{side} = %(id)s", who) or has_more
    await sql.run("DELETE FROM users_identityaccess WHERE identity_id = %(id)s", who)
    await sql.run("UPDATE users_session SET identity_id = NULL WHERE identity_id = %(id)s", who)
    return has_more
