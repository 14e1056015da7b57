"""Proofs on documents: adding one, and reading one as a claim that is verified like the signature of a request."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

from core import clock
from core.crypto.keys import base58, from_base58, load_private_key, sign
from federation.documents import same_host
from federation.proofs.canonical import NotCanonical, canonical
from federation.signatures import SignatureClaim, SignatureError, SigningKey

DATA_INTEGRITY = (
    "https://w3id.org/security/data-integrity/v1"  # not v2: libraries have v1 built in, and fetch v2
)
SUITE = "eddsa-jcs-2022"
PROOF = "proof"  # the scheme of claims
_SIGNATURE_BYTES = 64
_MAX_PROOFS = 5
_MAX_ID_LENGTH = 2048
_SKEW = dt.timedelta(hours=1)
# Deletions of unknown posts are remembered for two days. A proof must expire before that, even with wrong clocks, or a stored copy could
# restore a deleted post.
MAX_AGE = dt.timedelta(days=2) - 2 * _SKEW


def add_proof(document: Mapping[str, Any], key: SigningKey) -> dict[str, Any]:
    """Return the document with a proof by this Ed25519 key. It must consist of JSON values; its context gets the terms of proofs."""
    context = document.get("@context", [])
    context = list(context) if isinstance(context, list) else [context]
    if DATA_INTEGRITY not in context:
        context = [*context, DATA_INTEGRITY]
    unsecured = {**document, "@context": context}
    unsecured.pop("proof", None)
    options = {
        "@context": context,
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "verificationMethod": key.key_id,
        "proofPurpose": "assertionMethod",
        "created": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    value = sign(load_private_key(key.private_pem), signed_text(unsecured, options))
    return {**unsecured, "proof": {**options, "proofValue": "z" + base58(value)}}


def signed_text(unsecured: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    """Return the bytes to sign: the hashes of the proof without its value, and of the document without its proof. Raises NotCanonical."""
    return (
        hashlib.sha256(canonical(dict(options))).digest()
        + hashlib.sha256(canonical(dict(unsecured))).digest()
    )


def proof_claim(document: Mapping[str, Any], actor: str) -> SignatureClaim | None:
    """Return the claim of the document's first proof in a supported suite, to be verified with its key; None without one.

    Raises SignatureError for a proof that is not for `actor`'s documents, expired, too old, in the future, or with another context.
    """
    proofs = document.get("proof")
    found = proofs if isinstance(proofs, list) else [proofs]
    proof = next(
        (one for one in found[:_MAX_PROOFS] if isinstance(one, dict) and one.get("cryptosuite") == SUITE),
        None,
    )
    if proof is None:
        return None
    method, value = proof.get("verificationMethod"), proof.get("proofValue")
    if proof.get("type") != "DataIntegrityProof" or proof.get("proofPurpose") != "assertionMethod":
        raise SignatureError(code="proof_unusable", detail="type or purpose")
    if not isinstance(method, str) or not 0 < len(method) <= _MAX_ID_LENGTH or not same_host(method, actor):
        raise SignatureError(code="proof_of_another", detail=f"{str(method)[:200]} for {actor[:200]}")
    raw = from_base58(value[1:], _SIGNATURE_BYTES) if isinstance(value, str) and value[:1] == "z" else None
    if raw is None:
        raise SignatureError(code="proof_unusable", detail="value")
    created = _check_times(proof)
    unsecured = {name: part for name, part in document.items() if name != "proof"}
    if "@context" in proof:
        _check_context(unsecured.get("@context"), proof["@context"])
        unsecured["@context"] = proof["@context"]
    options = {name: part for name, part in proof.items() if name != "proofValue"}
    try:
        text = signed_text(unsecured, options)
    except NotCanonical as error:
        raise SignatureError(code="proof_unusable", detail=f"not canonical: {error}") from error
    return SignatureClaim(method, PROOF, "ed25519", (), raw, (text,), None, created)


def _check_context(of_document: object, of_proof: object) -> None:
    """Raise SignatureError unless the document's context begins with that of the proof: intermediaries may only append to it."""
    wanted = of_proof if isinstance(of_proof, list) else [of_proof]
    given = of_document if isinstance(of_document, list) else [of_document]
    if given[: len(wanted)] != wanted:
        raise SignatureError(code="proof_of_other_context")


def _check_times(proof: Mapping[str, Any]) -> dt.datetime:
    """Return when the proof was made. One without a time might be old, and is refused."""
    now, created = clock.now(), _moment(proof.get("created"))
    if created is None:
        raise SignatureError(code="proof_unusable", detail="created")
    if created > now + _SKEW:
        raise SignatureError(reason="future", code="signature_in_future", detail=created.isoformat())
    expires = _moment(proof["expires"]) if "expires" in proof else created + MAX_AGE
    if expires is None or min(expires, created + MAX_AGE) + _SKEW < now:
        raise SignatureError(reason="stale", code="signature_too_old", detail=created.isoformat())
    return created


def _moment(value: object) -> dt.datetime | None:
    """Return a time with a zone, as in XML Schema's dateTimeStamp; None for anything else."""
    if not isinstance(value, str) or not 20 <= len(value) <= 40:
        return None
    try:
        found = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
