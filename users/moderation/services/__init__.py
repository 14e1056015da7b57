"""Actions of moderators and admins: on users, logins, reports, sign-ups, other servers, and failed work.

Every function checks the caller's permission and scope, and makes the change and its audit entry in one transaction.
"""

from users.moderation.services.appeals import APPEALS, appeal, appeals_waiting, decide_appeal
from users.moderation.services.covering import set_sensitized
from users.moderation.services.domain_policies import remove_domain_policy, set_domain_policy
from users.moderation.services.erasing import erase_suspended
from users.moderation.services.notes import MAX_NOTE_LENGTH, delete_note, note_person, note_report
from users.moderation.services.people import refuse_sign_up, restrict, set_disabled, set_restricted
from users.moderation.services.reports import (
    REPORTS,
    assign_report,
    change_report,
    reports_waiting,
    resolve_report,
)
from users.moderation.services.servers import retry_failed, set_federation_mode, set_peer_policy
from users.moderation.services.warning import warn

__all__ = [
    "APPEALS",
    "MAX_NOTE_LENGTH",
    "REPORTS",
    "appeal",
    "appeals_waiting",
    "assign_report",
    "change_report",
    "decide_appeal",
    "delete_note",
    "erase_suspended",
    "note_person",
    "note_report",
    "refuse_sign_up",
    "remove_domain_policy",
    "reports_waiting",
    "resolve_report",
    "restrict",
    "retry_failed",
    "set_disabled",
    "set_domain_policy",
    "set_federation_mode",
    "set_peer_policy",
    "set_restricted",
    "set_sensitized",
    "warn",
]
