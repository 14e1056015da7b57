"""Admin::DomainBlock and Admin::DomainAllow: docs.joinmastodon.org/entities/Admin_DomainBlock"""

import hashlib
from typing import Literal

import msgspec

from api.entities.times import timestamp
from federation.models import Peer, Policy
from federation.policies import Handling

type Severity = Literal["silence", "suspend", "noop"]

POLICIES: dict[Severity, Policy] = {
    "silence": Policy.limited,
    "suspend": Policy.blocked,
    "noop": Policy.open,
}
_SEVERITIES: dict[str, Severity] = {str(policy): name for name, policy in POLICIES.items()}


class AdminDomainBlock(msgspec.Struct, kw_only=True):
    """A domain block. `noop` means that only its media or reports are refused, or its posts changed. The last three flags are an extension.

    Blocks are not published, so nothing is obfuscated.
    """

    id: str
    domain: str
    digest: str
    created_at: str
    severity: Severity
    reject_media: bool
    reject_reports: bool
    force_sensitive: bool
    force_unlisted: bool
    strip_links: bool
    private_comment: str | None
    public_comment: str | None = None
    obfuscate: bool = False


class AdminDomainAllow(msgspec.Struct, kw_only=True):
    id: str
    domain: str
    created_at: str


def admin_domain_block(peer: Peer) -> AdminDomainBlock:
    """Render the policy of a server; `created_at` is when it was first seen."""
    return AdminDomainBlock(
        id=str(peer.pk),
        domain=peer.host,
        digest=hashlib.sha256(peer.host.encode()).hexdigest(),
        created_at=timestamp(peer.first_seen_at),
        severity=_SEVERITIES.get(str(peer.policy), "noop"),
        reject_media=peer.reject_media,
        reject_reports=peer.reject_reports,
        force_sensitive=bool(peer.handling & Handling.force_sensitive),
        force_unlisted=bool(peer.handling & Handling.force_unlisted),
        strip_links=bool(peer.handling & Handling.strip_links),
        private_comment=peer.policy_note or None,
    )


def admin_domain_allow(peer: Peer) -> AdminDomainAllow:
    """Render an allowed server; `created_at` is when it was first seen."""
    return AdminDomainAllow(id=str(peer.pk), domain=peer.host, created_at=timestamp(peer.first_seen_at))
