"""Keys of two actors, and signatures made manually."""

import datetime as dt

from cryptography.hazmat.primitives.asymmetric import rsa

from core import clock
from core.crypto.keys import load_private_key, load_public_key, make_ed25519_pair, make_rsa_pair
from federation.signatures import (
    Scheme,
    SignatureClaim,
    SigningKey,
    parse_signature,
    sign_request,
)

RSA, OTHER_RSA, EDWARDS = make_rsa_pair(), make_rsa_pair(), make_ed25519_pair()
KEY = SigningKey("https://a.example/users/a#main-key", RSA.private_pem)
EDWARDS_KEY = SigningKey("https://a.example/users/a#ed25519", EDWARDS.private_pem)
URL, TARGET, BODY = "https://b.example/inbox?x=1", "/inbox?x=1", b'{"type":"Follow"}'
SCHEMES: tuple[Scheme, ...] = ("cavage", "rfc9421")


def verify(
    headers: dict[str, str],
    *,
    method: str = "POST",
    target: str = TARGET,
    body: bytes = BODY,
    key: str = RSA.public_pem,
    authority: str | None = None,
) -> SignatureClaim:
    claim = parse_signature(method, target, headers, authority=authority)
    claim.check_body(body)
    claim.verify(load_public_key(key))
    return claim


def custom(
    covered: str,
    *,
    headers: dict[str, str] | None = None,
    method: str = "POST",
    algorithm: str | None = "rsa-sha256",
    extra: str = "",
    values: dict[str, str] | None = None,
) -> dict[str, str]:
    """Return a cavage signature that covers exactly `covered`."""
    import base64

    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    sent = {**sign_request(KEY, method, URL, BODY), **(headers or {})}
    del sent["Signature"]
    known = {name.lower(): value for name, value in sent.items()} | {
        "(request-target)": f"{method.lower()} {TARGET}"
    }
    known |= values or {}
    base = "\n".join(f"{name}: {known[name]}" for name in covered.lower().split())
    private = load_private_key(RSA.private_pem)
    assert isinstance(private, rsa.RSAPrivateKey)
    signature = base64.b64encode(private.sign(base.encode(), PKCS1v15(), SHA256())).decode()
    stated = f'algorithm="{algorithm}",' if algorithm else ""
    sent["Signature"] = f'keyId="{KEY.key_id}",{stated}{extra}headers="{covered}",signature="{signature}"'
    return sent


def stamp(**ago: float) -> str:
    return str(int((clock.now() - dt.timedelta(**ago)).timestamp()))


FULL = "(request-target) host date digest"
