"""The claim of a signed request: key id, algorithm, signature and times, all checked except with the key itself."""

import datetime as dt

import msgspec

from core import clock
from core.crypto.keys import PublicKey
from federation.signatures.digest import check_digest
from federation.signatures.errors import SignatureError

SKEW = dt.timedelta(hours=1)  # SWICG's advice; Mastodon's too
DEFAULT_LIFE = dt.timedelta(minutes=5)
MAX_LIFE = dt.timedelta(hours=12)
MAX_KEY_ID = 2048

_RSA: dict[str, tuple[str, ...]] = {
    "rsa-sha256": ("v1_5-sha256",),
    "rsa-sha512": ("v1_5-sha512",),
    "rsa-v1_5-sha256": ("v1_5-sha256",),
    "rsa-pss-sha512": ("pss-sha512",),
    # hs2019 and "look at the key": servers mean the first, GoToSocial and the specifications know the others
    "hs2019": ("v1_5-sha256", "v1_5-sha512", "pss-sha512"),
    "": ("v1_5-sha256", "pss-sha512"),
}
_ED25519 = frozenset(("ed25519", "hs2019", ""))


class SignatureClaim(msgspec.Struct, frozen=True):
    """A fresh, well-formed claim with the required coverage. Plain data: `msgspec.to_builtins` stores it until the key is available.

    `bases` are the texts of which one must be signed: with query and, for old Mastodon, without. `created` is the signing time, by the
    sender's clock.
    """

    key_id: str
    scheme: str
    algorithm: str
    covered: tuple[str, ...]
    signature: bytes
    bases: tuple[bytes, ...]
    digest: bytes | None
    created: dt.datetime | None = None

    def check_body(self, body: bytes) -> None:
        """Raise SignatureError if the body is not the signed one."""
        if self.digest is not None:
            check_digest(self.digest, body)

    def verify(self, key: PublicKey) -> None:
        """Raise SignatureError if `key` did not make this signature: `key_type` for the wrong kind, else `mismatch`."""
        from core.crypto import primitives  # loaded with the first key

        if isinstance(key, primitives.Ed25519PublicKey):
            if self.algorithm not in _ED25519:
                raise _wrong_kind(self.algorithm, "Ed25519")
            for base in self.bases:
                try:
                    return key.verify(self.signature, base)
                except primitives.InvalidSignature:
                    continue  # senders interpret the specification differently: try the next variant, and report a mismatch after the last
        else:
            if self.algorithm not in _RSA:
                raise _wrong_kind(self.algorithm, "RSA")
            for base in self.bases:
                for how in _RSA[self.algorithm]:
                    try:
                        if how == "pss-sha512":
                            pss = primitives.PSS(primitives.MGF1(primitives.SHA512()), salt_length=64)
                            return key.verify(self.signature, base, pss, primitives.SHA512())
                        hashing = primitives.SHA256() if how == "v1_5-sha256" else primitives.SHA512()
                        return key.verify(self.signature, base, primitives.PKCS1v15(), hashing)
                    except primitives.InvalidSignature:
                        continue  # the next variant and padding, as above
                    except ValueError:  # a PSS digest that doesn't fit into a small key: try another padding
                        continue
        raise SignatureError(reason="mismatch", code="signature_mismatch", detail=self.key_id)


def _wrong_kind(algorithm: str, kind: str) -> SignatureError:
    return SignatureError(reason="key_type", code="signature_key_type", algorithm=algorithm[:40], kind=kind)


def check_algorithm(algorithm: str) -> str:
    """Return the algorithm's name if it is supported. Raises SignatureError."""
    if algorithm not in _RSA and algorithm not in _ED25519:
        raise SignatureError(reason="algorithm", code="signature_algorithm_unknown", detail=algorithm[:100])
    return algorithm


def check_key_id(key_id: str) -> str:
    """Return the key's id if it is valid. Raises SignatureError."""
    if not key_id or len(key_id) > MAX_KEY_ID or not key_id.isprintable() or " " in key_id:
        raise SignatureError(code="signature_key_id_unusable", detail=repr(key_id[:200]))
    return key_id


def check_fresh(created: dt.datetime, expires: dt.datetime | None) -> None:
    """Raise SignatureError if a request signed at `created` is no longer, or not yet, valid.

    As Mastodon: valid until `expires` (at most 12 hours, 5 minutes if not stated), with an hour of clock skew each way.
    """
    now = clock.now()
    end = created + DEFAULT_LIFE if expires is None else min(expires, created + MAX_LIFE)
    if created > now + SKEW:
        raise SignatureError(reason="future", code="signature_in_future", detail=created.isoformat())
    if end + SKEW < now:
        raise SignatureError(reason="stale", code="signature_too_old", detail=created.isoformat())


def from_timestamp(value: object, what: str) -> dt.datetime:
    """Return a time from seconds since 1970, as a number or as digits. Raises SignatureError."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 11:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10**11:
        raise SignatureError(code="signature_time_unreadable", what=what)
    return dt.datetime.fromtimestamp(value, tz=dt.UTC)
