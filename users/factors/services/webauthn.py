"""Verification of WebAuthn responses for one relying party (w3.org/TR/webauthn-3, 7.1 and 7.2). No attestation: any device is accepted."""

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from core.errors import BadInput

if TYPE_CHECKING:  # 1.5 MB, needed only for passkeys
    from fido2.webauthn import AttestedCredentialData, AuthenticatorData

ALGORITHMS = (-7, -8, -257)  # ES256, EdDSA, RS256
MAX_LENGTH = 20_000  # characters of a response; the attestations of some devices contain certificates


class Refused(BadInput):
    """A response that is malformed, forged, or for another site or challenge."""

    def __init__(self, detail: str) -> None:
        super().__init__(code="bad_passkey", detail=detail)


class Party(NamedTuple):
    """The relying party: one origin, whose host is its id. Each of our domains is its own party, even if one is a subdomain of another."""

    id: str
    origin: str


class Created(msgspec.Struct, frozen=True):
    """The response to creating a passkey, as static/js/app/passkeys.js sends it; all in base64url."""

    client_data: str
    attestation: str


class Shown(msgspec.Struct, frozen=True):
    """The response to signing in with a passkey."""

    id: str
    client_data: str
    authenticator_data: str
    signature: str
    user_handle: str = ""


def parse[Answer: (Created, Shown)](text: str, kind: type[Answer]) -> Answer:
    """Parse a response. Raises Refused if it is malformed."""
    if len(text) > MAX_LENGTH:
        raise Refused(detail="too long")
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise Refused(detail=type(error).__name__) from error


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Decode base64url. Raises Refused."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise Refused(detail="not base64url") from error


def _check_client(raw: bytes, kind: str, party: Party, challenge: bytes) -> bytes:
    """Check the client data that the browser provides; return its hash, which the device signed."""
    try:
        said: Any = json.loads(raw)
        fits = (
            said["type"] == kind
            and said["origin"] == party.origin
            and not said.get("crossOrigin", False)
            and hmac.compare_digest(decode(said["challenge"]), challenge)
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Refused(detail="client data") from error
    if not fits:
        raise Refused(detail=f"client data of another page: {str(said.get('origin'))[:100]}")
    return hashlib.sha256(raw).digest()


def _check_device(data: "AuthenticatorData", party: Party) -> None:
    if not hmac.compare_digest(data.rp_id_hash, hashlib.sha256(party.id.encode()).digest()):
        raise Refused(detail="another relying party")
    if not (data.is_user_present() and data.is_user_verified()):
        raise Refused(detail="the person was not verified")


def check_created(answer: Created, party: Party, challenge: bytes) -> "tuple[AttestedCredentialData, int]":
    """Return a new credential and its counter. Raises Refused."""
    from fido2.webauthn import AttestationObject  # loaded with the first passkey

    _check_client(decode(answer.client_data), "webauthn.create", party, challenge)
    try:
        data = AttestationObject(decode(answer.attestation)).auth_data
        _check_device(data, party)
        made = data.credential_data
        if (
            made is None
            or made.public_key.get(3) not in ALGORITHMS
            or not 0 < len(made.credential_id) <= 1023
        ):
            raise Refused(detail="no key of a kind that was asked for")
    except Refused:
        raise
    except Exception as error:  # the library's parser raises various errors for hostile CBOR
        raise Refused(detail=type(error).__name__) from error
    return made, data.counter


def check_shown(answer: Shown, attested: bytes, party: Party, challenge: bytes) -> int:
    """Return the signature counter that the device sent for a credential of ours. Raises Refused."""
    from fido2.webauthn import AttestedCredentialData, AuthenticatorData  # loaded with the first passkey

    from core.crypto.primitives import InvalidSignature, UnsupportedAlgorithm  # loaded with the first passkey

    client_hash = _check_client(decode(answer.client_data), "webauthn.get", party, challenge)
    try:
        data = AuthenticatorData(decode(answer.authenticator_data))
        _check_device(data, party)
        AttestedCredentialData(attested).public_key.verify(data + client_hash, decode(answer.signature))
    except Refused:
        raise
    except (InvalidSignature, UnsupportedAlgorithm) as error:
        raise Refused(detail="signature") from error
    except Exception as error:  # as above
        raise Refused(detail=type(error).__name__) from error
    return data.counter
