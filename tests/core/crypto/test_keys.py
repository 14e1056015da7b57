"""Keys: made in a child process, read with limits, sealed at rest."""

import time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from core.config import config
from core.crypto import keys
from core.errors import Unavailable

SPKI = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.anyio
@pytest.mark.slow
async def test_a_new_pair_belongs_together() -> None:
    pair = await keys.new_rsa_pair()
    signature = keys.load_private_key(pair.private_pem).sign(b"x", PKCS1v15(), SHA256())  # type: ignore[call-arg]
    keys.load_public_key(pair.public_pem).verify(signature, b"x", PKCS1v15(), SHA256())  # type: ignore[call-arg]


def test_ed25519_and_pkcs1_are_read() -> None:
    pair = keys.make_ed25519_pair()
    signature = keys.load_private_key(pair.private_pem).sign(b"x")  # type: ignore[call-arg]
    keys.load_public_key(pair.public_pem).verify(signature, b"x")  # type: ignore[call-arg]
    public = rsa.generate_private_key(65537, 2048).public_key()
    pkcs1 = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1).decode()
    assert keys.load_public_key(f"\n  {pkcs1}\n\n").public_bytes(*SPKI) == public.public_bytes(*SPKI)


def _bad_keys() -> dict[str, str]:
    wide = rsa.RSAPublicNumbers(2**64 + 13, (1 << 2047) + 1).public_key()
    huge = rsa.RSAPublicNumbers(65537, (1 << 9000) + 1).public_key()
    return {
        "empty": "",
        "not PEM": "hello",
        "a NUL": "-----BEGIN PUBLIC KEY-----\0",
        "not ASCII": "-----BEGIN PUBLIC KEY-----\nüü\n-----END PUBLIC KEY-----",
        "private": keys.make_ed25519_pair().private_pem,
        "elliptic": ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(*SPKI).decode(),
        "exponent": wide.public_bytes(*SPKI).decode(),
        "9001 bits": huge.public_bytes(*SPKI).decode(),
        "512 bits": "-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALPHjDqVqVrmDqyZyLXUnSiFVJwIgmbs\n"
        "gTtQfTYVIKr2uC4NTjIWmVdOm7JDLmRcBnZf5p3pQFlFfnBeRZqYPa8CAwEAAQ==\n-----END PUBLIC KEY-----\n",
        "1024 bits": rsa.generate_private_key(65537, 1024).public_key().public_bytes(*SPKI).decode(),
        "long": "-----BEGIN PUBLIC KEY-----\n" + "A" * 20_000,
    }


@pytest.mark.parametrize("name", _bad_keys())
def test_unusable_public_keys_are_refused(name: str) -> None:
    with pytest.raises(keys.BadKey):
        keys.load_public_key(_bad_keys()[name])


def test_unusable_private_keys_are_refused_without_showing_them() -> None:
    for pem in ("", "secret", keys.make_ed25519_pair().public_pem):
        with pytest.raises(keys.BadKey) as caught:
            keys.load_private_key(pem)
        assert "secret" not in caught.value.sentence + caught.value.detail


def test_a_private_key_is_parsed_once() -> None:
    pem = keys.make_rsa_pair().private_pem
    keys.load_private_key(pem)
    began = time.process_time()
    for _ in range(1000):
        keys.load_private_key(pem)
    assert time.process_time() - began < 0.1


def test_multikeys_of_ed25519_are_read_and_others_refused() -> None:
    raw = keys.load_multikey("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2")
    encoded = raw.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    assert len(encoded) == 32
    for bad in (
        "",
        "z",
        "z6Mk",
        "u" + "A" * 46,
        "z0OIl" + "1" * 43,
        "z" + "z" * 59,
        "z" + "1" * 47,
        "z" + "2" * 10_000,
    ):
        with pytest.raises(keys.BadKey):
            keys.load_multikey(bad)


def test_private_keys_are_sealed_when_there_is_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    pem = keys.make_ed25519_pair().private_pem
    monkeypatch.setattr(config(), "key_secret", "")
    assert keys.seal(pem) == pem == keys.unseal(pem)
    monkeypatch.setattr(config(), "key_secret", "one")
    sealed = keys.seal(pem)
    assert "PRIVATE" not in sealed
    assert keys.seal(pem) != sealed
    assert keys.unseal(sealed) == pem
    assert keys.unseal(pem) == pem, "keys from before the secret was set stay readable"
    for secret in ("two", ""):
        monkeypatch.setattr(config(), "key_secret", secret)
        with pytest.raises(Unavailable):
            keys.unseal(sealed)
    monkeypatch.setattr(config(), "key_secret", "one")
    for damaged in (sealed[:-4] + "AAAA", sealed[:20], keys._SEAL, keys._SEAL + "!"):
        with pytest.raises(Unavailable):
            keys.unseal(damaged)
