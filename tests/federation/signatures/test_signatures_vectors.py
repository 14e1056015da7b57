"""Requests that real servers sent, and vectors of other projects: not ours to publish, so a clone without ../shared skips them.

Those of the specifications themselves run in every clone: test_signatures_specifications.py.
"""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from core import clock
from core.crypto.keys import BadKey, load_public_key
from federation.signatures import SignatureError, parse_signature
from federation.signatures.claim import SignatureClaim
from federation.signatures.message import read_message
from federation.signatures.rfc9421 import signing_base
from federation.signatures.structured import InnerList, parse_dictionary

FOLDER = Path(__file__).parents[4] / "shared/fixtures/activitypub/signatures"
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(),
    reason=f"the requests of other projects, which are not ours to publish, are not here: {FOLDER}",
)
VECTORS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))
}
SHORT_KEYS = {"cavage12-c1-default", "cavage12-c2-basic", "cavage12-c3-all-headers"}  # the draft's own key
REQUESTS = {name: vector for name, vector in VECTORS.items() if "request" in vector}
# What the specifications' own examples lack for us to accept them; their cryptography is checked below.
TOO_WEAK = {
    "cavage12-c1-default": "not_covered",
    "cavage12-c2-basic": "not_covered",
    "rfc9421-b21": "not_covered",
    "rfc9421-b22": "not_covered",
    "rfc9421-b23": "malformed",  # SHA-512 only
    "rfc9421-b25": "not_covered",
    "rfc9421-b26": "not_covered",
    "rfc9421-b4-transform-1": "not_covered",  # the query
    "rfc9421-b4-transform-3": "not_covered",
    "rfc9421-b3-tls-proxy": "not_covered",
}


def headers(vector: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in vector["request"]["headers"]]


def moment(vector: dict[str, Any]) -> dt.datetime:
    if vector.get("now"):
        return dt.datetime.fromisoformat(vector["now"])
    stated = dict(vector["request"]["headers"])
    lower = {name.lower(): value for name, value in stated.items()}
    if "signature-input" in lower:
        return dt.datetime.fromtimestamp(1618884473, tz=dt.UTC)
    from email.utils import parsedate_to_datetime

    return parsedate_to_datetime(lower["date"])


def key_of(vector: dict[str, Any]) -> Any:
    """The vector's key. Those of 1,024 bits are read past our own minimum, so that their cryptography is checked all the same."""
    pem = vector["key"]["public_pem"]
    return load_pem_public_key(pem.encode()) if vector["name"] in SHORT_KEYS else load_public_key(pem)


def check(vector: dict[str, Any]) -> SignatureClaim:
    request = vector["request"]
    claim = parse_signature(
        request["method"],
        request["target"],
        headers(vector),
        url_scheme=vector.get("target_uri_scheme") or "https",
    )
    claim.check_body(request["body"].encode())
    claim.verify(key_of(vector))
    return claim


@pytest.mark.parametrize("name", REQUESTS)
def test_vectors_end_as_they_should(name: str) -> None:
    vector = REQUESTS[name]
    with clock.shifted(moment(vector) - clock.now()):
        if vector["expect"] == "valid" and name not in TOO_WEAK:
            assert check(vector).key_id
            return
        with pytest.raises(SignatureError) as caught:
            check(vector)
    if name in TOO_WEAK:
        assert caught.value.reason == TOO_WEAK[name]


@pytest.mark.parametrize("name", sorted(SHORT_KEYS & REQUESTS.keys()))
def test_the_drafts_own_key_is_too_short_for_us(name: str) -> None:
    with pytest.raises(BadKey):
        load_public_key(REQUESTS[name]["key"]["public_pem"])


CRYPTO = [
    name
    for name, vector in REQUESTS.items()
    if vector["scheme"] == "rfc9421"
    and vector["algorithm"] in {"rsa-pss-sha512", "ed25519", "rsa-v1_5-sha256"}
]


@pytest.mark.parametrize("name", CRYPTO)
def test_signature_bases_of_rfc_9421_are_the_published_ones(name: str) -> None:
    vector = REQUESTS[name]
    request = vector["request"]
    message = read_message(
        request["method"],
        request["target"],
        headers(vector),
        scheme=vector.get("target_uri_scheme") or "https",
        authority=None,
    )
    [covered] = parse_dictionary(vector["signature_input"], what="vector").values()
    [signature] = parse_dictionary(vector["signature"], what="vector").values()
    assert isinstance(covered, InnerList)
    assert isinstance(signature.value, bytes)
    base = signing_base(message, covered)
    assert base.decode() == vector["signature_base"]
    claim = SignatureClaim("k", "rfc9421", vector["algorithm"], (), signature.value, (base,), None)
    if not vector.get("signature_crypto_valid", vector["expect"] == "valid"):
        with pytest.raises(SignatureError):
            claim.verify(load_public_key(vector["key"]["public_pem"]))
    else:
        claim.verify(load_public_key(vector["key"]["public_pem"]))
