"""The way to a provider and back (the authorization code flow with PKCE), up to what it says about the person.

Between the two, a signed cookie keeps what the answer is compared with: so it can't be answered in another browser, for another provider,
or twice. Each provider has an address of its own to return to, against mix-ups (RFC 9700, section 4.4).
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import quote_plus, urlencode

from django.core import signing

from core import clock
from core.connections import release_connection
from core.crypto.keys import unseal
from core.errors import BadInput, NotAllowed
from core.http import FetchError, MalformedJson, client
from core.http.json import decode
from core.logs import get_logger
from core.pages.addresses import path_to
from core.ratelimit import take_exact
from users.domains.models import Domain
from users.logins.models import User
from users.logins.services import guess_limits
from users.logins.services.signed_links import read_link
from users.sign_in_providers import queries as reads
from users.sign_in_providers.models import SignInProvider
from users.sign_in_providers.reading import Claims, Metadata, has_claim, read_claims, with_query
from users.sign_in_providers.services.discovery import (
    TIMEOUT_S,
    NoAnswer,
    fetch_json,
    metadata_of,
    unreachable,
)
from users.sign_in_providers.services.tokens import read_id_token, wrong

log = get_logger(__name__)

LIFETIME = timedelta(minutes=15)
_SALT = "users.sign_in_providers"
_PER_NETWORK, _WINDOW_S = 30, 600
_MAX_ANSWER = 128 * 1024
_ERROR = re.compile(r"[a-z_]{1,60}")


class Begun(NamedTuple):
    """The address at the provider, and the cookie with which the browser returns."""

    url: str
    cookie: str


class Arrived(NamedTuple):
    """A person who came back from a provider. `user_id`: the login that wanted to connect an account; None if somebody signs in."""

    provider: SignInProvider
    claims: Claims
    next: str
    user_id: int | None


def redirect_uri(provider: SignInProvider, domain: Domain) -> str:
    """Return the address to which a provider returns people. Staff enter it there."""
    return domain.base_url + path_to("sign-in-with-done", provider_id=provider.pk)


async def begin(
    *, provider: SignInProvider, domain: Domain, address: str, next_path: str = "", user: User | None = None
) -> Begun:
    """Return the way to a provider. `user` connects an account there with the login. Raises Unavailable if the provider can't be reached."""
    await guess_limits.limit_network("provider.address", address, _PER_NETWORK, _WINDOW_S)
    metadata = await metadata_of(provider)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    kept = {
        "p": provider.pk,
        "s": state,
        "n": nonce,
        "v": verifier,
        "x": next_path[:2000],
        "u": user.pk if user else 0,
        "t": int(clock.now().timestamp()),
    }
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri(provider, domain),
        "scope": provider.scopes,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return Begun(with_query(metadata.authorization_endpoint, query), signing.dumps(kept, salt=_SALT))


def next_of(cookie: str) -> str:
    """Return where somebody wanted to go, for the sign-in page after a failure."""
    try:
        return str(read_link(cookie, _SALT, LIFETIME)["x"])
    except BadInput:
        return ""


async def finish(
    *, provider_id: int, domain: Domain, query: Mapping[str, str], cookie: str, user: User | None
) -> Arrived:
    """Return who came back, after checking everything. `user` is who is signed in in this browser.

    Raises BadInput for an answer that doesn't belong to this browser or can't be believed, NotAllowed if the person or the provider
    refused, Unavailable if the provider can't be reached.
    """
    provider = await reads.open_provider(domain, provider_id)
    kept = await _asked(provider, query.get("state", ""), cookie)
    if kept["u"] and (user is None or user.pk != kept["u"]):
        raise BadInput(code="provider_expired", detail="another login is signed in")
    metadata = await metadata_of(provider)
    _check_issuer(provider, metadata, query.get("iss"))
    if "error" in query:
        error = query["error"]
        if error == "access_denied":
            raise NotAllowed(code="provider_cancelled", provider=provider.name)
        shown = error if _ERROR.fullmatch(error) else "?"
        raise NotAllowed(
            code="provider_refused",
            provider=provider.name,
            error=shown,
            detail=query.get("error_description", "")[:200],
        )
    code = query.get("code", "")
    if not 0 < len(code) <= 4096:
        raise wrong(provider, "no code")
    answer = await _exchange(provider, metadata, domain, code, kept["v"])
    token, access_token = str(answer.get("id_token", "")), str(answer.get("access_token", ""))
    said = await read_id_token(provider, metadata, token, nonce=kept["n"], access_token=access_token)
    said = await _completed(provider, metadata, said, access_token)
    return Arrived(provider, read_claims(said, provider.groups_claim), kept["x"], kept["u"] or None)


