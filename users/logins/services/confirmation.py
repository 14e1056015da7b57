"""Confirmation of a sign-up's e-mail address: the link in the mail, and proof that its user knows the sign-up's password.

Anybody can sign up with anybody's address, so the link alone is not enough: an owner who opens the mail of another person's sign-up would
admit a password which that person knows. The link proves ownership of the address; the password selects one of its sign-ups. So it does
not matter which mail is opened, or whether others exhausted the mail limit of an address. The browser that made the link's sign-up needs
no password. An owner without a password can take the sign-up over by choosing a new one, which ends everything that was opened with the
old one.
"""

import hmac
import secrets
from datetime import timedelta

import msgspec
from django.conf import settings
from django.core import signing

from core import clock
from core.crypto.keys import KeyPair
from core.db import async_atomic
from core.errors import BadInput, NotAllowed, NotFound
from core.logs import get_logger
from core.pages.addresses import path_to
from users.domains.models import Domain
from users.logins import events
from users.logins import queries as login_reads
from users.logins.addresses import plain_email
from users.logins.models import Session, SignUp, User
from users.logins.passwords import hash_password, hash_to_compare, salt_of
from users.logins.services import guess_limits
from users.logins.services.admission import admit, key_pair_for, lock_login, rename_sign_up
from users.logins.services.mailing import queue_mail
from users.logins.services.signed_links import read_link

log = get_logger(__name__)

CONFIRM_SALT = "users.confirm"
LIFETIME = timedelta(days=3)
_MAX_PASSWORDS = 10  # per address, in the window of the sign-in limit


class OpenedLink(msgspec.Struct, frozen=True):
    """The login of a link, and its requested handle (empty once admitted)."""

    user: User
    handle: str


async def send_confirmation(*, user: User, domain: Domain, may_mail: bool) -> None:
    """Queue the mail with the confirmation link, or an unsent one if the limit is reached. Runs inside the caller's transaction."""
    payload = {"u": user.pk, "a": user.email, "t": int(clock.now().timestamp())}
    token = signing.dumps(payload, salt=CONFIRM_SALT)
    wanted = await SignUp.objects.select_related("domain").filter(user=user.pk).afirst()
    await queue_mail(
        to=user.email if may_mail else "",
        domain=domain,
        about="confirm",
        language=user.language,
        link=domain.base_url + path_to("confirm", token=token),
        handle=f"@{wanted.handle}" if wanted else "",
        useful_for=LIFETIME,
    )


def browser_token(user: User | None) -> str:
    """Return a cookie token for the browser that signed up, which can then confirm without the password.

    Invalid once the address or the password has changed. Without a login it is random, so that it doesn't reveal whether one was created.
    """
    if user is None:
        return secrets.token_hex(32)
    text = f"users.sign_up_browser\n{user.pk}\n{user.email.lower()}\n{user.password_hash}"
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), "sha256").hexdigest()


async def open_link(token: str) -> OpenedLink:
    """Read a link without confirming anything: mail scanners open links, too.

    If its sign-up was moved to another address or deleted, the latest one of the address is used. Raises BadInput if the link is forged
    or expired, or its address has no sign-up or was confirmed by another one.
    """
    payload = read_link(token, CONFIRM_SALT, LIFETIME)
    user = await login_reads.user_by_id(int(payload["u"]))
    email = str(payload.get("a", ""))
    known = await login_reads.user_by_email(email)
    if user is None or plain_email(user.email) != plain_email(email):
        user = known if known is not None and not known.holds_address else None
    if user is None or known is None or (known.holds_address and known.pk != user.pk):
        raise BadInput(code="bad_link")
    wanted = await SignUp.objects.select_related("domain").filter(user=user.pk).afirst()
    return OpenedLink(user, wanted.handle if wanted else "")


def is_own_browser(user: User, mark: str) -> bool:
    """Return whether this token belongs to the browser that made this sign-up."""
    return hmac.compare_digest(browser_token(user).encode(), mark.encode(errors="surrogatepass"))


async def confirm(*, token: str, password: str, address: str) -> User:
    """Confirm an address with the password of one of its sign-ups, and admit it if no approval is needed.

    A used link has no effect. Raises NotAllowed for a wrong password, TooMany for too many attempts.
    """
    user = (await open_link(token)).user
    if user.confirmed_at is not None:
        return user
    await guess_limits.limit_network(
        "confirm.address", address, guess_limits.PER_NETWORK, guess_limits.WINDOW_S
    )
    await guess_limits.limit_tries(
        f"confirm.password:{guess_limits.hash_of_address(user.email)}", _MAX_PASSWORDS, guess_limits.WINDOW_S
    )
    password_hash = await hash_to_compare(password, like=user.password_hash, salt=salt_of(user.email))
    if password_hash != user.password_hash:  # all sign-ups of an address have one salt
        mine = await login_reads.user_by_password_hash(user.email, password_hash)
        if mine is None:
            raise NotAllowed(code="not_the_password_of_sign_up")
        user = mine
    return await _let_in(user, await key_pair_for(user), address)


async def confirm_in_browser(*, token: str, mark: str, address: str) -> User:
    """Confirm an address in the browser that made the link's sign-up. Raises NotAllowed in another one."""
    user = (await open_link(token)).user
    if user.confirmed_at is not None:
        return user
    if not is_own_browser(user, mark):
        raise NotAllowed(code="password_of_sign_up_needed")
    return await _let_in(user, await key_pair_for(user), address)


async def confirm_with_new_password(*, token: str, password: str, address: str, username: str = "") -> User:
    """Let the owner of the mailbox take the sign-up over: the new password replaces its original one and ends all its sessions and apps.

    `username` replaces the requested name.
    """
    user = (await open_link(token)).user
    if user.confirmed_at is not None:  # a confirmed login needs a password-reset link instead
        raise BadInput(code="bad_link")
    await guess_limits.limit_network(
        "confirm.address", address, guess_limits.PER_NETWORK, guess_limits.WINDOW_S
    )
    password_hash = await hash_password(password)
    pair = await key_pair_for(user)
    return await _let_in(user, pair, address, new_hash=password_hash, username=username)


async def _let_in(
    user: User, pair: KeyPair | None, address: str, *, new_hash: str = "", username: str = ""
) -> User:
    try:
        async with async_atomic():
            now = await lock_login(user.pk)
            # of two concurrent requests with one link the first wins; and the sign-up may have moved to another address in the meantime
            if (now.email, now.password_hash) != (user.email, user.password_hash):
                raise BadInput(code="bad_link")
            if new_hash:
                if now.confirmed_at is not None:
                    raise BadInput(code="bad_link")
                await User.objects.filter(pk=user.pk).aupdate(password_hash=new_hash)
                await Session.objects.filter(user=user.pk).adelete()
                await events.on_password_changed.emit(user)
                await rename_sign_up(now, username)
            user = await admit(user_id=user.pk, pair=pair, is_confirmed=True)
            await guess_limits.reset_network_limit(user=user, address=address)
    except NotFound as error:  # another sign-up of the address was confirmed first
        raise BadInput(code="bad_link") from error
    log.info("login.confirmed", user=user.pk, new_password=bool(new_hash))
    return user
