"""Codes of authenticator apps (RFC 6238: SHA-1, six digits, 30 seconds), and the QR code of the secret."""

import base64
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

DIGITS, PERIOD_S = 6, 30
_TOLERATED = (0, -1, 1)  # steps: phone clocks are up to half a minute off, and typing takes time


def new_secret() -> str:
    """Return 160 random bits in the form that apps read: 32 characters of base32."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_at(secret: str, step: int) -> str:
    """Return the code of a 30-second step, counted from 1970."""
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return the step of this code, among the current, previous and next; None if it matches none of them."""
    current = int(now.timestamp()) // PERIOD_S
    fitting = [
        step
        for step in (current + away for away in _TOLERATED)
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode(errors="surrogatepass"))
    ]
    return fitting[0] if fitting else None


def uri_of(secret: str, *, issuer: str, account: str) -> str:
    """Return the URI from which apps import a secret (github.com/google/google-authenticator/wiki/Key-Uri-Format)."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='@')}"
    query = {"secret": secret, "issuer": issuer, "algorithm": "SHA1", "digits": DIGITS, "period": PERIOD_S}
    return f"otpauth://totp/{label}?{urlencode(query, quote_via=quote)}"


def picture_of(uri: str) -> str:
    """Return a QR code as a data URL (`data:image/svg+xml,…`), dark on white in both colour schemes, because cameras can't read inverted ones."""
    import segno  # 1 MB with its dependencies, for one page

    return str(segno.make(uri, error="m").svg_data_uri(scale=4, border=3, light="#fff"))
