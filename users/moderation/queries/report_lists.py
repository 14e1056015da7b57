"""Pages of reports for moderators' apps."""

from core.db.paging import Page
from users.moderation.models import Report
from users.moderation.queries import reports_in
from users.roles.models import Scope


async def list_reports(
    scope: Scope,
    page: Page,
    *,
    is_resolved: bool | None = None,
    source_id: int | None = None,
    target_id: int | None = None,
) -> list[Report]:
    """Return a page of the reports of a scope with `target` and `source`, newest first.

    Served by users_report_waiting, users_report_of_target, the index of users_report.source_id, or for resolved ones, the majority, by
    the primary key.
    """
    rows = reports_in(scope).select_related("target", "source")
    if is_resolved is not None:
        rows = rows.filter(resolved_at__isnull=not is_resolved)
    if source_id is not None:
        rows = rows.filter(source=source_id)
    if target_id is not None:
        rows = rows.filter(target=target_id)
    return await page.read(rows)


async def report_in(scope: Scope, report_id: int) -> Report | None:
    """Return a report of the scope, with `target` and `source`."""
    return await reports_in(scope).select_related("target", "source").filter(pk=report_id).afirst()
