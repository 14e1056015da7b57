"""Signing and verifying: round trips of both schemes, and a table of attacks on each."""

import datetime as dt
from collections.abc import Callable

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from http_sf import Token
from hypothesis import given, settings
from hypothesis import strategies as st

from core import clock
from core.crypto.keys import PublicKey, load_private_key, load_public_key, make_ed25519_pair, make_rsa_pair
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


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("key", "public"), [(KEY, RSA.public_pem), (EDWARDS_KEY, EDWARDS.public_pem)])
def test_what_we_sign_verifies(scheme: Scheme, method: str, key: SigningKey, public: str) -> None:
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


def custom(
    covered: str,
    *,
    headers: dict[str, str] | None = None,
    method: str = "POST",
    algorithm: str | None = "rsa-sha256",
    extra: str = "",
    values: dict[str, str] | None = None,
) -> dict[str, str]:
    """A cavage signature over exactly `covered`, made by hand as a peer might."""
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


def test_peers_variations_are_accepted() -> None:
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


type Change = Callable[[dict[str, str]], dict[str, str]]


def having(**changed: str) -> Change:
    return lambda sent: {**sent, **{name.replace("_", "-"): value for name, value in changed.items()}}


def swap(header: str, old: str, new: str) -> Change:
    def change(sent: dict[str, str]) -> dict[str, str]:
        assert old in sent[header]
        return {**sent, header: sent[header].replace(old, new, 1)}

    return change


def without(header: str) -> Change:
    return lambda sent: {name: value for name, value in sent.items() if name != header}


