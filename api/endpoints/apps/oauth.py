"""Issuing and revoking tokens, and server metadata (docs.joinmastodon.org/methods/oauth). The authorization page is
web/oauth/authorize.py.
"""

import base64
import binascii
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from api.entities.account import account
from api.entities.oauth import JsonWebKeys, OAuthServerInfo, OAuthUserInfo, OpenIdProviderInfo
from api.entities.token import Token
from api.errors import OAuthProblem
from api.models import App
from api.models import Token as StoredToken
from api.oauth import scopes
from api.oauth.apps import authenticate_app
from api.oauth.authorization import issuer_of, redeem_code, token_for_password
from api.oauth.id_tokens import id_token, public_keys
from api.oauth.tokens import issue, revoke_by_text
from api.parameters import collect_parameters, parse_parameters
from api.routing import Call, endpoint
from core.config import config
from core.errors import BadInput, Unauthenticated
from core.pages.addresses import path_to
from users.domains.models import Domain
from users.identities.models import Identity
from users.identities.queries.profiles import profile_of_identity
from users.logins.models import User

_IN_ID_TOKENS = ("aud", "azp", "exp", "iat", "auth_time", "nonce", "at_hash")
_CACHE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def _credentials(call: Call, client_id: str, client_secret: str) -> tuple[str, str]:
    """Return the app's id and secret: HTTP Basic (RFC 6749, 2.3.1) or the body."""
    scheme, _, encoded = call.request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "basic":
        return client_id, client_secret
    try:
        name, _, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise OAuthProblem("invalid_request", code="oauth_header_unreadable") from error
    return unquote_plus(name), unquote_plus(secret)


class TokenRequest(msgspec.Struct):
    grant_type: str = ""
    code: str = ""
    client_id: str = ""
    client_secret: str = ""
    redirect_uri: str = ""
    code_verifier: str = ""
    scope: str = ""
    username: str = ""
    password: str = ""


def _grants() -> list[str]:
    """Return the supported grant types; the password grant only if the operator enabled it."""
    return ["authorization_code", "client_credentials", *(["password"] if config().password_grant else [])]


def _answer(call: Call, stored: StoredToken, plain: str) -> Token:
    call.headers.update(_CACHE)
    return Token(plain, "Bearer", stored.scopes, int(stored.created_at.timestamp()))


def _claims(domain: Domain, identity: Identity, user: User, granted: str) -> OAuthUserInfo:
    """Return what an app with these scopes may know of somebody who signs in."""
    shown = account(profile_of_identity(identity), domain)
    claims = OAuthUserInfo(iss=issuer_of(domain), sub=shown.uri)
    if scopes.covers(granted, "profile"):
        claims.name = shown.display_name or shown.username
        claims.preferred_username = shown.username
        claims.profile = shown.url or shown.uri
        claims.picture = shown.avatar
    if scopes.covers(granted, "email"):
        claims.email, claims.email_verified = user.email, user.confirmed_at is not None
    return claims


def _scopes_for(app: App, asked: str) -> str:
    """Raise the OAuth error if the app requests more scopes than it registered."""
    try:
        wanted = scopes.parse(asked) or (scopes.DEFAULT,)
    except BadInput as error:
        raise OAuthProblem("invalid_scope", code="oauth_scope_unknown", detail=error.detail) from error
    if not scopes.are_covered(wanted, app.scopes):
        raise OAuthProblem("invalid_scope", code="oauth_scope_unknown", detail=asked)
    return " ".join(wanted)


@endpoint("POST", "/oauth/token")
async def token(call: Call) -> Token:
    """Return a token for a code or client credentials; for a password if TAKAHE_PASSWORD_GRANT allows it."""
    asked = _read(call, TokenRequest)
    if not asked.grant_type:
        raise OAuthProblem("invalid_request", code="oauth_parameter_missing", name="grant_type")
    if asked.grant_type not in _grants():
        raise OAuthProblem("unsupported_grant_type", code="oauth_grant_type_unknown")
    app = await authenticate_app(*_credentials(call, asked.client_id, asked.client_secret))
    if asked.grant_type == "client_credentials":
        stored, plain = await issue(app=app, scopes=_scopes_for(app, asked.scope))
        return _answer(call, stored, plain)
    if asked.grant_type == "password":
        stored, plain = await token_for_password(
            app=app,
            domain=call.domain,
            scopes=_scopes_for(app, asked.scope),
            email=asked.username,
            password=asked.password,
            address=call.request.client_address,
        )
        return _answer(call, stored, plain)
    if not asked.code or not asked.redirect_uri:
        missing = "redirect_uri" if asked.code else "code"
        raise OAuthProblem("invalid_request", code="oauth_parameter_missing", name=missing)
    code, stored, plain = await redeem_code(
        app=app, code=asked.code, redirect_uri=asked.redirect_uri, verifier=asked.code_verifier
    )
    answer = _answer(call, stored, plain)
    if scopes.covers(stored.scopes, "openid"):
        claims = msgspec.to_builtins(_claims(call.domain, code.identity, code.user, stored.scopes))
        answer.id_token = await id_token(
            domain=call.domain, app=app, code=code, access_token=plain, claims=claims
        )
    return answer


