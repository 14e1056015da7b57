"""HTTP signatures by draft-cavage-12 and RFC 9421, implemented from the specifications only."""

import base64
import datetime as dt
import hashlib
from email.utils import format_datetime
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.support.peers.http import ACTIVITY_JSON, Received


def cavage_headers(
    key: rsa.RSAPrivateKey,
    key_id: str,
    method: str,
    url: str,
    body: bytes = b"",
    *,
    date: dt.datetime | None = None,
    digest: str | None = None,
    signed_headers: str = "",
    algorithm: str = "rsa-sha256",
    content_type: str = ACTIVITY_JSON,
    host: str | None = None,
) -> dict[str, str]:
    """Return the headers of a request signed by draft-cavage-http-signatures-12."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    headers = {
        "host": host or parts.netloc,
        "date": format_datetime(date or dt.datetime.now(dt.UTC), usegmt=True),
    }
    if method == "POST":
        sha = base64.b64encode(hashlib.sha256(body).digest()).decode()
        headers["digest"] = digest if digest is not None else f"SHA-256={sha}"
        headers["content-type"] = content_type
    names = signed_headers or (
        "(request-target) host date" + (" digest content-type" if method == "POST" else "")
    )
    values = {**headers, "(request-target)": f"{method.lower()} {target}"}
    text = "\n".join(f"{name}: {values[name]}" for name in names.split())
    signature = base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()
    headers["signature"] = (
        f'keyId="{key_id}",algorithm="{algorithm}",headers="{names}",signature="{signature}"'
    )
    return headers


def rfc9421_headers(
    key: rsa.RSAPrivateKey,
    key_id: str,
    method: str,
    url: str,
    body: bytes = b"",
    *,
    created: int | None = None,
) -> dict[str, str]:
    """Return the headers of a request signed by RFC 9421 with rsa-v1_5-sha256."""
    created = int(dt.datetime.now(dt.UTC).timestamp()) if created is None else created
    headers = {"host": urlsplit(url).netloc, "content-type": ACTIVITY_JSON}
    components = {"@method": method, "@target-uri": url}
    if method == "POST":
        sha = base64.b64encode(hashlib.sha256(body).digest()).decode()
        headers["content-digest"] = components["content-digest"] = f"sha-256=:{sha}:"
    names = " ".join(f'"{name}"' for name in components)
    params = f'({names});created={created};keyid="{key_id}";alg="rsa-v1_5-sha256"'
    lines = [f'"{name}": {value}' for name, value in components.items()] + [f'"@signature-params": {params}']
    signature = base64.b64encode(
        key.sign("\n".join(lines).encode(), padding.PKCS1v15(), hashes.SHA256())
    ).decode()
    return {**headers, "signature-input": f"sig1={params}", "signature": f"sig1=:{signature}:"}


def verify_cavage(request: Received, public_key: rsa.RSAPublicKey) -> bool:
    """Return whether a request is signed with this key, including all listed headers and the digest."""
    fields = dict(
        part.split("=", 1) for part in request.headers.get("signature", "").split('",') if "=" in part
    )
    fields = {name.strip().strip(","): value.strip('"') for name, value in fields.items()}
    if "signature" not in fields:
        return False
    values = {**request.headers, "(request-target)": f"{request.method.lower()} {request.target}"}
    names = fields.get("headers", "date").split()
    text = "\n".join(f"{name}: {values.get(name, '')}" for name in names)
    if request.method == "POST":
        sha = base64.b64encode(hashlib.sha256(request.body).digest()).decode()
        if request.headers.get("digest", "").lower() != f"sha-256={sha}".lower() or "digest" not in names:
            return False
    try:
        public_key.verify(
            base64.b64decode(fields["signature"]), text.encode(), padding.PKCS1v15(), hashes.SHA256()
        )
    except InvalidSignature:
        return False
    return True
