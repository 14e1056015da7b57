"""HTTP signatures on requests, in both schemes of the fediverse. Keys are arguments, nothing is fetched or stored.

Sign: `sign_request(key, "POST", url, body)` gives the headers to send. Verify: `claim = parse_signature(method, target, headers)` reads,
and refuses what is malformed, stale or covers too little; `claim.check_body(body)`; then, with the key of `claim.key_id`,
`claim.verify(public_key)`. Each raises SignatureError.
"""

import base64
import datetime as dt
from typing import Literal, NamedTuple

from core import clock
from core.crypto.keys import is_ed25519, load_private_key, sign
from core.crypto.signing_process import signing_process
from core.http.url import parse_url
from federation.signatures import cavage, rfc9421
from federation.signatures.claim import SignatureClaim
from federation.signatures.digest import content_digest_header
from federation.signatures.errors import SignatureError
from federation.signatures.message import Headers, read_message
from federation.signatures.structured import serialise_list

__all__ = [
    "Headers",
    "Scheme",
    "SignatureClaim",
    "SignatureError",
    "SigningKey",
    "has_signature",
    "parse_signature",
    "sign_request",
    "sign_request_among_many",
]

type Scheme = Literal["cavage", "rfc9421"]


class SigningKey(NamedTuple):
    """The id of the public key, and the (decrypted) private key as PEM."""

    key_id: str
    private_pem: str


def sign_request(
    key: SigningKey,
    method: str,
    url: str,
    body: bytes = b"",
    *,
    scheme: Scheme = "cavage",
    date: dt.datetime | None = None,
) -> dict[str, str]:
    """Return the headers to send with the request, including Host and Date. Raises BadUrl or BadKey.

    The URL is normalised as core.http sends it. GETs have no digest.
    """
    unsigned = _prepare(key, method, url, body, scheme, date)
    return unsigned.signed(sign(load_private_key(key.private_pem), unsigned.base))


async def sign_request_among_many(
    key: SigningKey, method: str, url: str, body: bytes, *, scheme: Scheme
) -> dict[str, str]:
    """Return the same headers. While many requests are signed at once, a child process makes the signatures."""
    unsigned = _prepare(key, method, url, body, scheme, None)
    private = load_private_key(key.private_pem)
    if is_ed25519(private):
        return unsigned.signed(sign(private, unsigned.base))
    return unsigned.signed(await signing_process().sign(key.private_pem, unsigned.base))


class _Unsigned(NamedTuple):
    """A request before its signature: the text to sign, the headers, and the text before and after the signature in its header."""

    base: bytes
    headers: dict[str, str]
    before: str
    behind: str

    def signed(self, signature: bytes) -> dict[str, str]:
        text = self.before + base64.b64encode(signature).decode() + self.behind
        return {**self.headers, "Signature": text}


def _prepare(
    key: SigningKey, method: str, url: str, body: bytes, scheme: Scheme, date: dt.datetime | None
) -> _Unsigned:
    where = parse_url(url, allow_http=True)
    is_edwards = is_ed25519(load_private_key(key.private_pem))
    date = date or clock.now()
    if scheme == "cavage":
        headers = cavage.signing_headers(method, where.authority, where.target, body, date)
        algorithm = "hs2019" if is_edwards else "rsa-sha256"
        return _Unsigned(
            cavage.signing_base(headers),
            {name.title(): value for name, value in headers.items() if not name.startswith("(")},
            f'keyId="{key.key_id}",algorithm="{algorithm}",headers="{" ".join(headers)}",signature="',
            '"',
        )
    algorithm = "ed25519" if is_edwards else "rsa-v1_5-sha256"
    covered = rfc9421.signing_input(method, key.key_id, algorithm, date)
    sent = {"Host": where.authority}
    if method.upper() != "GET":
        sent["Content-Digest"] = content_digest_header(body)
    message = read_message(method, where.target, sent, scheme=where.scheme, authority=None)
    base = rfc9421.signing_base(message, covered)
    sent["Signature-Input"] = f"{rfc9421.LABEL}={serialise_list(covered)}"
    return _Unsigned(base, sent, f"{rfc9421.LABEL}=:", ":")


def has_signature(headers: Headers) -> bool:
    """Return whether the request is signed, in either scheme."""
    message = read_message("GET", "/", headers, scheme="https", authority="-")
    return "signature" in message.fields or message.joined_or_empty("authorization").startswith("Signature ")


def parse_signature(
    method: str,
    target: str,
    headers: Headers,
    *,
    url_scheme: str = "https",
    authority: str | None = None,
) -> SignatureClaim:
    """Return what the request claims, checked except for body and key. Raises SignatureError.

    `target` is path and query exactly as received. `url_scheme` is that of the request (http only in development), and `authority` the
    requested host, if a trusted proxy changed the Host header.
    """
    message = read_message(method, target, headers, scheme=url_scheme, authority=authority)
    value = message.single("signature")
    inputs = message.single("signature-input")
    if value is None:
        authorization = message.single("authorization") or ""
        if not authorization.startswith("Signature "):
            raise SignatureError(reason="unsigned", code="not_signed")
        value = authorization.removeprefix("Signature ")
    if inputs is not None:
        return rfc9421.read_claim(message, inputs, value)
    return cavage.read_claim(message, value)
