"""Tokens: issued, shown once, stored as a hash, revoked."""

import datetime as dt
import secrets
from collections.abc import Sequence

from api.models import App, Token
from api.models.token import is_live_in_sql
from api.oauth import scopes as scope_tree
from api.oauth.bearer import token_hash
from core import clock
from core.db import async_atomic, sql
from core.db.paging import Page
from core.db.statements import Statement
from core.errors import BadInput, NotFound
from core.logs import get_logger
from users.audit.models import Act
from users.audit.services import Target, record_of_shell
from users.identities.models import Identity, Restriction
from users.identities.queries.predicates import is_active
from users.logins.models import IdentityAccess, User
from users.logins.queries import holds_in_sql, may_act_in_sql

log = get_logger(__name__)

_DAY = dt.timedelta(days=1)
_MONTH = dt.timedelta(days=30)
UNUSED_FOR = dt.timedelta(days=365)


async def issue(
    *, app: App, scopes: str, user: User | None = None, identity: Identity | None = None
) -> tuple[Token, str]:
    """Create a token. Returns it with its text, of which only a hash is stored. Without `user` it is an app token."""
    plain = secrets.token_urlsafe(32)
    token = await Token.objects.acreate(
        token_hash=token_hash(plain), app=app, user=user, identity=identity, scopes=scopes
    )
    log.info("token.issued", app=app.pk, identity=identity.pk if identity else None, scopes=scopes)
    return token, plain


async def create_token(
    *, identity: Identity, scopes: str = scope_tree.DEFAULT, app_name: str = "Takahē"
) -> str:
    """Return a token for `identity`, created by its user or an operator; the text is shown only once.

    Raises BadInput if the identity is suspended or deleted, or no active login has access to it.
    """
    if identity.deleted_at is not None or identity.restriction == Restriction.suspended:
        raise BadInput(code="identity_not_usable", handle=identity.handle)
    asked = scope_tree.parse(scopes) or (scope_tree.DEFAULT,)
    access = (
        await IdentityAccess.objects.filter(
            identity=identity.pk, user__is_disabled=False, user__is_restricted=False, user__leaves_at=None
        )
        .select_related("user")
        .order_by("-is_owner", "id")
        .afirst()
    )
    if access is None:
        raise BadInput(code="nobody_may_act", handle=identity.handle)
    async with async_atomic():
        app = await App.objects.acreate(
            name=app_name[:100],
            redirect_uris=[],
            scopes=" ".join(asked),
            client_id=secrets.token_urlsafe(32),
            client_secret_hash="",
        )
        _, plain = await issue(app=app, scopes=" ".join(asked), user=access.user, identity=identity)
        await record_of_shell(
            Act.create_token,
            Target("person", identity.pk, identity.handle),
            domain_id=identity.domain_id,
            details={"scopes": " ".join(asked)},
        )
    return plain


async def revoke_by_text(*, app: App, plain: str) -> None:
    """Revoke a token of this app. Does nothing if there is no such token (RFC 7009)."""
    await Token.objects.filter(token_hash=token_hash(plain), app=app.pk, revoked_at=None).aupdate(
        revoked_at=clock.now()
    )


async def revoke_token(*, user: User, token_id: int) -> None:
    """Revoke one of this login's tokens. Raises NotFound for an unknown one or another login's."""
    changed = await Token.objects.filter(pk=token_id, user=user.pk, revoked_at=None).aupdate(
        revoked_at=clock.now()
    )
    if not changed:
        raise NotFound


async def revoke_tokens_of(*, user: User) -> int:
    """Revoke every token of this login (after a password change, or for a lost phone)."""
    return int(await Token.objects.filter(user=user.pk, revoked_at=None).aupdate(revoked_at=clock.now()))


async def tokens_of(user: User, page: Page) -> list[Token]:
    """Return a page of the unrevoked tokens of a login, with `app` and `identity`, latest first. Index on the login."""
    found = Token.objects.filter(user=user.pk, revoked_at=None).select_related("app", "identity")
    if page.max_id is not None:
        found = found.filter(pk__lt=page.max_id)
    return [token async for token in found.order_by("-id")[: page.limit]]


async def clean_up() -> int:
    """Revoke tokens that nobody has used for a year; delete revoked tokens after a month, expired codes, and unused apps after a month."""
    month_ago = clock.now() - _MONTH
    # a forgotten phone is no way in for ever; an hourly look at a table with a row for each login and app
    await sql.run(
        f"""UPDATE api_token SET revoked_at = now()
            WHERE {is_live_in_sql("api_token")} AND coalesce(last_used_at, created_at) < %s""",
        [clock.now() - UNUSED_FOR],
    )
    gone = await sql.run(
        "DELETE FROM api_token WHERE revoked_at < %s OR expires_at < %s", [month_ago, month_ago]
    )
    gone += await sql.run("DELETE FROM api_authorizationcode WHERE expires_at < %s", [clock.now() - _DAY])
    gone += await sql.run(
        """DELETE FROM api_app a WHERE a.created_at < %s AND NOT EXISTS (SELECT 1 FROM api_token t WHERE t.app_id = a.id)
           AND NOT EXISTS (SELECT 1 FROM api_authorizationcode c WHERE c.app_id = a.id)""",
        [month_ago],
    )
    return gone


VALID_TOKENS = Statement(
    "oauth.good_tokens",
    "Which tokens may be used now (streams, push).",
    "api_token_pkey",
    "users_identity_access_pair",
)
# served by the primary keys and users_identity_access_pair
_GOOD_TOKENS = f"""
    SELECT t.id FROM api_token t JOIN users_user u ON u.id = t.user_id JOIN users_identity i ON i.id = t.identity_id
    WHERE t.id = ANY(%(ids)s::bigint[]) AND {is_live_in_sql("t")}
    AND {may_act_in_sql("u")} AND {is_active("i")}
    AND {holds_in_sql("t.user_id", "t.identity_id")}"""


async def valid_tokens(token_ids: Sequence[int]) -> set[int]:
    """Return the tokens among these that are valid, with an active login and identity. One query."""
    return set(await sql.column(VALID_TOKENS(_GOOD_TOKENS, ids=list(token_ids))))
