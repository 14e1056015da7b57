"""Web push encryption against the example of RFC 8291 and a browser of our own."""

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec

from core.crypto.keys import make_vapid_pair
from core.crypto.webpush import (
    MAX_BYTES,
    base64url,
    encrypt,
    from_base64,
    public_bytes,
    read_browser_keys,
    vapid_token,
)
from core.errors import BadInput
from tests.api.notifications.push_service import Browser, decode

# RFC 8291, section 5
_SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
_PRIVATE = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
_SALT = "DGv6ra1nlYgDCS1FRnbzlw"
_SECRET = "BTBZMqHH6r4Tts7J_aSIgg"
_BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def _key(private: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(decode(private)), ec.SECP256R1())


def test_the_example_of_the_rfc(monkeypatch: pytest.MonkeyPatch) -> None:
    point = public_bytes(_key(_PRIVATE))
    monkeypatch.setattr("core.crypto.webpush.secrets.token_bytes", lambda _: decode(_SALT))
    monkeypatch.setattr("core.crypto.webpush.ec.generate_private_key", lambda _: _key(_SENDER))
    message = b"When I grow up, I want to be a watermelon"
    assert base64url(encrypt(message, point, decode(_SECRET), standard=True).body) == _BODY


@pytest.mark.parametrize("standard", [True, False])
@pytest.mark.parametrize("length", [0, 1, MAX_BYTES])
def test_only_the_browser_can_read_it(standard: bool, length: int) -> None:
    browser, other = Browser(), Browser()
    sealed = encrypt(b"x" * length, browser.point, browser.secret, standard=standard)
    headers = {
        "content-encoding": sealed.encoding,
        "encryption": f"salt={sealed.salt}",
        "crypto-key": f"dh={sealed.sender_key}",
    }
    assert len(sealed.body) <= 4096
    assert browser.open(headers, sealed.body) == b"x" * length
    with pytest.raises(InvalidTag):
        other.open(headers, sealed.body)


def test_oversized_messages_are_not_sent() -> None:
    browser = Browser()
    with pytest.raises(ValueError, match="bytes"):
        encrypt(b"x" * (MAX_BYTES + 1), browser.point, browser.secret, standard=True)


def test_keys_come_in_every_alphabet() -> None:
    raw = bytes(range(240, 256))
    assert from_base64("8PHy8_T19vf4-fr7_P3-_w") == from_base64("8PHy8/T19vf4+fr7/P3+/w==") == raw
    browser = Browser()
    assert read_browser_keys(**browser.keys) == (browser.point, browser.secret)
    for keys in (
        {"p256dh": "AAAA"},
        {"p256dh": base64url(b"\x04" + b"\x01" * 64)},
        {"auth": "AAAA"},
        {"auth": "é"},
    ):
        with pytest.raises(BadInput):
            read_browser_keys(**(browser.keys | keys))


def test_a_vapid_token_has_three_parts() -> None:
    token = vapid_token(
        make_vapid_pair()[0], audience="https://push.example", subject="mailto:a@b.c", expires_at=1
    )
    assert [len(part) > 10 for part in token.split(".")] == [True] * 3
