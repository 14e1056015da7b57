"""Signing up: strangers make themselves a login and an identity, as far as the domain lets them. Closed by default."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.core import signing
from django.db import IntegrityError

from core import clock
from core.config import config
from core.db import async_atomic
from core.errors import BadInput, NotAllowed, NotFound
from core.logs import get_logger
from users import options
from users.models import Domain, Identity, SignUpMode, User
from users.names import RESERVED, check_username
from users.passwords import check_password_rules
from users.queries import identities as reads
from users.queries import logins as login_reads
from users.services.identities import create_identity
from users.services.logins import clean_email, create_user, limit_tries
from users.services.mailing import post_mail

log = get_logger(__name__)

_CONFIRM_SALT = "users.confirm"
_INVITE_SALT = "users.invite"
_CONFIRM_LIFETIME = timedelta(days=3)
_BAD_LINK = "This link can't be used any more."
ALREADY_CONFIRMED = "This method is only available while the e-mail is awaiting confirmation"
LONGEST_REASON = 2000


def make_invite(*, domain: Domain, user: User) -> str:
    """The address of a page where whoever has it may sign up, for some days. Only moderators make invitations."""
    if not user.is_moderator:
        raise NotAllowed("Only moderators can invite people.")
    token = signing.dumps(
        {"d": domain.pk, "t": int(clock.now().timestamp()), "n": secrets.token_hex(4)}, salt=_INVITE_SALT
    )
    return f"{domain.base_url}/sign-up?invite={token}"


async def check_may_sign_up(*, domain: Domain, invite: str = "") -> None:
    """Raises NotAllowed, with the reason, when strangers can't make a login on this domain right now."""
    if domain.sign_up_mode in {SignUpMode.open, SignUpMode.approval}:
        return
    if domain.sign_up_mode == SignUpMode.invite:
        if not invite:
            raise NotAllowed(f"{domain.name} takes new people by invitation only.")
        days = await options.get(options.INVITE_DAYS, domain=domain.pk)
        payload = _read(invite, _INVITE_SALT, timedelta(days=days))
        if payload.get("d") == domain.pk:
            return
        raise BadInput(_BAD_LINK)
    raise NotAllowed(f"{domain.name} does not take new people.")


def _read(token: str, salt: str, lifetime: timedelta) -> dict[str, Any]:
    try:
        payload = signing.loads(token, salt=salt)
        age_s = clock.now().timestamp() - int(payload["t"])
    except (signing.BadSignature, ValueError, KeyError, TypeError) as error:
        raise BadInput(_BAD_LINK, detail=str(error)) from error
    if age_s > lifetime.total_seconds():
        raise BadInput(_BAD_LINK, detail="too old")
    return dict(payload)


async def sign_up(
    *,
    domain: Domain,
    email: str,
    password: str,
    username: str,
    address: str,
    invite: str = "",
    reason: str = "",
) -> Identity | None:
    """A login and its identity, both of use once the link in the mail was opened (and, by the domain's mode, a moderator agreed).

    When the address has a login already nothing is made, its owner gets a mail that says so, and the answer is None: show the same page for
    both, so that nobody learns who has a login here.
    """
    await check_may_sign_up(domain=domain, invite=invite)
    limit_tries(f"sign_up:{address}", 10, 3600)
    email = clean_email(email)
    check_password_rules(password)
    username = check_username(username, reserved=RESERVED)
    if await reads.by_handle(f"{username}@{domain.name}") is not None:
        raise BadInput(f"{username}@{domain.name} is taken. Choose another name.")
    known = await login_reads.user_by_email(email)
    if known is not None and known.confirmed_at is None:
        await send_confirmation(user=known, domain=domain)  # perhaps the first mail was lost
        return None
    if known is not None:
        await post_mail(
            to=email,
            subject=f"You have a login at {domain.name} already",
            text=(
                f"Somebody tried to sign up at {domain.name} with your address. You have a login there already:\n"
                f"{domain.base_url}/sign-in\n\nIf you forgot the password: {domain.base_url}/password/forgotten\n"
            ),
            useful_for=_CONFIRM_LIFETIME,
        )
        return None
    _, identity = await make_login(
        domain=domain, email=email, password=password, username=username, reason=reason
    )
    return identity


async def make_login(
    *,
    domain: Domain,
    email: str,
    password: str,
    username: str,
    reason: str = "",
    app_id: int | None = None,
) -> tuple[User, Identity]:
    """The login and identity of somebody who may sign up; the mail to confirm is on its way, where one is wanted. `app_id` is the app they did it with."""
    async with async_atomic():
        user = await create_user(
            email=email,
            password=password,
            is_confirmed=not config().confirm_email,
            is_approved=domain.sign_up_mode != SignUpMode.approval,
        )
        if reason or app_id is not None:
            user.sign_up_reason, user.sign_up_app = reason.strip()[:LONGEST_REASON], app_id
            await user.asave(update_fields=["sign_up_reason", "sign_up_app"])
        identity = await create_identity(user=user, domain=domain, username=username)
    if user.confirmed_at is None:
        await send_confirmation(user=user, domain=domain)
    log.info("login.signed_up", user=user.pk, domain=domain.name, app=app_id)
    return user, identity


async def confirm_again(*, user: User, domain: Domain, email: str = "") -> None:
    """Somebody who has not confirmed their address yet gets another mail, at another address when they mistyped the first."""
    limit_tries(f"confirm:{user.pk}", 5, 3600)
    if user.confirmed_at is not None:
        raise NotAllowed(ALREADY_CONFIRMED)
    email = clean_email(email) if email.strip() else user.email
    if email.lower() != user.email.lower():
        try:
            async with async_atomic():
                await User.objects.filter(pk=user.pk, confirmed_at=None).aupdate(email=email)
        except IntegrityError as error:
            raise BadInput("Validation failed: Email has already been taken", detail=str(error)) from error
        user.email = email
    await send_confirmation(user=user, domain=domain)


async def send_confirmation(*, user: User, domain: Domain) -> None:
    """A mail with a link that confirms the address is on its way."""
    payload = {"u": user.pk, "e": _email_mark(user), "t": int(clock.now().timestamp())}
    token = signing.dumps(payload, salt=_CONFIRM_SALT)
    await post_mail(
        to=user.email,
        subject=f"Welcome to {domain.title or domain.name}",
        text=f"Open this link to confirm your e-mail address:\n{domain.base_url}/confirm/{token}\n",
        useful_for=_CONFIRM_LIFETIME,
    )


def _email_mark(user: User) -> str:
    return hashlib.sha256(user.email.lower().encode()).hexdigest()[:16]


async def confirm(*, token: str) -> User:
    """The address is confirmed; again, it stays so."""
    payload = _read(token, _CONFIRM_SALT, _CONFIRM_LIFETIME)
    user = await login_reads.user_by_id(int(payload["u"]))
    if user is None or payload.get("e") != _email_mark(user):
        raise BadInput(_BAD_LINK)
    if user.confirmed_at is None:
        user.confirmed_at = clock.now()
        await User.objects.filter(pk=user.pk).aupdate(confirmed_at=user.confirmed_at)
    return user


async def approve(*, moderator: User, user_id: int) -> User:
    """A moderator lets someone in who asked."""
    if not moderator.is_moderator:
        raise NotAllowed("Only moderators can do this.")
    user = await login_reads.user_by_id(user_id)
    if user is None:
        raise NotFound
    if user.approved_at is None:
        user.approved_at = clock.now()
        await User.objects.filter(pk=user.pk).aupdate(approved_at=user.approved_at)
    return user
