"""Authentication of API calls: a bearer token with its app, login and identity in one query (domains are cached)."""

import datetime as dt
import hashlib
from enum import StrEnum

import msgspec

from activities.filters.queries import NO_FILTERS, PersonFilters, compiled_for
from api.oauth import scopes
from core import clock
from core.asgi import Request
from core.db import sql
from core.db.columns import Columns
from core.db.statements import Statement
from core.errors import BadInput, NotAllowed, Unauthenticated
from users.domains.queries import domain_by_id
from users.identities.models import Identity, Restriction
from users.logins.models import AccessRole, User
from users.logins.queries import role_in_sql


class Auth(StrEnum):
    """The authentication that an endpoint requires. `either`: optional, but a token that is sent must be valid."""

    none = "none"
    either = "either"
    app = "app"
    user = "user"


class Caller(msgspec.Struct, frozen=True):
    """A valid token with its login and identity, both None for an app token."""

    token_id: int
    scopes: str
    app_id: int
    app_name: str
    app_website: str
    user: User | None
    identity: Identity | None
    role: AccessRole | None = None  # of the login, for the identity
    filters: PersonFilters = NO_FILTERS  # the identity's


def token_hash(plain: str) -> str:
    """Hash a token or a client secret for storage. Both are long random texts, so a fast hash is sufficient."""
    return hashlib.sha256(plain.encode()).hexdigest()


_USER = Columns(User, without={"password_hash"})
_IDENTITY = Columns(Identity, without={"private_key", "public_key", "summary_source"})

CALLER = Statement(
    "oauth.caller",
    "Who calls with a token; runs with every API request.",
    "api_token_token_hash_key",
    "users_identity_access_pair",
)
# served by the unique index on token_hash, then primary keys and users_identity_access_pair
_QUERY = f"""
    SELECT t.id, t.scopes, t.last_used_at, t.expires_at, t.revoked_at, a.id, a.name, a.website,
           t.identity_id IS NULL, {role_in_sql("t.user_id", "t.identity_id")},
           {_USER.of("u")}, {_IDENTITY.of("i")}
    FROM api_token t
    JOIN api_app a ON a.id = t.app_id
    LEFT JOIN users_user u ON u.id = t.user_id
    LEFT JOIN users_identity i ON i.id = t.identity_id
    WHERE t.token_hash = %(hash)s
"""
_HEAD = 10
_USED_EVERY = dt.timedelta(hours=1)


def bearer(request: Request) -> str:
    """Return the token in the Authorization header, for streams also in the query (EventSource can't set headers); empty if there is none."""
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return request.GET.get("access_token", "") if request.path.startswith("/api/v1/streaming/") else ""


async def caller_with_token(plain: str, request: Request) -> Caller:
    """Return the caller with this token, and note at most once an hour from where and with what it was used.

    Raises Unauthenticated for an unknown, revoked or expired one.
    """
    row = await sql.one(CALLER(_QUERY, hash=token_hash(plain)))
    if row is None:
        raise Unauthenticated(code="token_invalid")
    (
        token_id,
        granted,
        last_used_at,
        expires_at,
        revoked_at,
        app_id,
        app_name,
        app_website,
        has_none,
        role,
    ) = row[:_HEAD]
    now = clock.now()
    if revoked_at is not None or (role is None and not has_none):
        raise Unauthenticated(code="token_revoked")
    if expires_at is not None and expires_at <= now:
        raise Unauthenticated(code="token_expired")
    if last_used_at is None or now - last_used_at > _USED_EVERY:
        device = request.META.get("HTTP_USER_AGENT", "").replace("\x00", "")[:255]
        await sql.run(
            "UPDATE api_token SET last_used_at = %s, address = %s, user_agent = %s WHERE id = %s",  # primary key
            [now, request.client_address[:45], device, token_id],
        )
    user = _USER.instance(row[_HEAD : _HEAD + len(_USER)])
    identity = _IDENTITY.instance(row[_HEAD + len(_USER) :])
    if identity is not None and identity.domain_id is not None:
        identity.domain = await domain_by_id(identity.domain_id)
    return Caller(
        token_id,
        granted,
        app_id,
        app_name,
        app_website,
        user,
        identity,
        AccessRole(role) if role is not None else None,
    )


def check_login(caller: Caller, may_be_new: bool = False) -> None:
    """Raise NotAllowed if the caller's login or identity may not be used."""
    user, identity = caller.user, caller.identity
    if user is None or (identity is None and user.is_admitted):
        raise BadInput(code="user_needed")
    if user.confirmed_at is None and not may_be_new:
        raise NotAllowed(code="token_of_unconfirmed_login")
    if user.approved_at is None and not may_be_new:
        raise NotAllowed(code="token_of_pending_login")
    if not user.may_act:
        raise NotAllowed(code="token_of_disabled_login")
    if identity is not None and (identity.deleted_at or identity.restriction == Restriction.suspended):
        raise NotAllowed(code="token_of_disabled_login")


async def authenticate(
    request: Request, needs: Auth, scope: str, *, may_be_new: bool = False
) -> Caller | None:
    """Authenticate and authorise a request. Checks in Mastodon's order: token, scope, user.

    `may_be_new`: logins that are not confirmed or approved yet may use it, too.
    """
    if needs is Auth.none:
        return None
    plain = bearer(request)
    if not plain:
        if needs is Auth.either:
            return None
        raise Unauthenticated(code="token_invalid")
    caller = await caller_with_token(plain, request)
    if not scopes.covers(caller.scopes, scope):
        raise NotAllowed(code="scope_missing")
    if needs is Auth.user or caller.user is not None:
        check_login(caller, may_be_new)
    return msgspec.structs.replace(caller, filters=await compiled_for(caller.identity))
