"""Digests of bodies: the `Digest` header (RFC 3230, as draft-cavage signers use it) and `Content-Digest` (RFC 9530)."""

import base64
import binascii
import hashlib
from hmac import compare_digest

from federation.signatures.errors import SignatureError
from federation.signatures.structured import parse_dictionary


def digest_header(body: bytes) -> str:
    """Return the value of a `Digest` header."""
    return "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()


def content_digest_header(body: bytes) -> str:
    """Return the value of a `Content-Digest` header."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def read_digest(value: str) -> bytes:
    """Return the SHA-256 in a `Digest` header, ignoring other algorithms. Raises SignatureError."""
    found: set[bytes] = set()
    for part in value.split(","):
        name, equals, encoded = part.strip().partition("=")
        if equals and name.strip().lower() == "sha-256":
            try:
                found.add(base64.b64decode(encoded, validate=True))
            except (binascii.Error, ValueError) as error:
                raise SignatureError(code="digest_not_base64", detail=value[:200]) from error
    if not found:
        raise SignatureError(code="digest_missing", header="Digest", detail=value[:200])
    return _only(found, "Digest")


def read_content_digest(value: str) -> bytes:
    """Return the SHA-256 in a `Content-Digest` header. Raises SignatureError, also if there is none."""
    stated = parse_dictionary(value, what="Content-Digest header").get("sha-256")
    if stated is None or not isinstance(stated.value, bytes):
        raise SignatureError(code="digest_missing", header="Content-Digest", detail=value[:200])
    return _only({stated.value}, "Content-Digest")


def _only(found: set[bytes], header: str) -> bytes:
    if len(found) > 1 or any(len(one) != 32 for one in found):
        raise SignatureError(code="digest_not_single", header=header)
    return found.pop()


def check_digest(stated: bytes, body: bytes) -> None:
    """Raise SignatureError if the body does not have this digest."""
    if not compare_digest(stated, hashlib.sha256(body).digest()):
        raise SignatureError(reason="digest", code="digest_mismatch")
