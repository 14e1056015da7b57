"""PrivacyPolicy, TermsOfService, DomainBlock and languages: docs.joinmastodon.org/methods/instance"""

import hashlib
from typing import Literal

import msgspec

from api.entities.times import timestamp
from users.domains.models import DomainText

_DEFAULT_PRIVACY = """<p>This server keeps what you give it to work: your e-mail address and password (as a hash), what you write
 and upload, whom you follow, block or mute, and for a short time the addresses that you sign in from.</p>
<p>What you post publicly can be read by anyone. What you post to followers or to people you mention is sent to their servers, whose
 operators could read it. Nothing is sold, and nothing is used for advertising.</p>
<p>You can delete posts and your account at any time; other servers are asked to do the same. Questions go to the contact that the
 server's information page names.</p>"""


class PrivacyPolicy(msgspec.Struct):
    updated_at: str
    content: str


class TermsOfService(msgspec.Struct):
    """The terms. `effective`: whether they are in effect today. Days as `2026-01-31`."""

    effective_date: str
    effective: bool
    content: str
    succeeded_by: str | None


class DomainBlock(msgspec.Struct):
    domain: str
    digest: str
    severity: Literal["silence", "suspend"]
    comment: str


class Language(msgspec.Struct):
    code: str
    name: str


def privacy_policy(text: DomainText | None) -> PrivacyPolicy:
    """Render the published privacy policy, or a default text that is true for every server of this software."""
    if text is None:
        return PrivacyPolicy("2026-01-01T00:00:00.000Z", _DEFAULT_PRIVACY)
    return PrivacyPolicy(timestamp(text.published_at), text.content)


def terms_of_service(text: DomainText, next_one: DomainText | None, *, is_effective: bool) -> TermsOfService:
    return TermsOfService(
        text.effective_on.isoformat(),
        is_effective,
        text.content,
        next_one.effective_on.isoformat() if next_one else None,
    )


def domain_block(host: str, policy: str, comment: str = "") -> DomainBlock:
    """Render a domain block with the comment that staff published, if any: their notes are for them only."""
    digest = hashlib.sha256(host.encode()).hexdigest()
    return DomainBlock(host, digest, "suspend" if policy == "blocked" else "silence", comment)
