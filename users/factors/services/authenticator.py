"""A login's authenticator app: setting it up, turning it off, new recovery codes, and a reset by staff if it is lost."""

import secrets
from datetime import timedelta

import msgspec
from django.core import signing

from core import clock
from core.crypto.keys import seal, unseal
from core.db import async_atomic
from core.errors import Invalid, NotAllowed, NotFound
from core.logs import get_logger
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.domains.models import Domain
from users.factors.models import Passkey, RecoveryCode, Totp
from users.factors.services import recovery, totp
from users.logins.models import Session, User
from users.logins.services import notices
from users.logins.services.guess_limits import require_password
from users.logins.services.signed_links import read_link
from users.logins.services.staff import login_to_help

log = get_logger(__name__)

_SALT = "users.authenticator"
_LIFETIME = timedelta(hours=1)


class Offer(msgspec.Struct, frozen=True):
    """A secret offered to an app. `token` carries it through the form."""

    secret: str
    uri: str
    picture: str
    token: str


def offer(user: User, domain: Domain, token: str = "") -> Offer:
    """Return a new secret for an app, or the one of a form that failed validation."""
    kept = _kept(user, token) if token else {}
    secret = kept.get("s") or totp.new_secret()
    uri = totp.uri_of(secret, issuer=domain.title or domain.name, account=user.email)
    return Offer(secret, uri, totp.picture_of(uri), token if kept else _token(user, secret))


def recovery_token(user: User) -> str:
    """Return the hidden value of the form that generates new recovery codes."""
    return _token(user, "")


def _token(user: User, secret: str) -> str:
    made_at = int(clock.now().timestamp())
    return signing.dumps({"u": user.pk, "s": secret, "m": secrets.token_hex(16), "t": made_at}, salt=_SALT)


def _kept(user: User, token: str) -> dict[str, str]:
    kept = read_link(token, _SALT, _LIFETIME)
    return {"s": str(kept["s"]), "m": str(kept["m"])} if kept.get("u") == user.pk else {}


async def turn_on(*, user: User, session: Session, token: str, password: str, code: str) -> list[str]:
    """Require the codes of an app at sign-in, after it showed a correct one. Return the recovery codes, which are shown only once.

    Raises Invalid for a wrong code, NotAllowed for a wrong password or if another app is set up.
    """
    await require_password(user, password)
    kept = _kept(user, token)
    step = totp.step_of(kept["s"], "".join(code.split()), clock.now()) if kept.get("s") else None
    async with async_atomic():
        await User.objects.select_for_update().aget(pk=user.pk)
        there = await Totp.objects.filter(user=user.pk).afirst()
        if there is not None and unseal(there.secret) != kept.get("s"):
            raise NotAllowed(code="authenticator_is_on")
        if step is None:
            raise Invalid("code", "wrong")
        if there is None:
            await Totp.objects.acreate(user=user, secret=seal(kept["s"]), last_step=step)
            await User.objects.filter(pk=user.pk).aupdate(has_totp=True)
            await notices.mail_user(user, "factor_changed", change="on")
        await Session.objects.filter(pk=session.pk).aupdate(is_strong=True)
        codes = await recovery.put_codes(user, kept["m"])
    user.has_totp = True
    log.info("login.authenticator_on", user=user.pk)
    return codes


async def turn_off(*, user: User, password: str) -> None:
    """Stop requiring codes at sign-in. Raises NotAllowed for a wrong password."""
    await require_password(user, password)
    async with async_atomic():
        await _remove(user, "off")
    log.info("login.authenticator_off", user=user.pk)


async def renew_recovery_codes(*, user: User, token: str, password: str) -> list[str]:
    """Replace the recovery codes of a login and return the new ones. Raises NotAllowed for a wrong password."""
    await require_password(user, password)
    kept = _kept(user, token)
    async with async_atomic():
        there = await User.objects.select_for_update().filter(pk=user.pk, has_totp=True).afirst()
        if there is None or not kept:
            raise NotFound
        codes = await recovery.put_codes(user, kept["m"])
    log.info("login.recovery_codes_renewed", user=user.pk)
    return codes


@audited(Act.reset_factor)
async def reset(*, by: User, user_id: int) -> User:
    """Remove the second factor of a login whose owner lost it. For staff of all its domains who may act on it.

    Raises NotFound if it has none.
    """
    async with async_atomic():
        user, home = await login_to_help(by, user_id)
        if not (user.has_totp or user.has_passkey):
            raise NotFound(code="no_second_factor")
        await Passkey.objects.filter(user=user.pk).adelete()
        await User.objects.filter(pk=user.pk).aupdate(has_passkey=False)
        await _remove(user, "reset")
        await record(Act.reset_factor, Target("login", user.pk), by=by.pk, domain_id=home)
    log.info("moderation.second_factor_reset", by=by.pk, user=user.pk)
    return user


async def _remove(user: User, change: str) -> None:
    removed, _ = await Totp.objects.filter(user=user.pk).adelete()
    await RecoveryCode.objects.filter(user=user.pk).adelete()
    await User.objects.filter(pk=user.pk).aupdate(has_totp=False)
    if removed or change == "reset":
        await notices.mail_user(user, "factor_changed", change=change)
    user.has_totp = False
