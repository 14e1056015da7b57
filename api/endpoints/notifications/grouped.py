"""Notifications in groups (docs.joinmastodon.org/methods/grouped_notifications)."""

from collections.abc import Sequence
from typing import Literal

from activities.markers.queries import last_read_id
from activities.notifications.queries import groups as queries
from activities.notifications.queries.groups import GROUPED, GroupView
from activities.notifications.queries.notifications import reports_of
from activities.notifications.services import policy as notification_policy
from api.endpoints.notifications.notifications import CountAsked, KnownTypes, NotificationPage
from api.entities.account import Account, account
from api.entities.account_warning import account_warning
from api.entities.collection import collection
from api.entities.empty import Empty
from api.entities.notification import UnreadNotificationsCount, fallback_of
from api.entities.notification_group import (
    GroupedNotificationsResults,
    notification_group,
    partial_account,
)
from api.entities.relationship_severance_event import relationship_severance_event
from api.entities.report import report
from api.entities.status import statuses
from api.pagination import link_rows
from api.people import accounts_of
from api.routing import Call, endpoint
from core.db.paging import Page
from core.errors import NotFound
from users.collections.queries import collections_by_ids
from users.identities.queries.profiles import load_profiles
from users.moderation.queries import warnings_by_ids
from users.severances.queries import severances_by_ids


class GroupPage(NotificationPage, kw_only=True):
    expand_accounts: Literal["full", "partial_avatars"] = "full"
    grouped_types: list[str] | None = None


def _grouped(asked: list[str] | None) -> Sequence[str]:
    """Return the types to group: the requested ones that can be grouped, by default all of these."""
    return GROUPED if asked is None else [kind for kind in GROUPED if kind in asked]


async def _results(
    call: Call, found: list[GroupView], *, partial: bool = False, known: list[str] | None = None
) -> GroupedNotificationsResults:
    """Return the groups with their accounts and posts, each once. `partial`: complete accounts only for the latest actors.

    `known`: the types that the app supports.
    """
    posts = await queries.posts_of(found, call.me)
    reports = await reports_of({group.report_id for group in found if group.report_id is not None})
    profiles = await load_profiles({who for group in found for who in group.actor_ids})
    reported = await load_profiles({one.target_id for one in reports.values()}) if reports else {}
    accounts = {who: account(profile, call.domain) for who, profile in profiles.items()}
    collections = await collections_by_ids(
        {group.collection_id for group in found if group.collection_id is not None}, call.me
    )
    warnings = await warnings_by_ids({group.warning_id for group in found if group.warning_id is not None})
    lost = await severances_by_ids({group.severance_id for group in found if group.severance_id is not None})
    there = {post.id for post in posts}
    results = GroupedNotificationsResults(
        accounts=list(accounts.values()),
        statuses=statuses(posts, call.viewpoint),
        notification_groups=[notification_group(group, has_post=group.post_id in there) for group in found],
    )
    for group, shown in zip(found, results.notification_groups, strict=True):
        shown.fallback = fallback_of(group.kind, known)
        if group.collection_id in collections:
            shown.collection = collection(collections[group.collection_id], call.domain)
        if group.warning_id in warnings:
            shown.moderation_warning = account_warning(
                warnings[group.warning_id], profiles[group.actor_ids[0]], call.domain
            )
        if group.severance_id in lost:
            shown.event = relationship_severance_event(lost[group.severance_id])
        one = reports.get(group.report_id or 0)
        if one is not None and one.target_id in reported:
            shown.report = report(one, reported[one.target_id], call.domain)
    if partial:
        first = {group.actor_ids[0] for group in found}
        results.accounts = [shown for who, shown in accounts.items() if who in first]
        results.partial_accounts = [
            partial_account(shown) for who, shown in accounts.items() if who not in first
        ]
    return results


@endpoint("GET", "/api/v2/notifications", scope="read:notifications", auth="user")
async def index(call: Call, asked: GroupPage) -> GroupedNotificationsResults:
    """Return groups of notifications, newest first.

    Likes and boosts of one post, and follows, are grouped by half days.
    """
    found = await queries.groups(
        call.me,
        asked.page(asked.limit),
        asked.choice(),
        grouped=_grouped(asked.grouped_types),
    )
    link_rows(call, [group.newest_id for group in found], limit=asked.limit)
    partial = asked.expand_accounts == "partial_avatars"
    return await _results(call, found, partial=partial, known=asked.supported_types)


class GroupCountAsked(CountAsked):
    grouped_types: list[str] | None = None


@endpoint("GET", "/api/v2/notifications/unread_count", scope="read:notifications", auth="user")
async def unread_count(call: Call, asked: GroupCountAsked) -> UnreadNotificationsCount:
    """Count the groups newer than the `notifications` marker, up to `limit`."""
    since = await last_read_id(call.me, "notifications")
    count = await queries.count_newer_groups(
        call.me,
        since,
        asked.choice(),
        limit=asked.limit,
        grouped=_grouped(asked.grouped_types),
    )
    return UnreadNotificationsCount(count)


@endpoint("GET", "/api/v2/notifications/<group_key>", scope="read:notifications", auth="user")
async def show(call: Call, group_key: str, asked: KnownTypes) -> GroupedNotificationsResults:
    found = await queries.groups(call.me, Page(limit=1), only_key=group_key)
    if not found:
        raise NotFound
    return await _results(call, found, known=asked.supported_types)


@endpoint("GET", "/api/v2/notifications/<group_key>/accounts", scope="write:notifications", auth="user")
async def accounts(call: Call, group_key: str) -> list[Account]:
    """Return all accounts of the group, newest first."""
    found = await queries.actors_of(call.me, group_key)
    if not found:
        raise NotFound
    return await accounts_of(call, found)


@endpoint("POST", "/api/v2/notifications/<group_key>/dismiss", scope="write:notifications", auth="user")
async def dismiss(call: Call, group_key: str) -> Empty:
    """Dismiss a group. Idempotent."""
    await notification_policy.dismiss_group(identity=call.me, key=group_key)
    return Empty()
