"""Reading untrusted documents: every way to write a property, and nothing that breaks."""

import contextlib
import datetime as dt
import inspect
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from federation import documents as d
from federation.negotiation import is_activitypub

FIXTURES = Path(__file__).parents[4] / "shared/fixtures/activitypub"
A, B = "https://a.example/1", "https://b.example/2"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (A, A), ({"id": A}, A), ({"@id": A}, A), ([A, B], A), ([{"id": A}], A), (None, ""), ([], ""), ({}, ""), (1, ""), ("x", ""),
        ("javascript:x", ""), ("https://", ""), ("acct:a@b.example", ""), ("https://a.example/" + "x" * 3000, ""), ({"id": [A]}, ""),
        ("https://u:p@a.example/", ""), ([[A]], ""), ("HTTPS://a.example", ""), ("http://localhost:8000/x", "http://localhost:8000/x"),
    ],
)  # fmt: skip
def test_ids(value: object, expected: str) -> None:
    assert d.as_id(value) == expected


def test_lists_and_firsts() -> None:
    assert d.as_list(None) == []
    assert d.as_list("x") == ["x"]
    assert d.as_list(["x"]) == ["x"]
    assert d.as_list(0) == [0]
    assert d.as_list({"type": "Collection", "items": [A]}) == [A]
    assert d.as_list({"type": "Note"}) == [{"type": "Note"}]
    assert len(d.as_list(["x"] * 5000)) == d.MAX_ITEMS
    assert d.first([]) is None
    assert d.first([1, 2]) == 1
    assert d.first("x") == "x"
    assert d.as_ids([A, {"id": B}, A, 3]) == [A, B]
    assert d.as_document(["x", {"a": 1}]) == {"a": 1}
    assert d.as_document("x") is None


@pytest.mark.parametrize(
    ("uri", "host"),
    [
        ("https://A.Example/x", "a.example"), ("https://a.example:443/", "a.example"), ("http://a.example:80/", "a.example"),
        ("https://a.example:8443", "a.example:8443"), ("http://localhost:8000/", "localhost:8000"), ("https://bücher.example", "xn--bcher-kva.example"),
        ("https://xn--bcher-kva.example", "xn--bcher-kva.example"), ("https://a.example./", "a.example"), ("https://[::1]:9/", "[::1]:9"),
        ("https://[0:0::1]/", "[::1]"), ("ftp://a.example/", ""), ("a.example", ""), ("", ""), ("https://a@b.example/", ""),
        ("https://a.example\\@b.example/", ""), ("https://a.example:x/", ""), ("https://[", ""), ("https://a b/", ""), ("//a.example/", ""),
    ],
)  # fmt: skip
def test_hosts(uri: str, host: str) -> None:
    assert d.host_of(uri) == host
    assert d.same_host(uri, uri) is bool(host)


def test_hosts_are_compared_as_a_whole() -> None:
    assert d.same_host("https://Bücher.example/a", "http://xn--bcher-kva.example/b")
    for other in (
        "https://a.example.evil",
        "https://x.a.example",
        "https://a.example:8443",
        "https://a.example@evil.example",
    ):
        assert not d.same_host("https://a.example/", other)


def test_audiences() -> None:
    for name in (d.PUBLIC, "as:Public", "Public"):
        for value in (name, [name], [{"id": name}], [A, name]):
            assert d.is_public(value)
            assert d.PUBLIC in d.addressees({"to": value})
    assert not d.is_public([A, None, 3, "public", {"id": None}])
    document = {"to": [A, "as:Public", 1, None], "cc": {"id": B}, "bto": "https://c.example/"}
    assert d.addressees(document) == [A, d.PUBLIC, B]
    assert d.addressees(document, "cc", "bto") == [B, "https://c.example/"]


def test_types() -> None:
    assert d.types_of({"type": ["Person", "schema:Person", 3]}) == {"Person", "schema:Person"}
    assert d.type_of({"type": ["schema:Person", "Person"]}, known=("Person",)) == "Person"
    assert (
        d.type_of({"type": "as:Note"})
        == d.type_of({"@type": "https://www.w3.org/ns/activitystreams#Note"})
        == "Note"
    )
    assert d.type_of({}) == d.type_of("x") == d.type_of({"type": {}}) == ""


def test_texts_and_languages() -> None:
    assert d.text("x") == d.text([1, "x"]) == d.text({"en": "x"}) == "x"
    assert d.text(None) == d.text(3) == d.text({"bad tag!": "x"}) == d.text({}) == ""
    assert d.text("long", longest=2) == "lo"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-02-25T23:31:27Z", "2024-02-25T23:31:27+00:00"), ("2024-02-25T23:31:27.123456789Z", "2024-02-25T23:31:27.123456+00:00"),
        ("2024-02-25T23:31:27+02:00", "2024-02-25T21:31:27+00:00"), ("2024-02-25 23:31", "2024-02-25T23:31:00+00:00"),
        ("2024-02-25", "2024-02-25T00:00:00+00:00"), ("0001-01-01T00:00:00+05:00", None), ("0001-01-01T00:00:00Z", "1970-01-01T00:00:00+00:00"),
        ("Sun, 25 Feb 2024 23:31:27 GMT", None), ("", None), (None, None), (1708903887, None), ("2024-13-01T00:00:00Z", None), ("9" * 100, None),
    ],
)  # fmt: skip
def test_times(value: object, expected: str | None) -> None:
    found = d.parse_datetime(value)
    assert (found and found.isoformat()) == expected


