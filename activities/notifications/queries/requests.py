"""Notification requests. There is no table: a request is the filtered notifications of one actor.

Its id is that of the first of them, so it stays the same when more are added.
"""

import datetime as dt
from typing import NamedTuple

import msgspec

from activities.notifications.models import NotificationPolicy
from activities.notifications.queries.notifications import IS_HELD, KEPT, is_shown
from activities.posts.queries.posts import load_posts
from activities.posts.queries.views import PostView
from activities.shelter.queries.held import held_for
from core.db import sql
from core.db.paging import Page
from core.db.sql import Sql
from core.db.statements import Statement
from core.errors import NotFound
from users.identities.models import Identity
from users.identities.queries.predicates import is_active
from users.identities.queries.profiles import Profile, load_profiles
from users.relations.queries.predicates import FOLLOWS, is_accepted

REQUESTS = Statement("notifications.requests", "A page of notification requests.", "notification_identity")


class RequestView(msgspec.Struct):
    id: int
    actor_id: int
    created_at: dt.datetime
    updated_at: dt.datetime
    count: int
    last_post_id: int | None
    actor: Profile = None  # type: ignore[assignment]  # set right after the row was read
    last_post: PostView | None = None
    is_held: bool = False  # the last post is hidden until the request is accepted


async def requests(viewer: Identity, page: Page, *, only_id: int | None = None) -> list[RequestView]:
    """Return a page, newest request first, in four queries, and two more for held posts. Served by notification_identity."""
    one = "" if only_id is None else " AND min(n.id) = %(only)s"
    condition = is_shown(viewer, with_held=True)
    rows = await sql.structs(
        RequestView,
        REQUESTS(
            f"""SELECT min(n.id), n.actor_id, min(n.created_at), max(n.created_at), count(*),
                       (array_agg(n.post_id ORDER BY n.id DESC) FILTER (WHERE n.post_id IS NOT NULL))[1]
                FROM {KEPT} n WHERE n.is_filtered AND {condition}
                GROUP BY n.actor_id HAVING true{one}{page.where("min(n.id)")}{page.order("min(n.id)")}""",
            condition,
            page.params(),
            only=only_id,
        ),
    )
    ids = [row.last_post_id for row in rows if row.last_post_id is not None]
    posts = {post.id: post for post in await load_posts(ids, viewer)}
    held = {post.id: post for post in await held_for(viewer, [id_ for id_ in ids if id_ not in posts])}
    actors = await load_profiles({row.actor_id for row in rows})
    for row in rows:
        row.actor = actors[row.actor_id]
        row.is_held = row.last_post_id in held
        row.last_post = (posts | held).get(row.last_post_id or 0)
    return page.newest_first(rows, lambda row: row.id)


async def request(viewer: Identity, request_id: int) -> RequestView:
    found = await requests(viewer, Page(limit=1), only_id=request_id)
    if not found:
        raise NotFound
    return found[0]


async def actors_of_requests(identity: Identity, request_ids: list[int]) -> list[int]:
    """Return the actors of these requests; unknown ids are left out."""
    condition = is_shown(identity, with_held=True)
    return await sql.column(
        Sql.of(
            f"""SELECT n.actor_id FROM {KEPT} n WHERE n.is_filtered AND {condition}
                GROUP BY n.actor_id HAVING min(n.id) = ANY(%(ids)s::bigint[])""",
            condition,
            ids=request_ids,
        )
    )


async def pending_counts(viewer: Identity) -> tuple[int, int]:
    """Count the pending requests, and their notifications."""
    condition = is_shown(viewer, with_held=True)
    row = await sql.one(
        Sql.of(
            f"""SELECT count(DISTINCT n.actor_id), count(*) FROM {KEPT} n
                WHERE n.is_filtered AND {condition}""",
            condition,
        )
    )
    return (row[0], row[1]) if row else (0, 0)


class Waiting(NamedTuple):
    """A user's pending requests: actors with filtered notifications, mentions that are held because their authors are new here, and
    whether there are requests to follow, or to reply, like or boost.
    """

    filtered: int
    held: int
    follows: bool
    approvals: bool

    def __bool__(self) -> bool:
        return any(self)


async def what_waits(viewer: Identity) -> Waiting:
    """Return the pending requests, in one query. Served by users_follow_target and activities_approval_author."""
    condition, with_held = is_shown(viewer), is_shown(viewer, with_held=True)
    row = await sql.one(
        Sql.of(
            f"""SELECT (SELECT count(DISTINCT n.actor_id) FROM {KEPT} n WHERE n.is_filtered AND {condition}),
                (SELECT count(*) FROM {KEPT} n WHERE {IS_HELD} AND {with_held}),
                EXISTS (SELECT 1 FROM {FOLLOWS} r JOIN users_identity i ON i.id = r.source_id
                    WHERE r.target_id = %(me)s AND NOT {is_accepted("r")} AND {is_active("i")}),
                EXISTS (SELECT 1 FROM activities_approval k JOIN activities_post p ON p.id = k.target_id
                    JOIN users_identity i ON i.id = k.identity_id
                    WHERE k.author_id = %(me)s AND k.state = 'waiting' AND p.deleted_at IS NULL AND i.deleted_at IS NULL)""",
            condition,
            me=viewer.pk,
        )
    )
    return Waiting(*row) if row else Waiting(0, 0, False, False)


async def policy_of(identity: Identity) -> NotificationPolicy:
    """Return the user's policy; the defaults if they never changed it."""
    found = await NotificationPolicy.objects.filter(identity=identity.pk).afirst()
    return found or NotificationPolicy(identity=identity)
