"""The cryptography of web push: message encryption (RFC 8291 aes128gcm, and aesgcm of its drafts) and VAPID (RFC 8292). No network.

Both schemes encrypt to the browser's P-256 key with a key pair made for this one message.
"""

import base64
import binascii
import secrets
import struct

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from core.errors import Invalid

_RECORD = 4096
MAX_BYTES = _RECORD - 16 - 1 - 86  # of a message: the push services' limit, minus the encryption's overhead
_CURVE = ec.SECP256R1()


class Encrypted(msgspec.Struct, frozen=True):
    """An encrypted message: the body, and the headers that describe its encryption (aesgcm's go beside those of VAPID)."""

    body: bytes
    encoding: str
    salt: str = ""
    sender_key: str = ""


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64(text: str) -> bytes:
    """Decode either alphabet of base64, with or without padding. Raises ValueError."""
    plain = text.strip().rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64") from error


def public_bytes(key: ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey) -> bytes:
    """Return the uncompressed point, 65 bytes."""
    public = key.public_key() if isinstance(key, ec.EllipticCurvePrivateKey) else key
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def read_browser_keys(p256dh: str, auth: str) -> tuple[bytes, bytes]:
    """Return the point and the secret of a subscription. Raises BadInput if they are invalid."""
    try:
        point, secret = from_base64(p256dh), from_base64(auth)
        ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
    except ValueError as error:
        raise Invalid("p256dh", "not_a_key") from error
    if len(point) != 65 or len(secret) != 16:
        raise Invalid("auth", "not_a_key")
    return point, secret


def _expand(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt=salt, info=info).derive(secret)


def encrypt(message: bytes, point: bytes, secret: bytes, *, standard: bool) -> Encrypted:
    """Encrypt the message for the subscription's private key. `standard`: RFC 8291, else the draft that old clients support."""
    if len(message) > MAX_BYTES:
        raise ValueError(f"a push message of {len(message)} bytes")
    ours = ec.generate_private_key(_CURVE)
    our_point = public_bytes(ours)
    shared = ours.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point))
    salt = secrets.token_bytes(16)
    if standard:
        key = _expand(shared, secret, b"WebPush: info\0" + point + our_point, 32)
        content_key = _expand(key, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _expand(key, salt, b"Content-Encoding: nonce\0", 12)
        sealed = AESGCM(content_key).encrypt(nonce, message + b"\x02", None)  # 2: the last record
        head = salt + struct.pack("!IB", _RECORD, len(our_point)) + our_point
        return Encrypted(head + sealed, "aes128gcm")
    context = (
        b"P-256\0" + struct.pack("!H", len(point)) + point + struct.pack("!H", len(our_point)) + our_point
    )
    key = _expand(shared, secret, b"Content-Encoding: auth\0", 32)
    content_key = _expand(key, salt, b"Content-Encoding: aesgcm\0" + context, 16)
    nonce = _expand(key, salt, b"Content-Encoding: nonce\0" + context, 12)
    sealed = AESGCM(content_key).encrypt(nonce, b"\0\0" + message, None)  # two bytes: no padding
    return Encrypted(sealed, "aesgcm", base64url(salt), base64url(our_point))


def vapid_token(private_pem: str, *, audience: str, subject: str, expires_at: int) -> str:
    """Return a JSON web token (ES256) that identifies the sender: `audience` is the push service's origin, `subject` our contact."""
    key = load_pem_private_key(private_pem.encode(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    head = base64url(b'{"typ":"JWT","alg":"ES256"}')
    claims = base64url(msgspec.json.encode({"aud": audience, "exp": expires_at, "sub": subject}))
    signed = f"{head}.{claims}"
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{base64url(r.to_bytes(32) + s.to_bytes(32))}"
