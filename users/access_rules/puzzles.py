"""Puzzles that make many sign-ups expensive: a browser searches for a number while its user fills in the form. No third party is involved.

The number is one for which SHA-256 of "{salt}:{number}" begins with BITS zero bits, as in Hashcash: about 65,000 tries to find, one to
check. The browser's side is static/js/app/puzzle.js. Without JavaScript there is no answer, so few sign-ups are allowed without one
(users/logins/services/sign_up.py).
"""

import hashlib
import secrets
from datetime import timedelta

from django.core import signing

from core import clock
from core.ratelimit import take_exact
from users.domains import options
from users.domains.models import Domain, SignUpMode

BITS = 16
_SALT = "users.sign_up_puzzle"
_LIFETIME = timedelta(hours=2)  # a form may stay open
_LONGEST_ANSWER = 12


async def asks_puzzle(domain: Domain) -> bool:
    """Return whether sign-ups of this domain come with a puzzle: if anybody can join, unless its staff turned that off."""
    is_open = domain.sign_up_mode == SignUpMode.open
    return is_open and await options.get(options.SIGN_UP_PUZZLE, domain=domain.pk)


def new_puzzle(domain: Domain) -> tuple[str, str]:
    """Return the salt of a new puzzle, and the token with which the form returns it."""
    salt = secrets.token_hex(16)
    token = signing.dumps({"d": domain.pk, "s": salt, "t": int(clock.now().timestamp())}, salt=_SALT)
    return salt, token


async def is_solved(domain: Domain, token: str, answer: str) -> bool:
    """Return whether the answer is right, for this domain, in time, and given for the first time."""
    if not answer.isdecimal() or len(answer) > _LONGEST_ANSWER:
        return False
    try:
        kept = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return False
    is_old = clock.now().timestamp() - kept["t"] > _LIFETIME.total_seconds()
    digest = hashlib.sha256(f"{kept['s']}:{answer}".encode()).digest()
    if is_old or kept["d"] != domain.pk or int.from_bytes(digest) >> (256 - BITS):
        return False
    return (await take_exact(f"puzzle:{kept['s']}", 1, int(_LIFETIME.total_seconds()))).allowed
