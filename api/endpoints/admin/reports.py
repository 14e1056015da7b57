"""Reports for staff (docs.joinmastodon.org/methods/admin/reports)."""

from typing import Annotated, Literal

import msgspec

from api.entities.admin_report import AdminReport
from api.pagination import Cursors, link_rows
from api.parameters import Id, Limit
from api.routing import Call, endpoint
from api.services.staff import staff_of
from api.services.staff_reports import POSTS_IN_LISTS, rendered, rendered_one
from users.logins.services.staff import require_somewhere
from users.moderation import services as moderation
from users.moderation.queries.report_lists import list_reports
from users.roles.models import Permission

PAGE = Limit(100, 200)


class ReportPage(Cursors, kw_only=True):
    """Parameters of a page. `resolved` selects resolved reports, together with `unresolved` all."""

    limit: Annotated[int, PAGE] = PAGE.default
    resolved: bool = False
    unresolved: bool = False
    account_id: Id | None = None
    target_account_id: Id | None = None


@endpoint("GET", "/api/v1/admin/reports", scope="admin:read:reports", auth="user")
async def list_some(call: Call, asked: ReportPage) -> list[AdminReport]:
    """List reports, newest first: unresolved ones by default."""
    found = await list_reports(
        require_somewhere(staff_of(call), Permission.manage_reports),
        asked.page(asked.limit),
        is_resolved=None if asked.resolved and asked.unresolved else asked.resolved,
        source_id=asked.account_id,
        target_id=asked.target_account_id,
    )
    link_rows(call, [one.pk for one in found], limit=asked.limit)
    return await rendered(call, found, most_posts=POSTS_IN_LISTS)


@endpoint("GET", "/api/v1/admin/reports/<id>", scope="admin:read:reports", auth="user")
async def show(call: Call, id: Id) -> AdminReport:
    """Return a report with its posts."""
    return await rendered_one(call, id)


class Change(msgspec.Struct):
    """A change. `rule_ids` make it a violation unless `category` says something else, which removes them."""

    category: Literal["spam", "legal", "violation", "other"] | None = None
    rule_ids: list[str] | None = None


@endpoint("PUT", "/api/v1/admin/reports/<id>", scope="admin:write:reports", auth="user")
async def change(call: Call, id: Id, wanted: Change) -> AdminReport:
    """Change the category of a report, or its rules."""
    await moderation.change_report(
        moderator=staff_of(call), report_id=id, category=wanted.category, rule_ids=wanted.rule_ids
    )
    return await rendered_one(call, id)


@endpoint("POST", "/api/v1/admin/reports/<id>/assign_to_self", scope="admin:write:reports", auth="user")
async def assign(call: Call, id: Id) -> AdminReport:
    """Set the caller as the moderator of a report."""
    await moderation.assign_report(moderator=staff_of(call), report_id=id, to=staff_of(call).pk)
    return await rendered_one(call, id)


@endpoint("POST", "/api/v1/admin/reports/<id>/unassign", scope="admin:write:reports", auth="user")
async def unassign(call: Call, id: Id) -> AdminReport:
    """Remove the assignment of a report."""
    await moderation.assign_report(moderator=staff_of(call), report_id=id, to=None)
    return await rendered_one(call, id)


@endpoint("POST", "/api/v1/admin/reports/<id>/resolve", scope="admin:write:reports", auth="user")
async def resolve(call: Call, id: Id) -> AdminReport:
    """Resolve a report."""
    await moderation.resolve_report(moderator=staff_of(call), report_id=id, is_resolved=True)
    return await rendered_one(call, id)


@endpoint("POST", "/api/v1/admin/reports/<id>/reopen", scope="admin:write:reports", auth="user")
async def reopen(call: Call, id: Id) -> AdminReport:
    """Mark a report as unresolved."""
    await moderation.resolve_report(moderator=staff_of(call), report_id=id, is_resolved=False)
    return await rendered_one(call, id)
