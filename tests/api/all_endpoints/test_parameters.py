"""Parameters in every encoding, as pure functions: how names nest, and how texts become values."""

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.error_messages import error_message
from api.parameters import Id, Length, Limit, _nest, parse_parameters, path_id
from core.asgi import split_pairs
from core.errors import BadInput
from tests.activities import people as rows
from tests.api.support.world import World


class Inner(msgspec.Struct):
    name: str = ""
    value: str = ""


class Outer(msgspec.Struct):
    text: str | None = None
    number: int = 0
    flag: bool | None = None
    limit: Annotated[int, Limit(20, 40)] = 20
    short: Annotated[str, Length(3)] = ""
    ids: list[Id] = []
    word: Literal["a", "b"] | None = None
    inner: Inner | None = None
    rows: list[Inner] | None = None
    several: str | list[str] = []


def nested(query: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    _nest(values, split_pairs(query))
    return values


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("a=1&a=2", {"a": "2"}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a[][]=1&a[][]=2", {"a": ["1", "2"]}),
        ("a[b]=1&a[c]=2", {"a": {"b": "1", "c": "2"}}),
        (
            "poll[options][]=x&poll[options][]=y&poll[multiple]=1",
            {"poll": {"options": ["x", "y"], "multiple": "1"}},
        ),
        (
            "f[0][name]=n&f[0][value]=v&f[1][name]=m",
            {"f": {"0": {"name": "n", "value": "v"}, "1": {"name": "m"}}},
        ),
        ("a=1&a[]=2", {"a": ["2"]}),
        ("[]=1", {}),
        ("a[][b]=1&a[][c]=2&a[][b]=3&a[][c]=4", {"a": [{"b": "1", "c": "2"}, {"b": "3", "c": "4"}]}),
        ("a[][b]=1&a[][b]=2&a[][c]=3", {"a": [{"b": "1"}, {"b": "2", "c": "3"}]}),
        ("a[][c]=1&a[][b]=2&a[][b]=3", {"a": [{"c": "1", "b": "2"}, {"b": "3"}]}),
        ("a[][b][c]=1&a[][b][d]=2&a[][b][c]=3", {"a": [{"b": {"c": "1", "d": "2"}}, {"b": {"c": "3"}}]}),
        ("a[][b][]=1&a[][b][]=2&a[][c]=3", {"a": [{"b": ["1", "2"], "c": "3"}]}),
        ("x[a][][b]=1&x[a][][b]=2", {"x": {"a": [{"b": "1"}, {"b": "2"}]}}),
        ("a[]=x&a[][b]=1", {"a": ["x", {"b": "1"}]}),
    ],
)
def test_names_nest_as_rails_reads_them(query: str, expected: dict[str, Any]) -> None:
    assert nested(query) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((text, True) for text in ("true", "1", "on", "t", "yes", "True", "TRUE", "anything")),
        *((text, False) for text in ("false", "0", "off", "f", "no", "False", "FALSE")),
        ("", None),
    ],
)
def test_booleans_as_clients_send_them(text: str, expected: bool | None) -> None:
    assert parse_parameters(Outer, {"flag": text}).flag is expected


def test_values_become_what_the_struct_says() -> None:
    made = parse_parameters(
        Outer,
        {
            "text": 5,
            "number": "-7",
            "flag": 1,
            "limit": "100",
            "ids": {"10": "3", "9": "2"},
            "word": "b",
            "inner": {"name": "n", "more": "ignored"},
            "rows": [{"name": "r"}],
            "several": "one",
        },
    )
    assert made == Outer("5", -7, True, 40, "", [2, 3], "b", Inner("n"), [Inner("r")], ["one"])


