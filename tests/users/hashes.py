"""Password hashes that cost nothing: scrypt as ever, made in a child process as ever, at the least cost there is instead of 140 ms of work.

Imports little, because child processes import it. tests/conftest.py puts it in place.
"""

from unittest import mock

from django.contrib.auth.hashers import ScryptPasswordHasher

from users.logins import passwords

WORK_FACTOR = 2
real_encode = passwords.encode


def encode(password: str, salt: str = "", like: str = "") -> str:
    """Hash as `passwords.encode` does. The child process that does so may be asked for a real one next."""
    with mock.patch.object(ScryptPasswordHasher, "work_factor", WORK_FACTOR):
        return real_encode(password, salt, like)


DUMMY_HASH = encode("nobody knows it")
