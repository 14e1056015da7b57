"""Grouped notifications: likes and boosts of one post, and follows, of half a day each.

A group's key is made of its kind, post and half day, so it is the same whoever computes it and however many come; everything else is a
group of its own. Groups are ordered and paged by their newest notification, so that paging down meets each group once.
"""

import datetime as dt
import re
from collections.abc import Collection, Sequence

import msgspec

from activities.notifications.models import NotificationKind
from activities.notifications.queries.notifications import (
    ALL,
    ALL_AND_FILTERED,
    WITHIN_KEPT,
    Choice,
    NotificationView,
    is_requested,
    is_shown,
)
from activities.posts.queries.posts import load_posts
from activities.posts.queries.views import PostView
from core.db import sql
from core.db.paging import Page
from core.db.sql import Sql
from core.db.statements import Statement
from users.identities.models import Identity

GROUPS = Statement("notifications.groups", "A page of grouped notifications.", "notification_identity")

GROUPED = (NotificationKind.favourite.value, NotificationKind.follow.value, NotificationKind.reblog.value)
SAMPLES = 8  # accounts that are named of a group
_HALF_DAY_S = 12 * 3600
_GROUP_KEY = re.compile(r"(?:(favourite|reblog)-([0-9]{1,18})|(follow))-([0-9]{1,9})|ungrouped-([0-9]{1,18})")

_KEY = f"""CASE WHEN n.kind = ANY(%(grouped)s) THEN n.kind || coalesce('-' || n.post_id, '') || '-'
    || floor(extract(epoch FROM n.created_at) / {_HALF_DAY_S})::bigint ELSE 'ungrouped-' || n.id END"""


def group_key_of(view: NotificationView) -> str:
    """Return the key of the group that a single notification belongs to."""
    if view.kind not in GROUPED:
        return f"ungrouped-{view.id}"
    post = f"-{view.post_id}" if view.post_id is not None else ""
    return f"{view.kind}{post}-{int(view.created_at.timestamp()) // _HALF_DAY_S}"


class GroupView(msgspec.Struct):
    """`newest_id` and `oldest_id` are of its notifications; `actor_ids` the newest eight who did it."""

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


def is_group_key(key: str) -> bool:
    return _condition(key) is not None


async def groups(
    viewer: Identity,
    page: Page,
    choice: Choice = ALL,
    *,
    grouped: Sequence[str] = GROUPED,
    only_key: str | None = None,
) -> list[GroupView]:
    """Return a page of groups, in one query over the kept notifications of one person (AMONG_KEPT)."""
    conditions = is_requested(viewer, choice if only_key is None else ALL_AND_FILTERED)
    if only_key is not None:
        found = _condition(only_key)
        if found is None:
            return []
        conditions &= found
        if only_key.startswith("ungrouped-"):
            grouped = ()
    rows = await sql.structs(
        GroupView,
        GROUPS(
            f"""SELECT k.key, min(k.kind), count(*), max(k.id), min(k.id), max(k.created_at),
                       (array_agg(k.actor_id ORDER BY k.id DESC))[1:{SAMPLES}], min(k.post_id),
                       min(k.report_id), min(k.collection_id)
                FROM (SELECT n.id, n.kind, n.created_at, n.actor_id, n.post_id, n.report_id, n.collection_id, {_KEY} AS key FROM activities_notification n
                      WHERE {WITHIN_KEPT} AND {conditions}) k
                GROUP BY k.key HAVING true{page.where("max(k.id)")}{page.order("max(k.id)")}""",
            conditions,
            page.params(),
            grouped=list(grouped),
        ),
    )
    return page.newest_first(rows, lambda row: row.newest_id)


async def posts_of(found: Collection[GroupView], viewer: Identity) -> list[PostView]:
    """Return the posts that these groups are about, each once."""
    ids = list(dict.fromkeys(group.post_id for group in found if group.post_id is not None))
    return await load_posts(ids, viewer)


async def actors_of(viewer: Identity, key: str, *, limit: int = 1000) -> list[int]:
    """Return everyone in a group, the newest first."""
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
