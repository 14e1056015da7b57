"""Checking ID tokens (OpenID Connect Core 1.0, section 3.1.3.7): the signature, then who states what to whom, and when."""

import base64
import binascii
import hashlib
import hmac
import warnings
from typing import Any

import msgspec

from core import clock
from core.errors import BadInput
from core.http import MalformedJson
from core.http.json import decode
from core.logs import get_logger
from users.sign_in_providers.models import SignInProvider
from users.sign_in_providers.reading import ALGORITHMS, MAX_SUBJECT, Metadata
from users.sign_in_providers.services.discovery import keys_of

log = get_logger(__name__)

LEEWAY_S = 60  # between the clocks of two servers
_MAX_AGE_S = 3600
_MAX_TOKEN = 64 * 1024
_KINDS = {
    "RS256": ("RSA", None),
    "PS256": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "EdDSA": ("OKP", "Ed25519"),
}
_MIN_MODULUS, _MAX_MODULUS, _MAX_EXPONENT = (
    256,
    1024,
    5,
)  # bytes: 2048 to 8192 bits, and what verifies quickly


class _Header(msgspec.Struct, frozen=True):
    alg: str
    kid: str = ""


class _UnknownKey(Exception):
    """No key of the provider fits a token."""


def wrong(provider: SignInProvider, detail: str) -> BadInput:
    """Return the error for an answer of a provider that we must not believe."""
    log.warning("provider.token_refused", provider=provider.pk, detail=detail)
    return BadInput(code="provider_answer_wrong", provider=provider.name, detail=detail)


async def read_id_token(
    provider: SignInProvider, metadata: Metadata, token: str, *, nonce: str, access_token: str
) -> dict[str, Any]:
    """Return the claims of a token that is right in every respect. Raises BadInput."""
    header = _header_of(provider, token)
    try:
        payload = _verified(token, header, await keys_of(provider, metadata))
    except _UnknownKey:
        try:
            payload = _verified(token, header, await keys_of(provider, metadata, again=True))
        except _UnknownKey as error:
            raise wrong(provider, str(error)) from error
    try:
        claims = decode(payload)
    except MalformedJson as error:
        raise wrong(provider, error.detail) from error
    if not isinstance(claims, dict):
        raise wrong(provider, "the claims are no object")
    _check(provider, claims, nonce)
    _check_hash(provider, claims, header.alg, access_token)
    return claims


def _header_of(provider: SignInProvider, token: str) -> _Header:
    if len(token) > _MAX_TOKEN or token.count(".") != 2 or not token.isascii():
        raise wrong(provider, "not a signed token")
    try:
        header = msgspec.json.decode(_raw(token.partition(".")[0]), type=_Header)
    except (msgspec.MsgspecError, ValueError) as error:
        raise wrong(provider, "the token's header can't be read") from error
    if header.alg not in ALGORITHMS:
        raise wrong(provider, f"signed by {header.alg[:50]!r}")
    return header


def _verified(token: str, header: _Header, keys: list[dict[str, Any]]) -> bytes:
    """Return the signed bytes. Raises _UnknownKey if no key of the provider made the signature."""
    from joserfc import jws  # 10 MB, with the first token
    from joserfc.errors import JoseError, SecurityWarning  # likewise

    fitting = [one for one in keys if _fits(one, header)]
    with warnings.catch_warnings(category=SecurityWarning, action="ignore"):  # RFC 9864 renames EdDSA
        for key in fitting:
            try:
                return bytes(jws.deserialize_compact(token, _imported(key), algorithms=[header.alg]).payload)
            except (JoseError, ValueError, TypeError):
                continue  # two keys may have one name; the caller says that none fits
    raise _UnknownKey(f"none of {len(fitting)} keys made the signature")


def _imported(key: dict[str, Any]) -> Any:
    from joserfc.jwk import ECKey, OKPKey, RSAKey  # see _verified

    kinds: dict[str, Any] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    public = {name: key[name] for name in ("kty", "n", "e", "crv", "x", "y") if name in key}
    return kinds[key["kty"]].import_key(public)


def _fits(key: dict[str, Any], header: _Header) -> bool:
    """Return whether a key may have made a signature: its kind, size, use and name."""
    kind, curve = _KINDS[header.alg]
    if key.get("kty") != kind or key.get("use", "sig") != "sig" or key.get("alg", header.alg) != header.alg:
        return False
    if header.kid and key.get("kid") != header.kid:
        return False
    if kind != "RSA":
        return key.get("crv") == curve
    try:
        modulus, exponent = (len(_raw(str(key.get(part, ""))).lstrip(b"\0")) for part in ("n", "e"))
    except ValueError:
        return False
    return _MIN_MODULUS <= modulus <= _MAX_MODULUS and 0 < exponent <= _MAX_EXPONENT


def _check(provider: SignInProvider, claims: dict[str, Any], nonce: str) -> None:
    """Check who states this, to whom, when, and for which question."""
    if claims.get("iss") != provider.issuer:
        raise wrong(provider, "of another issuer")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if provider.client_id not in audiences:
        raise wrong(provider, "for another client")
    if claims.get("azp", provider.client_id if len(audiences) == 1 else None) != provider.client_id:
        raise wrong(provider, "asked for by another client")
    stated = claims.get("nonce")
    if not isinstance(stated, str) or not hmac.compare_digest(stated.encode(), nonce.encode()):
        raise wrong(provider, "the nonce of another question")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT or not subject.isprintable():
        raise wrong(provider, "no usable subject")
    now = clock.now().timestamp()
    made, ends = (_time(claims.get(name)) for name in ("iat", "exp"))
    if made is None or ends is None:
        raise wrong(provider, "no times")
    if made > now + LEEWAY_S or made < now - _MAX_AGE_S or ends < now - LEEWAY_S:
        detail = f"made {int(made - now)} s from now, ends {int(ends - now)} s from now"
        log.warning("provider.clock_differs", provider=provider.pk, detail=detail)
        raise BadInput(code="provider_clock", provider=provider.name, detail=detail)


def _check_hash(provider: SignInProvider, claims: dict[str, Any], alg: str, access_token: str) -> None:
    """Check the hash of the access token, if the provider states it."""
    if "at_hash" not in claims or not access_token:
        return
    digest = hashlib.new("sha512" if alg == "EdDSA" else "sha256", access_token.encode()).digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    if claims["at_hash"] != half:
        raise wrong(provider, "with another access token")


def _time(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _raw(text: str) -> bytes:
    """Decode base64url without padding. Raises ValueError."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
