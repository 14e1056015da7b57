"""Grouped notifications: likes and boosts of one post, and follows, per half day.

A group's key is made of its kind, post and half day, so it is stable however many notifications are added; every other notification is
its own group. Groups are ordered by their newest notification, so that paging down returns each group once.
"""

import datetime as dt
import re
from collections.abc import Collection, Sequence

import msgspec

from activities.notifications.models import STAFF_KINDS, NotificationKind
from activities.notifications.queries.notifications import (
    ALL,
    ALL_AND_FILTERED,
    WITHIN_KEPT,
    Choice,
    NotificationView,
    is_chosen,
    is_for_staff,
    is_requested,
    is_shown,
)
from activities.posts.queries.posts import load_posts
from activities.posts.queries.views import PostView
from activities.posts.queries.visibility import visible
from core.db import sql
from core.db.paging import Page
from core.db.sql import Sql
from core.db.statements import Statement
from federation.peers import host_in_sql
from federation.policies.domains import hidden_by_domain
from users.identities.models import Identity
from users.identities.queries.predicates import is_active
from users.relations.queries.predicates import hidden_from_notifications, hidden_hosts

GROUPS = Statement("notifications.groups", "A page of grouped notifications.", "notification_identity")

GROUPED = (NotificationKind.favourite.value, NotificationKind.follow.value, NotificationKind.reblog.value)
SAMPLES = 8  # accounts listed per group
_SPARE = 10  # groups checked beyond a page, in case some are hidden
_HALF_DAY_S = 12 * 3600
_GROUP_KEY = re.compile(r"(?:(favourite|reblog)-([0-9]{1,18})|(follow))-([0-9]{1,9})|ungrouped-([0-9]{1,18})")

_KEY = f"""CASE WHEN n.kind = ANY(%(grouped)s) THEN n.kind || coalesce('-' || n.post_id, '') || '-'
    || floor(extract(epoch FROM n.created_at) / {_HALF_DAY_S})::bigint ELSE 'ungrouped-' || n.id END"""


def group_key_of(view: NotificationView) -> str:
    """Return the group key of a single notification."""
    if view.kind not in GROUPED:
        return f"ungrouped-{view.id}"
    post = f"-{view.post_id}" if view.post_id is not None else ""
    return f"{view.kind}{post}-{int(view.created_at.timestamp()) // _HALF_DAY_S}"


class GroupView(msgspec.Struct):
    """A group. `newest_id` and `oldest_id` are ids of its notifications; `actor_ids` are the newest eight actors."""

    key: str
    kind: str
    count: int
    newest_id: int
    oldest_id: int
    newest_at: dt.datetime
    actor_ids: list[int]
    post_id: int | None
    report_id: int | None = None
    collection_id: int | None = None
    warning_id: int | None = None
    severance_id: int | None = None


def _condition(key: str) -> Sql | None:
    """Return the SQL for a group's notifications; None for an invalid key."""
    match = _GROUP_KEY.fullmatch(key)
    if match is None:
        return None
    kind, post_id, follow, bucket, single = match.groups()
    if single:
        return Sql("n.id = %(single)s", {"single": int(single)})
    starts_at = (
        dt.datetime.fromtimestamp(int(bucket) * _HALF_DAY_S, tz=dt.UTC) if int(bucket) < 10**6 else None
    )
    if starts_at is None:
        return None
    return Sql(
        """n.kind = %(kind)s AND n.post_id IS NOT DISTINCT FROM %(group_post)s::bigint
            AND n.created_at >= %(starts_at)s AND n.created_at < %(ends_at)s""",
        {
            "kind": kind or follow,
            "group_post": int(post_id) if post_id else None,
            "starts_at": starts_at,
            "ends_at": starts_at + dt.timedelta(seconds=_HALF_DAY_S),
        },
    )


async def groups(
    viewer: Identity,
    page: Page,
    choice: Choice = ALL,
    *,
    grouped: Sequence[str] = GROUPED,
    only_key: str | None = None,
) -> list[GroupView]:
    """Return a page of groups, in one query over a user's stored notifications (`WITHIN_KEPT`).

    Visibility is checked only for groups that may be on the page, in windows, because a group whose newest notifications are hidden comes
    later than its position among the candidates. Each further window costs one query.
    """
    chosen = is_chosen(choice if only_key is None else ALL_AND_FILTERED)
    if only_key is not None:
        condition = _condition(only_key)
        if condition is None:
            return []
        chosen &= condition
        if only_key.startswith("ungrouped-"):
            grouped = ()
    found: list[GroupView] = []
    judged, window = 0, page.limit + _SPARE
    while True:
        more, next_id = await _window(viewer, page, chosen, grouped, slice(judged, judged + window))
        found = sorted(found + more, key=lambda group: group.newest_id, reverse=page.min_id is None)
        if next_id is None:
            break
        if len(found) >= page.limit:
            last_id = found[page.limit - 1].newest_id
            if last_id <= next_id if page.min_id is not None else last_id >= next_id:
                break
        judged, window = judged + window, window * 4
    return page.newest_first(found[: page.limit], lambda group: group.newest_id)


