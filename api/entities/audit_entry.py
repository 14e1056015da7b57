"""AuditEntry, an extension: an action of staff."""

from typing import Any

import msgspec

from api.entities.times import timestamp
from users.audit.models import AuditEntry as StoredEntry
from users.audit.queries import line_of


class AuditEntry(msgspec.Struct, kw_only=True):
    """A staff action. `refusal` is the error code of a refused attempt; `actor.login_id` is "0" for the command line."""

    id: str
    created_at: str
    action: str
    refusal: str | None
    actor: dict[str, str | None]
    target: dict[str, str | None]
    domain_id: str | None
    reason: str
    details: dict[str, Any]


def audit_entry(stored: StoredEntry) -> AuditEntry:
    line = line_of(stored)
    return AuditEntry(
        id=line.id,
        created_at=timestamp(stored.created_at),
        action=line.action,
        refusal=line.refusal,
        actor=line.actor,
        target=line.target,
        domain_id=line.domain_id,
        reason=line.reason,
        details=line.details,
    )
