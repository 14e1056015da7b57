"""Password hashes (scrypt, in Django's format), computed and verified in a child process: one takes some 140 ms and 16 MB."""

import gzip
import hashlib
import hmac
import os
from pathlib import Path

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.hashers import ScryptPasswordHasher

from core.config import config
from core.connections import release_connection
from core.errors import Invalid
from core.logs import get_logger
from core.processes.offload import run_in_process
from users.logins.addresses import plain_email

log = get_logger(__name__)

MIN_LENGTH = 8
COMMON = Path(auth.__file__).parent / "common-passwords.txt.gz"  # the 20,000 most frequent in breaches
_LINE = 128  # bytes: a hash, a colon and a count are some 50
MAX_LENGTH = 256  # characters; longer ones cost time without adding security

# Compared with the passwords given for unknown e-mail addresses, so that both responses take the same time. Its password is unknown.
DUMMY_HASH = (
    "scrypt$16384$rUAGGoWsdSy5WCK8TFiJAU$8$5$"
    "6QQldHiFBnw19QCH+oRNTbEsz0r7MweimnuAZUna1Fh+Srcw/zmLxaLQlhwlCIL+U4/6rgQGRgqRcQqxj0q5NQ=="
)


def check_password_rules(password: str) -> None:
    """Raise BadInput for a password that is too short, too long or too common."""
    if len(password) < MIN_LENGTH:
        raise Invalid("password", "too_short", least=MIN_LENGTH)
    if len(password) > MAX_LENGTH:
        raise Invalid("password", "too_long", most=MAX_LENGTH)
    if len(set(password)) < 4:
        raise Invalid("password", "too_easy")


def is_common(password: str) -> bool:
    """Return whether a password is in the list of common ones, case-insensitively. Runs in a child process."""
    wanted = password.lower().strip()
    with gzip.open(COMMON, "rt", encoding="utf-8") as lines:
        return any(line.strip() == wanted for line in lines)


def is_in_file(password: str, path: str) -> bool:
    """Return whether the hash of a password is in a sorted file of hashes, which may be tens of gigabytes. Runs in a child process.

    Each step of the search reads at most two short pieces, so 40 GB take some 35 of them.
    """
    wanted = hashlib.sha1(password.encode(errors="surrogatepass"), usedforsecurity=False).hexdigest().upper()
    with Path(path).open("rb") as file:
        low, high = (
            0,
            file.seek(0, os.SEEK_END),
        )  # the line, if there is one, starts at `low` or later, and before `high`
        while low < high:
            middle = (low + high) // 2
            if middle == low:
                file.seek(low)
            else:
                file.seek(middle - 1)
                file.readline(_LINE)  # to the first line that starts at `middle` or later
            start = file.tell()
            found = file.readline(_LINE)[:40].decode("ascii", errors="replace").upper()
            if start >= high or found > wanted:
                high = middle
            elif found == wanted:
                return True
            else:
                low = file.tell()
    return False


def encode(password: str, salt: str = "", like: str = "") -> str:
    """Hash a password with a new salt, with `salt`, or with the salt and cost of the hash `like`. Runs in a child process."""
    hasher = ScryptPasswordHasher()
    if like.startswith("scrypt$"):
        old = hasher.decode(like)
        costs = old["work_factor"], old["block_size"], old["parallelism"]
        return str(hasher.encode(password, old["salt"], *costs))
    return str(hasher.encode(password, salt or hasher.salt()))


def verify(password: str, encoded: str) -> bool:
    """Verify a password against a hash, in a child process. An empty or malformed hash matches nothing."""
    if not encoded.startswith("scrypt$"):
        return False
    return bool(ScryptPasswordHasher().verify(password, encoded))


def salt_of(email: str) -> str:
    """Return the salt shared by all sign-ups of an address, so that one hash finds the sign-up of a password. It is not guessable."""
    text = f"users.sign_up_salt\n{plain_email(email)}".encode(errors="surrogatepass")
    return hmac.new(settings.SECRET_KEY.encode(), text, "sha256").hexdigest()[:32]


async def hash_password(password: str, *, salt: str = "") -> str:
    """Return the hash to store. Raises BadInput for a password that breaks the rules. Not inside a transaction."""
    check_password_rules(password)
    if await is_refused(password):
        raise Invalid("password", "too_common")
    return await run_in_process(encode, password, salt)


async def is_refused(password: str) -> bool:
    """Return whether a password is a common one, or in the operator's file of hashes. Not inside a transaction."""
    await release_connection()
    if await run_in_process(is_common, password):
        return True
    path = config().breached_passwords
    try:
        return bool(path) and await run_in_process(is_in_file, password, path)
    except (
        OSError
    ) as error:  # the file went away: nobody could sign up or choose a new password until it is back
        log.warning("passwords.unreadable_file", path=path, error=str(error))
        return False


def has_old_costs(encoded: str) -> bool:
    """Return whether a hash has another cost than new ones."""
    hasher = ScryptPasswordHasher()
    costs = hasher.decode(encoded)
    return (costs["work_factor"], costs["block_size"], costs["parallelism"]) != (
        hasher.work_factor,
        hasher.block_size,
        hasher.parallelism,
    )


async def hash_again(password: str) -> str:
    """Hash a password in use with the current cost, even if it breaks newer rules. Not inside a transaction."""
    await release_connection()
    return await run_in_process(encode, password)


async def hash_to_compare(password: str, *, like: str, salt: str) -> str:
    """Hash a password like the stored hash `like`, for comparison; without a hash use `salt`, which takes the same time.

    Not inside a transaction.
    """
    await release_connection()
    return await run_in_process(encode, password[: MAX_LENGTH + 1], salt, like)


async def is_right_password(password: str, encoded: str) -> bool:
    """Return whether `password` matches. Not inside a transaction.

    Takes the same time without a hash (an unknown e-mail address).
    """
    await release_connection()
    right = await run_in_process(verify, password[: MAX_LENGTH + 1], encoded or DUMMY_HASH)
    return right and bool(encoded)
