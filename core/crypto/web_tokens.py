"""JSON web tokens that we sign (RFC 7519). 7 MB: imported inside functions, so that a process loads it with its first token."""

from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from core.crypto.keys import make_rsa_pair

ALGORITHM = "RS256"  # the one that every client of OpenID Connect knows


def make_signing_key() -> tuple[str, dict[str, str]]:
    """Return a new key as PEM, and its public half as a JWK named by its thumbprint (RFC 7638). For child processes: some 100 ms of work."""
    private_pem = make_rsa_pair().private_pem
    key = RSAKey.import_key(private_pem)
    public = {name: str(value) for name, value in key.as_dict(private=False).items()}
    return private_pem, public | {"use": "sig", "alg": ALGORITHM, "kid": key.thumbprint()}


def sign(claims: Mapping[str, Any], private_pem: str, *, key_id: str) -> str:
    """Return these claims as a signed token."""
    header = {"alg": ALGORITHM, "kid": key_id}
    return jwt.encode(header, dict(claims), RSAKey.import_key(private_pem), algorithms=[ALGORITHM])
