"""Queries for notifications, newest first."""

import datetime as dt
from collections.abc import Collection

import msgspec

from activities.notifications.models import MAX_KEPT, STAFF_KINDS, Notification, NotificationKind
from activities.posts.queries.posts import load_posts
from activities.posts.queries.views import PostView
from activities.posts.queries.visibility import visible
from core.db import sql
from core.db.paging import Page
from core.db.sql import Sql
from core.db.statements import Statement
from federation.peers import host_in_sql
from federation.policies.domains import hidden_by_domain
from users.collections.queries import CollectionView, collections_by_ids
from users.identities.models import Identity
from users.identities.queries.predicates import is_active
from users.identities.queries.profiles import Profile, load_profiles
from users.moderation.models import AccountWarning, Report
from users.moderation.queries import warnings_by_ids
from users.relations.queries.predicates import blocks, hides_host, hides_notifications
from users.roles.models import Permission
from users.roles.queries import has_right_in_sql
from users.severances.queries import SeveranceView, severances_by_ids

PAGE = Statement("notifications.page", "A page of somebody's notifications.", "notification_identity")
NEWER = Statement(
    "notifications.count_newer", "The number of a person's unread notifications.", "notification_identity"
)

NEWEST = Statement(
    "notifications.newest_until", "The newest notification that a person has read.", "notification_identity"
)


class NotificationView(msgspec.Struct):
    id: int
    kind: str
    created_at: dt.datetime
    actor_id: int
    post_id: int | None
    is_filtered: bool = False
    report_id: int | None = None
    collection_id: int | None = None
    warning_id: int | None = None
    severance_id: int | None = None
    actor: Profile = None  # type: ignore[assignment]  # set right after the row was read
    post: PostView | None = None
    report: Report | None = None
    reported: Profile | None = None  # the target of the report
    collection: CollectionView | None = None
    warning: AccountWarning | None = None
    severance: SeveranceView | None = None


class Choice(msgspec.Struct, frozen=True):
    """The notifications that an app requests: of these kinds (none: all) except the excluded ones, optionally by one actor.

    Those filtered by the policy are included only with `include_filtered` or `account_id`.
    """

    kinds: Collection[str] = ()
    excluded: Collection[str] = ()
    account_id: int | None = None
    include_filtered: bool = False


ALL = Choice()
ALL_AND_FILTERED = Choice(include_filtered=True)


def is_for_staff(row: str) -> str:
    """Return the condition that a notification for staff, with the alias `row`, is about a domain where the reader still has the permission."""
    is_about_report = f"{row}.kind = '{NotificationKind.admin_report.value}'"
    of_reports = has_right_in_sql(
        "u", Permission.manage_reports, "coalesce(target.domain_id, cause.domain_id)"
    )
    of_sign_ups = has_right_in_sql("u", Permission.manage_users, "cause.domain_id")
    return f"""EXISTS (
        SELECT 1 FROM users_identityaccess a JOIN users_user u ON u.id = a.user_id
        JOIN users_identity cause ON cause.id = {row}.actor_id
        LEFT JOIN users_report report ON report.id = {row}.report_id LEFT JOIN users_identity target ON target.id = report.target_id
        WHERE a.identity_id = {row}.identity_id AND CASE WHEN {is_about_report} THEN {of_reports} ELSE {of_sign_ups} END)"""


IS_HELD = """(n.kind = 'mention' AND n.is_filtered AND EXISTS (
    SELECT 1 FROM activities_shelteredpost s JOIN activities_post p ON p.id = s.post_id
    WHERE s.post_id = n.post_id AND s.rule_id IS NULL AND p.deleted_at IS NULL))"""
"""SQL for a notification (`n`) of a post that is kept from its recipient because the author is new here."""


def is_shown(viewer: Identity, *, with_held: bool = False) -> Sql:
    """Return SQL for notifications (`n`) about posts that the viewer may see, from actors they don't block or mute, also by host.

    Notifications for staff are shown regardless of blocks. `with_held` adds those of IS_HELD.
    """
    post_is_visible = visible(viewer)
    or_held = f" OR {IS_HELD}" if with_held else ""
    return Sql.of(
        f"""
        EXISTS (SELECT 1 FROM users_identity i WHERE i.id = n.actor_id AND {is_active("i")}
            AND (i.domain_id IS NOT NULL OR NOT {hidden_by_domain("%(viewer_domain)s", host_in_sql("i.uri"))}))
        AND CASE WHEN n.kind IN {STAFF_KINDS} THEN {is_for_staff("n")}
            ELSE NOT {blocks("n.identity_id", "n.actor_id")}
            AND NOT {blocks("n.actor_id", "n.identity_id")}
            AND NOT {hides_notifications("n.identity_id", "n.actor_id")}
            AND NOT {hides_host("n.identity_id", "n.actor_id")}
            END
        AND (n.post_id IS NULL OR EXISTS (SELECT 1 FROM activities_post p WHERE p.id = n.post_id AND {post_is_visible}){or_held})""",
        post_is_visible,
    )


def is_requested(viewer: Identity, choice: Choice) -> Sql:
    """Return SQL for the visible notifications that an app requests."""
    return is_shown(viewer) & is_chosen(choice)


