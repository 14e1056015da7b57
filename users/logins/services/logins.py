"""Logins: creation, passwords, sessions. Passwords are hashed in child processes, outside any transaction."""

import hashlib
import secrets
from datetime import timedelta

from django.core import signing
from django.db import IntegrityError

from core import clock
from core.db import async_atomic
from core.errors import BadInput, Invalid, NotAllowed, NotFound, Unauthenticated
from core.logs import get_logger
from core.pages.addresses import path_to
from users.audit.models import Act
from users.audit.services import Target, record_of_shell
from users.domains import options
from users.domains.models import Domain
from users.identities.models import Identity
from users.logins import events
from users.logins import queries as reads
from users.logins.addresses import clean_email
from users.logins.models import Session, SignUp, User
from users.logins.passwords import (
    DUMMY_HASH,
    has_old_costs,
    hash_again,
    hash_password,
    hash_to_compare,
    is_right_password,
    salt_of,
)
from users.logins.services import admission, deletion, guess_limits, notices
from users.logins.services.mailing import handles_of, queue_mail
from users.roles.models import EVERYWHERE, BuiltIn
from users.roles.services import put_grant

log = get_logger(__name__)

RESET_LIFETIME = timedelta(hours=1)
_RESET_SALT = "users.reset"
_MAX_SIGN_UPS = 50
_TOUCH_AFTER = timedelta(hours=1)  # a session is updated at most this often by visits


class InvalidResetLink(BadInput):
    """A password-reset link is forged, expired or used. Pages offer another one."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(code="bad_reset_link", detail=detail)


class SecondFactorNeeded(NotAllowed):
    """The password was correct, but the login has an authenticator app: users/factors/services/second_step.py continues."""

    def __init__(self, user: User) -> None:
        super().__init__(code="second_factor_needed")
        self.user = user


async def create_user(*, email: str, password: str, role: BuiltIn | None = None) -> User:
    """Create a login for an operator, confirmed and admitted, optionally with a role on the whole server.

    Replaces unconfirmed sign-ups of this address.
    """
    email = clean_email(email)
    return await insert_user(email=email, password_hash=await hash_password(password), role=role)


async def insert_user(*, email: str, password_hash: str, role: BuiltIn | None) -> User:
    """Insert the row of such a login. May run inside a transaction, where no password can be hashed."""
    now = clock.now()
    try:
        async with async_atomic():
            await admission.delete_unconfirmed(email)
            user = await User.objects.acreate(
                email=email, password_hash=password_hash, confirmed_at=now, approved_at=now
            )
            if role is not None:
                await put_grant(user_id=user.pk, role_id=role.id, domain_id=None)
                user.rights, user.is_staff = {EVERYWHERE: int(role.permissions)}, True
            await record_of_shell(
                Act.create_login, Target("login", user.pk), details={"role": role.name if role else ""}
            )
    except IntegrityError as error:
        raise Invalid("email", "taken", detail=str(error)) from error
    log.info("login.created", user=user.pk, role=role.name if role else "")
    return user


async def set_password(*, user: User, password: str, keep: Session | None = None) -> User:
    """Set a login's password; every session except `keep` and all reset links end."""
    password_hash = await hash_password(password)
    async with async_atomic():
        await User.objects.filter(pk=user.pk).aupdate(password_hash=password_hash)
        others = Session.objects.filter(user=user.pk)
        await (others.exclude(pk=keep.pk) if keep else others).adelete()
        await events.on_password_changed.emit(user)
        await record_of_shell(Act.set_password, Target("login", user.pk))
        await notices.mail_user(user, "password_changed")
    user.password_hash = password_hash
    log.info("login.password_changed", user=user.pk)
    return user


async def change_password(*, user: User, current: str, password: str, keep: Session | None = None) -> User:
    """Change the password of a signed-in user after checking the current one."""
    await guess_limits.limit_tries(f"password:{user.pk}", 10, 600)
    if not await is_right_password(current, user.password_hash):
        raise NotAllowed(code="wrong_current_password")
    return await set_password(user=user, password=password, keep=keep)


