"""ID tokens: a domain states to an app who signed in (OpenID Connect Core 1.0, section 2), signed by RS256, which every app knows."""

import base64
import datetime as dt
import hashlib
from typing import Any

from api.models import App, AuthorizationCode, IdTokenKey
from api.oauth.authorization import issuer_of
from core import clock
from core.connections import release_connection
from core.crypto.keys import seal, unseal
from core.processes.offload import run_in_process
from users.domains.models import Domain

LIFETIME = dt.timedelta(minutes=10)  # an app reads it once, when somebody signs in


async def id_token(
    *, domain: Domain, app: App, code: AuthorizationCode, access_token: str, claims: dict[str, Any]
) -> str:
    """Return the signed statement for the app that redeemed a code. `claims`: `sub`, and what its scopes reveal."""
    from core.crypto.web_tokens import sign  # with the first ID token

    key = await _key_of(domain)
    now = clock.now()
    payload = claims | {
        "iss": issuer_of(domain),
        "aud": app.client_id,
        "azp": app.client_id,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
        "at_hash": _half_hash(access_token),
    }
    if code.nonce:
        payload["nonce"] = code.nonce
    if code.signed_in_at is not None:
        payload["auth_time"] = int(code.signed_in_at.timestamp())
    return sign(payload, unseal(key.private_key), key_id=key.public_jwk["kid"])


async def public_keys(domain: Domain) -> list[dict[str, str]]:
    """Return the keys by which apps check this domain's ID tokens, as JWKs (RFC 7517)."""
    return [(await _key_of(domain)).public_jwk]


async def _key_of(domain: Domain) -> IdTokenKey:
    """Return the domain's key, creating it if there is none; two concurrent processes use the first one stored."""
    from core.crypto.web_tokens import make_signing_key  # as above

    found = await IdTokenKey.objects.filter(domain=domain.pk).afirst()
    if found is not None:
        return found
    await release_connection()
    private_pem, jwk = await run_in_process(make_signing_key)
    await IdTokenKey.objects.abulk_create(
        [IdTokenKey(domain_id=domain.pk, private_key=seal(private_pem), public_jwk=jwk)],
        ignore_conflicts=True,
    )
    return await IdTokenKey.objects.aget(domain=domain.pk)


def _half_hash(text: str) -> str:
    """Return the left half of a text's SHA-256 in base64url (section 3.1.3.6)."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:16]).rstrip(b"=").decode()
