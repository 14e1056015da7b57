"""HTTP signatures of draft-cavage-12, as the fediverse uses them (Mastodon's checks are the reference)."""

import base64
import binascii
import datetime as dt
import re
from email.utils import format_datetime, parsedate_to_datetime

from federation.signatures.claim import (
    SignatureClaim,
    check_algorithm,
    check_fresh,
    check_key_id,
    from_timestamp,
)
from federation.signatures.digest import digest_header, read_content_digest, read_digest
from federation.signatures.errors import SignatureError
from federation.signatures.message import Message

_PARAMETER = re.compile(r'[ \t]*([A-Za-z]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^",\s]+))[ \t]*(?:,|$)')
_HEADER_NAME = re.compile(r"\(?[a-z0-9!#$%&'*+.^_`|~-]+\)?\Z")
MAX_COVERED = 50


def signing_headers(
    method: str, authority: str, target: str, body: bytes, date: dt.datetime
) -> dict[str, str]:
    """Return the headers to be signed, in order."""
    headers = {"(request-target)": f"{method.lower()} {target}", "host": authority}
    headers["date"] = format_datetime(date.astimezone(dt.UTC), usegmt=True)
    if method.upper() != "GET":
        headers["digest"] = digest_header(body)
    return headers


def signing_base(headers: dict[str, str]) -> bytes:
    return "\n".join(f"{name}: {value}" for name, value in headers.items()).encode()


def read_claim(message: Message, value: str) -> SignatureClaim:
    """Return the claim of a `Signature` header. Raises SignatureError for anything that Mastodon refuses, too."""
    parameters = _parameters(value)
    algorithm = check_algorithm(parameters.get("algorithm", "hs2019").lower())
    covered = _covered(parameters, algorithm)
    created, expires = _times(message, parameters, algorithm, covered)
    _check_coverage(message, covered)
    check_fresh(created, expires)
    if "digest" in covered:
        digest = read_digest(message.joined("digest"))
    elif "content-digest" in covered:
        digest = read_content_digest(message.joined("content-digest"))
    else:
        digest = None
    targets = dict.fromkeys((message.target, message.target.partition("?")[0]))
    if "(request-target)" not in covered:
        targets = {message.target: None}
    return SignatureClaim(
        key_id=check_key_id(parameters["keyid"]),
        scheme="cavage",
        algorithm=algorithm,
        covered=covered,
        signature=_signature(parameters["signature"]),
        bases=tuple(_base(message, target, covered, parameters) for target in targets),
        digest=digest,
        created=created,
    )


def _parameters(value: str) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0
    while at < len(value):
        match = _PARAMETER.match(value, at)
        if match is None:
            raise SignatureError(code="signature_unreadable", detail=value[:300])
        at = match.end()
        name = match[1].lower()
        if name in found:
            raise SignatureError(code="signature_parameter_twice", name=name)
        found[name] = re.sub(r"\\(.)", r"\1", match[2]) if match[2] is not None else match[3]
    for name in ("keyid", "signature"):
        if not found.get(name):
            raise SignatureError(code="signature_parameter_missing", name=name)
    return found


def _covered(parameters: dict[str, str], algorithm: str) -> tuple[str, ...]:
    default = "(created)" if algorithm == "hs2019" else "date"
    names = tuple(parameters.get("headers", default).lower().split())
    if not names or len(names) > MAX_COVERED or len(set(names)) != len(names):
        raise SignatureError(code="signature_headers_unusable")
    if not all(_HEADER_NAME.match(name) for name in names):
        raise SignatureError(code="signature_headers_unreadable")
    pseudo = {name for name in names if name.startswith("(")}
    if not pseudo <= {"(request-target)", "(created)", "(expires)"}:
        raise SignatureError(code="signature_headers_unknown")
    if pseudo & {"(created)", "(expires)"} and algorithm != "hs2019":
        raise SignatureError(code="signature_times_without_hs2019")
    return names


def _times(
    message: Message, parameters: dict[str, str], algorithm: str, covered: tuple[str, ...]
) -> tuple[dt.datetime, dt.datetime | None]:
    """Return when the request was signed, and until when the signature claims to be valid."""
    created = expires = None
    if algorithm == "hs2019" and "(created)" in covered:
        created = from_timestamp(parameters.get("created"), "created")
    if algorithm == "hs2019" and "(expires)" in covered:
        expires = from_timestamp(parameters.get("expires"), "expires")
    if created is None:
        if "date" not in covered:
            raise SignatureError(reason="not_covered", code="signature_date_not_covered")
        created = _date(message.joined("date"))
    return created, expires


def _date(text: str) -> dt.datetime:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        raise SignatureError(code="date_unreadable", detail=text[:100]) from error
    try:
        return date.replace(tzinfo=dt.UTC) if date.tzinfo is None else date.astimezone(dt.UTC)
    except OverflowError as error:
        raise SignatureError(code="date_unreadable", detail=text[:100]) from error


def _check_coverage(message: Message, covered: tuple[str, ...]) -> None:
    digest = "digest" in covered or "content-digest" in covered
    if message.method in ("GET", "HEAD"):
        for name in ("(request-target)", "host"):
            if name not in covered:
                raise SignatureError(reason="not_covered", code="signature_not_covering", what=name)
    elif not digest:
        raise SignatureError(reason="not_covered", code="signature_digest_not_covered", header="Digest")


def _base(message: Message, target: str, covered: tuple[str, ...], parameters: dict[str, str]) -> bytes:
    lines = []
    for name in covered:
        match name:
            case "(request-target)":
                text = f"{message.method.lower()} {target}"
            case "(created)" | "(expires)":
                text = parameters[name.strip("()")]
            case _:
                text = message.joined(name)
        lines.append(f"{name}: {text}")
    return "\n".join(lines).encode("latin-1", "replace")


def _signature(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SignatureError(code="signature_not_base64") from error
