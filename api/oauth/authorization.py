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
from api.oauth.tokens import issue
from core import clock
from core.db import async_atomic
from core.errors import NotAllowed, Unauthenticated
from core.logs import get_logger
from users.domains.models import Domain
from users.identities.models import Identity
from users.logins.models import User
from users.logins.queries import first_identity
from users.logins.services import logins

log = get_logger(__name__)

LIFETIME = dt.timedelta(minutes=10)
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # base64url of a SHA-256
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


async def grant_code(
    *, app: App, user: User, identity: Identity, redirect_uri: str, scopes: str, challenge: str = ""
) -> str:
    """Create a code that this app can exchange once for a token, within ten minutes."""
    plain = secrets.token_urlsafe(32)
    await AuthorizationCode.objects.acreate(
        code_hash=token_hash(plain),
        app=app,
        user=user,
        identity=identity,
        redirect_uri=redirect_uri,
        scopes=scopes,
        challenge=challenge,
        expires_at=clock.now() + LIFETIME,
    )
    return plain


async def redeem_code(*, app: App, code: str, redirect_uri: str, verifier: str) -> tuple[Token, str]:
    """Return the token for a code. Reusing a code revokes its token, because the code must have been stolen (RFC 6749, 10.5)."""
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
    return token, plain


async def token_for_password(
    *, app: App, domain: Domain, scopes: str, email: str, password: str, address: str
) -> tuple[Token, str]:
    """Return a token for the user's identity on this domain (RFC 6749, 4.3). The caller checks that it is allowed
    (TAKAHE_PASSWORD_GRANT).

    All failures of the login are indistinguishable for the app. Raises TooMany as the sign-in page does.
    """
    try:
        user = await logins.authenticate(email=email, password=password, address=address)
    except (Unauthenticated, NotAllowed) as error:
        raise OAuthProblem("invalid_grant", code="oauth_grant_invalid", detail=error.sentence) from error
    identity = await first_identity(user, domain)
    if identity is None:
        raise OAuthProblem("invalid_grant", code="oauth_grant_invalid", detail="the login has no identity")
    return await issue(app=app, scopes=scopes, user=user, identity=identity)


def _is_proven(challenge: str, verifier: str) -> bool:
    if not challenge:
        return not verifier
    if not _VERIFIER.fullmatch(verifier):
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return hmac.compare_digest(challenge, digest)
