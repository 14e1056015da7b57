"""Codes of authenticator apps (RFC 6238: SHA-1, six digits, half a minute), and the picture from which an app takes its secret."""

import base64
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

DIGITS, PERIOD_S = 6, 30
_TOLERATED = (0, -1, 1)  # steps: clocks of phones are up to half a minute off, and people type slowly


def new_secret() -> str:
    """Return 160 random bits as apps take them: 32 characters of base32."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_at(secret: str, step: int) -> str:
    """Return the code of a half minute, counted from 1970."""
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return the step whose code this is, now or half a minute before or after; None when it is none of theirs."""
    current = int(now.timestamp()) // PERIOD_S
    fitting = [
        step
        for step in (current + away for away in _TOLERATED)
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode(errors="surrogatepass"))
    ]
    return fitting[0] if fitting else None


def uri_of(secret: str, *, issuer: str, account: str) -> str:
    """Return the address by which apps take a secret over (github.com/google/google-authenticator/wiki/Key-Uri-Format)."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='@')}"
    query = {"secret": secret, "issuer": issuer, "algorithm": "SHA1", "digits": DIGITS, "period": PERIOD_S}
    return f"otpauth://totp/{label}?{urlencode(query, quote_via=quote)}"


def picture_of(uri: str) -> str:
    """Return a QR code as the address of an image (`data:image/svg+xml,…`): dark on white in both schemes, or cameras don't read it."""
    import segno  # 1 MB with what it imports, for one page

    return str(segno.make(uri, error="m").svg_data_uri(scale=4, border=3, light="#fff"))
