"""Undoing a block or an unfollow made by mistake: follows that it ended are restored where both servers can be told so."""

from contextlib import suppress

import msgspec

from core.db import async_atomic
from core.errors import NotAllowed, NotFound
from users.identities.models import Identity
from users.relations.models import Block, Follow
from users.relations.services.blocking import block, unblock
from users.relations.services.following import accept_follow, follow, unfollow
from users.relations.services.pairs import follow_between, locked_pair


class EndedFollow(msgspec.Struct, frozen=True):
    shows_boosts: bool
    notifies: bool
    languages: list[str] | None
    is_accepted: bool


class Ended(msgspec.Struct, frozen=True):
    """The follows that a block ended: the blocker's own, and the other's if both are local. `block_id` is that block."""

    block_id: int = 0
    following: EndedFollow | None = None
    followed: EndedFollow | None = None


async def block_for_now(*, source: Identity, target_id: int) -> Ended:
    """Block an identity, and return the data that `take_back_block` needs."""
    async with async_atomic():
        source, target = await locked_pair(source.pk, target_id)
        following = _ended(await follow_between(source.pk, target.pk))
        # the other server has told its user by now that they don't follow any more
        followed = _ended(await follow_between(target.pk, source.pk)) if target.is_local else None
        row = await block(source=source, target_id=target_id)
    return Ended(row.pk, following, followed)


async def take_back_block(*, source: Identity, target_id: int, ended: Ended) -> bool:
    """Unblock, and restore the follows; return whether this block was in place. If that is not allowed any more, only unblock.

    Each block can be undone once: follows that changed in the meantime are kept.
    """
    async with async_atomic():
        source, target = await locked_pair(source.pk, target_id)
        own = Block.objects.filter(pk=ended.block_id, source=source.pk, target=target.pk)
        is_in_place = await own.aexists()
        await unblock(source=source, target_id=target_id)
    if not is_in_place:
        return False
    for follower, other, before in ((source, target, ended.following), (target, source, ended.followed)):
        if before is not None:
            with suppress(NotAllowed, NotFound):  # no longer allowed: only unblock
                await _follow_again(follower, other, before)
    return True


async def _follow_again(follower: Identity, other: Identity, before: EndedFollow) -> None:
    async with async_atomic():
        row = await follow_again(source=follower, target_id=other.pk, before=before)
        if before.is_accepted and other.is_local and row.accepted_at is None:
            await accept_follow(target=other, source_id=follower.pk)


async def unfollow_for_now(*, source: Identity, target_id: int) -> EndedFollow | None:
    """Unfollow, and return the data that `follow_again` needs; None if there was no follow."""
    async with async_atomic():
        source, target = await locked_pair(source.pk, target_id)
        ended = _ended(await follow_between(source.pk, target.pk))
        await unfollow(source=source, target_id=target_id)
    return ended


async def follow_again(*, source: Identity, target_id: int, before: EndedFollow) -> Follow:
    """Follow as before. Raises NotAllowed or NotFound if that is not possible any more."""
    return await follow(
        source=source,
        target_id=target_id,
        shows_boosts=before.shows_boosts,
        notifies=before.notifies,
        languages=before.languages,
    )


def _ended(row: Follow | None) -> EndedFollow | None:
    if row is None:
        return None
    return EndedFollow(row.shows_boosts, row.notifies, row.languages, row.accepted_at is not None)
