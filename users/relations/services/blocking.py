"""Blocks and mutes. A block ends follows in both directions and is sent to the other server; a mute is private."""

from datetime import datetime, timedelta

from core import clock
from core.db import async_atomic
from core.errors import Invalid, NotAllowed, NotFound
from core.ids import new_id
from users.identities.models import Identity
from users.relations import events
from users.relations.activitypub import (
    block_document,
    block_uri,
    follow_document,
    reject_document,
    undo_document,
)
from users.relations.models import Block, Mute
from users.relations.services.following import end_follow
from users.relations.services.pairs import follow_between, locked_pair, send_to
from users.relations.services.revoked_activities import say_again

_MAX_MUTE = timedelta(days=3650)


async def block(*, source: Identity, target_id: int, uri: str = "", said_at: datetime | None = None) -> Block:
    """Block an identity, and delete follows and requests between the two. `uri`: a remote activity's id, sent at `said_at`."""
    async with async_atomic():
        source, target = await locked_pair(source.pk, target_id)
        if source.pk == target.pk:
            raise NotAllowed(code="block_of_yourself")
        row = await Block.objects.filter(source=source.pk, target=target.pk).afirst()
        if row is not None:
            if uri and not source.is_local:
                await say_again(row, uri, said_at)  # its Undo may contain only this id
            return row
        # Some servers don't end follows on a Block, so an Undo or Reject is sent for each as well.
        if following := await follow_between(source.pk, target.pk):
            await end_follow(following, source, target)
            await send_to(source, target, undo_document(follow_document(following, source, target)))
        if followed := await follow_between(target.pk, source.pk):
            await end_follow(followed, target, source)
            await send_to(source, target, reject_document(followed, target, source))
        block_id = new_id()
        if not uri and source.is_local:
            uri = block_uri(source, block_id)
        row = await Block.objects.acreate(id=block_id, source=source, target=target, uri=uri, said_at=said_at)
        await send_to(source, target, block_document(row, source, target))
        await events.on_block.emit(source, target)
    return row


async def unblock(*, source: Identity, target_id: int) -> None:
    """Unblock; follows are not restored. Does nothing if there was no block."""
    async with async_atomic():
        source, target = await locked_pair(source.pk, target_id)
        row = await Block.objects.filter(source=source.pk, target=target.pk).afirst()
        if row is not None:
            document = undo_document(block_document(row, source, target))
            await row.adelete()
            await send_to(source, target, document)


async def mute(
    *,
    source: Identity,
    target_id: int,
    hides_notifications: bool = True,
    expires_in: int | timedelta | None = None,
) -> Mute:
    """Mute an identity for `expires_in` (seconds or a timedelta; None or 0: until unmuted). An existing mute is changed."""
    seconds = expires_in.total_seconds() if isinstance(expires_in, timedelta) else expires_in or 0
    if not 0 <= seconds <= _MAX_MUTE.total_seconds():
        raise Invalid("expires_in", "mute_too_long")
    async with async_atomic():
        source, target = await locked_pair(source.pk, target_id)
        if source.pk == target.pk:
            raise NotAllowed(code="mute_of_yourself")
        row, _ = await Mute.objects.aupdate_or_create(
            source=source,
            target=target,
            defaults={
                "hides_notifications": hides_notifications,
                "expires_at": clock.now() + timedelta(seconds=seconds) if seconds else None,
            },
        )
        await events.on_mute.emit(source, target)
    return row


async def unmute(*, source: Identity, target_id: int) -> None:
    """Unmute. Does nothing if there was no mute. Raises NotFound for an unknown target."""
    if not await Identity.objects.filter(pk=target_id, deleted_at=None).aexists():
        raise NotFound
    await Mute.objects.filter(source=source.pk, target=target_id).adelete()
