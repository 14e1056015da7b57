"""Signatures that are refused, each with its reason: a table of attacks, times that have passed, headers left out."""

import datetime as dt
from collections.abc import Callable

import pytest

from core import clock
from federation.signatures import (
    Scheme,
    SignatureError,
    sign_request,
)
from federation.signatures.digest import content_digest_header, digest_header
from tests.federation.signatures.signing import (
    BODY,
    EDWARDS,
    FULL,
    KEY,
    OTHER_RSA,
    SCHEMES,
    URL,
    custom,
    stamp,
    verify,
)

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
