"""Encryption of the parts of a backup with a passphrase.

AES-256-GCM over pieces of 1 MiB, numbered and with a mark on the last one (the STREAM construction of Hoang, Reyhanitabar, Rogaway and
Vizár, 2015), so that pieces can't be left out, swapped or taken from another part. The key is derived by scrypt (RFC 7914).
"""

import secrets
from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from core.errors import BadInput

PIECE = 1 << 20
SALT_BYTES = 16
_PREFIX, _TAG = 7, 16
_CHECK = "the passphrase of this backup"


class Sealer:
    """Seals and opens streams of bytes with one key. `salt` is stored beside them in the clear."""

    def __init__(self, passphrase: str, salt: bytes) -> None:
        """Make the key, which takes a tenth of a second and 32 MB."""
        key = Scrypt(salt=salt, length=32, n=1 << 15, r=8, p=1).derive(passphrase.encode())
        self._cipher = AESGCM(key)

    def seal(self, name: str, content: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the encrypted content. `name` has to be the same for opening it."""
        prefix = secrets.token_bytes(_PREFIX)
        yield prefix
        for number, (piece, is_last) in enumerate(in_pieces(content, PIECE)):
            yield self._cipher.encrypt(_nonce(prefix, number, is_last), piece, name.encode())

    def unseal(self, name: str, sealed: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the content. Raises BadInput if it was changed, or the passphrase is another one."""
        prefix = b""
        for number, (piece, is_last) in enumerate(in_pieces(sealed, PIECE + _TAG, head=_PREFIX)):
            if not number:
                prefix = piece
                continue
            try:
                yield self._cipher.decrypt(_nonce(prefix, number - 1, is_last), piece, name.encode())
            except InvalidTag as error:
                raise BadInput(
                    f"{name} in the backup is damaged, or the passphrase is another one."
                ) from error

    def check(self) -> bytes:
        """Return what `opens` recognises."""
        return b"".join(self.seal(_CHECK, [b""]))

    def opens(self, check: bytes) -> bool:
        """Return whether a check was made with the same passphrase."""
        try:
            return b"".join(self.unseal(_CHECK, [check])) == b""
        except BadInput:
            return False


def sealed_size(size: int) -> int:
    """Return how many bytes content of this size has once it is sealed."""
    return _PREFIX + size + _TAG * max(1, -(-size // PIECE))


def in_pieces(content: Iterable[bytes], size: int, *, head: int = 0) -> Iterator[tuple[bytes, bool]]:
    """Yield pieces of exactly this size, and whether it is the last one, which may be shorter or empty. The first one has `head` bytes, if any."""
    held, wanted = bytearray(), head or size
    for part in content:
        held += part
        while len(held) > wanted:  # one more byte than a piece: there is another one
            yield bytes(held[:wanted]), False
            del held[:wanted]
            wanted = size
    yield bytes(held), True


def _nonce(prefix: bytes, number: int, is_last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([is_last])
