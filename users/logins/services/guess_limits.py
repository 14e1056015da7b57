"""Rate limits against guessing passwords, names and links. Counted exactly, across all processes (core/ratelimit/exact.py).

Ten wrong passwords lock a login for the network that sent them, not for its owner. Guesses from many networks lock it only for networks
not used lately by it. A password reset by mail makes a network known, unless the login has a second factor.
"""

import hashlib
import hmac
import re

from django.conf import settings

from core import clock
from core.db import sql
from core.errors import NotAllowed, TooMany
from core.hosts.networks import network_of, networks_of
from core.ratelimit import Allowance, refund, reset_tries, take_exact, take_tightest
from users.logins.addresses import plain_email
from users.logins.models import MAX_NETWORKS_PER_USER, NETWORKS_KEPT_FOR, User
from users.logins.passwords import is_right_password

PER_NETWORK, PER_PAIR, PER_LOGIN = 30, 10, 50
WINDOW_S = 600
CODES_ELSEWHERE_AN_HOUR = 20  # three codes of a million are valid at a time

# mails that unknown clients can cause, per mailbox: 12 an hour in all
SIGN_UP_MAILS_AN_HOUR, SIGN_UP_MAILS_A_DAY = 6, 20
TAGGED_MAILS_AN_HOUR, TAGGED_MAILS_A_DAY = 3, 10
RESET_MAILS_AN_HOUR = 3

_VERSION = re.compile(r"\d[\w.]*")  # of a browser, its system or its engine


async def limit_tries(key: str, limit: int, window_s: int) -> None:
    """Raise TooMany if `key` was used more than `limit` times in this window."""
    _check(key, await take_exact(key, limit, window_s))


async def limit_network(key: str, address: str, limit: int, window_s: int) -> None:
    """Limit the client's network, and more loosely its IPv6 site."""
    uses = [(f"{key}:{network}", allowed) for network, allowed in networks_of(address, limit)]
    _check(key, await take_tightest(uses, window_s))


def hash_of_address(email: str) -> str:
    """Return a hash of the entered address. It is not stored as text, because users enter passwords there by mistake."""
    return hashlib.sha256(plain_email(email).encode(errors="surrogatepass")).hexdigest()


async def count_sign_up_mail(email: str) -> bool:
    """Count a confirmation mail to this address, or a notice that it already has a login; return whether it may be sent.

    The recipient may not want any of them. Exhausting the limit locks nobody out: any link that was sent confirms any sign-up of the
    address. Therefore each address has its own limit; only tagged addresses, of which there can be any number, are counted together.
    """
    allowances = [await take_exact(*use) for use in _sign_up_mails(email)]
    return all(allowance.allowed for allowance in allowances)


async def uncount_mail(email: str) -> None:
    """Uncount a mail that was counted and not sent."""
    await refund([key for key, _, _ in _sign_up_mails(email)])


def _sign_up_mails(email: str) -> list[tuple[str, int, int]]:
    mailbox = _mailbox(email)
    if mailbox == hash_of_address(email):
        kind, an_hour, a_day = "sign_up", SIGN_UP_MAILS_AN_HOUR, SIGN_UP_MAILS_A_DAY
    else:
        kind, an_hour, a_day = "tagged", TAGGED_MAILS_AN_HOUR, TAGGED_MAILS_A_DAY
    return [(f"mails.{kind}:{mailbox}", an_hour, 3600), (f"mails.{kind}_day:{mailbox}", a_day, 24 * 3600)]


async def count_reset_mail(email: str, user: User | None) -> bool:
    """Count a password-reset mail to `user`, found by `email`; return whether it may be sent.

    Exhausting the limit locks nobody out: sent links are valid for an hour. Unconfirmed tagged addresses don't use up the limit of a
    confirmed login.
    """
    if user is not None and user.holds_address:
        key = f"mails.reset:{hash_of_address(user.email)}"
    else:
        key = f"mails.reset_claimed:{_mailbox(email)}"
    return (await take_exact(key, RESET_MAILS_AN_HOUR, 3600)).allowed


def _mailbox(email: str) -> str:
    """Return a hash of the mailbox: `ada+1@example.org` and `ada+2@example.org` are the same one at nearly every provider."""
    name, at, host = plain_email(email).rpartition("@")
    return hash_of_address(f"{name.partition('+')[0] or name}{at}{host}")


async def limit_sign_in(*, email: str, address: str) -> None:
    """Count a sign-in attempt before the password is checked. Behaves the same for known and unknown addresses."""
    await limit_network("sign_in.address", address, PER_NETWORK, WINDOW_S)
    await limit_tries(_pair(email, address), PER_PAIR, WINDOW_S)
    if not await _is_known(email, address):
        _check("sign_in.email", await take_exact(_elsewhere(email), PER_LOGIN, WINDOW_S), is_elsewhere=True)


