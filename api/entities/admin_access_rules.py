"""Admin::EmailDomainBlock, Admin::IpBlock and Admin::CanonicalEmailBlock. See docs.joinmastodon.org/entities."""

import msgspec

from api.entities.times import timestamp
from users.access_rules.models import CanonicalEmailBlock, EmailDomainBlock, IpBlock


class AdminEmailDomainBlock(msgspec.Struct, kw_only=True):
    """A blocked e-mail domain. `history` is empty: sign-up attempts are not counted."""

    id: str
    domain: str
    created_at: str
    history: list[dict[str, str]] = []
    allow_with_approval: bool


class AdminIpBlock(msgspec.Struct, kw_only=True):
    id: str
    ip: str
    severity: str
    comment: str
    created_at: str
    expires_at: str | None


class AdminCanonicalEmailBlock(msgspec.Struct, kw_only=True):
    id: str
    canonical_email_hash: str


def email_domain_block(stored: EmailDomainBlock) -> AdminEmailDomainBlock:
    return AdminEmailDomainBlock(
        id=str(stored.pk),
        domain=stored.name,
        created_at=timestamp(stored.created_at),
        allow_with_approval=stored.allows_with_approval,
    )


def ip_block(stored: IpBlock) -> AdminIpBlock:
    return AdminIpBlock(
        id=str(stored.pk),
        ip=str(stored.network),
        severity=stored.severity,
        comment=stored.comment,
        created_at=timestamp(stored.created_at),
        expires_at=timestamp(stored.expires_at) if stored.expires_at else None,
    )


def canonical_email_block(stored: CanonicalEmailBlock) -> AdminCanonicalEmailBlock:
    return AdminCanonicalEmailBlock(id=str(stored.pk), canonical_email_hash=stored.email_hash)
