"""Grouped notifications: likes and boosts of one post, and follows, of half a day each.

A group's key is made of its kind, post and half day, so it is the same whoever computes it and however many come; everything else is a
group of its own. Groups are ordered and paged by their newest notification, so that paging down meets each group once.
"""

import datetime as dt
import re
from collections.abc import Collection, Sequence

import msgspec

from activities.notifications.models import MAX_KEPT, STAFF_KINDS, NotificationKind
from activities.notifications.queries.notifications import (
    ALL,
    ALL_AND_FILTERED,
    WITHIN_KEPT,
    Choice,
    NotificationView,
    is_chosen,
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
from users.identities.models import Identity
from users.identities.queries.predicates import is_active
from users.logins.queries import is_staff_in_sql
from users.relations.queries.predicates import hidden_from_notifications, hidden_hosts

GROUPS = Statement("notifications.groups", "A page of grouped notifications.", "notification_identity")

GROUPED = (NotificationKind.favourite.value, NotificationKind.follow.value, NotificationKind.reblog.value)
CANDIDATES = Statement(
    "notifications.candidates", "The groups that may be on a page.", "notification_identity"
)
SAMPLES = 8  # accounts that are named of a group
_SPARE = 10  # groups judged beyond a page, in case that some are hidden
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
    """Return a page of groups, in two queries over the kept notifications of one person (`WITHIN_KEPT`).

    Only the groups that may be on the page are judged, a window of them at a time: a group's newest notification may be hidden, so it
    may come later on the page than among the candidates, or on another page. One more query for each further window.
    """
    if only_key is not None:
        condition = _condition(only_key)
        if condition is None:
            return []
        single = only_key.startswith("ungrouped-")
        chosen = is_chosen(ALL_AND_FILTERED) & condition
        return await _judged(viewer, page, chosen, () if single else grouped, [only_key])
    chosen = is_chosen(choice)
    candidates = await _candidates(viewer, page, chosen, grouped)
    found: list[GroupView] = []
    judged, window = 0, page.limit + _SPARE
    while judged < len(candidates):
        keys = [key for key, _ in candidates[judged : judged + window]]
        found += await _judged(viewer, page, chosen, grouped, keys)
        judged, window = judged + window, window * 4
        found.sort(key=lambda group: group.newest_id, reverse=page.min_id is None)
        if len(found) >= page.limit and judged < len(candidates):
            last, bound = found[page.limit - 1].newest_id, candidates[judged][1]
            if last <= bound if page.min_id is not None else last >= bound:
                break
    return page.newest_first(found[: page.limit], lambda group: group.newest_id)


async def _candidates(
    viewer: Identity, page: Page, chosen: Sql, grouped: Sequence[str]
) -> list[tuple[str, int]]:
    """Return the keys of the groups that have notifications within the page's cursors, shown or not, in the page's order.

    With each, how near to the page's beginning its newest notification can be at most.
    """
    nearest = "max(n.id)" if page.min_id is None else "min(n.id)"
    found = await sql.rows(
        CANDIDATES(
            f"""SELECT {_KEY} AS key, {nearest} FROM activities_notification n
                WHERE {WITHIN_KEPT} AND {chosen}{page.where("n.id")}
                GROUP BY key{page.order(nearest, limit="kept")}""",
            chosen,
            page.params(),
            viewer_id=viewer.pk,
            grouped=list(grouped),
            kept=MAX_KEPT,
        )
    )
    return [(key, nearest_id) for key, nearest_id in found]


async def _judged(
    viewer: Identity, page: Page, chosen: Sql, grouped: Sequence[str], keys: list[str]
) -> list[GroupView]:
    """Return the groups with these keys whose newest shown notification is within the page's cursors.

    The same as `is_shown`, but each post and each person is judged once, as one post may have a thousand likes.
    """
    post_is_visible = visible(viewer)
    return await sql.structs(
        GroupView,
        GROUPS(
            f"""WITH kept AS MATERIALIZED (
                    SELECT n.*, {_KEY} AS key FROM activities_notification n
                    WHERE {WITHIN_KEPT} AND {chosen} AND {_KEY} = ANY(%(keys)s)),
                people AS MATERIALIZED (
                    SELECT i.id, i.id NOT IN ({hidden_from_notifications("%(viewer_id)s")})
                        AND (i.domain_id IS NOT NULL OR lower(i.host) NOT IN ({hidden_hosts("%(viewer_id)s")})) AS is_welcome
                    FROM users_identity i
                    WHERE i.id = ANY(ARRAY(SELECT DISTINCT actor_id FROM kept ORDER BY 1)) AND {is_active("i")}),
                seen AS MATERIALIZED (
                    SELECT p.id FROM activities_post p
                    WHERE p.id = ANY(ARRAY(SELECT DISTINCT post_id FROM kept)) AND {post_is_visible})
                SELECT k.key, min(k.kind), count(*), max(k.id), min(k.id), max(k.created_at),
                       (array_agg(k.actor_id ORDER BY k.id DESC))[1:{SAMPLES}], min(k.post_id),
                       min(k.report_id), min(k.collection_id)
                FROM kept k JOIN people ON people.id = k.actor_id
                WHERE CASE WHEN k.kind IN {STAFF_KINDS} THEN EXISTS (
                        SELECT 1 FROM users_identityaccess a JOIN users_user u ON u.id = a.user_id
                        WHERE a.identity_id = k.identity_id AND {is_staff_in_sql("u")})
                    ELSE people.is_welcome END
                AND (k.post_id IS NULL OR k.post_id IN (SELECT id FROM seen))
                GROUP BY k.key HAVING true{page.where("max(k.id)")}""",
            chosen,
            post_is_visible,
            page.params(),
            viewer_id=viewer.pk,
            grouped=list(grouped),
            keys=keys,
        ),
    )


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
