"""Signing and verifying: round trips of both schemes, and a table of attacks on each."""

import msgspec
import pytest
from http_sf import Token
from hypothesis import given, settings
from hypothesis import strategies as st

from core.crypto.keys import PublicKey, load_public_key
from federation.signatures import (
    Scheme,
    SignatureClaim,
    SignatureError,
    SigningKey,
    has_signature,
    parse_signature,
    sign_request,
)
from federation.signatures.digest import content_digest_header, digest_header
from federation.signatures.structured import InnerList, Item, parse_dictionary
from tests.federation.signatures.signing import (
    BODY,
    EDWARDS,
    EDWARDS_KEY,
    FULL,
    KEY,
    RSA,
    SCHEMES,
    TARGET,
    URL,
    custom,
    stamp,
    verify,
)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("key", "public"), [(KEY, RSA.public_pem), (EDWARDS_KEY, EDWARDS.public_pem)])
def test_own_signatures_verify(scheme: Scheme, method: str, key: SigningKey, public: str) -> None:
    body = BODY if method == "POST" else b""
    headers = sign_request(key, method, URL, body, scheme=scheme)
    claim = verify(headers, method=method, body=body, key=public)
    assert (claim.key_id, claim.scheme) == (key.key_id, scheme)
    assert has_signature(headers)
    asgi = [(name.upper().encode(), value.encode()) for name, value in headers.items()]
    assert parse_signature(method, TARGET, asgi) == claim
    stored = msgspec.json.decode(msgspec.json.encode(claim), type=SignatureClaim)
    stored.verify(load_public_key(public))


def test_an_address_is_signed_as_it_is_sent() -> None:
    headers = sign_request(KEY, "GET", "https://B.example:443/ü?q=ü#part")
    assert headers["Host"] == "b.example"
    verify(headers, method="GET", target="/%C3%BC?q=%C3%BC", body=b"")


def test_old_mastodon_signs_without_the_query() -> None:
    verify(sign_request(KEY, "POST", "https://b.example/inbox", BODY), target="/inbox?x=1")
    with pytest.raises(SignatureError):
        verify(
            sign_request(KEY, "POST", "https://b.example/inbox", BODY, scheme="rfc9421"), target="/inbox?x=1"
        )


def test_signature_dialects_of_peers_are_accepted() -> None:
    verify(custom(FULL, algorithm="hs2019"))
    verify(custom(FULL, algorithm=None))
    verify(custom(FULL, algorithm="RSA-SHA256"))
    verify(custom("date digest host (request-target)"))
    verify(custom("(Request-Target) Host Date Digest"))
    verify(custom("date digest"))
    verify(custom(FULL, headers={"Digest": digest_header(BODY).replace("SHA-256", "sha-256")}))
    verify(custom(FULL, headers={"Digest": f"MD5=AAAA,{digest_header(BODY)}, unixsum=12"}))
    verify(
        custom(
            "(request-target) host date content-digest",
            headers={"Content-Digest": content_digest_header(BODY)},
        )
    )
    moment, later = stamp(), stamp(hours=-1)
    for quote in ('"', ""):
        extra = f"created={quote}{moment}{quote},expires={quote}{later}{quote},"
        values = {"(created)": moment, "(expires)": later}
        verify(
            custom(
                "(request-target) host (created) (expires) digest",
                algorithm="hs2019",
                extra=extra,
                values=values,
            )
        )
    sent = custom(FULL)
    sent["Authorization"] = "Signature " + sent.pop("Signature")
    assert has_signature(sent)
    verify(sent)


def test_a_get_may_sign_the_digest_of_nothing() -> None:
    """As snac2 does."""
    sent = custom("(request-target) host digest date", method="GET", headers={"Digest": digest_header(b"")})
    verify(sent, method="GET", body=b"")


def test_the_hosts_that_a_proxy_hides_can_be_named() -> None:
    sent = sign_request(KEY, "POST", URL, BODY) | {"Host": "inside:8000"}
    verify(sent, authority="b.example")
    with pytest.raises(SignatureError):
        verify(sent)


def test_repeated_headers() -> None:
    sent = [
        (name.lower().encode(), value.encode())
        for name, value in sign_request(KEY, "POST", URL, BODY).items()
    ]
    signature = next(pair for pair in sent if pair[0] == b"signature")
    for extra in ((b"host", b"c.example"), signature, (b"date", b"Sat, 01 Jan 2000 00:00:00 GMT")):
        with pytest.raises(SignatureError):
            parse_signature("POST", TARGET, [*sent, extra]).verify(load_public_key(RSA.public_pem))
    with pytest.raises(SignatureError):
        parse_signature("POST", TARGET, [pair for pair in sent if pair[0] != b"host"])


def test_structured_fields_are_read_strictly() -> None:
    found = parse_dictionary(
        ' a=("x" "y";sf z);created=1;b;c="q\\"\\\\" , b=:AAE=: ,\tc, d=?0, e=-12 ', what="field"
    )
    assert found["a"] == InnerList(
        (Item("x", {}), Item("y", {"sf": True}), Item(Token("z"), {})), {"created": 1, "b": True, "c": 'q"\\'}
    )
    assert [found[key].value for key in "bcde"] == [b"\0\1", True, False, -12]
    for bad in (
        "a=",
        "a=(",
        'a=("x',
        'a=("x""y")',
        "A=1",
        "a=1 b=2",
        "a=:!:",
        "a=:A:",
        'a="x',
        "a=:AAE",
        "a=1.5",
        "a=@1.5",
        "a=@15",
        "a;b=1.5",
        "a=(1;b=1.5)",
        'a=%"x"',
        "a=(1 2",
        "a;b=1;b=2",
        "a=1, a=2",
        "a" * 8193,
        "a=?2",
        'a="é"',
        'a="\\n"',
        "a;b;b",
        ",",
        "a,,b",
        "a=1" + "0" * 20,
    ):
        with pytest.raises(SignatureError):
            parse_dictionary(bad, what="field")


@pytest.mark.slow
@settings(max_examples=300)
@given(st.data())
def test_no_headers_break_the_reader(data: st.DataObject) -> None:
    """Whatever comes is a claim or a SignatureError."""
    scheme = data.draw(st.sampled_from(SCHEMES))
    sent = sign_request(EDWARDS_KEY, "POST", URL, BODY, scheme=scheme)
    name = data.draw(st.sampled_from(sorted(sent)))
    value = sent[name]
    at, until = sorted((data.draw(st.integers(0, len(value))), data.draw(st.integers(0, len(value)))))
    sent[name] = value[:at] + data.draw(st.text(max_size=20)) + value[until:]
    public: PublicKey = load_public_key(EDWARDS.public_pem)
    unchanged = sent[name] == value
    try:
        claim = parse_signature("POST", TARGET, sent)
        claim.check_body(BODY)
        claim.verify(public)
    except SignatureError:
        assert not unchanged


def test_verifying_hostile_headers_is_quick() -> None:
    import time

    sent = [
        (name.lower().encode(), value.encode())
        for name, value in sign_request(KEY, "POST", URL, BODY).items()
    ]
    public = load_public_key(RSA.public_pem)
    began = time.process_time()
    for _ in range(500):
        claim = parse_signature("POST", TARGET, sent)
        claim.check_body(BODY)
        claim.verify(public)
    assert (time.process_time() - began) / 500 < 0.001
