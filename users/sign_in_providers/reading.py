"""Statements of providers as typed values: their discovery document (OpenID Connect Discovery 1.0), and claims about a person."""

from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from core.config import config
from core.errors import Invalid
from core.http import parse_url
from core.http.errors import BadUrl

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""The signatures of ID tokens that we accept. Never `none`, and none with a shared secret: providers show theirs to many."""

WELL_KNOWN = "/.well-known/openid-configuration"
MAX_SUBJECT = 255
_MAX_GROUPS, _MAX_GROUP = 1000, 200


class Metadata(msgspec.Struct, frozen=True):
    """The parts of a discovery document that we use."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    end_session_endpoint: str = ""
    token_endpoint_auth_methods_supported: list[str] = msgspec.field(
        default_factory=lambda: ["client_secret_basic"]
    )
    id_token_signing_alg_values_supported: list[str] = msgspec.field(default_factory=lambda: ["RS256"])
    authorization_response_iss_parameter_supported: bool = False


class Claims(msgspec.Struct, frozen=True):
    """The claims of a provider about a person. `email` is empty if it does not tell."""

    subject: str
    email: str = ""
    is_verified: bool = False
    name: str = ""
    username: str = ""
    groups: list[str] = []

    @property
    def label(self) -> str:
        return (self.email or self.username or self.name)[:254]


def read_metadata(document: Any, issuer: str) -> Metadata:
    """Return a discovery document as typed value. Raises Invalid if we can't use it, or it is of another issuer."""
    try:
        found = msgspec.convert(document, Metadata)
    except msgspec.ValidationError as error:
        raise Invalid("issuer", "not_a_provider", detail=str(error)) from error
    if found.issuer.rstrip("/") != issuer.rstrip("/"):
        raise Invalid("issuer", "of_another_issuer", given=found.issuer[:200])
    needed = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri)
    for address in (*needed, *filter(None, (found.userinfo_endpoint, found.end_session_endpoint))):
        try:
            parse_url(address, allow_http=config().allow_http)
        except BadUrl as error:
            raise Invalid("issuer", "not_a_provider", detail=error.reason) from error
    if not set(found.id_token_signing_alg_values_supported) & set(ALGORITHMS):
        raise Invalid("issuer", "signs_otherwise", known=", ".join(ALGORITHMS))
    return found


def with_query(address: str, query: dict[str, str]) -> str:
    """Return an address with more parameters."""
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(query)}"


def read_claims(claims: dict[str, Any], groups_claim: str) -> Claims:
    """Return the claims of an ID token and of userinfo, which a provider may have of any type."""
    return Claims(
        subject=_text(claims, "sub", MAX_SUBJECT + 1),
        email=_text(claims, "email", 255),
        is_verified=claims.get("email_verified") is True,
        name=_text(claims, "name", 100),
        username=_text(claims, "preferred_username", 100),
        groups=_groups(_claim_at(claims, groups_claim)),
    )


def has_claim(claims: dict[str, Any], path: str) -> bool:
    return _claim_at(claims, path) is not None


def _text(claims: dict[str, Any], name: str, most: int) -> str:
    value = claims.get(name)
    return value.strip()[:most] if isinstance(value, str) and value.isprintable() else ""


def _claim_at(claims: dict[str, Any], path: str) -> Any:
    """Return a claim by its name, or by the path to it: Keycloak has `realm_access.roles`."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _groups(value: Any) -> list[str]:
    groups = value if isinstance(value, list) else [value]
    return [one for one in groups[:_MAX_GROUPS] if isinstance(one, str) and len(one) <= _MAX_GROUP]
