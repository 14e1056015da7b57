"""Claims of signed requests, and their verification with a key. The rules are in federation/signatures."""

from typing import Any

import msgspec

from core.asgi import Request
from core.crypto.keys import BadKey, load_public_key
from federation.signatures import SignatureClaim, SignatureError, parse_signature


def read_claim(request: Request) -> SignatureClaim:
    """Return the claim after checking its freshness, coverage and digest. Raises SignatureError."""
    scope = request.scope
    target = (scope.get("raw_path") or request.path.encode()).decode("latin-1")
    if query := scope.get("query_string"):
        target += "?" + query.decode("latin-1")
    claim = parse_signature(
        request.method,
        target,
        scope["headers"],
        url_scheme=request.secure_scheme,
        authority=request.META.get("HTTP_HOST"),
    )
    claim.check_body(request.body)
    return claim


def signature_matches(pem: str, claim: SignatureClaim) -> bool:
    """Return whether this key made the signature. False for an unusable key."""
    try:
        claim.verify(load_public_key(pem))
    except (SignatureError, BadKey):
        return False
    return True


def to_stored(claim: SignatureClaim) -> Any:
    """Return the claim as JSON values."""
    return msgspec.to_builtins(claim)


def from_stored(value: Any) -> SignatureClaim:
    return msgspec.convert(value, SignatureClaim)
