"""Handling of reports by moderators, and the count of unresolved ones."""

from collections.abc import Collection

from django.db.models import QuerySet

from core import clock
from core.db import async_atomic
from core.errors import Invalid, NotFound
from core.logs import get_logger
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.domains.queries import domain_by_id
from users.logins.models import User
from users.logins.services import notices
from users.logins.services.staff import require_somewhere
from users.moderation.models import Report, ReportCategory
from users.moderation.queries import reports_in
from users.roles.models import Permission, Scope

log = get_logger(__name__)

REPORTS = "reports"


@notices.register_waiting(REPORTS, Permission.manage_reports)
def reports_waiting(scope: Scope) -> QuerySet[Report]:
    """Return the unresolved reports."""
    return reports_in(scope).filter(resolved_at=None)


@audited(Act.resolve_report)
async def resolve_report(*, moderator: User, report_id: int, is_resolved: bool) -> Report:
    """Resolve a report, or reopen it."""
    async with async_atomic():
        report = await _locked(moderator, report_id)
        report.resolved_at = clock.now() if is_resolved else None
        report.resolved_by = (moderator.pk or None) if is_resolved else None
        await report.asave(update_fields=["resolved_at", "resolved_by"])
        await _record(Act.resolve_report, report, moderator, is_resolved=is_resolved)
    log.info("moderation.report_resolved", by=moderator.pk, report=report.pk, resolved=is_resolved)
    return report


@audited(Act.assign_report)
async def assign_report(*, moderator: User, report_id: int, is_assigned: bool) -> Report:
    """Set the moderator who handles a report, replacing any earlier one; None for nobody."""
    async with async_atomic():
        report = await _locked(moderator, report_id)
        report.assigned_to = moderator.pk if is_assigned else None
        await report.asave(update_fields=["assigned_to"])
        await _record(Act.assign_report, report, moderator, is_assigned=is_assigned)
    log.info("moderation.report_assigned", by=moderator.pk, report=report.pk, assigned=is_assigned)
    return report


@audited(Act.change_report)
async def change_report(
    *, moderator: User, report_id: int, category: str | None, rule_ids: Collection[str] | None
) -> Report:
    """Change the category of a report, or the rules of the domain that it names, which make it a violation; only a violation names rules."""
    async with async_atomic():
        report = await _locked(moderator, report_id)
        if rule_ids is not None:
            home_id = report.source.domain_id if report.source else None
            domain = await domain_by_id(home_id or domain_of(report) or 0)
            if domain is None or set(rule_ids) - {*domain.rule_ids, *report.rule_ids}:
                raise Invalid("rules", "unknown")
            report.rule_ids = sorted(set(rule_ids))
            category = category or ReportCategory.violation
        report.category = ReportCategory(category or report.category)
        if report.category != ReportCategory.violation:
            report.rule_ids = []
        await report.asave(update_fields=["category", "rule_ids"])
        rules = list(report.rule_ids)[:20]
        await _record(Act.change_report, report, moderator, category=str(report.category), rules=rules)
    log.info("moderation.report_changed", by=moderator.pk, report=report.pk, category=str(report.category))
    return report


async def _locked(moderator: User, report_id: int) -> Report:
    scope = require_somewhere(moderator, Permission.manage_reports)
    rows = reports_in(scope).select_related("target", "source").select_for_update(of=("self",))
    report = await rows.filter(pk=report_id).afirst()
    if report is None:
        raise NotFound(code="no_such_report")
    return report


async def _record(act: Act, report: Report, moderator: User, **details: object) -> None:
    await record(act, target_of(report), by=moderator.pk, domain_id=domain_of(report), details=details)


def target_of(report: Report) -> Target:
    """Return the target of a report for the audit log, with the name of the reported user. Needs `target` loaded."""
    return Target("report", report.pk, report.target.handle)


def domain_of(report: Report) -> int | None:
    """Return the domain whose staff handle a report. Needs `target` and `source` loaded."""
    return report.target.domain_id or (report.source.domain_id if report.source else None)
