"""Password hashes (scrypt, in Django's format), made and checked in a child process: one takes some 140 ms and 16 MB."""

from django.contrib.auth.hashers import ScryptPasswordHasher

from core.connections import release_connection
from core.errors import BadInput
from core.offload import run_in_process

SHORTEST = 8
LONGEST = 256  # characters; a longer one costs us and gains nobody anything

# What passwords for unknown e-mail addresses are compared with, so that both answers take the same time. Nobody knows its password.
DUMMY_HASH = (
    "scrypt$16384$rUAGGoWsdSy5WCK8TFiJAU$8$5$"
    "6QQldHiFBnw19QCH+oRNTbEsz0r7MweimnuAZUna1Fh+Srcw/zmLxaLQlhwlCIL+U4/6rgQGRgqRcQqxj0q5NQ=="
)


def check_password_rules(password: str) -> None:
    """Raises BadInput when nobody should use this as a password."""
    if len(password) < SHORTEST:
        raise BadInput(f"A password needs at least {SHORTEST} characters.")
    if len(password) > LONGEST:
        raise BadInput(f"A password can have at most {LONGEST} characters.")
    if len(set(password)) < 4:
        raise BadInput("This password is too easy to guess. Use a greater variety of characters.")


def encode(password: str) -> str:
    """Runs in a child process."""
    hasher = ScryptPasswordHasher()
    return str(hasher.encode(password, hasher.salt()))


def verify(password: str, encoded: str) -> bool:
    """Runs in a child process. An empty or damaged hash fits no password."""
    if not encoded.startswith("scrypt$"):
        return False
    return bool(ScryptPasswordHasher().verify(password, encoded))


async def hash_password(password: str) -> str:
    """The hash to store. Raises BadInput for a password that breaks the rules. Not inside a transaction."""
    check_password_rules(password)
    await release_connection()
    return await run_in_process(encode, password)


async def is_right_password(password: str, encoded: str) -> bool:
    """Whether `password` fits; takes as long for no hash at all (an unknown e-mail address). Not inside a transaction."""
    await release_connection()
    right = await run_in_process(verify, password[: LONGEST + 1], encoded or DUMMY_HASH)
    return right and bool(encoded)
