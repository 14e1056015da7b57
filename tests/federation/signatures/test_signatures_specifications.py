"""The examples of RFC 9421 (appendix B) and draft-cavage-12 (appendix C): keys, messages, bases and signatures as they were published.

They are carried in signature_vectors.json, so they run in every clone. Requests that real servers sent are in test_signatures_vectors.py.
"""

import base64
import datetime as dt
import json
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key

from core import clock
from core.crypto.keys import BadKey, load_public_key
from federation.signatures import SignatureError, parse_signature, rfc9421
from federation.signatures.claim import SignatureClaim
from federation.signatures.message import read_message
from federation.signatures.structured import InnerList, parse_dictionary

_FILE = json.loads(Path(__file__).with_name("signature_vectors.json").read_text())
_RFC_CREATED = dt.datetime.fromtimestamp(1618884473, tz=dt.UTC)  # of all examples of the RFC

type Vector = dict[str, Any]
VECTORS: dict[str, Vector] = {vector["name"]: vector for vector in _FILE["vectors"]}
RFC = [name for name in VECTORS if name.startswith("rfc9421")]
CAVAGE = [name for name in VECTORS if name.startswith("cavage12")]
OF_OUR_ALGORITHMS = [name for name in RFC if VECTORS[name]["algorithm"] != "ecdsa-p256-sha256"]


def pem(vector: Vector) -> str:
    return f"-----BEGIN PUBLIC KEY-----\n{_FILE['keys'][vector['key']]}\n-----END PUBLIC KEY-----\n"


def key_of(vector: Vector) -> Any:
    """The draft's key has 1,024 bits: it is read past our own minimum, so that its signatures are checked all the same."""
    if vector["key"] != "cavage":
        return load_public_key(pem(vector))
    return load_der_public_key(base64.b64decode(_FILE["keys"]["cavage"]))


def headers(vector: Vector) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in vector["headers"]]


def header(vector: Vector, wanted: str) -> str:
    return next(value for name, value in vector["headers"] if name.lower() == wanted)


def when(vector: Vector) -> dt.datetime:
    return (
        _RFC_CREATED
        if vector["scheme"] == "rfc9421"
        else parsedate_to_datetime(header(vector, "date")).replace(tzinfo=dt.UTC)
    )


def received(vector: Vector) -> SignatureClaim:
    """Take the request in as the inbox does. Raises SignatureError."""
    with clock.shifted(when(vector) - clock.now()):
        claim = parse_signature(
            vector["method"], vector["target"], headers(vector), url_scheme=vector["url_scheme"]
        )
        claim.check_body(vector["body"].encode())
        claim.verify(key_of(vector))
    return claim


@pytest.mark.parametrize("name", VECTORS)
def test_examples_are_accepted_or_refused_with_their_reason(name: str) -> None:
    """Most examples sign less than we ask for; what they lack is the reason."""
    vector = VECTORS[name]
    if vector["refused"] is None:
        assert received(vector).key_id
        return
    with pytest.raises(SignatureError) as caught:
        received(vector)
    if vector["refused"] != "changed":
        assert caught.value.reason == vector["refused"]


def _base(vector: Vector) -> bytes:
    """Return the signature base that our code makes of the message, whether we would accept it or not."""
    message = read_message(
        vector["method"], vector["target"], headers(vector), scheme=vector["url_scheme"], authority=None
    )
    [covered] = parse_dictionary(header(vector, "signature-input"), what="vector").values()
    assert isinstance(covered, InnerList)
    return rfc9421.signing_base(message, covered)


def _signed(vector: Vector, base: bytes) -> SignatureClaim:
    [signature] = parse_dictionary(header(vector, "signature"), what="vector").values()
    assert isinstance(signature.value, bytes)
    return SignatureClaim("k", "rfc9421", vector["algorithm"], (), signature.value, (base,), None)


@pytest.mark.parametrize("name", RFC)
def test_signature_bases_are_the_published_ones(name: str) -> None:
    assert _base(VECTORS[name]).decode().split("\n") == VECTORS[name]["base"]


@pytest.mark.parametrize("name", OF_OUR_ALGORITHMS)
def test_published_signatures_verify_unless_the_message_was_changed(name: str) -> None:
    vector = VECTORS[name]
    base = _base(vector)
    if vector["refused"] == "changed":
        with pytest.raises(SignatureError):
            _signed(vector, base).verify(key_of(vector))
        return
    _signed(vector, base).verify(key_of(vector))
    with pytest.raises(SignatureError):
        _signed(vector, base + b" ").verify(key_of(vector))


@pytest.mark.parametrize("name", CAVAGE)
def test_published_signatures_of_the_draft_verify(name: str) -> None:
    vector = VECTORS[name]
    stated = header(vector, "signature").partition('signature="')[2].removesuffix('"')
    base = "\n".join(vector["base"]).encode()
    claim = SignatureClaim("k", "cavage", vector["algorithm"], (), base64.b64decode(stated), (base,), None)
    claim.verify(key_of(vector))


@pytest.mark.parametrize(
    ("published", "changed"),
    [
        ("param=value", "param=valve"),
        ('{"hello": "world"}', '{"hello": "World"}'),
        ("21:31:40", "21:31:41"),
        ("example.com", "example.org"),
        ("SHA-256=X48E", "SHA-256=X49E"),
        ("application/json", "application/ld+json"),
    ],
)
def test_the_drafts_full_example_breaks_when_any_part_changes(published: str, changed: str) -> None:
    vector = VECTORS["cavage12-c3-all-headers"]
    altered = {
        **vector,
        "target": vector["target"].replace(published, changed),
        "body": vector["body"].replace(published, changed),
        "headers": [(name, value.replace(published, changed)) for name, value in vector["headers"]],
    }
    with pytest.raises(SignatureError):
        received(altered)


def test_the_drafts_key_is_too_short_for_us() -> None:
    with pytest.raises(BadKey):
        load_public_key(pem(VECTORS["cavage12-c3-all-headers"]))
