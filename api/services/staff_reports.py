"""Reports for staff's apps, with all related objects."""

from activities.reports.queries import posts_of_reports
from api.entities.admin_report import AdminReport, Loaded, admin_report
from api.routing import Call
from api.services.staff import staff_of
from core.errors import NotFound
from users.domains.queries import domain_by_id
from users.logins.queries import names_of_logins
from users.logins.services.staff import require_somewhere
from users.moderation.models import Report
from users.moderation.queries.accounts import accounts_by_ids
from users.moderation.queries.report_lists import report_in
from users.moderation.services.reports import domain_of
from users.roles.models import Permission

POSTS_IN_LISTS = 10  # per report
POSTS_OF_ONE = 100


async def rendered(call: Call, reports: list[Report], *, most_posts: int) -> list[AdminReport]:
    """Render reports with loaded `target` and `source`, in a fixed number of queries."""
    reader = staff_of(call)
    logins = {one for report in reports for one in (report.assigned_to, report.resolved_by) if one}
    staff = await names_of_logins(logins, call.domain.pk)
    ids = {report.target_id for report in reports} | {r.source_id for r in reports if r.source_id}
    loaded = Loaded(
        accounts=await accounts_by_ids(ids | set(staff.values()), reader.scope(Permission.manage_reports)),
        staff=staff,
        posts=await posts_of_reports(reports, call.viewer, most=most_posts),
    )
    shown = []
    for report in reports:
        home_id = report.source.domain_id if report.source else None
        home = await domain_by_id(home_id or domain_of(report) or 0)
        shown.append(admin_report(report, loaded, home, reader, call.viewpoint))
    return shown


async def rendered_one(call: Call, report_id: int) -> AdminReport:
    """Render a report that the caller may handle. Raises NotFound for any other."""
    scope = require_somewhere(staff_of(call), Permission.manage_reports)
    report = await report_in(scope, report_id)
    if report is None:
        raise NotFound
    return (await rendered(call, [report], most_posts=POSTS_OF_ONE))[0]