async def sign_in(
    *,
    email: str,
    password: str,
    address: str,
    user_agent: str,
    domain: Domain | None = None,
    replaces: str = "",
) -> tuple[Session, str]:
    """Sign in and return the session and its cookie's value. The browser's earlier session (`replaces`) ends. Raises what `authenticate` raises."""
    require_local(domain)
    user = await authenticate(email=email, password=password, address=address, user_agent=user_agent)
    return await open_session(
        user=user, address=address, user_agent=user_agent, domain=domain, replaces=replaces
    )


async def authenticate(*, email: str, password: str, address: str, user_agent: str = "") -> User:
    """Return the login with this e-mail address and password, if it may be used. Mails its owner if the network or browser is new.

    Raises Unauthenticated for a wrong address or password alike, after the same time; TooMany for guessing
    (users/logins/services/guess_limits.py); NotAllowed for a login that is disabled, unconfirmed or not admitted; SecondFactorNeeded if
    the password alone is not sufficient.
    """
    await guess_limits.limit_sign_in(email=email, address=address)
    known = await reads.user_by_email(email)
    # each sign-up of an address has its own password: they share a salt, so that one hash finds the matching one
    like = known.password_hash if known else ""
    password_hash = await hash_to_compare(password, like=like, salt=salt_of(email))
    user = await reads.user_by_password_hash(email, password_hash)
    if user is None:
        log.info("login.refused", address=address, known=known is not None)
        raise Unauthenticated(code="wrong_sign_in")
    is_new = not user.has_totp and await guess_limits.reset_network_limit(user=user, address=address)
    require_usable(user)
    if has_old_costs(user.password_hash):
        await _renew_hash(user, password)
    if user.has_totp:
        raise SecondFactorNeeded(user)
    await _mail_new_sign_in(user, address, user_agent, is_new=is_new)
    return user


async def _renew_hash(user: User, password: str) -> None:
    """Hash a correct password again with the current cost. Reset links that were mailed before become invalid."""
    renewed = await hash_again(password)
    # the password may have changed in the meantime
    unchanged = User.objects.filter(pk=user.pk, password_hash=user.password_hash)
    if await unchanged.aupdate(password_hash=renewed):
        user.password_hash = renewed
        log.info("login.password_hashed_again", user=user.pk)


def require_local(domain: Domain | None) -> None:
    """Raise NotAllowed on a domain where people sign in at a provider only."""
    if domain is not None and not domain.has_local_sign_in:
        raise NotAllowed(code="local_sign_in_off", domain=domain.name)


def require_usable(user: User) -> None:
    """Raise NotAllowed for a login that is disabled, unconfirmed or not admitted."""
    if user.is_disabled:
        raise NotAllowed(code="login_disabled")
    if user.confirmed_at is None:
        raise NotAllowed(code="login_unconfirmed")
    if user.approved_at is None:
        raise NotAllowed(code="login_not_reviewed")


async def complete_sign_in(*, user: User, address: str, user_agent: str) -> None:
    """Store the network of an authenticated user, and mail the login's owner if it or the browser is new."""
    is_new = await guess_limits.reset_network_limit(user=user, address=address)
    await _mail_new_sign_in(user, address, user_agent, is_new=is_new)


async def _mail_new_sign_in(user: User, address: str, user_agent: str, *, is_new: bool) -> None:
    """Send a mail about a sign-in from a new network, or in a browser that is new to the login."""
    is_new_browser = await guess_limits.remember_browser(user=user, user_agent=user_agent[:255])
    if (is_new or is_new_browser) and user.last_seen_at is not None:
        browser = " ".join(user_agent.split())[:200]
        place = "network" if is_new else "browser"
        await notices.mail_user(user, "new_sign_in", address=address, browser=browser, place=place)