ATTACKS: list[tuple[str, Scheme, Change, dict[str, object], str]] = [
    *[
        row
        for scheme in SCHEMES
        for row in (
            ("body", scheme, having(), {"body": BODY + b" "}, "digest"),
            ("empty body", scheme, having(), {"body": b""}, "digest"),
            ("target", scheme, having(), {"target": "/other?x=1"}, "mismatch"),
            ("query", scheme, having(), {"target": "/inbox?x=2"}, "mismatch"),
            ("host", scheme, having(Host="c.example"), {}, "mismatch"),
            ("method", scheme, having(), {"method": "PUT"}, "mismatch"),
            ("key", scheme, having(), {"key": OTHER_RSA.public_pem}, "mismatch"),
            ("key type", scheme, having(), {"key": EDWARDS.public_pem}, "key_type"),
            ("no signature", scheme, lambda sent: {"Host": "b.example"}, {}, "unsigned"),
            ("empty signature", scheme, having(Signature=""), {}, "malformed"),
            ("huge signature", scheme, having(Signature="x" * 10_000), {}, "malformed"),
        )
    ],
    ("date", "cavage", lambda sent: having(Date=sign_request(KEY, "GET", URL, date=clock.now() - dt.timedelta(minutes=1))["Date"])(sent), {}, "mismatch"),
    ("digest", "cavage", having(Digest=digest_header(b"x")), {"body": b"x"}, "mismatch"),
    ("digest gone", "cavage", without("Digest"), {}, "missing_header"),
    ("digest in hex", "cavage", having(Digest="SHA-256=" + "ab" * 32), {}, "malformed"),
    ("two digests", "cavage", lambda sent: having(Digest=sent["Digest"] + "," + digest_header(b"x"))(sent), {}, "malformed"),
    ("weak digest", "cavage", having(Digest="MD5=AAAA"), {}, "malformed"),
    ("digest that isn't base64", "cavage", having(Digest="SHA-256=ü!"), {}, "malformed"),
    ("two key ids", "cavage", lambda sent: having(Signature='keyId="x",' + sent["Signature"])(sent), {}, "malformed"),
    ("other case twice", "cavage", lambda sent: having(Signature='KEYID="x",' + sent["Signature"])(sent), {}, "malformed"),
    ("no key id", "cavage", swap("Signature", "keyId", "id"), {}, "malformed"),
    ("spaces in key id", "cavage", swap("Signature", "#main-key", " x"), {}, "malformed"),
    ("long key id", "cavage", swap("Signature", "#main-key", "x" * 3000), {}, "malformed"),
    ("hmac", "cavage", swap("Signature", "rsa-sha256", "hmac-sha256"), {}, "algorithm"),
    ("sha1", "cavage", swap("Signature", "rsa-sha256", "rsa-sha1"), {}, "algorithm"),
    ("none", "cavage", swap("Signature", "rsa-sha256", "none"), {}, "algorithm"),
    ("confused with edwards", "cavage", swap("Signature", "rsa-sha256", "ed25519"), {}, "key_type"),
    ("created without hs2019", "cavage", swap("Signature", "date", "(created)"), {}, "malformed"),
    ("covered twice", "cavage", swap("Signature", "host date", "host host date"), {}, "malformed"),
    ("unknown pseudo header", "cavage", swap("Signature", "host", "(host)"), {}, "malformed"),
    ("fewer headers", "cavage", swap("Signature", " digest", ""), {}, "not_covered"),
    ("no date covered", "cavage", swap("Signature", " date", ""), {}, "not_covered"),
    ("absent header covered", "cavage", swap("Signature", "digest", "digest x-none"), {}, "missing_header"),
    ("signature cut", "cavage", swap("Signature", '=="', '"'), {}, "malformed"),
    ("not base64", "cavage", swap("Signature", 'signature="', 'signature="!'), {}, "malformed"),
    ("digest", "rfc9421", having(Content_Digest=content_digest_header(b"x")), {"body": b"x"}, "mismatch"),
    ("digest gone", "rfc9421", without("Content-Digest"), {}, "missing_header"),
    ("digest in capitals", "rfc9421", swap("Content-Digest", "sha-256", "SHA-256"), {}, "malformed"),
    ("only sha-512", "rfc9421", swap("Content-Digest", "sha-256", "sha-512"), {}, "malformed"),
    ("short digest", "rfc9421", having(Content_Digest="sha-256=:AAAA:"), {}, "malformed"),
    ("other created", "rfc9421", lambda sent: swap("Signature-Input", "created=", "created=1,expires=")(sent), {}, "malformed"),
    ("no created", "rfc9421", swap("Signature-Input", "created", "nonce"), {}, "not_covered"),
    ("no key id", "rfc9421", swap("Signature-Input", "keyid", "tag"), {}, "malformed"),
    ("other key id", "rfc9421", swap("Signature-Input", "a.example", "c.example"), {}, "mismatch"),
    ("key id as number", "rfc9421", lambda sent: having(Signature_Input=sent["Signature-Input"].split(";keyid")[0] + ";keyid=1")(sent), {}, "malformed"),
    ("hmac", "rfc9421", swap("Signature-Input", "rsa-v1_5-sha256", "hmac-sha256"), {}, "algorithm"),
    ("cavage's algorithm", "rfc9421", swap("Signature-Input", "rsa-v1_5-sha256", "hs2019"), {}, "algorithm"),
    ("other algorithm", "rfc9421", swap("Signature-Input", "rsa-v1_5-sha256", "rsa-pss-sha512"), {}, "mismatch"),
    ("confused with edwards", "rfc9421", swap("Signature-Input", "rsa-v1_5-sha256", "ed25519"), {}, "key_type"),
    ("covered twice", "rfc9421", swap("Signature-Input", '"@method"', '"@method" "@method"'), {}, "malformed"),
    ("method not covered", "rfc9421", swap("Signature-Input", '"@method" ', ""), {}, "not_covered"),
    ("target not covered", "rfc9421", swap("Signature-Input", '"@target-uri"', '"@path" "@authority"'), {}, "not_covered"),
    ("digest not covered", "rfc9421", swap("Signature-Input", ' "content-digest"', ""), {}, "not_covered"),
    ("unknown component", "rfc9421", swap("Signature-Input", '"@method"', '"@method" "@status"'), {}, "malformed"),
    ("component in capitals", "rfc9421", swap("Signature-Input", "content-digest", "Content-Digest"), {}, "malformed"),
    ("component with a flag", "rfc9421", swap("Signature-Input", '"content-digest"', '"content-digest";sf'), {}, "malformed"),
    ("absent query parameter", "rfc9421", swap("Signature-Input", '"@method"', '"@method" "@query-param";name="y"'), {}, "missing_header"),
    ("two signatures", "rfc9421", lambda sent: having(Signature_Input=sent["Signature-Input"] + ', sig2=("@method")', Signature=sent["Signature"] + ", sig2=:AAAA:")(sent), {}, "malformed"),
    ("two of one label", "rfc9421", lambda sent: having(Signature_Input=sent["Signature-Input"] + ", " + sent["Signature-Input"])(sent), {}, "malformed"),
    ("other label", "rfc9421", swap("Signature", "sig1", "sig2"), {}, "malformed"),
    ("not a list", "rfc9421", having(Signature_Input="sig1=1"), {}, "malformed"),
    ("not bytes", "rfc9421", having(Signature='sig1="x"'), {}, "malformed"),
    ("cavage without its input", "rfc9421", without("Signature-Input"), {}, "malformed"),
    ("trailing comma", "rfc9421", lambda sent: having(Signature_Input=sent["Signature-Input"] + ",")(sent), {}, "malformed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "scheme", "change", "options", "reason"), ATTACKS, ids=[f"{row[1]}: {row[0]}" for row in ATTACKS]
)
def test_attacks_are_refused_with_their_reason(
    name: str, scheme: Scheme, change: Change, options: dict[str, object], reason: str
) -> None:
    sent = change(sign_request(KEY, "POST", URL, BODY, scheme=scheme))
    with pytest.raises(SignatureError) as caught:
        verify(sent, **options)  # type: ignore[arg-type]
    assert caught.value.reason == reason, caught.value.sentence
    assert caught.value.status == 401


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("minutes", "reason"),
    [
        (-61, "future"),
        (-59, None),
        (0, None),
        (64, None),
        (66, "stale"),
        (60 * 24, "stale"),
        (60 * 24 * 365 * 30, "stale"),
    ],
)
def test_a_signature_lives_for_an_hour_and_a_bit(scheme: Scheme, minutes: int, reason: str | None) -> None:
    sent = sign_request(
        KEY, "POST", URL, BODY, scheme=scheme, date=clock.now() - dt.timedelta(minutes=minutes)
    )
    if reason is None:
        verify(sent)
        return
    with pytest.raises(SignatureError) as caught:
        verify(sent)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("created", "expires", "good"),
    [
        (0, -60, True),
        (600, -60, True),
        (710, -60, True),
        (120, 61, False),
        (120, 59, True),
        (790, -600, False),
    ],
)
def test_expires_is_believed_for_twelve_hours_at_most(created: int, expires: int, good: bool) -> None:
    """Minutes ago."""
    moment, end = stamp(minutes=created), stamp(minutes=expires)
    sent = custom(
        "(request-target) host (created) (expires) digest",
        algorithm="hs2019",
        extra=f"created={moment},expires={end},",
        values={"(created)": moment, "(expires)": end},
    )
    if good:
        verify(sent)
    else:
        with pytest.raises(SignatureError):
            verify(sent)