def is_chosen(choice: Choice) -> Sql:
    """Return SQL for the notifications that an app requests, visible or not."""
    conditions = Sql("true")
    if choice.kinds:
        conditions &= Sql("n.kind = ANY(%(kinds)s)", {"kinds": list(choice.kinds)})
    if choice.excluded:
        conditions &= Sql("n.kind <> ALL(%(excluded)s)", {"excluded": list(choice.excluded)})
    if choice.account_id is not None:
        conditions &= Sql("n.actor_id = %(account_id)s", {"account_id": choice.account_id})
    elif not choice.include_filtered:
        conditions &= "NOT n.is_filtered"
    return conditions


# Rows beyond those that the hourly job keeps are not read, so that a post with thousands of likes within the hour costs no more than an
# older one. Served by notification_identity.
WITHIN_KEPT = f"""n.identity_id = %(viewer_id)s AND n.id >= coalesce((SELECT k.id FROM activities_notification k
    WHERE k.identity_id = %(viewer_id)s ORDER BY k.id DESC OFFSET {MAX_KEPT - 1} LIMIT 1), 0)"""


# The rows that the hourly job keeps, for counting or grouping them: the limit is inside, so that no plan checks visibility of the rest
# first.
KEPT = f"""(SELECT * FROM activities_notification WHERE identity_id = %(viewer_id)s
    ORDER BY id DESC LIMIT {MAX_KEPT})"""


async def notifications(
    viewer: Identity,
    page: Page,
    choice: Choice = ALL,
    *,
    only_id: int | None = None,
) -> list[NotificationView]:
    """Return a page of notifications with their actors and posts, in four queries. Served by notification_identity.

    A notification requested by its id is returned even if the policy filtered it.
    """
    conditions = is_requested(viewer, choice if only_id is None else ALL_AND_FILTERED)
    if only_id is not None:
        conditions &= Sql("n.id = %(only_id)s", {"only_id": only_id})
    owner = WITHIN_KEPT if only_id is None else "n.identity_id = %(viewer_id)s"
    found = await sql.structs(
        NotificationView,
        PAGE(
            f"""SELECT n.id, n.kind, n.created_at, n.actor_id, n.post_id, n.is_filtered, n.report_id, n.collection_id, n.warning_id,
                       n.severance_id
                FROM activities_notification n
                WHERE {owner} AND {conditions}{page.where("n.id")}{page.order("n.id")}""",
            conditions,
            page.params(),
        ),
    )
    posts = {
        view.id: view
        for view in await load_posts([row.post_id for row in found if row.post_id is not None], viewer)
    }
    collections = await collections_by_ids(
        {row.collection_id for row in found if row.collection_id is not None}, viewer
    )
    reports = await reports_of({row.report_id for row in found if row.report_id is not None})
    warnings = await warnings_by_ids({row.warning_id for row in found if row.warning_id is not None})
    lost = await severances_by_ids({row.severance_id for row in found if row.severance_id is not None})
    people = {row.actor_id for row in found} | {report.target_id for report in reports.values()}
    actors = await load_profiles(people)
    for row in found:
        row.actor = actors[row.actor_id]
        row.report = reports.get(row.report_id or 0)
        row.reported = actors.get(row.report.target_id) if row.report is not None else None
        row.collection = collections.get(row.collection_id or 0)
        row.warning = warnings.get(row.warning_id or 0)
        row.severance = lost.get(row.severance_id or 0)
        row.post = posts.get(row.post_id) if row.post_id is not None else None
    return page.newest_first(found, lambda row: row.id)


async def owner_among(notification_id: int, identity_ids: Collection[int]) -> int | None:
    """Return the recipient of a notification, if it is one of these identities."""
    found = Notification.objects.filter(pk=notification_id, identity__in=identity_ids)
    return await found.values_list("identity_id", flat=True).afirst()


async def reports_of(ids: Collection[int]) -> dict[int, Report]:
    """Return the reports of these notifications. Runs no query if there are none."""
    return {report.pk: report async for report in Report.objects.filter(pk__in=ids)} if ids else {}


async def count_newer(viewer: Identity, than_id: int, choice: Choice = ALL, *, limit: int = 100) -> int:
    """Count the notifications after `than_id`, up to `limit`, without filtered ones."""
    conditions = is_requested(viewer, choice)
    return await sql.value(
        NEWER(
            f"""SELECT count(*) FROM (SELECT 1 FROM activities_notification n
                WHERE {WITHIN_KEPT} AND n.id > %(than_id)s AND NOT n.is_filtered AND {conditions} LIMIT %(limit)s) newer""",
            conditions,
            than_id=than_id,
            limit=limit,
        )
    )


async def newest_until(viewer: Identity, notification_id: int) -> int:
    """Return the id of a user's newest notification up to this id; 0 if there is none. A future id returns the newest."""
    return await sql.value(
        NEWEST(
            """SELECT coalesce((SELECT n.id FROM activities_notification n
                WHERE n.identity_id = %(viewer_id)s AND n.id <= %(until)s::numeric ORDER BY n.id DESC LIMIT 1), 0)""",
            viewer_id=viewer.pk,
            until=notification_id,
        )
    )
