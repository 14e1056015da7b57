"""Creating, renaming and deleting circles, and adding and removing members."""

import datetime as dt
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress

from core import clock
from core.db import async_atomic, delete_batch, sql
from core.errors import Invalid, NotFound
from core.ids import lowest_id_at, new_id
from core.texts import is_blank
from users.circles.models import Circle, CircleMember, LeftCircle
from users.circles.queries import CIRCLES, LEFT, MEMBERS, circle_of, circles_with, eligible_among
from users.identities import events as identity_events
from users.identities.models import Identity
from users.relations import events

MAX_CIRCLES = 50  # per user, as lists
MAX_MEMBERS = 500  # a post stores a row for each, and sends an activity to each of their servers
MAX_TITLE_LENGTH = 255
RESTORABLE_FOR = dt.timedelta(minutes=10)


def _checked(title: str) -> str:
    if is_blank(title):
        raise Invalid("title", "blank")
    if len(title) > MAX_TITLE_LENGTH:
        raise Invalid("title", "too_long", most=MAX_TITLE_LENGTH)
    return title.strip()


async def create_circle(*, identity: Identity, title: str, row_id: int | None = None) -> Circle:
    """Create an empty circle, optionally with the id `row_id`. Raises Invalid for an empty title or too many circles."""
    title = _checked(title)
    async with async_atomic():
        await _lock(identity)
        if await Circle.objects.filter(identity=identity.pk).acount() >= MAX_CIRCLES:
            raise Invalid("circles", "too_many", most=MAX_CIRCLES)
        return await Circle.objects.acreate(id=row_id or new_id(), identity=identity, title=title)


async def rename_circle(*, identity: Identity, circle_id: int, title: str) -> Circle:
    """Change the title of a circle. Raises NotFound for another user's, Invalid for an empty title."""
    title = _checked(title)
    async with async_atomic():
        circle = await circle_of(identity, circle_id)
        circle.title = title
        await circle.asave(update_fields=["title"])
    return circle


async def delete_circle(*, identity: Identity, circle_id: int) -> None:
    """Delete a circle. Its posts stay visible to their audience. Raises NotFound for another user's."""
    async with async_atomic():
        await circle_of(identity, circle_id)
        await CircleMember.objects.filter(circle=circle_id).adelete()
        await Circle.objects.filter(pk=circle_id).adelete()


async def add_to_circle(*, identity: Identity, circle_id: int, member_ids: Collection[int]) -> None:
    """Add followers to a circle, all or none, without notifying them.

    Raises NotFound if one does not follow the user or there is a block between them, Invalid if one is a member already or the circle
    would have too many.
    """
    wanted = list(set(member_ids))
    async with async_atomic():
        await circle_of(identity, circle_id)
        await _lock(identity)
        if len(await eligible_among(identity, wanted)) != len(wanted):
            raise NotFound
        if await CircleMember.objects.filter(circle=circle_id).acount() + len(wanted) > MAX_MEMBERS:
            raise Invalid("circle", "too_many_members", most=MAX_MEMBERS)
        added = await sql.run(
            f"""INSERT INTO {MEMBERS} (id, circle_id, identity_id)
               SELECT w.id, %(circle)s, w.identity FROM unnest(%(ids)s::bigint[], %(members)s::bigint[]) AS w (id, identity)
               ON CONFLICT DO NOTHING""",
            {"circle": circle_id, "ids": [new_id() for _ in wanted], "members": wanted},
        )
        if added != len(wanted):
            raise Invalid("account", "already_in_circle")


async def remove_from_circle(*, identity: Identity, circle_id: int, member_ids: Collection[int]) -> None:
    """Remove accounts from a circle. Earlier posts stay visible to them. Ignores those that are not members."""
    async with async_atomic():
        await circle_of(identity, circle_id)
        await CircleMember.objects.filter(circle=circle_id, identity__in=list(member_ids)).adelete()
        await LeftCircle.objects.filter(circle_id=circle_id, member_id__in=list(member_ids)).adelete()


async def set_circles_of(*, identity: Identity, member_id: int, circle_ids: Collection[int]) -> None:
    """Put a follower into these circles of the user and remove them from the others. Raises as `add_to_circle`."""
    async with async_atomic():
        before = {one.pk for one in await circles_with(identity, member_id)}
        for circle_id in before - set(circle_ids):
            await remove_from_circle(identity=identity, circle_id=circle_id, member_ids=[member_id])
        for circle_id in set(circle_ids) - before:
            await add_to_circle(identity=identity, circle_id=circle_id, member_ids=[member_id])


