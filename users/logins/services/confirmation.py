"""Confirmation of a sign-up's e-mail address: the link in the mail, and proof that whoever opens it chose the sign-up's password.

Anybody can sign up with anybody's address, so the link alone proves too little: an owner who opens the mail of somebody else's sign-up would
let in a password that the other one knows. A link proves the address that it was sent to; the password says which of its sign-ups is meant. So it
does not matter whose mail is opened, or that others used up the mails of an address. In the browser that made the link's own sign-up no
password is asked for. Who knows none takes that sign-up over by choosing a new one, which ends everything that was opened with the old one.
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
_MAX_PASSWORDS = 10  # of one address, in the window that sign-in has


class OpenedLink(msgspec.Struct, frozen=True):
    """The login that a link is about, and its requested handle (empty once admitted)."""

    user: User
    handle: str


async def send_confirmation(*, user: User, domain: Domain, may_mail: bool) -> None:
    """Queue the mail with the link that confirms an address, to nobody when it may not leave. Runs inside the caller's transaction."""
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
    """Return a token for the cookie of the browser that signed up, which can then confirm without the password.

    Invalid once the address or the password has changed. Without a login it is random, so that it doesn't reveal whether one was made.
    """
    if user is None:
        return secrets.token_hex(32)
    text = f"users.sign_up_browser\n{user.pk}\n{user.email.lower()}\n{user.password_hash}"
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), "sha256").hexdigest()


async def open_link(token: str) -> OpenedLink:
    """Read a link without confirming anything: mail scanners open links, too.

    When its sign-up was moved to another address, or removed, the latest of the address takes its place. Raises BadInput for a link that is
    forged, old, or of an address that has no sign-up or was confirmed by another one.
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
    """Return whether this mark is that of the browser which made this sign-up."""
    return hmac.compare_digest(browser_token(user).encode(), mark.encode(errors="surrogatepass"))


async def confirm(*, token: str, password: str, address: str) -> User:
    """Confirm an address with the password of a sign-up of it. Who needs no approval is let in.

    A link that was used changes nothing more. Raises NotAllowed for another password, TooMany for many tries.
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
    """Confirm an address in the browser that made the sign-up of the link. Raises NotAllowed in another one."""
    user = (await open_link(token)).user
    if user.confirmed_at is not None:
        return user
    if not is_own_browser(user, mark):
        raise NotAllowed(code="password_of_sign_up_needed")
    return await _let_in(user, await key_pair_for(user), address)


async def confirm_with_new_password(*, token: str, password: str, address: str, username: str = "") -> User:
    """Let the owner of the mailbox take the sign-up over: this password replaces the one it was made with, and every session and app of it ends.

    `username` replaces the name it asked for.
    """
    user = (await open_link(token)).user
    if user.confirmed_at is not None:  # from now on a new password takes a link that is made for that
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
            # of two at once with one link the first decides; and the sign-up may have moved to another address meanwhile
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
    except NotFound as error:  # another sign-up of the address was confirmed meanwhile
        raise BadInput(code="bad_link") from error
    log.info("login.confirmed", user=user.pk, new_password=bool(new_hash))
    return user
