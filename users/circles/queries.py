"""Queries for circles and their members. Circles are visible to their owner only."""

from collections.abc import Collection

import msgspec

from core.db import sql
from core.db.paging import Page
from core.db.sql import Sql, table
from core.errors import NotFound
from users.circles.models import Circle, CircleMember, LeftCircle
from users.identities.models import ActorType, Identity
from users.identities.queries.predicates import is_active
from users.relations.queries.predicates import either_blocks, follows

CIRCLES = table(Circle)
MEMBERS = table(CircleMember)
LEFT = table(LeftCircle)


class CircleRow(msgspec.Struct, frozen=True):
    """A circle with the number of its members."""

    id: int
    title: str
    members: int


def is_eligible(owner: str, member: str) -> str:
    """Return SQL for: `member` (the alias of an identity) may be in circles of `owner` (an id) and receive posts to them.

    They are active, follow the owner, and neither blocks the other. Groups are excluded, because they announce what they receive.
    """
    return f"""({is_active(member)} AND {member}.actor_type <> '{ActorType.group.value}'
        AND {follows(f"{member}.id", owner)} AND NOT {either_blocks(owner, f"{member}.id")})"""


async def circles_of(identity: Identity) -> list[CircleRow]:
    """Return all circles of a user, oldest first. Served by the index on their identity, and users_circle_member_pair."""
    return await sql.structs(
        CircleRow,
        Sql(
            f"""SELECT c.id, c.title, (SELECT count(*) FROM {MEMBERS} m WHERE m.circle_id = c.id)
                FROM {CIRCLES} c WHERE c.identity_id = %(me)s ORDER BY c.id""",
            {"me": identity.pk},
        ),
    )


async def circles_with(identity: Identity, member_id: int) -> list[Circle]:
    """Return those of a user's circles that contain an account."""
    holding = CircleMember.objects.filter(identity=member_id).values("circle_id")
    return [one async for one in Circle.objects.filter(identity=identity.pk, pk__in=holding).order_by("id")]


async def circle_of(identity: Identity, circle_id: int) -> Circle:
    """Return one circle of the user. Raises NotFound for anybody else's."""
    found = await Circle.objects.filter(pk=circle_id, identity=identity.pk).afirst()
    if found is None:
        raise NotFound(code="circle_not_found")
    return found


async def exists(circle_id: int) -> bool:
    return await Circle.objects.filter(pk=circle_id).aexists()


async def members_of(circle_id: int, page: Page | None) -> list[tuple[int, int]]:
    """Return `[(row id, identity id)]`, last added first; without a page all of them. Served by users_circle_member_pair.

    The caller has checked the owner.
    """
    paged = f"{page.where('m.id')}{page.order('m.id')}" if page else " ORDER BY m.id DESC"
    rows = await sql.rows(
        f"""SELECT m.id, m.identity_id FROM {MEMBERS} m JOIN users_identity i ON i.id = m.identity_id
            WHERE m.circle_id = %(circle)s AND i.deleted_at IS NULL{paged}""",
        {**(page.params() if page else {}), "circle": circle_id},
    )
    found = [(row[0], row[1]) for row in rows]
    return page.newest_first(found, lambda row: row[0]) if page else found


async def members_among(circle_id: int, identity_ids: Collection[int]) -> set[int]:
    """Return those of these accounts that are in a circle. Served by users_circle_member_pair."""
    found = CircleMember.objects.filter(circle=circle_id, identity__in=list(identity_ids))
    return {one async for one in found.values_list("identity_id", flat=True)}


async def audience_of(identity: Identity, circle_id: int) -> set[int]:
    """Return the members who would receive a post to the circle now. Raises NotFound for another user's circle."""
    await circle_of(identity, circle_id)
    members = await members_of(circle_id, None)
    return await eligible_among(identity, [member for _, member in members])


async def eligible_among(identity: Identity, member_ids: Collection[int]) -> set[int]:
    """Return those of these accounts that may receive posts to circles of the user. Served by users_follow_pair and users_block_pair."""
    return set(
        await sql.column(
            f"""SELECT i.id FROM users_identity i WHERE i.id = ANY(%(ids)s::bigint[]) AND i.id <> %(me)s
                AND {is_eligible("%(me)s", "i")}""",
            {"ids": list(member_ids), "me": identity.pk},
        )
    )