async def open_session(
    *,
    user: User,
    address: str,
    user_agent: str,
    domain: Domain | None = None,
    replaces: str = "",
    is_strong: bool = False,
    provider_id: int | None = None,
) -> tuple[Session, str]:
    """Open a session for an authenticated user (by password, by two factors, at a provider, or by creating the first login)."""
    cookie = secrets.token_urlsafe(32)
    lifetime = await _lifetime(domain)
    identity = await reads.first_identity(user, domain)
    now = clock.now()
    async with async_atomic():
        if replaces:
            await Session.objects.filter(key_hash=reads.hash_of(replaces)).adelete()
        session = await Session.objects.acreate(
            key_hash=reads.hash_of(cookie),
            user=user,
            identity=identity,
            expires_at=now + lifetime,
            address=address[:45],
            user_agent=user_agent[:255],
            is_strong=is_strong,
            provider_id=provider_id,
        )
        await User.objects.filter(pk=user.pk).aupdate(last_seen_at=now)
        if user.leaves_at is not None:
            await deletion.take_back_login(user=user)
    log.info("login.signed_in", user=user.pk, address=address)
    return session, cookie


async def _lifetime(domain: Domain | None) -> timedelta:
    return timedelta(days=await options.get(options.SESSION_DAYS, domain=domain.pk if domain else None))


async def extend_session(*, session: Session, domain: Domain | None, address: str) -> bool:
    """Extend the session after a visit. Writes, and returns True, at most once an hour."""
    now = clock.now()
    if now - session.last_used_at < _TOUCH_AFTER:
        return False
    session.last_used_at, session.expires_at = now, now + await _lifetime(domain)
    async with async_atomic():
        await Session.objects.filter(pk=session.pk).aupdate(
            last_used_at=now, expires_at=session.expires_at, address=address[:45]
        )
        await User.objects.filter(pk=session.user_id).aupdate(last_seen_at=now)
        await guess_limits.remember_network(user=session.user, address=address)
        await guess_limits.remember_browser(user=session.user, user_agent=session.user_agent)
    return True


async def sign_out(*, session: Session) -> None:
    """End the session."""
    await Session.objects.filter(pk=session.pk).adelete()


async def revoke_session(*, user: User, session_id: int) -> None:
    """End one of this login's sessions. Raises NotFound for an unknown one or another login's."""
    gone, _ = await Session.objects.filter(pk=session_id, user=user.pk).adelete()
    if not gone:
        raise NotFound


async def revoke_other_sessions(*, session: Session) -> int:
    """End every other session of this login; return how many there were."""
    others = Session.objects.filter(user=session.user_id).exclude(pk=session.pk)
    _, gone = await others.adelete()
    return int(gone.get("users.Session", 0))


async def switch_identity(*, session: Session, identity_id: int) -> Identity:
    """Switch the session to another identity of the same login. Raises NotFound if the login has no access to it, NotAllowed if the login
    is restricted.
    """
    user = await _user_of(session)
    if user.is_restricted:
        raise NotAllowed(code="login_restricted")
    identity = await reads.identity_accessible_to(user, identity_id)
    if identity is None:
        raise NotFound
    await Session.objects.filter(pk=session.pk).aupdate(identity=identity)
    session.identity = identity
    return identity


async def _user_of(session: Session) -> User:
    user = await reads.user_by_id(session.user_id)
    if user is None:
        raise NotFound
    return user


# --- a forgotten password -------------------------------------------------------------------------------------------


def fingerprint(user: User) -> str:
    """Return a fingerprint of password and address, which invalidates used and older links."""
    return hashlib.sha256(f"{user.pk}:{user.email}:{user.password_hash}".encode()).hexdigest()[:32]


