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
from users.moderation.services.warning import checked_text, with_message
from users.roles.models import Permission, Scope

log = get_logger(__name__)

REPORTS = "reports"


@notices.register_waiting(REPORTS, Permission.manage_reports)
def reports_waiting(scope: Scope) -> QuerySet[Report]:
    """Return the unresolved reports."""
    return reports_in(scope).filter(resolved_at=None)


@audited(Act.resolve_report)
async def resolve_report(*, moderator: User, report_id: int, is_resolved: bool, message: str = "") -> Report:
    """Resolve a report, and tell a reporter of this server with a message, or reopen it."""
    message = checked_text(message)
    async with async_atomic():
        report = await locked_report(moderator, report_id)
        if is_resolved and report.resolved_at is None and report.source is not None:
            await notices.mail_logins_of(
                report.source,
                "moderation/report_resolved",
                reported=f"@{report.target.handle}",
                message=message,
            )
        report.resolved_at = clock.now() if is_resolved else None
        report.resolved_by = (moderator.pk or None) if is_resolved else None
        await report.asave(update_fields=["resolved_at", "resolved_by"])
        details = with_message(message, {"is_resolved": is_resolved})
        await record_report(Act.resolve_report, report, moderator, **details)
    log.info("moderation.report_resolved", by=moderator.pk, report=report.pk, resolved=is_resolved)
    return report


@audited(Act.assign_report)
async def assign_report(*, moderator: User, report_id: int, to: int | None) -> Report:
    """Set the login of the moderator who handles a report, replacing any earlier one; None for nobody.

    Raises NotFound for a login that may not handle it.
    """
    async with async_atomic():
        report = await locked_report(moderator, report_id)
        chosen = await User.objects.filter(pk=to).afirst() if to is not None else None
        if to is not None and (
            chosen is None or not chosen.may(Permission.manage_reports, domain_of(report))
        ):
            raise NotFound(code="no_such_login")
        report.assigned_to = to
        await report.asave(update_fields=["assigned_to"])
        await record_report(Act.assign_report, report, moderator, is_assigned=to is not None)
    log.info("moderation.report_assigned", by=moderator.pk, report=report.pk, to=to)
    return report


@audited(Act.change_report)
async def change_report(
    *, moderator: User, report_id: int, category: str | None, rule_ids: Collection[str] | None
) -> Report:
    """Change the category of a report, or the rules of the domain that it names, which make it a violation; only a violation names rules."""
    async with async_atomic():
        report = await locked_report(moderator, report_id)
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
        await record_report(Act.change_report, report, moderator, category=str(report.category), rules=rules)
    log.info("moderation.report_changed", by=moderator.pk, report=report.pk, category=str(report.category))
    return report


async def locked_report(actor: User, report_id: int) -> Report:
    """Lock and return a report that the login handles, with `target` and `source`. Raises NotFound for any other."""
    scope = require_somewhere(actor, Permission.manage_reports)
    rows = reports_in(scope).select_related("target", "source").select_for_update(of=("self",), no_key=True)
    report = await rows.filter(pk=report_id).afirst()
    if report is None:
        raise NotFound(code="no_such_report")
    return report


async def record_report(act: Act, report: Report, actor: User, **details: object) -> None:
    """Record an act on a report in the audit log."""
    await record(act, target_of(report), by=actor.pk, domain_id=domain_of(report), details=details)


def target_of(report: Report) -> Target:
    """Return the target of a report for the audit log, with the name of the reported user. Needs `target` loaded."""
    return Target("report", report.pk, report.target.handle)


def domain_of(report: Report) -> int | None:
    """Return the domain whose staff handle a report. Needs `target` and `source` loaded."""
    return report.target.domain_id or (report.source.domain_id if report.source else None)