async def _asked(provider: SignInProvider, state: str, cookie: str) -> dict[str, Any]:
    """Return what this browser's question was. It can be answered once. Raises BadInput."""
    try:
        kept = read_link(cookie, _SALT, LIFETIME)
    except BadInput as error:
        raise BadInput(code="provider_expired", detail=error.detail) from error
    fits = hmac.compare_digest(state.encode(errors="surrogatepass"), str(kept["s"]).encode())
    if not fits or kept["p"] != provider.pk:
        raise BadInput(code="provider_expired", detail="the answer to another question")
    used = await take_exact(f"provider:{kept['s']}", 1, int(LIFETIME.total_seconds()) + 60)
    if not used.allowed:
        raise BadInput(code="provider_expired", detail="answered before")
    return kept


def _check_issuer(provider: SignInProvider, metadata: Metadata, issuer: str | None) -> None:
    """Check who sends the answer, if the provider states it (RFC 9207)."""
    if issuer is None and not metadata.authorization_response_iss_parameter_supported:
        return
    if issuer != provider.issuer:
        raise wrong(provider, "the answer of another provider")


async def _exchange(
    provider: SignInProvider, metadata: Metadata, domain: Domain, code: str, verifier: str
) -> dict[str, Any]:
    """Return the tokens for a code. Raises Unavailable, or BadInput for an unusable answer."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri(provider, domain),
        "code_verifier": verifier,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    secret = unseal(provider.client_secret)
    known = metadata.token_endpoint_auth_methods_supported
    if secret and ("client_secret_basic" in known or "client_secret_post" not in known):
        pair = f"{quote_plus(provider.client_id)}:{quote_plus(secret)}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        form |= {"client_id": provider.client_id} | ({"client_secret": secret} if secret else {})
    await release_connection()
    try:
        answer = await client().post(
            metadata.token_endpoint,
            urlencode(form).encode(),
            headers,
            timeout_s=TIMEOUT_S,
            max_bytes=_MAX_ANSWER,
        )
    except FetchError as error:
        raise unreachable(provider, f"token: {error.reason}") from error
    if answer.status >= 500:
        raise unreachable(provider, f"token: status {answer.status}")
    try:
        said = decode(answer.body, max_bytes=_MAX_ANSWER) if answer.is_whole else None
    except MalformedJson as error:
        raise wrong(provider, f"token: {error.detail}") from error
    if not isinstance(said, dict) or answer.status != 200:
        known_error = said.get("error") if isinstance(said, dict) else ""
        raise wrong(provider, f"token: status {answer.status}, {str(known_error)[:100]}")
    return said


async def _completed(
    provider: SignInProvider, metadata: Metadata, said: dict[str, Any], access_token: str
) -> dict[str, Any]:
    """Return the claims with those that only userinfo has: many providers put little into ID tokens."""
    has_address = "email" in said and "email_verified" in said
    has_all = has_address and (not provider.roles or has_claim(said, provider.groups_claim))
    if has_all or not metadata.userinfo_endpoint or not access_token:
        return said
    try:
        more = await fetch_json(metadata.userinfo_endpoint, token=access_token)
    except (FetchError, MalformedJson, NoAnswer) as error:
        raise unreachable(provider, f"userinfo: {error}") from error
    if not isinstance(more, dict) or more.get("sub") != said["sub"]:
        raise wrong(provider, "userinfo of somebody else")
    if "email" in more and not has_address:  # an address and whether it is verified come from one place
        said = {name: value for name, value in said.items() if name not in {"email", "email_verified"}}
    return more | said