async def request_reset(*, email: str, domain: Domain, address: str) -> None:
    """Queue a mail with a password-reset link, or an unsent one if the address has no login: the same work and one commit for both.

    An address gets three an hour, which are valid for as long; then none is sent, and the response stays the same. The link uses the
    domain's own URL, never the request's Host header.
    """
    await guess_limits.limit_network("reset.address", address, 10, 3600)
    user = await reads.user_by_email(email)
    if user is not None and user.is_disabled:
        user = None
    may_mail = await guess_limits.count_reset_mail(email, user)
    about = user or User(pk=0, email=email, password_hash=DUMMY_HASH)
    # fixed length, like that of the mails
    token = signing.dumps(
        {"u": f"{about.pk:019}", "f": fingerprint(about), "t": int(clock.now().timestamp())},
        salt=_RESET_SALT,
    )
    await queue_mail(
        to=user.email if user and may_mail else "",
        domain=domain,
        about="reset",
        language=about.language,
        link=domain.base_url + path_to("password-reset", token=token),
        handles=await handles_of(about),
        useful_for=RESET_LIFETIME,
    )
    log.info("login.reset_requested", user=user.pk if user else None, address=address)


async def user_for_reset(token: str) -> User:
    """Return the user whose password this link may change; raises InvalidResetLink when it is forged, old or used."""
    try:
        payload = signing.loads(token, salt=_RESET_SALT)
        user_id, seal, made_at = int(payload["u"]), str(payload["f"]), int(payload["t"])
    except (signing.BadSignature, ValueError, KeyError, TypeError) as error:
        # not Django's message, which quotes the signature: details are logged
        raise InvalidResetLink(detail=type(error).__name__) from error
    age_s = clock.now().timestamp() - made_at
    user = await reads.user_by_id(user_id)
    fits = user is not None and secrets.compare_digest(seal, fingerprint(user))
    if (
        user is None
        or not fits
        or not 0 <= age_s + 60 <= RESET_LIFETIME.total_seconds() + 60
        or user.is_disabled
    ):
        raise InvalidResetLink
    return user


async def sign_ups_to_choose(user: User) -> list[SignUp]:
    """Return the sign-ups that a reset link may apply to: the unconfirmed ones of its address, the latest of each name."""
    if user.holds_address:
        return []
    sign_ups = await reads.sign_ups_beside(user, limit=_MAX_SIGN_UPS)
    chosen = list({each.handle: each for each in reversed(sign_ups)}.values())
    return chosen[::-1]


async def reset_password(
    *, token: str, password: str, address: str, sign_up: int | None = None, username: str = ""
) -> User:
    """Set a new password, end every session and app, and use up the link. The e-mail address becomes confirmed, the client's network
    known (users/logins/services/guess_limits.py).

    `sign_up` chooses one of several unconfirmed sign-ups of the address (`sign_ups_to_choose`), `username` replaces its requested name.
    """
    user = await user_for_reset(token)
    if sign_up is not None and sign_up != user.pk:
        choices = {each.user_id for each in await sign_ups_to_choose(user)}
        chosen = await reads.user_by_id(sign_up) if sign_up in choices else None
        if chosen is None:
            raise InvalidResetLink
        user = chosen
    password_hash = await hash_password(password)
    pair = await admission.key_pair_for(user)
    try:
        async with async_atomic():
            now = await admission.lock_login(user.pk)
            # of two concurrent requests with one link, one wins; and the sign-up may have moved to another address in the meantime
            if (now.email, now.password_hash) != (user.email, user.password_hash):
                raise InvalidResetLink
            await User.objects.filter(pk=user.pk).aupdate(password_hash=password_hash)
            await Session.objects.filter(user=user.pk).adelete()
            await events.on_password_changed.emit(user)
            await notices.mail_user(user, "password_changed")
            if now.confirmed_at is None:
                await admission.rename_sign_up(now, username)
            user = await admission.admit(user_id=user.pk, pair=pair, is_confirmed=True)
            await guess_limits.reset_after_new_password(user=user, address=address)
    except NotFound as error:  # another sign-up of the address was confirmed first
        raise InvalidResetLink from error
    log.info("login.password_reset", user=user.pk)
    return user
