"""Queries for lists, their members and their timelines."""

import hmac
from collections.abc import Collection

from django.conf import settings

from activities.lists.models import ListMember, PeopleList, RepliesPolicy
from activities.posts.queries.predicates import is_reply_to_another
from activities.posts.queries.views import PostView
from activities.posts.queries.visibility import in_timeline
from activities.timelines.queries.candidates import read_candidates
from core.db import sql
from core.db.paging import Page
from core.db.sql import Sql
from core.db.statements import Statement
from core.errors import NotFound
from users.identities.models import Identity
from users.relations.queries.predicates import follows, hides_boosts

TIMELINE = Statement(
    "lists.timeline", "A page of a list's timeline: a range of each member's posts.", "activities_post_author"
)
SHOWING = Statement(
    "lists.showing",
    "Which of these lists show which of these posts (streaming).",
    "activities_listmember_identity_id_5f640257",
    "users_follow_pair",
)

_TOKEN_BYTES = 18


async def lists_of(identity: Identity) -> list[PeopleList]:
    """Return all lists of a user, oldest first."""
    return [one async for one in PeopleList.objects.filter(identity=identity.pk).order_by("id")]


async def lists_with(identity: Identity, member_id: int) -> list[PeopleList]:
    """Return those of a user's lists that contain an account."""
    holding = ListMember.objects.filter(identity=member_id).values("list_id")
    found = PeopleList.objects.filter(identity=identity.pk, pk__in=holding).order_by("id")
    return [one async for one in found]


async def list_of(identity: Identity, list_id: int) -> PeopleList:
    """Return one list of the user. Raises NotFound for anybody else's."""
    found = await PeopleList.objects.filter(pk=list_id, identity=identity.pk).afirst()
    if found is None:
        raise NotFound
    return found


async def members_of(list_id: int, page: Page | None) -> list[tuple[int, int]]:
    """Return `[(row id, identity id)]`, last added first; without a page all of them. Served by activities_list_member_pair."""
    paged = f"{page.where('m.id')}{page.order('m.id')}" if page else " ORDER BY m.id DESC"
    rows = await sql.rows(
        f"""SELECT m.id, m.identity_id FROM activities_listmember m JOIN users_identity i ON i.id = m.identity_id
            WHERE m.list_id = %(list)s AND i.deleted_at IS NULL{paged}""",
        {**(page.params() if page else {}), "list": list_id},
    )
    found = [(row[0], row[1]) for row in rows]
    return page.newest_first(found, lambda row: row[0]) if page else found


async def members_among(list_id: int, identity_ids: Collection[int]) -> set[int]:
    """Return those of these accounts that are in a list. Served by activities_list_member_pair."""
    found = ListMember.objects.filter(list=list_id, identity__in=list(identity_ids))
    return {one async for one in found.values_list("identity_id", flat=True)}


def _shows_replies(owner: str, list_id: str, policy: str) -> str:
    """Return SQL for the replies (post `p`) that a list shows: a member's to themself and to the owner, and those that its policy adds."""
    return f"""(NOT {is_reply_to_another("p")} OR p.in_reply_to_author_id = {owner}
        OR {policy} = '{RepliesPolicy.followed.value}' AND {follows(owner, "p.in_reply_to_author_id")}
        OR {policy} = '{RepliesPolicy.list.value}' AND EXISTS (
            SELECT 1 FROM activities_listmember o WHERE o.list_id = {list_id} AND o.identity_id = p.in_reply_to_author_id))"""


def _of_members(page: Page) -> Sql:
    """Return the newest posts of each member, as many as the page holds, but none beyond the first point where a member may have more.

    A range of activities_post_author for each member.
    """
    first, ahead = ("min", "<=") if page.min_id is not None else ("max", ">=")
    order = page.order("e.id")
    return Sql(f"""SELECT x.post_id, x.rank, x.cut FROM (
            SELECT w.id AS post_id, w.id AS rank, {first}(w.id) FILTER (WHERE w.place = %(page_limit)s) OVER () AS cut
            FROM activities_listmember m CROSS JOIN LATERAL (
                SELECT e.id, row_number() OVER () AS place FROM (
                    SELECT e.id FROM activities_post e WHERE e.author_id = m.identity_id{page.where("e.id")}{order}) e) w
            WHERE m.list_id = %(list)s) x
        WHERE x.cut IS NULL OR x.rank {ahead} x.cut{page.order("x.rank", limit="candidates")}""")


async def timeline(viewer: Identity, people: PeopleList, page: Page) -> list[PostView]:
    """Return posts and boosts of the list's members, newest first, in two queries; see `_of_members`."""
    condition = in_timeline(viewer, by_anyone=False) & Sql(
        f"""{_shows_replies("%(viewer_id)s", "%(list)s", "%(policy)s")}
        AND (p.boost_of_id IS NULL OR NOT {hides_boosts("%(viewer_id)s", "p.author_id", fenced=True)})""",
        {"list": people.pk, "policy": people.replies_policy},
    )
    end = "min" if page.min_id is None else "max"

    def last(picked: str) -> str:
        return f"""SELECT {end}(c.rank) AS rank FROM ({picked}) c
            HAVING count(c.cut) > 0 OR count(*) = %(candidates)s"""

    return await read_candidates(TIMELINE, _of_members, condition, page, viewer, last=last)


def feed_token(people: PeopleList) -> str:
    """Return the secret part of the URL of a list's feed; empty without one.

    It is derived on each call, so that read access to the database does not give access to feeds.
    """
    if not people.feed_nonce:
        return ""
    mac = hmac.digest(
        settings.SECRET_KEY.encode(), f"feed of list {people.pk} {people.feed_nonce}".encode(), "sha256"
    )
    return f"{people.pk}-{mac[:_TOKEN_BYTES].hex()}"


async def list_at(token: str) -> tuple[PeopleList, Identity]:
    """Return the list whose feed has this token, and its owner. Raises NotFound, also for a list that does not exist."""
    number = token.partition("-")[0]
    if not (number.isascii() and number.isdigit() and len(number) < 20):
        raise NotFound
    found = await PeopleList.objects.filter(pk=int(number)).select_related("identity").afirst()
    if (
        found is None
        or not found.feed_nonce
        or not hmac.compare_digest(feed_token(found).encode(), token.encode())
    ):
        raise NotFound
    owner = found.identity
    if owner.deleted_at is not None or owner.is_suspended:
        raise NotFound
    return found, owner


async def lists_showing(post_ids: Collection[int], list_ids: Collection[int]) -> list[tuple[int, int]]:
    """Return `[(post id, list id)]` of lists that may show one of these posts, deleted posts included.

    The visibility of the posts is not checked.
    """
    if not list_ids:
        return []
    return await sql.rows(
        SHOWING(
            f"""SELECT p.id, l.id FROM activities_post p
            JOIN activities_listmember m ON m.identity_id = p.author_id AND m.list_id = ANY(%(lists)s::bigint[])
            JOIN activities_peoplelist l ON l.id = m.list_id
            WHERE p.id = ANY(%(posts)s::bigint[]) AND (p.boost_of_id IS NULL OR NOT {hides_boosts("l.identity_id", "p.author_id")})
            AND {_shows_replies("l.identity_id", "l.id", "l.replies_policy")}""",
            posts=list(post_ids),
            lists=list(list_ids),
        )
    )
