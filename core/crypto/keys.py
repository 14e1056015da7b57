"""Key pairs of identities: generation, parsing, and encryption at rest if a secret is configured.

RSA for every identity. Ed25519 is accepted from other servers (FEP-521a Multikey), and used for proofs.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from core.config import config
from core.connections import release_connection
from core.errors import BadInput, Unavailable
from core.processes.offload import run_in_process

if TYPE_CHECKING:
    from core.crypto.primitives import (
        AESGCM,
        Ed25519PrivateKey,
        Ed25519PublicKey,
        RSAPrivateKey,
        RSAPublicKey,
    )

type PrivateKey = RSAPrivateKey | Ed25519PrivateKey
type PublicKey = RSAPublicKey | Ed25519PublicKey

MIN_RSA_BITS, MAX_RSA_BITS = 2048, 8192
MAX_EXPONENT_BITS = 33  # a long exponent makes each verification as expensive as signing
MAX_PEM = 16_000
_SEAL = "sealed:v1:"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ED25519_CODE = b"\xed\x01"  # multicodec ed25519-pub


class BadKey(BadInput):
    """An unusable key; the message says why."""


class KeyPair(NamedTuple):
    """PEM texts: PKCS#8 and SubjectPublicKeyInfo."""

    private_pem: str
    public_pem: str


async def new_rsa_pair() -> KeyPair:
    """Return a new RSA key pair of 2048 bits, generated in a child process (some 100 ms of work). Not inside a transaction."""
    await release_connection()
    return await run_in_process(make_rsa_pair)


def make_rsa_pair() -> KeyPair:
    """Return a new RSA key pair, generated in this process: for child processes, command lines and tests."""
    from core.crypto import primitives  # with the first key

    return _pems(primitives.generate_private_key(public_exponent=65537, key_size=2048))


def make_ed25519_pair() -> KeyPair:
    """Return a new Ed25519 key pair (some 50 µs of work)."""
    from core.crypto import primitives  # with the first key

    return _pems(primitives.Ed25519PrivateKey.generate())


def make_vapid_pair() -> tuple[str, str]:
    """Return a new P-256 key for web push as PEM, and its public point in base64url, padded as Mastodon's."""
    from core.crypto import primitives  # with the first key

    key = primitives.ec.generate_private_key(primitives.ec.SECP256R1())
    pem = key.private_bytes(
        primitives.Encoding.PEM, primitives.PrivateFormat.PKCS8, primitives.NoEncryption()
    )
    point = key.public_key().public_bytes(primitives.Encoding.X962, primitives.PublicFormat.UncompressedPoint)
    return pem.decode(), base64.urlsafe_b64encode(point).decode()


def _pems(key: PrivateKey) -> KeyPair:
    from core.crypto import primitives  # with the first key

    private = key.private_bytes(
        primitives.Encoding.PEM, primitives.PrivateFormat.PKCS8, primitives.NoEncryption()
    )
    public = key.public_key().public_bytes(
        primitives.Encoding.PEM, primitives.PublicFormat.SubjectPublicKeyInfo
    )
    return KeyPair(private.decode(), public.decode())


@lru_cache(maxsize=512)
def load_private_key(pem: str) -> PrivateKey:
    """Parse our own private key. Raises BadKey.

    Skips the primality checks (49 ms per key), because the text comes from our own database.
    """
    from core.crypto import primitives  # with the first key

    try:
        key = primitives.load_pem_private_key(pem.encode(), None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, primitives.UnsupportedAlgorithm) as error:
        raise BadKey(code="private_key_unreadable", detail=type(error).__name__) from error
    if not isinstance(key, primitives.RSAPrivateKey | primitives.Ed25519PrivateKey):
        raise BadKey(code="private_key_of_other_kind", detail=type(key).__name__)
    return key


def is_ed25519(key: PrivateKey) -> bool:
    """Return whether this is an Ed25519 key; otherwise it is RSA."""
    from core.crypto import primitives  # with the first key

    return isinstance(key, primitives.Ed25519PrivateKey)


def sign(key: PrivateKey, text: bytes) -> bytes:
    """Return the signature of `text`: Ed25519, or RSA with PKCS#1 v1.5 and SHA-256 (0.3 to 0.8 ms of work). Raises BadKey for a damaged key."""
    from core.crypto import primitives  # with the first key

    if isinstance(key, primitives.Ed25519PrivateKey):
        return key.sign(text)
    try:
        return key.sign(text, primitives.PKCS1v15(), primitives.SHA256())
    except ValueError as error:  # its contents were not checked when it was read
        raise BadKey(code="private_key_unreadable", detail=str(error)[:200]) from error


