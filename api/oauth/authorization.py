"""Authorization codes: a user authorizes an app, and the app exchanges the code for a token (RFC 6749, RFC 7636)."""

import base64
import datetime as dt
import hashlib
import hmac
import re
import secrets

from api.errors import OAuthProblem
from api.models import App, AuthorizationCode, Token
from api.oauth.bearer import token_hash
from api.oauth.scopes import descriptions
from api.oauth.tokens import issue
from core import clock
from core.db import async_atomic
from core.errors import NotAllowed, Unauthenticated
from core.logs import get_logger
from core.ratelimit import take_exact
from users.domains.models import Domain
from users.identities.models import Identity
from users.logins.models import Session, User
from users.logins.queries import first_identity, user_by_id
from users.logins.services import logins, notices

log = get_logger(__name__)

LIFETIME = dt.timedelta(minutes=10)
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # base64url of a SHA-256
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def issuer_of(domain: Domain) -> str:
    """Return the domain's name as issuer: with a slash, as Mastodon's metadata has it."""
    return f"{domain.base_url}/"


async def grant_code(
    *,
    app: App,
    session: Session,
    identity: Identity,
    redirect_uri: str,
    scopes: str,
    challenge: str = "",
    nonce: str = "",
) -> str:
    """Create a code that this app can exchange once for a token of the session's login, within ten minutes, and mail the login's owner."""
    plain = secrets.token_urlsafe(32)
    is_mailed = await _count_mail(app, session.user_id)
    async with async_atomic():
        made = await AuthorizationCode.objects.acreate(
            code_hash=token_hash(plain),
            app=app,
            user_id=session.user_id,
            identity=identity,
            redirect_uri=redirect_uri,
            scopes=scopes,
            challenge=challenge,
            nonce=nonce,
            signed_in_at=session.created_at,
            expires_at=clock.now() + LIFETIME,
        )
        user = await user_by_id(made.user_id)
        if is_mailed and user is not None:
            await _mail_owner(app, user, identity, scopes)
    return plain


async def _count_mail(app: App, user_id: int) -> bool:
    """Count a mail about an app, of which there is one a day, and return whether it may be sent. Not inside a transaction."""
    return (await take_exact(f"mails.app:{user_id}:{app.pk}", 1, 24 * 3600)).allowed


async def _mail_owner(app: App, user: User, identity: Identity, scopes: str) -> None:
    await notices.mail_user(
        user,
        "new_app",
        app=" ".join(app.name.split()),
        handle=f"@{identity.handle}",
        may=descriptions(scopes.split()),
    )


async def redeem_code(
    *, app: App, code: str, redirect_uri: str, verifier: str
) -> tuple[AuthorizationCode, Token, str]:
    """Return the code as it was granted, its token, and the token's text. Reusing a code revokes its token, because the code must have been stolen (RFC 6749, 10.5)."""
    found = await (
        AuthorizationCode.objects.select_related("user", "identity")
        .filter(code_hash=token_hash(code))
        .afirst()
    )
    if found is None or found.app_id != app.pk:
        raise OAuthProblem("invalid_grant", code="oauth_grant_invalid")
    if found.used_at is not None:
        await Token.objects.filter(pk=found.token_id, revoked_at=None).aupdate(revoked_at=clock.now())
        log.warning("code.replayed", app=app.pk, identity=found.identity_id)
        raise OAuthProblem("invalid_grant", code="oauth_grant_invalid")
    if found.expires_at <= clock.now() or found.redirect_uri != redirect_uri:
        raise OAuthProblem("invalid_grant", code="oauth_grant_invalid")
    if not _is_proven(found.challenge, verifier):
        raise OAuthProblem(
            "invalid_grant", code="oauth_grant_invalid", detail="the PKCE verifier does not fit"
        )
    async with async_atomic():
        # of two concurrent requests with one code, one wins
        mine = await AuthorizationCode.objects.filter(pk=found.pk, used_at=None).aupdate(used_at=clock.now())
        if not mine:
            raise OAuthProblem("invalid_grant", code="oauth_grant_invalid")
        token, plain = await issue(app=app, scopes=found.scopes, user=found.user, identity=found.identity)
        await AuthorizationCode.objects.filter(pk=found.pk).aupdate(token=token)
    return found, token, plain


async def token_for_password(
    *, app: App, domain: Domain, scopes: str, email: str, password: str, address: str
) -> tuple[Token, str]:
    """Return a token for the user's identity on this domain (RFC 6749, 4.3). The caller checks that it is allowed
    (TAKAHE_PASSWORD_GRANT).

    All failures of the login are indistinguishable for the app. Raises TooMany as the sign-in page does.
    """
    try:
        logins.require_local(domain)
        user = await logins.authenticate(email=email, password=password, address=address)
    except (Unauthenticated, NotAllowed) as error:
        raise OAuthProblem("invalid_grant", code="oauth_grant_invalid", detail=error.sentence) from error
    identity = await first_identity(user, domain)
    if identity is None:
        raise OAuthProblem("invalid_grant", code="oauth_grant_invalid", detail="the login has no identity")
    is_mailed = await _count_mail(app, user.pk)
    async with async_atomic():
        if is_mailed:
            await _mail_owner(app, user, identity, scopes)
        return await issue(app=app, scopes=scopes, user=user, identity=identity)


def _is_proven(challenge: str, verifier: str) -> bool:
    if not challenge:
        return not verifier
    if not _VERIFIER.fullmatch(verifier):
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return hmac.compare_digest(challenge, digest)