async def put_back(*, identity: Identity, member_id: int, circle_ids: Collection[int]) -> None:
    """Add a follower to the circles that contained them before a block that was undone. Ignores circles where that is not possible any more."""
    for circle_id in circle_ids:
        with suppress(NotFound, Invalid):  # deleted or full, or they don't follow the user or are in it again
            await add_to_circle(identity=identity, circle_id=circle_id, member_ids=[member_id])


async def leave_for_now[T](
    *, member: Identity, owner_id: int, act: Callable[[], Awaitable[T]]
) -> tuple[T, int]:
    """Call `act`, by which a user may leave the circles of another. Return its result, and the mark that `come_back` needs.

    The mark reveals nothing: there is one even if no circle contained the user.
    """
    mark = new_id()
    async with async_atomic():
        held = await sql.column(
            f"""SELECT c.id FROM {CIRCLES} c JOIN {MEMBERS} m ON m.circle_id = c.id
               WHERE c.identity_id = %s AND m.identity_id = %s""",
            [owner_id, member.pk],
        )
        result = await act()
        if held:
            await sql.run(
                f"""INSERT INTO {LEFT} (id, mark, circle_id, member_id)
                   SELECT w.id, %(mark)s, w.circle, %(member)s FROM unnest(%(ids)s::bigint[], %(held)s::bigint[]) AS w (id, circle)
                   WHERE NOT EXISTS (SELECT 1 FROM {MEMBERS} m WHERE m.circle_id = w.circle AND m.identity_id = %(member)s)""",
                {"mark": mark, "member": member.pk, "ids": [new_id() for _ in held], "held": held},
            )
    return result, mark


async def come_back(*, member: Identity, owner_id: int, mark: int) -> None:
    """Restore the memberships that ended with `leave_for_now`, once, if the user follows the owner again and the owner did not act since."""
    async with async_atomic():
        owner = await Identity.objects.filter(pk=owner_id, deleted_at=None).afirst()
        left = await sql.column(
            f"""DELETE FROM {LEFT} l USING {CIRCLES} c
               WHERE l.mark = %s AND l.member_id = %s AND c.id = l.circle_id AND c.identity_id = %s RETURNING l.circle_id""",
            [mark, member.pk, owner_id],
        )
        if owner is not None:
            await put_back(identity=owner, member_id=member.pk, circle_ids=left)


async def delete_old_left() -> None:
    """Delete memberships that were left too long ago for an Undo. Served by users_left_circle_mark."""
    oldest = lowest_id_at(clock.now() - RESTORABLE_FOR)
    while await delete_batch(LEFT, "mark < %(oldest)s", {"oldest": oldest}):
        pass


async def _lock(identity: Identity) -> None:
    """Serialise transactions that count the circles or members of a user."""
    await sql.run("SELECT 1 FROM users_identity WHERE id = %s FOR NO KEY UPDATE", [identity.pk])


async def _remove_everywhere(owner_id: int, member_id: int) -> None:
    await sql.run(
        f"""DELETE FROM {MEMBERS} m USING {CIRCLES} c
           WHERE m.circle_id = c.id AND c.identity_id = %s AND m.identity_id = %s""",
        [owner_id, member_id],
    )
    await _forget_left(owner_id, member_id)


async def _forget_left(owner_id: int, member_id: int) -> None:
    """Delete what an earlier Undo would restore: the owner may have ended the follow. Served by users_left_circle_member."""
    await sql.run(
        f"""DELETE FROM {LEFT} l USING {CIRCLES} c
           WHERE l.circle_id = c.id AND c.identity_id = %s AND l.member_id = %s""",
        [owner_id, member_id],
    )


@events.on_block
async def forget_left(source: Identity, target: Identity) -> None:
    """Let no Undo of an earlier unfollow bring somebody back whom the owner of a circle has blocked since."""
    await _forget_left(source.pk, target.pk)


@events.on_unfollow
async def remove_from_circles(source: Identity, target: Identity) -> None:
    """Remove a former follower from all circles of the identity they followed. Blocks end follows, so this covers them, too."""
    await _remove_everywhere(target.pk, source.pk)


@identity_events.on_identity_deleted
async def delete_circles_of(identity: Identity) -> None:
    await sql.run(
        f"""DELETE FROM {MEMBERS} WHERE identity_id = %(who)s
           OR circle_id IN (SELECT id FROM {CIRCLES} WHERE identity_id = %(who)s)""",
        {"who": identity.pk},
    )
    await Circle.objects.filter(identity=identity.pk).adelete()
