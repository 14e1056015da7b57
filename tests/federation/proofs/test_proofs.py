"""Proofs on documents: the facts of the FEP's test vectors, our own there and back, and what was tampered with."""

import datetime as dt
from contextlib import suppress
from typing import Any

import pytest

from core import clock
from core.crypto.keys import make_ed25519_pair, multikey_pem
from federation.claims import from_stored, signature_matches, to_stored
from federation.proofs import add_proof, proof_claim
from federation.proofs.documents import DATA_INTEGRITY, MAX_AGE
from federation.signatures import SignatureError, SigningKey

AS = "https://www.w3.org/ns/activitystreams"
ACTOR = "https://server.example/users/alice"
_METHOD = f"{ACTOR}#ed25519-key"
_PEM = multikey_pem("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2")
_PLACE = {"type": "Place", "longitude": -71.184902, "latitude": 25.273962}
_VECTORS = [
    (
        {"location": _PLACE},
        {},
        "z42ffGu6AUKPCFcFPiabmUvnGLPJzC7e4DGWC52NUasSSH37UMa9c58tdgVszUcZfytxa4fQ5TYHaJENCxUDe9SdL",
    ),
    (
        {},
        {"expires": "3000-01-01T00:00:00Z"},
        "z4bp44KNvTEeb7h8gY7tpbF9EaJxzbcYc6JNPxMv1wdWDakBt2vVEC3UzjctghA5XP2NevDnDCPzph2oNNb3qRJ8K",
    ),
]


@pytest.mark.parametrize(("more", "options", "value"), _VECTORS)
def test_published_test_vectors_verify(
    more: dict[str, Any], options: dict[str, Any], value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = [AS, "https://w3id.org/security/data-integrity/v2"]  # what they signed
    document = {
        "@context": context,
        "id": "https://server.example/activities/1",
        "type": "Create",
        "actor": ACTOR,
        "object": {
            "id": "https://server.example/objects/1",
            "type": "Note",
            "attributedTo": ACTOR,
            "content": "Hello world",
            **more,
        },
        "proof": {
            "@context": context,
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-jcs-2022",
            "verificationMethod": _METHOD,
            "proofPurpose": "assertionMethod",
            "proofValue": value,
            "created": "2023-02-24T23:36:38Z",
            **options,
        },
    }
    monkeypatch.setattr(clock, "now", lambda: dt.datetime(2023, 2, 25, tzinfo=dt.UTC))
    claim = proof_claim(document, ACTOR)
    assert claim is not None
    assert (claim.key_id, signature_matches(_PEM, claim)) == (_METHOD, True)
    monkeypatch.undo()
    with pytest.raises(SignatureError):  # however long it says that it is valid
        proof_claim(document, ACTOR)


_PAIR = make_ed25519_pair()
_KEY = SigningKey(_METHOD, _PAIR.private_pem)


def _signed(**more: Any) -> dict[str, Any]:
    document = {"@context": AS, "id": f"{ACTOR}/1", "type": "Create", "actor": ACTOR, "object": {"n": 1.5}}
    return add_proof(document | more, _KEY)


def _is_right(document: dict[str, Any]) -> bool:
    claim = proof_claim(document, ACTOR)
    return claim is not None and signature_matches(_PAIR.public_pem, from_stored(to_stored(claim)))


def test_own_proofs_verify_after_reordering_and_added_context() -> None:
    document = _signed()
    assert document["@context"] == [AS, DATA_INTEGRITY]
    assert _is_right(document)
    assert _is_right(dict(reversed(document.items())))
    assert _is_right(document | {"@context": [AS, DATA_INTEGRITY, "https://more.example/terms"]})
    assert _is_right(document | {"proof": [{"cryptosuite": "other"}, document["proof"]]})
    assert proof_claim({"id": 1}, ACTOR) is None
    for other in ("text", 5, [], {"cryptosuite": "bbs-2023"}, [[{}]] * 9):
        assert proof_claim(document | {"proof": other}, ACTOR) is None


def _with(**options: Any) -> dict[str, Any]:
    document = _signed()
    return document | {"proof": document["proof"] | options}


def _at(**shift: float) -> str:
    return (clock.now() + dt.timedelta(**shift)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    "change",
    [
        {"type": "Delete"},
        {"actor": f"{ACTOR}2"},
        {"object": {"n": 1.5000000000000002}},
        {"object": {"n": "1.5"}},
        {"more": True},
        {"@context": [AS, DATA_INTEGRITY, {"n": "https://evil.example/n"}], "object": {"m": 1}},
    ],
)
def test_changed_documents_do_not_verify(change: dict[str, Any]) -> None:
    assert not _is_right(_signed() | change)


@pytest.mark.parametrize(
    "options",
    [
        {"verificationMethod": "https://evil.example/users/alice#key"},
        {"verificationMethod": 5},
        {"verificationMethod": ""},
        {"proofPurpose": "authentication"},
        {"type": "Ed25519Signature2020"},
        {"proofValue": "z1"},
        {"proofValue": "u" + "1" * 88},
        {"proofValue": "z" + "1" * 100_000},
        {"proofValue": None},
        {"created": None},
        {"created": "yesterday"},
        {"created": "2026-01-01T00:00:00"},
        {"created": _at(hours=3)},
        {"created": (clock.now() - MAX_AGE - dt.timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M:%SZ")},
        {"expires": _at(hours=-3)},
        {"expires": "never"},
        {"@context": ["https://evil.example/terms", AS]},
        {"@context": [AS]},
    ],
)
def test_unusable_proofs_are_refused_or_do_not_verify(options: dict[str, Any]) -> None:
    with suppress(SignatureError):
        assert not _is_right(_with(**options))


def test_a_context_that_was_put_before_or_taken_away_is_not_that_of_the_proof() -> None:
    for context in ([DATA_INTEGRITY, AS], [AS], AS, None, [{"x": "y"}, AS, DATA_INTEGRITY]):
        with pytest.raises(SignatureError):
            proof_claim(_signed() | {"@context": context}, ACTOR)