@pytest.mark.parametrize("created", ["", "x", "-1", "1.5", "99999999999999", "٣", "1e9", " 1"])
def test_times_that_are_none_are_refused(created: str) -> None:
    sent = custom(
        "(request-target) host (created) digest",
        algorithm="hs2019",
        extra=f'created="{created}",',
        values={"(created)": created},
    )
    with pytest.raises(SignatureError):
        verify(sent)


@pytest.mark.parametrize(
    "date",
    [
        "yesterday",
        "",
        "2026-11-21T00:00:00Z",
        "Wed, 99 Dec 2023 10:00:00 GMT",
        "0",
        "Sat, 01 Jan 0000 00:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 -2359",
    ],
)
def test_dates_that_are_none_are_refused(date: str) -> None:
    with pytest.raises(SignatureError):
        verify(custom(FULL, headers={"Date": date}))


@pytest.mark.parametrize(
    "covered", ["date", "host date digest", "(request-target) date", "(request-target) digest"]
)
def test_a_get_must_sign_its_target_host_and_date(covered: str) -> None:
    with pytest.raises(SignatureError) as caught:
        verify(custom(covered, method="GET", headers={"Digest": digest_header(b"")}), method="GET", body=b"")
    assert caught.value.reason == "not_covered"


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


def test_verifying_is_quick() -> None:
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
