"""A person's lists, who is in them, and their timelines."""

from activities.models import ListMember, PeopleList, RepliesPolicy
from activities.queries.posts import PostView, read_picked
from activities.queries.visibility import listed
from core.db import sql
from core.errors import NotFound
from core.paging import Page
from users.models import Identity


async def lists_of(identity: Identity) -> list[PeopleList]:
    """All lists of a person, the oldest first."""
    return [one async for one in PeopleList.objects.filter(identity=identity.pk).order_by("id")]


async def lists_with(identity: Identity, member_id: int) -> list[PeopleList]:
    """Those of a person's lists that somebody is in."""
    holding = ListMember.objects.filter(identity=member_id).values("list_id")
    found = PeopleList.objects.filter(identity=identity.pk, pk__in=holding).order_by("id")
    return [one async for one in found]


async def list_of(identity: Identity, list_id: int) -> PeopleList:
    """One list of the person's own; raises NotFound for anybody else's."""
    found = await PeopleList.objects.filter(pk=list_id, identity=identity.pk).afirst()
    if found is None:
        raise NotFound
    return found


async def members_of(list_id: int, page: Page) -> list[tuple[int, int]]:
    """`[(row id, identity id)]`, the last added first. Served by activities_list_member_pair."""
    rows = await sql.rows(
        f"""SELECT m.id, m.identity_id FROM activities_listmember m JOIN users_identity i ON i.id = m.identity_id
            WHERE m.list_id = %(list)s AND i.deleted_at IS NULL{page.where("m.id")}{page.order("m.id")}""",
        {**page.params(), "list": list_id},
    )
    return page.newest_first([(row[0], row[1]) for row in rows], lambda row: row[0])


async def every_member_of(list_id: int) -> list[tuple[int, int]]:
    """The same, all of them: what `limit=0` asks for."""
    rows = await sql.rows(
        """SELECT m.id, m.identity_id FROM activities_listmember m JOIN users_identity i ON i.id = m.identity_id
           WHERE m.list_id = %s AND i.deleted_at IS NULL ORDER BY m.id DESC""",
        [list_id],
    )
    return [(row[0], row[1]) for row in rows]


_FOLLOWS = """EXISTS (SELECT 1 FROM users_follow f WHERE f.source_id = %(viewer_id)s
                      AND f.target_id = p.in_reply_to_author_id AND f.accepted_at IS NOT NULL)"""
_MEMBER = """EXISTS (SELECT 1 FROM activities_listmember o WHERE o.list_id = %(list)s
                     AND o.identity_id = p.in_reply_to_author_id)"""


async def timeline(viewer: Identity, people: PeopleList, page: Page) -> list[PostView]:
    """What the list's members wrote and boosted, newest first, in two queries.

    A range of activities_post_author for each member, which is as much of it as the page is long.
    """
    condition, parameters = listed(viewer, strangers=False)
    to_whom = {RepliesPolicy.followed.value: f" OR {_FOLLOWS}", RepliesPolicy.list.value: f" OR {_MEMBER}"}
    replies = f"""((p.in_reply_to_id IS NULL AND p.in_reply_to_uri = '') OR p.in_reply_to_author_id = p.author_id
        OR p.in_reply_to_author_id = %(viewer_id)s{to_whom.get(people.replies_policy, "")})"""
    picked = f"""SELECT w.id, w.boost_of_id, w.id AS rank FROM activities_listmember m
        LEFT JOIN users_follow s ON s.source_id = %(viewer_id)s AND s.target_id = m.identity_id
        CROSS JOIN LATERAL (
            SELECT p.id, p.boost_of_id FROM activities_post p
            WHERE p.author_id = m.identity_id AND (p.boost_of_id IS NULL OR coalesce(s.shows_boosts, true))
            AND {replies} AND {condition}{page.where("p.id")}{page.order("p.id")}) w
        WHERE m.list_id = %(list)s{page.order("w.id")}"""
    return await read_picked(picked, {**page.params(), **parameters, "list": people.pk}, viewer)
