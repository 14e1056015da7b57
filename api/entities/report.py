"""Report: docs.joinmastodon.org/entities/Report"""

from typing import Literal

import msgspec

from api.entities.account import Account, account
from api.entities.times import timestamp
from users.domains.models import Domain
from users.identities.queries.profiles import Profile
from users.moderation.models import Report as StoredReport


class Report(msgspec.Struct, kw_only=True):
    id: str
    action_taken: bool
    action_taken_at: str | None
    category: Literal["spam", "legal", "violation", "other"]
    comment: str
    forwarded: bool
    created_at: str
    status_ids: list[str]
    collection_ids: list[str]
    rule_ids: list[str]
    target_account: Account


def report(stored: StoredReport, target: Profile, domain: Domain) -> Report:
    """Render a report for the reporter."""
    return Report(
        id=str(stored.pk),
        action_taken=stored.resolved_at is not None,
        action_taken_at=timestamp(stored.resolved_at) if stored.resolved_at else None,
        category=stored.category,
        comment=stored.comment,
        forwarded=stored.is_forwarded,
        created_at=timestamp(stored.created_at),
        status_ids=[str(post_id) for post_id in stored.post_ids],
        collection_ids=[str(one) for one in stored.collection_ids],
        rule_ids=list(stored.rule_ids),
        target_account=account(target, domain),
    )
