"""Cheap password hashes: scrypt in a child process as usual, but at the lowest cost instead of 140 ms.

Imports little, because child processes import it. tests/conftest.py installs it.
"""

from unittest import mock

from django.contrib.auth.hashers import ScryptPasswordHasher

from users.logins import passwords

WORK_FACTOR = 2
real_encode = passwords.encode


def encode(password: str, salt: str = "", like: str = "") -> str:
    """Hash as `passwords.encode` does. The same child process may be asked for a real hash next."""
    with mock.patch.object(ScryptPasswordHasher, "work_factor", WORK_FACTOR):
        return real_encode(password, salt, like)


DUMMY_HASH = encode("nobody knows it")
