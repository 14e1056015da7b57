"""Digests of bodies: the `Digest` header (RFC 3230, as draft-cavage signers use it) and `Content-Digest` (RFC 9530)."""

import base64
import binascii
import hashlib
from hmac import compare_digest

from federation.signatures.errors import SignatureError, malformed
from federation.signatures.structured import parse_dictionary


def digest_header(body: bytes) -> str:
    """Return the value of a `Digest` header."""
    return "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()


def content_digest_header(body: bytes) -> str:
    """Return the value of a `Content-Digest` header."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def read_digest(value: str) -> bytes:
    """Return the SHA-256 that a `Digest` header states, other algorithms passed over. Raises SignatureError."""
    found: set[bytes] = set()
    for part in value.split(","):
        name, equals, encoded = part.strip().partition("=")
        if equals and name.strip().lower() == "sha-256":
            try:
                found.add(base64.b64decode(encoded, validate=True))
            except (binascii.Error, ValueError) as error:
                raise malformed("The Digest header isn't base64 of a SHA-256.", detail=value[:200]) from error
    if not found:
        raise malformed("The Digest header has no SHA-256 digest.", detail=value[:200])
    return _only(found, "Digest")


def read_content_digest(value: str) -> bytes:
    """Return the SHA-256 that a `Content-Digest` header states. Raises SignatureError, also when it states none."""
    stated = parse_dictionary(value, what="Content-Digest header").get("sha-256")
    if stated is None or not isinstance(stated.value, bytes):
        raise malformed("The Content-Digest header has no sha-256 digest.", detail=value[:200])
    return _only({stated.value}, "Content-Digest")


def _only(found: set[bytes], header: str) -> bytes:
    if len(found) > 1 or any(len(one) != 32 for one in found):
        raise malformed(f"The {header} header isn't one SHA-256 in base64.")
    return found.pop()


def check_digest(stated: bytes, body: bytes) -> None:
    """Raise SignatureError when the body does not have this digest."""
    if not compare_digest(stated, hashlib.sha256(body).digest()):
        raise SignatureError("digest", "The digest doesn't match the body.")