def test_times_far_ahead_are_moved_to_tomorrow() -> None:
    found = d.parse_datetime("9999-12-31T23:59:59Z")
    assert found is not None
    assert abs(found - clock.now() - dt.timedelta(days=1)) < dt.timedelta(minutes=1)


def test_urls() -> None:
    html, other = (
        {"type": "Link", "mediaType": "text/html", "href": A},
        {"type": "Link", "mediaType": "video/mp4", "href": B},
    )
    assert d.url(A) == d.url([A]) == d.url(html) == d.url([other, html]) == A
    assert d.url([other, html], media_types=("video/mp4",)) == B
    assert d.url({"type": "Image", "url": {"type": "Link", "href": A}}) == A
    assert d.url({"type": "Image", "url": [{"href": 1}, A]}) == A
    assert d.url(None) == d.url("data:x") == d.url([{}]) == d.url({"url": {"url": {"url": A}}}) == ""


def test_numbers_and_flags() -> None:
    assert [d.number(value) for value in (3, "3", 3.7, 0)] == [3, 3, 3, 0]
    assert [d.number(value) for value in (-1, True, None, "x", 10**40, "9" * 30, float("inf"), [])] == [
        None
    ] * 8
    totals = (0, 7, 2_000_000_000, 2_000_000_001, -1, "7", 7.0, True, None, [7])
    assert [d.total_of({"totalItems": value}) for value in totals] == [0, 7, 2_000_000_000] + [None] * 7
    assert d.total_of([{"totalItems": 7}]) is None
    assert d.flag(True) is True
    assert d.flag("true") is None


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("application/activity+json", True), ("Application/Activity+JSON; charset=utf-8", True),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams"', True),
        ('application/ld+json;profile="https://www.w3.org/ns/activitystreams https://example.org/x"; charset=utf-8', True),
        ("application/ld+json", False), ("application/json", False), ("text/html", False), ("", False), (";;;=", False),
        ("application/activity+jsonx", False), ('application/ld+json; profile="https://evil.example"', False),
    ],
)  # fmt: skip
def test_content_types(content_type: str, expected: bool) -> None:
    assert is_activitypub(content_type) is expected


def test_required_properties_are_checked() -> None:
    assert d.require("x", "id") == "x"
    with pytest.raises(d.MalformedDocument):
        d.require("", "id")


WORDS = [
    "id",
    "@id",
    "type",
    "@type",
    "url",
    "href",
    "to",
    "cc",
    "items",
    "actor",
    "attributedTo",
    "mediaType",
    "content",
    "contentMap",
    "en",
]
STRINGS = st.text(max_size=30) | st.sampled_from(
    [A, B, "Public", "Collection", "Link", "http://[", "https://\ud800", "2024-01-01T00:00:00Z"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | STRINGS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=20,
)
OF_ANYTHING = [
    d.as_list,
    d.first,
    d.as_id,
    d.as_ids,
    d.id_of,
    d.unwrap_single,
    d.as_document,
    d.ordered_types,
    d.types_of,
    d.type_of,
    d.text,
    d.language_map,
    d.number,
    d.total_of,
    d.flag,
    d.is_set,
    d.parse_datetime,
    d.url,
    d.is_public,
]


def read_everything(value: Any) -> None:
    for function in OF_ANYTHING:
        function(value)
    if isinstance(value, dict):
        d.actor_of(value)
        d.addressees(value)


@pytest.mark.slow
@given(VALUES)
def test_arbitrary_json_breaks_no_reader(value: object) -> None:
    read_everything(value)


@pytest.mark.slow
@given(STRINGS, STRINGS)
def test_no_text_breaks_the_readers(one: str, other: str) -> None:
    d.same_host(one, other)
    d.host_of(f"https://{one}/")
    is_activitypub(one)
    d.clean_url(one)
    d.picture_url(f"https://{one}/{other}")


def test_every_public_function_is_under_test() -> None:
    functions = {
        name
        for name, value in vars(d).items()
        if inspect.isroutine(inspect.unwrap(value)) and value.__module__ == d.__name__
    }
    tested = {function.__name__ for function in OF_ANYTHING}
    tested |= {
        "actor_of",
        "addressees",
        "same_host",
        "host_of",
        "clean_url",
        "picture_url",
        "require",
    }
    assert {name for name in functions if not name.startswith("_")} == tested


def walk(value: Any) -> None:
    read_everything(value)
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        walk(part)


def test_documents_in_the_shapes_of_others_are_read() -> None:
    walk(json.loads(Path(__file__).with_name("own_documents.json").read_text()))


@pytest.mark.slow
@pytest.mark.skipif(
    not FIXTURES.is_dir(),
    reason=f"the documents of other projects, which are not ours to publish, are not here: {FIXTURES}",
)
def test_real_documents_are_read() -> None:
    for path in FIXTURES.rglob("*.json"):
        with contextlib.suppress(ValueError):  # some are broken on purpose
            walk(json.loads(path.read_bytes()))
