"""Python imports this first in each process with this folder in PYTHONPATH: those of a server where very many users register.

Each process creates one key pair and uses it for everybody, and hashes passwords at the lowest cost.
"""

import hashlib
from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa

_scrypt = hashlib.scrypt


def _cheap_scrypt(password: bytes, *, salt: bytes, n: int, **more: int) -> bytes:
    return _scrypt(password, salt=salt, n=2, **more)


hashlib.scrypt = _cheap_scrypt
rsa.generate_private_key = cache(rsa.generate_private_key)