@lru_cache(maxsize=2048)
def load_public_key(pem: str) -> PublicKey:
    """Return a remote public key, from PEM (SubjectPublicKeyInfo or PKCS#1). Raises BadKey, also for weak or oversized keys."""
    from core.crypto import primitives  # with the first key

    if len(pem) > MAX_PEM:
        raise BadKey(code="public_key_too_long", detail=f"{len(pem)} characters")
    try:
        key = primitives.load_pem_public_key(pem.strip().encode())
    except (ValueError, TypeError, primitives.UnsupportedAlgorithm) as error:
        raise BadKey(code="public_key_unreadable", detail=str(error)[:200]) from error
    if isinstance(key, primitives.Ed25519PublicKey):
        return key
    if not isinstance(key, primitives.RSAPublicKey):
        raise BadKey(code="public_key_of_other_kind", detail=type(key).__name__)
    if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        raise BadKey(code="rsa_bits", least=MIN_RSA_BITS, most=MAX_RSA_BITS, detail=f"{key.key_size} bits")
    if key.public_numbers().e.bit_length() > MAX_EXPONENT_BITS:
        raise BadKey(code="key_exponent")
    return key


@lru_cache(maxsize=512)
def load_multikey(multibase: str) -> Ed25519PublicKey:
    """Return the Ed25519 key of a `publicKeyMultibase` (FEP-521a: base58btc of the multicodec prefix and 32 bytes). Raises BadKey."""
    from core.crypto import primitives  # with the first key

    raw = from_base58(multibase[1:], 34) if multibase.startswith("z") else None
    if raw is None or not raw.startswith(_ED25519_CODE):
        raise BadKey(code="multikey_unusable")
    return primitives.Ed25519PublicKey.from_public_bytes(raw[2:])


def multikey(pem: str) -> str:
    """Return an Ed25519 public key in PEM as `publicKeyMultibase`. Raises BadKey for another kind."""
    from core.crypto import primitives  # with the first key

    key = load_public_key(pem)
    if not isinstance(key, primitives.Ed25519PublicKey):
        raise BadKey(code="public_key_of_other_kind", detail=type(key).__name__)
    return "z" + base58(_ED25519_CODE + key.public_bytes_raw())


def multikey_pem(multibase: str) -> str:
    """Return the key of a `publicKeyMultibase` as PEM. Raises BadKey."""
    from core.crypto import primitives  # with the first key

    return (
        load_multikey(multibase)
        .public_bytes(primitives.Encoding.PEM, primitives.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def base58(raw: bytes) -> str:
    """Return base58btc. For short values: the work grows with the square of the length."""
    number, text = int.from_bytes(raw, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = _BASE58[digit] + text
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + text


def from_base58(text: str, size: int) -> bytes | None:
    """Decode `size` bytes from base58btc; None if invalid."""
    if not 0 < len(text) <= size * 2:
        return None
    number = 0
    for character in text:
        digit = _BASE58.find(character)
        if digit < 0:
            return None
        number = number * 58 + digit
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    raw = b"\0" * (len(text) - len(text.lstrip("1"))) + raw
    return raw if len(raw) == size else None


def seal(private_pem: str) -> str:
    """Return the stored form of a private key: encrypted if TAKAHE_KEY_SECRET is set, otherwise unchanged."""
    secret = config().key_secret
    if not secret:
        return private_pem
    nonce = secrets.token_bytes(12)
    return (
        _SEAL
        + base64.b64encode(
            nonce + _cipher(secret).encrypt(nonce, private_pem.encode(), _SEAL.encode())
        ).decode()
    )


def unseal(stored: str) -> str:
    """Return the private key from its stored form. Raises Unavailable if it was encrypted with another secret, or none is set."""
    return _opened(stored, config().key_secret) if stored.startswith(_SEAL) else stored


@lru_cache(maxsize=512)
def _opened(stored: str, secret: str) -> str:
    from core.crypto import primitives  # with the first key

    if not secret:
        raise Unavailable(code="own_key_unreadable", detail="it is sealed, and TAKAHE_KEY_SECRET is not set")
    try:
        raw = base64.b64decode(stored.removeprefix(_SEAL), validate=True)
        return _cipher(secret).decrypt(raw[:12], raw[12:], _SEAL.encode()).decode()
    except (primitives.InvalidTag, binascii.Error, ValueError) as error:
        raise Unavailable(
            code="own_key_unreadable",
            detail="it was sealed with another TAKAHE_KEY_SECRET, or is damaged",
        ) from error


@lru_cache(maxsize=4)
def _cipher(secret: str) -> AESGCM:
    from core.crypto import primitives  # with the first key

    derived = primitives.HKDF(primitives.SHA256(), 32, salt=None, info=b"takahe private keys v1").derive(
        secret.encode()
    )
    return primitives.AESGCM(derived)