async def limit_codes(*, user: User, address: str) -> None:
    """Count an attempt at a second factor, after the password was correct. Guesses from elsewhere don't lock out the owner's known networks."""
    await limit_tries(_code_pair(user.email, address), PER_PAIR, WINDOW_S)
    if not await _is_known(user.email, address):
        await limit_tries(f"factor.login:{user.pk}", CODES_ELSEWHERE_AN_HOUR, 3600)


async def reset_network_limit(*, user: User, address: str) -> bool:
    """Reset the network's limit after a sign-in, so that guesses from elsewhere don't lock it. Return whether the network is new."""
    await reset_tries([_pair(user.email, address), _code_pair(user.email, address)])
    return await remember_network(user=user, address=address)


async def reset_after_new_password(*, user: User, address: str) -> None:
    """Reset the password limits after a reset by mail, and make the network known.

    With an authenticator app the network stays unknown and attempts at its codes stay counted: otherwise an attacker with only the
    mailbox could guess them.
    """
    if user.has_totp:
        await reset_tries([_pair(user.email, address), _elsewhere(user.email)])
    else:
        await reset_network_limit(user=user, address=address)


async def remember_network(*, user: User, address: str) -> bool:
    """Store this network as used by the login, dropping the oldest ones, and return whether it is new."""
    return await _remember(user, _mark(user.email, address), is_browser=False)


async def remember_browser(*, user: User, user_agent: str) -> bool:
    """Store this kind of browser as used by the login, dropping the oldest ones, and return whether it is new beside known ones.

    An update of a browser makes no new one. The first one known is not new: logins are older than this list, and sign-ups begin it.
    """
    if not user_agent:
        return False
    browser = " ".join(_VERSION.sub("", user_agent).split())
    mark = _keyed(f"users.browser\n{plain_email(user.email)}\n{browser}")
    has_others = await sql.value(
        "SELECT EXISTS (SELECT FROM users_knownnetwork WHERE user_id = %s AND is_browser AND last_at > %s)",
        [user.pk, clock.now() - NETWORKS_KEPT_FOR],
    )
    return await _remember(user, mark, is_browser=True) and bool(has_others)


async def _remember(user: User, mark: str, *, is_browser: bool) -> bool:
    """Store a mark and return whether it is new. Indexes: primary key, users_knownnetwork_user_id."""
    is_new = await sql.value(
        """
        INSERT INTO users_knownnetwork (mark, user_id, last_at, is_browser) VALUES (%s, %s, %s, %s)
        ON CONFLICT (mark) DO UPDATE SET last_at = excluded.last_at, user_id = excluded.user_id
        RETURNING xmax = 0
        """,
        [mark, user.pk, clock.now(), is_browser],
    )
    await sql.run(
        """
        DELETE FROM users_knownnetwork WHERE mark IN (
            SELECT mark FROM users_knownnetwork WHERE user_id = %s AND is_browser = %s ORDER BY last_at DESC, mark OFFSET %s)
        """,
        [user.pk, is_browser, MAX_NETWORKS_PER_USER],
    )
    return bool(is_new)


async def _is_known(email: str, address: str) -> bool:
    return bool(
        await sql.value(
            "SELECT EXISTS (SELECT FROM users_knownnetwork WHERE mark = %s AND last_at > %s)",
            [_mark(email, address), clock.now() - NETWORKS_KEPT_FOR],
        )
    )


def _check(key: str, allowance: Allowance, *, is_elsewhere: bool = False) -> None:
    if not allowance.allowed:
        raise TooMany(
            code="too_many_passwords" if is_elsewhere else "too_many_attempts",
            detail=key.partition(":")[0],
            retry_after_s=allowance.retry_after_s,
        )


def _pair(email: str, address: str) -> str:
    return f"sign_in.pair:{_mark(email, address)}"


def _code_pair(email: str, address: str) -> str:
    return f"factor.pair:{_mark(email, address)}"


def _elsewhere(email: str) -> str:
    return f"sign_in.email:{hash_of_address(email)}"


def _mark(email: str, address: str) -> str:
    return _keyed(f"users.network\n{plain_email(email)}\n{network_of(address)}")


def _keyed(text: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(errors="surrogatepass"), "sha256").hexdigest()


async def require_password(user: User, password: str) -> None:
    """Raise NotAllowed unless this is the signed-in user's password, or they have none. Not inside a transaction."""
    if not user.password_hash:
        raise NotAllowed(code="no_password")
    await limit_tries(f"password:{user.pk}", 10, 600)
    if not await is_right_password(password, user.password_hash):
        raise NotAllowed(code="wrong_password")
