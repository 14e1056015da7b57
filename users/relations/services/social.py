"""Private notes, endorsements, blocked hosts, dismissed suggestions."""

from core.db import async_atomic, delete_batch, sql
from core.errors import BadInput, Invalid, NotFound
from federation.peers import host_of
from stator import transition
from users.domains.queries import is_local_host
from users.identities import events as identity_events
from users.identities.models import Identity
from users.relations import events
from users.relations.models import AccountNote, DismissedSuggestion, Endorsement, HostBlock, HostBlockGraph
from users.relations.queries.predicates import FOLLOWS
from users.relations.services.following import remove_follower
from users.relations.services.pairs import follow_between

MAX_NOTE_LENGTH = 2000
MAX_HOST_BLOCKS = 10_000
FOLLOWERS_SCANNED = 1000  # per batch
FOLLOWERS_REMOVED = 50  # of those scanned; each takes some statements


async def _there(identity_id: int) -> None:
    if not await Identity.objects.filter(pk=identity_id, deleted_at=None).aexists():
        raise NotFound


async def write_note(*, source: Identity, target_id: int, text: str) -> None:
    """Set a user's note about the target; an empty text deletes it. Raises NotFound, or BadInput if it is too long."""
    text = text.strip()
    if len(text) > MAX_NOTE_LENGTH:
        raise Invalid("comment", "too_long", most=MAX_NOTE_LENGTH)
    async with async_atomic():
        await _there(target_id)
        if text:
            await AccountNote.objects.aupdate_or_create(
                source=source, target_id=target_id, defaults={"text": text}
            )
        else:
            await AccountNote.objects.filter(source=source.pk, target=target_id).adelete()


async def endorse(*, source: Identity, target_id: int) -> None:
    """Feature the target on the user's profile. Raises NotFound, and BadInput if they are not followed."""
    async with async_atomic():
        await _there(target_id)
        follow = await follow_between(source.pk, target_id)
        if follow is None or follow.accepted_at is None:
            raise BadInput(code="not_followed")
        await Endorsement.objects.aget_or_create(source=source, target_id=target_id)


async def unendorse(*, source: Identity, target_id: int) -> None:
    """Stop featuring the target. Does nothing if it was not featured. Raises NotFound for an unknown target."""
    await _there(target_id)
    await Endorsement.objects.filter(source=source.pk, target=target_id).adelete()


async def host_to_block(host: str) -> str:
    """Return a host in its canonical spelling. Raises BadInput."""
    name = host.strip()
    if not name:
        raise Invalid("domain", "blank")
    found = "" if set(name) & set("/@?#\\ ") or len(name) > 255 else host_of(f"https://{name}/")
    if not found or ("." not in found and ":" not in found) or len(found) > 255:
        raise Invalid("domain", "invalid")
    return found


async def block_host(*, identity: Identity, host: str) -> None:
    """Hide a host from a user and remove the user's followers there. The user's own follows of it are kept but hidden."""
    name = await host_to_block(host)
    if await is_local_host(name):
        raise Invalid("domain", "invalid")
    async with async_atomic():
        if await HostBlock.objects.filter(identity=identity.pk).acount() >= MAX_HOST_BLOCKS:
            raise Invalid("domain", "too_many", most=MAX_HOST_BLOCKS)
        block, is_new = await HostBlock.objects.aget_or_create(identity=identity, host=name)
        if not is_new:
            return
        await events.on_host_blocked.emit(block)
        if not await remove_followers_from(block):
            await transition(block, HostBlockGraph.parted)


async def remove_followers_from(block: HostBlock) -> bool:
    """Remove a batch of followers on a blocked host; return whether there may be more. In a transaction. Served by users_follow_target."""
    found = await sql.rows(
        f"""SELECT f.id, CASE WHEN i.domain_id IS NULL AND lower(i.host) = %(host)s THEN i.id END FROM (
                SELECT id, source_id FROM {FOLLOWS} WHERE target_id = %(me)s AND id < %(before)s ORDER BY id DESC LIMIT %(piece)s) f
            JOIN users_identity i ON i.id = f.source_id ORDER BY f.id DESC""",
        {
            "me": block.identity_id,
            "host": block.host,
            "before": block.parted_to or 2**63 - 1,
            "piece": FOLLOWERS_SCANNED,
        },
    )
    there = [(follow_id, source_id) for follow_id, source_id in found if source_id][:FOLLOWERS_REMOVED]
    has_more = len(there) == FOLLOWERS_REMOVED or len(found) == FOLLOWERS_SCANNED
    if has_more:
        block.parted_to = there[-1][0] if len(there) == FOLLOWERS_REMOVED else found[-1][0]
        await block.asave(update_fields=["parted_to"])
    if there:
        await events.on_followers_cut.emit(block, [source_id for _, source_id in there])
    target = await Identity.objects.aget(pk=block.identity_id)
    for source_id in sorted(source_id for _, source_id in there):
        await remove_follower(target=target, source_id=source_id)
    return has_more


async def unblock_host(*, identity: Identity, host: str) -> None:
    """Unblock a host. Does nothing if it was not blocked."""
    await HostBlock.objects.filter(identity=identity.pk, host=await host_to_block(host)).adelete()


async def dismiss_suggestion(*, identity: Identity, target_id: int) -> None:
    """Dismiss a suggestion. Raises NotFound."""
    async with async_atomic():
        await _there(target_id)
        await DismissedSuggestion.objects.aget_or_create(identity=identity, target_id=target_id)


@events.on_unfollow
async def end_endorsement(source: Identity, target: Identity) -> None:
    await Endorsement.objects.filter(source=source.pk, target=target.pk).adelete()


@identity_events.on_identity_deleted
async def delete_social_of(identity: Identity) -> bool:
    """Delete the identity's notes, endorsements, host blocks and dismissals, and those about it."""
    who = {"who": identity.pk}
    has_more = False
    for model, columns in (
        (AccountNote, ("source_id", "target_id")),
        (Endorsement, ("source_id", "target_id")),
        (HostBlock, ("identity_id",)),
        (DismissedSuggestion, ("identity_id", "target_id")),
    ):
        for column in columns:
            has_more = await delete_batch(sql.table(model), f"{column} = %(who)s", who) or has_more
    return has_more
