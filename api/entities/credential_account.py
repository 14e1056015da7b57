"""CredentialAccount, the caller's own account with the data for editing it: docs.joinmastodon.org/entities/Account#CredentialAccount"""

from typing import Literal

import msgspec

from activities.quotes.services.quotes import POLICY_WORDS
from api.entities.account import Account, AccountField, account
from api.entities.role import Role
from api.entities.visibility import TO_API, StatusVisibility
from users.domains.models import Domain
from users.identities.models import Identity
from users.identities.queries.profiles import profile_of_identity


class AccountSource(msgspec.Struct, kw_only=True):
    attribution_domains: list[str] = []
    also_known_as_uris: list[str] = []
    privacy: StatusVisibility
    sensitive: bool = False
    language: str | None
    note: str
    fields: list[AccountField]
    follow_requests_count: int
    hide_collections: bool | None
    discoverable: bool | None
    indexable: bool
    quote_policy: Literal["public", "followers", "nobody"]


class CredentialAccount(Account, kw_only=True):
    source: AccountSource
    role: Role


def credential_account(
    identity: Identity, domain: Domain, *, role: Role, summary_source: str, follow_requests: int
) -> CredentialAccount:
    """Render the caller's own identity."""
    shown = account(profile_of_identity(identity), domain)
    source = AccountSource(
        privacy=TO_API[identity.default_visibility],
        language=identity.default_language or None,
        sensitive=identity.default_sensitive,
        note=summary_source,
        fields=[
            AccountField(f["name"], f.get("source") or f.get("value") or "", f.get("verified_at"))
            for f in identity.fields
        ],
        follow_requests_count=follow_requests,
        hide_collections=identity.hides_follows,
        attribution_domains=list(identity.attribution_domains),
        also_known_as_uris=list(identity.also_known_as),
        discoverable=identity.is_discoverable,
        indexable=identity.is_indexable,
        quote_policy=POLICY_WORDS[identity.default_quote_policy],  # type: ignore[arg-type]  # its words
    )
    return CredentialAccount(**msgspec.structs.asdict(shown), source=source, role=role)