@pytest.mark.parametrize(
    "given_values",
    [
        {"number": "x"},
        {"number": "9" * 30},
        {"number": []},
        {"text": []},
        {"text": {}},
        {"text": "\x00"},
        {"text": "\ud800"},
        {"short": "long!"},
        {"ids": ["-1"]},
        {"ids": "abc"},
        {"ids": ["1"] * 2000},
        {"word": "c"},
    ],
)
def test_invalid_parameters_are_refused_by_name(given_values: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as caught:
        parse_parameters(Outer, given_values)
    assert next(iter(given_values)).replace("_", " ").capitalize() in error_message(caught.value)


@pytest.mark.parametrize(
    "given_values",
    [
        {"inner": "text"},
        {"inner": 5},
        {"inner": ["text"]},
        {"rows": "text"},
        {"rows": ["text", 7]},
        {"rows": {"name": "no list"}},
    ],
)
def test_a_scalar_where_a_hash_is_due_is_dropped(given_values: dict[str, Any]) -> None:
    """Rails' permitted parameters leave it out, so clients never noticed that they send it."""
    assert parse_parameters(Outer, given_values) == Outer()


def test_hashes_among_scalars_are_kept() -> None:
    assert parse_parameters(Outer, {"rows": ["text", {"name": "n"}]}).rows == [Inner("n")]
    assert parse_parameters(Outer, {"rows": []}).rows == []


def test_a_hash_that_must_be_there_is_missed_by_its_name() -> None:
    class Needs(msgspec.Struct):
        inner: Inner

    with pytest.raises(BadInput) as caught:
        parse_parameters(Needs, {"inner": "text"})
    assert "inner" in error_message(caught.value)


@pytest.mark.anyio
@pytest.mark.parametrize("as_parts", [False, True], ids=["urlencoded", "multipart"])
async def test_lists_of_hashes_in_forms(world: World, as_parts: bool) -> None:
    """Forms of Rails' own kind: rows of a profile, keywords of a filter. All came but the last were lost."""

    def body(pairs: list[tuple[str, str]]) -> dict[str, Any]:
        if as_parts:
            return {"files": [(name, (None, value)) for name, value in pairs]}
        form = {"content-type": "application/x-www-form-urlencoded"}
        return {"content": urlencode(pairs), "headers": form}

    rows_of_profile = [("Site", "https://ada.example"), ("Pronouns", "she"), ("Town", "Oslo")]
    pairs = [
        pair
        for name, value in rows_of_profile
        for pair in (("fields_attributes[][name]", name), ("fields_attributes[][value]", value))
    ]
    edited = await world.ada.patch("/api/v1/profile", "Profile", **body(pairs))
    assert [(row["name"], row["value"]) for row in edited["fields"]] == rows_of_profile
    kept = await world.ada.patch("/api/v1/profile", "Profile", **body([("fields_attributes", "")]))
    assert kept["fields"] == edited["fields"]
    kept = await world.ada.patch("/api/v1/profile", "Profile", **body([("fields_attributes[]", "x")]))
    assert kept["fields"] == edited["fields"]
    pairs = [
        ("title", "Spoilers"),
        ("context[]", "home"),
        ("keywords_attributes[][keyword]", "dragon"),
        ("keywords_attributes[][whole_word]", "true"),
        ("keywords_attributes[][keyword]", "knight"),
        ("keywords_attributes[][whole_word]", "false"),
        ("context[]", "public"),
    ]
    made = await world.ada.post("/api/v2/filters", "Filter", **body(pairs))
    assert {(one["keyword"], one["whole_word"]) for one in made["keywords"]} == {
        ("dragon", True),
        ("knight", False),
    }
    assert made["context"] == ["home", "public"]
    answer = await world.ada.post("/api/v1/statuses", "Status", **body([("status", "words"), ("poll", "x")]))
    assert answer["poll"] is None


def test_huge_ids_are_kept_in_range() -> None:
    assert parse_parameters(Outer, {"ids": ["9" * 40]}).ids == [2**63 - 1]
    assert path_id("9" * 40) is None
    assert path_id("9223372036854775808") is None
    assert path_id("12") == 12


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=10,
)
_NAMES = st.sampled_from(Outer.__struct_fields__)


@pytest.mark.slow
@settings(max_examples=200)
@given(st.dictionaries(_NAMES, _JSON, max_size=6))
def test_any_json_is_read_or_refused(values: dict[str, Any]) -> None:
    try:
        made = parse_parameters(Outer, values)
    except BadInput:
        return
    msgspec.json.encode(made)


@settings(max_examples=200)
@given(st.text(alphabet="ab[]=&01%", max_size=60))
def test_any_query_is_read_or_refused(query: str) -> None:
    try:
        parse_parameters(Outer, nested(query.replace("a", "rows").replace("b", "name")))
    except BadInput:
        return


@pytest.mark.anyio
async def test_a_get_may_bring_its_parameters_as_json(world: World) -> None:
    """Mastodon.py asks for familiar followers that way."""
    await rows.follow(world.ada.me, world.bea.me)
    ask = {"id": [world.bea.id, world.ada.id]}
    found = await world.ada.ask("GET", "/api/v1/accounts/familiar_followers", json=ask)
    assert [one["id"] for one in found.json()] == ask["id"]
    await world.ada.refused("GET", "/api/v1/accounts/familiar_followers", 400, json=["no", "object"])
    empty = await world.ada.ask("GET", "/api/v1/preferences", headers={"content-type": "application/json"})
    assert empty.status_code == 200
