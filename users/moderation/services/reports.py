"""Reports as moderators deal with them, and the count of those that wait."""

from django.db.models import QuerySet

from core import clock
from core.db import async_atomic
from core.errors import NotFound
from core.logs import get_logger
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.logins.models import User
from users.logins.services import notices
from users.logins.services.staff import require_somewhere
from users.moderation.models import Report
from users.moderation.queries import reports_in
from users.roles.models import Permission, Scope

log = get_logger(__name__)

REPORTS = "reports"


@notices.register_waiting(REPORTS, Permission.manage_reports)
def reports_waiting(scope: Scope) -> QuerySet[Report]:
    """Return the reports that are not resolved."""
    return reports_in(scope).filter(resolved_at=None)


@audited(Act.resolve_report)
async def resolve_report(*, moderator: User, report_id: int, is_resolved: bool) -> Report:
    """Resolve a report, or reopen it."""
    scope = require_somewhere(moderator, Permission.manage_reports)
    async with async_atomic():
        rows = reports_in(scope).select_related("target", "source").select_for_update(of=("self",))
        report = await rows.filter(pk=report_id).afirst()
        if report is None:
            raise NotFound(code="no_such_report")
        report.resolved_at = clock.now() if is_resolved else None
        await report.asave(update_fields=["resolved_at"])
        await record(
            Act.resolve_report,
            target_of(report),
            by=moderator.pk,
            domain_id=domain_of(report),
            details={"is_resolved": is_resolved},
        )
    log.info("moderation.report_settled", by=moderator.pk, report=report.pk, resolved=is_resolved)
    return report


def target_of(report: Report) -> Target:
    """Return what the audit log says of a report, with the name of who is reported. Needs `target`."""
    return Target("report", report.pk, report.target.handle)


def domain_of(report: Report) -> int | None:
    """Return the domain whose staff deal with a report. Needs `target` and `source`."""
    return report.target.domain_id or (report.source.domain_id if report.source else None)
