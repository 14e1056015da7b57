"""The audit log of staff: an extension of Mastodon's API."""

import datetime as dt
from typing import Annotated

from api.entities.audit_entry import AuditEntry, audit_entry
from api.pagination import Cursors, link_rows
from api.parameters import Limit
from api.routing import Call, endpoint
from api.services.staff import staff_of
from users.audit.queries import Wanted, entries
from users.domains.queries import domain_by_name
from users.logins.services.staff import require_somewhere
from users.roles.models import Permission


class AuditPage(Cursors, kw_only=True):
    """Parameters of a page. `account` is a handle, of the actor or the target; `domain` a local domain."""

    limit: Annotated[int, Limit(40, 200)] = 40
    account: str = ""
    action: str = ""
    domain: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    refused: bool = False


@endpoint("GET", "/api/v1/admin/audit_log", scope="admin:read", auth="user")
async def show(call: Call, asked: AuditPage) -> list[AuditEntry]:
    """List staff actions, newest first, on the domains where the caller may read the log."""
    scope = require_somewhere(staff_of(call), Permission.view_audit_log)
    domain = await domain_by_name(asked.domain) if asked.domain else None
    if asked.domain and domain is None:
        return []
    wanted = Wanted(
        person=asked.account,
        act=asked.action,
        domain_id=domain.pk if domain else None,
        since=asked.since,
        until=asked.until,
        is_refused=asked.refused,
    )
    found = await entries(scope, wanted, asked.page(asked.limit))
    link_rows(call, [one.pk for one in found], limit=asked.limit)
    return [audit_entry(one) for one in found]
