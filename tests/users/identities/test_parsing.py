"""Remote actors as their documents describe them, however they are written."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadInput
from users.emojis.activitypub import EmojiDocument, parse_emojis
from users.identities.activitypub.parsing import is_actor, parse_actor

FIXTURES = Path(__file__).resolve().parents[4] / "shared" / "fixtures" / "activitypub"
HOME = "https://remote.example"


def _actor(**changes: Any) -> dict[str, Any]:
    document = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{HOME}/users/bob",
        "type": "Person",
        "preferredUsername": "bob",
        "inbox": f"{HOME}/users/bob/inbox",
        "followers": f"{HOME}/users/bob/followers",
        "endpoints": {"sharedInbox": f"{HOME}/inbox"},
        "publicKey": {
            "id": f"{HOME}/users/bob#main-key",
            "owner": f"{HOME}/users/bob",
            "publicKeyPem": "-----BEGIN PUBLIC KEY-----",
        },
    }
    document.update(changes)
    return {key: value for key, value in document.items() if value is not None}


def test_a_plain_actor() -> None:
    actor = parse_actor(_actor(name="Bob", summary="<p>Hi <script>x</script></p>", url=f"{HOME}/@bob"))
    assert (actor.uri, actor.username, actor.host) == (f"{HOME}/users/bob", "bob", "remote.example")
    assert (actor.name, actor.summary) == ("Bob", "<p>Hi </p>")
    assert actor.shared_inbox_url == f"{HOME}/inbox"
    assert actor.public_key.startswith("-----BEGIN")
    assert actor.profile_url == f"{HOME}/@bob"


@pytest.mark.parametrize(
    ("value", "opens", "limits"),
    [(True, True, True), ("maybe", False, True), ("true", False, True), (1, False, True)]
    + [(value, False, False) for value in (False, "false", 0, None)],
)
def test_invalid_flags_hide(value: object, opens: bool, limits: bool) -> None:
    names = ("discoverable", "indexable", "suspended")
    actor = parse_actor(_actor(**dict.fromkeys(names, value)))
    assert (actor.is_discoverable, actor.is_indexable) == (opens, opens)
    assert actor.is_suspended is limits


def test_a_name_that_cannot_be_seen_is_none() -> None:
    """The username is shown instead."""
    assert parse_actor(_actor(name="\u200b\u2800\u202e")).name == ""
    assert parse_actor(_actor(name="Bob\nAdmin")).name == "Bob Admin"


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": 5},
        {"id": "ftp://remote.example/bob"},
        {"id": "https:///bob"},
        {"id": "https://remote.example/" + "x" * 3000},
        {"type": "Note"},
        {"type": None},
        {"type": [["Person"]]},
        {"preferredUsername": None},
        {"preferredUsername": ""},
        {"preferredUsername": "a b"},
        {"preferredUsername": "a@b"},
        {"preferredUsername": "a/b"},
        {"preferredUsername": "a\u202eb"},
        {"preferredUsername": ["bob"]},
        {"preferredUsername": "x" * 256},
        {"inbox": None},
        {"inbox": "javascript:alert(1)"},
        {"inbox": {}},
    ],
)
def test_invalid_actors_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as refused:
        parse_actor(_actor(**changes))
    assert refused.value.detail


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"type": ["schema:Thing", "Service"]}, {"actor_type": "Service"}),
        ({"inbox": [f"{HOME}/inbox1"]}, {"inbox_url": f"{HOME}/inbox1"}),
        ({"endpoints": None}, {"shared_inbox_url": ""}),
        ({"endpoints": "https://x"}, {"shared_inbox_url": ""}),
        ({"endpoints": {"sharedInbox": "https://victim.example/inbox"}}, {"shared_inbox_url": ""}),
        ({"followers": "https://victim.example/users/x/followers"}, {"followers_url": ""}),
        ({"followers": {"id": f"{HOME}/f", "type": "Collection"}}, {"followers_url": f"{HOME}/f"}),
        ({"url": "https://evil.example/@bob"}, {"profile_url": f"{HOME}/users/bob"}),
        ({"url": "javascript:alert(1)"}, {"profile_url": f"{HOME}/users/bob"}),
        (
            {
                "url": [
                    {"type": "Link", "mediaType": "application/json", "href": f"{HOME}/x.json"},
                    {"type": "Link", "mediaType": "text/html", "href": f"{HOME}/@bob"},
                ]
            },
            {"profile_url": f"{HOME}/@bob"},
        ),
        ({"icon": "https://cdn.example/a.png"}, {"icon_url": "https://cdn.example/a.png"}),
        ({"icon": [{"type": "Image", "url": "https://cdn.example/a.png"}]}, {"icon_url": "https://cdn.example/a.png"}),
        (
            {"icon": {"type": "Image", "url": {"type": "Link", "href": "https://cdn.example/a.png"}, "name": "A  cat\n"}},
            {"icon_url": "https://cdn.example/a.png", "icon_description": "A cat"},
        ),
        ({"icon": {"type": "Image"}}, {"icon_url": ""}),
        ({"icon": {"type": "Image", "url": "data:image/png;base64,xx"}}, {"icon_url": ""}),
        ({"icon": 7}, {"icon_url": ""}),
        ({"image": [None, [], {"url": []}]}, {"image_url": ""}),
        ({"name": "a\n\tb\x00\u0007c"}, {"name": "a b c"}),
        ({"name": {"en": "x"}}, {"name": ""}),
        ({"name": "x" * 5000}, {"name": "x" * 500}),
        ({"attachment": {"type": "PropertyValue", "name": "a", "value": "<b onclick=x>b</b>"}}, {"fields": [{"name": "a", "value": "<b>b</b>", "source": "", "verified_at": None}]}),
        ({"attachment": [None, 5, {"type": "PropertyValue"}, {"type": "IdentityProof", "name": "x"}, "y"]}, {"fields": []}),
        ({"alsoKnownAs": f"{HOME}/old"}, {"also_known_as": [f"{HOME}/old"]}),
        ({"alsoKnownAs": [None, 5, "xmpp:x", f"{HOME}/old"]}, {"also_known_as": [f"{HOME}/old"]}),
        ({"movedTo": {"id": f"{HOME}/new"}}, {"moved_to_uri": f"{HOME}/new"}),
        ({"webfinger": "bob@example.com"}, {"stated_handle": "bob@example.com", "handle_host": ""}),
        ({"webfinger": "a b@example.com"}, {"stated_handle": ""}),
        ({"webfinger": "acct:bo@E.example", "preferredUsername": None}, {"username": "bo", "stated_handle": "bo@e.example"}),
        ({"manuallyApprovesFollowers": "true"}, {"approves_followers": False}),
        ({"publicKey": f"{HOME}/key"}, {"public_key": ""}),
        ({"publicKey": {"id": "https://evil.example/k", "publicKeyPem": "x"}}, {"public_key": ""}),
        ({"publicKey": {"id": f"{HOME}/k", "owner": f"{HOME}/users/eve", "publicKeyPem": "x"}}, {"public_key": ""}),
        ({"publicKey": [{"id": f"{HOME}/k", "publicKeyPem": "x"}]}, {"public_key": "x"}),
        ({"tag": [{"type": "Emoji", "name": ":x:", "icon": {"url": f"{HOME}/x.png"}}, {"type": "Emoji", "name": "<"}]}, {"emojis": [EmojiDocument("x", f"{HOME}/x.png")]}),
    ],
)  # fmt: skip
def test_odd_and_hostile_properties(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    actor = parse_actor(_actor(**changes))
    assert {name: getattr(actor, name) for name in expected} == expected


def test_join_dates_are_read_and_never_in_the_future() -> None:
    assert parse_actor(_actor(published="2020-05-01T00:00:00Z")).published.year == 2020
    assert parse_actor(_actor(published="9999-01-01T00:00:00Z")).published.year < 9999
    for odd in ("yesterday", 5, None, "2020-13-45"):
        assert parse_actor(_actor(published=odd)).published


_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.just(f"{HOME}/x"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "url", "href", "name", "value", "icon"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)
_names = st.sampled_from(
    [*_actor(), "name", "summary", "icon", "image", "tag", "attachment", "url", "movedTo", "alsoKnownAs"]
)


@pytest.mark.slow
@given(st.dictionaries(_names, _values, max_size=6))
def test_any_json_is_an_actor_or_refused(changes: dict[str, Any]) -> None:
    document = {**_actor(), **changes}
    try:
        actor = parse_actor(document)
    except BadInput:
        return
    for name in ("name", "summary", "icon_url", "profile_url", "moved_to_uri"):
        value = getattr(actor, name)
        assert "\x00" not in value
        value.encode()


def test_actors_of_other_software_are_read() -> None:
    """Every actor among the captured documents, those that lack what an actor needs left out."""
    if not FIXTURES.is_dir():
        pytest.skip(
            f"the documents of other projects, which are not ours to publish, are not here: {FIXTURES}"
        )
    read, refused = 0, set()
    for path in sorted(FIXTURES.rglob("*.json")):
        try:
            document = json.loads(path.read_bytes())
        except ValueError:  # captured broken, for the inbox's tests
            continue
        if is_actor(document):
            try:
                parse_actor(document)
                read += 1
            except BadInput:
                lacks = {name for name in ("preferredUsername", "inbox") if not document.get(name)}
                if not lacks and str(document.get("id")).startswith("https://"):
                    refused.add(path.relative_to(FIXTURES).as_posix())
    assert read >= 10
    assert refused == set()


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://far.test/my emoji.png", "https://far.test/my%20emoji.png"),
        ('https://far.test/a"onerror="x.png', "https://far.test/a%22onerror=%22x.png"),
        ("https://far.test/a'><b>.png", "https://far.test/a%27%3E%3Cb%3E.png"),
        ("https://far.test/a\nb.png", ""),
        ("https://far test/a.png", ""),
        ('https://far.test"/a.png', ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_addresses_of_pictures_carry_no_quotes_and_spaces(written: str, kept: str) -> None:
    """Clients put them into HTML and style sheets."""
    found = parse_emojis(
        {"tag": [{"type": "Emoji", "name": ":x:", "icon": {"type": "Image", "url": written}}]}
    )
    assert [emoji.url for emoji in found] == ([kept] if kept else [])
