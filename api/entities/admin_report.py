"""Admin::Report: docs.joinmastodon.org/entities/Admin_Report"""

from typing import Literal

import msgspec

from activities.posts.queries.views import PostView
from api.entities.admin_account import AdminAccount, admin_account
from api.entities.rule import Rule, rules_of
from api.entities.status import Status, statuses
from api.entities.times import timestamp
from api.entities.viewpoint import Viewpoint
from users.domains.models import Domain
from users.logins.models import User
from users.moderation.models import Report as StoredReport
from users.moderation.queries.accounts import AccountView


class AdminReport(msgspec.Struct, kw_only=True):
    """A report for staff. `account` is the target if the reporter's server does not name the reporter."""

    id: str
    action_taken: bool
    action_taken_at: str | None
    category: Literal["spam", "legal", "violation", "other"]
    comment: str
    forwarded: bool
    created_at: str
    updated_at: str
    account: AdminAccount
    target_account: AdminAccount
    assigned_account: AdminAccount | None
    action_taken_by_account: AdminAccount | None
    statuses: list[Status]
    rules: list[Rule]


class Loaded(msgspec.Struct, frozen=True):
    """The objects that reports refer to: accounts by their ids, the accounts of staff by their logins, and the posts of each report."""

    accounts: dict[int, AccountView]
    staff: dict[int, int]
    posts: dict[int, list[PostView]]


def admin_report(
    stored: StoredReport, loaded: Loaded, home: Domain | None, reader: User, seen: Viewpoint
) -> AdminReport:
    """Render a report for staff. `home` is the domain of its rules."""

    def shown(identity_id: int | None) -> AdminAccount | None:
        view = loaded.accounts.get(identity_id) if identity_id is not None else None
        return admin_account(view, reader, seen.domain) if view is not None else None

    target = admin_account(loaded.accounts[stored.target_id], reader, seen.domain)
    rules = rules_of(home.all_rules) if home is not None and stored.rule_ids else []
    return AdminReport(
        id=str(stored.pk),
        action_taken=stored.resolved_at is not None,
        action_taken_at=timestamp(stored.resolved_at) if stored.resolved_at else None,
        category=stored.category,
        comment=stored.comment,
        forwarded=stored.is_forwarded,
        created_at=timestamp(stored.created_at),
        updated_at=timestamp(stored.resolved_at or stored.created_at),
        account=shown(stored.source_id) or target,
        target_account=target,
        assigned_account=shown(loaded.staff.get(stored.assigned_to or 0)),
        action_taken_by_account=shown(loaded.staff.get(stored.resolved_by or 0)),
        statuses=statuses(loaded.posts.get(stored.pk, []), seen),
        rules=[rule for rule in rules if rule.id in stored.rule_ids],
    )
