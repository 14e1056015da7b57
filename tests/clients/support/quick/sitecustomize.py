"""Python loads this first in each process whose PYTHONPATH names this folder: those of a server where very many people register.

Each process makes one key pair and gives it to everybody, and passwords have the least cost.
"""

import hashlib
from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa

_scrypt = hashlib.scrypt


def _cheap_scrypt(password: bytes, *, salt: bytes, n: int, **more: int) -> bytes:
    return _scrypt(password, salt=salt, n=2, **more)


hashlib.scrypt = _cheap_scrypt
rsa.generate_private_key = cache(rsa.generate_private_key)