async def _window(
    viewer: Identity, page: Page, chosen: Sql, grouped: Sequence[str], window: slice
) -> tuple[list[GroupView], int | None]:
    """Return the groups in a window of candidates whose newest shown notification is within the page's cursors.

    Candidates have any requested notification within the cursors, and come in the page's order of these. The second value bounds the
    newest notification of the first candidate after the window; None if there is none. `is_shown` decides whether a notification is
    shown, evaluated once per post and actor, as a post may have a thousand likes.
    """
    post_is_visible = visible(viewer)
    nearest = "max(n.id)" if page.min_id is None else "min(n.id)"
    rows = await sql.rows(
        GROUPS(
            f"""WITH kept AS MATERIALIZED (
                    SELECT n.*, {_KEY} AS key FROM activities_notification n WHERE {WITHIN_KEPT} AND {chosen}),
                candidates AS MATERIALIZED (
                    SELECT n.key, {nearest} AS nearest FROM kept n WHERE true{page.where("n.id")}
                    GROUP BY n.key{page.order(nearest, limit="window_end")} OFFSET %(window_start)s),
                asked AS MATERIALIZED (
                    SELECT k.* FROM kept k WHERE k.key IN (SELECT key FROM candidates LIMIT %(window_size)s)),
                people AS MATERIALIZED (
                    SELECT i.id, i.id NOT IN ({hidden_from_notifications("%(viewer_id)s")})
                        AND (i.domain_id IS NOT NULL OR lower(i.host) NOT IN ({hidden_hosts("%(viewer_id)s")})) AS is_welcome
                    FROM users_identity i
                    WHERE i.id = ANY(ARRAY(SELECT DISTINCT actor_id FROM asked ORDER BY 1)) AND {is_active("i")}
                    AND (i.domain_id IS NOT NULL OR NOT {hidden_by_domain("%(viewer_domain)s", host_in_sql("i.uri"))})),
                seen AS MATERIALIZED (
                    SELECT p.id FROM activities_post p
                    WHERE p.id = ANY(ARRAY(SELECT DISTINCT post_id FROM asked)) AND {post_is_visible}),
                found AS (
                    SELECT k.key, min(k.kind), count(*), max(k.id), min(k.id), max(k.created_at),
                           (array_agg(k.actor_id ORDER BY k.id DESC))[1:{SAMPLES}], min(k.post_id),
                           min(k.report_id), min(k.collection_id), min(k.warning_id), min(k.severance_id)
                    FROM asked k JOIN people ON people.id = k.actor_id
                    WHERE CASE WHEN k.kind IN {STAFF_KINDS} THEN {is_for_staff("k")}
                        ELSE people.is_welcome END
                    AND (k.post_id IS NULL OR k.post_id IN (SELECT id FROM seen))
                    GROUP BY k.key HAVING true{page.where("max(k.id)")})
                SELECT (SELECT nearest FROM candidates OFFSET %(window_size)s), found.*
                FROM (SELECT) one LEFT JOIN found ON true""",
            chosen,
            post_is_visible,
            page.params(),
            viewer_id=viewer.pk,
            grouped=list(grouped),
            window_start=window.start,
            window_size=window.stop - window.start,
            window_end=window.stop - window.start + 1,
        ),
    )
    return [GroupView(*row[1:]) for row in rows if row[1] is not None], rows[0][0]


async def posts_of(found: Collection[GroupView], viewer: Identity) -> list[PostView]:
    """Return the posts of these groups, each once."""
    ids = list(dict.fromkeys(group.post_id for group in found if group.post_id is not None))
    return await load_posts(ids, viewer)


async def actors_of(viewer: Identity, key: str, *, limit: int = 1000) -> list[int]:
    """Return all actors of a group, newest first."""
    found = _condition(key)
    if found is None:
        return []
    condition = is_shown(viewer) & found
    return await sql.column(
        Sql.of(
            f"""SELECT n.actor_id FROM activities_notification n
                WHERE {WITHIN_KEPT} AND {condition} ORDER BY n.id DESC LIMIT %(limit)s""",
            condition,
            limit=limit,
        )
    )


async def count_newer_groups(
    viewer: Identity,
    than_id: int,
    choice: Choice = ALL,
    *,
    limit: int,
    grouped: Sequence[str] = GROUPED,
) -> int:
    """Count the groups with a notification newer than `than_id`, up to `limit`."""
    conditions = is_requested(viewer, choice)
    return await sql.value(
        Sql.of(
            f"""SELECT count(*) FROM (SELECT DISTINCT {_KEY} FROM activities_notification n
                WHERE {WITHIN_KEPT} AND n.id > %(than_id)s AND {conditions} LIMIT %(limit)s) newer""",
            conditions,
            grouped=list(grouped),
            than_id=than_id,
            limit=limit,
        )
    )


def deletion(key: str) -> Sql | None:
    """Return the condition for deleting a group; None for an invalid key."""
    return _condition(key)