def _read[S: msgspec.Struct](call: Call, kind: type[S]) -> S:
    """Return the parameters. Raises OAuthProblem for invalid ones."""
    try:
        return parse_parameters(kind, collect_parameters(call.request))
    except BadInput as error:
        raise OAuthProblem(
            "invalid_request", code=error.code, status=400, detail=error.detail, **error.facts
        ) from error


class RevocationRequest(msgspec.Struct):
    client_id: str = ""
    client_secret: str = ""
    token: str = ""


class Revoked(msgspec.Struct):
    """The empty response `{}`."""


@endpoint("POST", "/oauth/revoke")
async def revoke(call: Call) -> Revoked:
    """Revoke the token. The response is the same for an unknown one (RFC 7009)."""
    asked = _read(call, RevocationRequest)
    try:
        app = await authenticate_app(*_credentials(call, asked.client_id, asked.client_secret))
    except OAuthProblem as error:
        raise OAuthProblem("unauthorized_client", code="oauth_not_to_revoke", status=403) from error
    await revoke_by_text(app=app, plain=asked.token)
    return Revoked()


async def _user_info(call: Call) -> OAuthUserInfo:
    caller, me = call.caller, call.me
    if caller is None or caller.user is None:  # `me` has raised
        raise Unauthenticated
    return _claims(call.domain, me, caller.user, caller.scopes)


@endpoint("GET", "/oauth/userinfo", scope="openid|profile", auth="user")
async def user_info(call: Call) -> OAuthUserInfo:
    """Return the user's OpenID claims."""
    return await _user_info(call)


@endpoint("POST", "/oauth/userinfo", scope="openid|profile", auth="user")
async def user_info_by_post(call: Call) -> OAuthUserInfo:
    return await _user_info(call)


@endpoint("GET", "/.well-known/oauth-authorization-server")
async def server_info(call: Call) -> OAuthServerInfo:
    """Return the authorization server metadata (RFC 8414)."""
    return OAuthServerInfo(**_metadata(call.domain))


@endpoint("GET", "/.well-known/openid-configuration")
async def provider_info(call: Call) -> OpenIdProviderInfo:
    """Return the provider's metadata (OpenID Connect Discovery 1.0), by which other sites offer to sign in with this domain."""
    return OpenIdProviderInfo(
        **_metadata(call.domain),
        jwks_uri=f"{call.domain.base_url}/oauth/jwks",
        end_session_endpoint=call.domain.base_url + path_to("oauth-end-session"),
        subject_types_supported=["public"],
        id_token_signing_alg_values_supported=["RS256"],
        claims_supported=[*OAuthUserInfo.__struct_fields__, *_IN_ID_TOKENS],
        prompt_values_supported=["none", "login", "consent", "select_account"],
    )


@endpoint("GET", "/oauth/jwks")
async def keys(call: Call) -> JsonWebKeys:
    """Return the keys that sign this domain's ID tokens."""
    return JsonWebKeys(await public_keys(call.domain))


def _metadata(domain: Domain) -> dict[str, Any]:
    base = domain.base_url
    return {
        "issuer": issuer_of(domain),
        "service_documentation": "https://docs.joinmastodon.org/",
        "authorization_endpoint": base + path_to("oauth-authorize"),
        "token_endpoint": f"{base}/oauth/token",
        "userinfo_endpoint": f"{base}/oauth/userinfo",
        "revocation_endpoint": f"{base}/oauth/revoke",
        "app_registration_endpoint": f"{base}/api/v1/apps",
        "scopes_supported": list(scopes.KNOWN),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": _grants(),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
    }
