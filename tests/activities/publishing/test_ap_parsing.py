"""Parsing of untrusted documents as posts: the result is a post, or a Problem that says why not."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from activities.posts.models import PostType, Visibility
from activities.publishing.activitypub import author_of, is_post, is_vote, parse_post
from core.errors import Problem
from federation.documents import same_host

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
AUTHOR = "https://far.test/users/ana"


def note(**more: Any) -> dict[str, Any]:
    return {
        "id": "https://far.test/notes/1",
        "type": "Note",
        "attributedTo": AUTHOR,
        "content": "<p>words</p>",
        "to": [PUBLIC],
        "published": "2024-01-01T00:00:00Z",
        **more,
    }


@pytest.mark.parametrize(
    ("to", "cc", "expected"),
    [
        ([PUBLIC], [f"{AUTHOR}/followers"], Visibility.public),
        ("as:Public", None, Visibility.public),
        (f"{AUTHOR}/followers", "Public", Visibility.unlisted),
        ([f"{AUTHOR}/followers"], ["https://home.test/users/bo"], Visibility.followers),
        (["https://home.test/users/bo"], [], Visibility.mentioned),
        (["https://home.test/users/bo/followers"], [], Visibility.mentioned),
        ({"id": PUBLIC}, [], Visibility.public),
        ([1, None, {"x": 1}], [[]], Visibility.mentioned),
        (None, None, Visibility.mentioned),
    ],
)
def test_visibility_follows_from_to_and_cc(to: Any, cc: Any, expected: Visibility) -> None:
    assert parse_post(note(to=to, cc=cc)).visibility is expected


def test_a_note_without_audience_has_that_of_its_activity() -> None:
    bare = {key: value for key, value in note().items() if key != "to"}
    assert parse_post(bare, audience_of={"to": [PUBLIC]}).visibility is Visibility.public
    assert parse_post(note(to=[AUTHOR]), audience_of={"to": [PUBLIC]}).visibility is Visibility.mentioned


def test_followers_are_those_the_actor_names() -> None:
    url = "https://far.test/ana-and-her-friends"
    assert parse_post(note(to=[url]), author_followers_url=url).visibility is Visibility.followers
    assert (
        parse_post(note(to=[f"{AUTHOR}/followers"]), author_followers_url=url).visibility
        is Visibility.mentioned
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": None},
        {"id": "acct:ana@far.test"},
        {"attributedTo": None},
        {"attributedTo": "https://other.test/users/ana"},
        {"type": "Person"},
        {"type": []},
        {"type": None},
    ],
)
def test_an_invalid_post_document_says_why(wrong: dict[str, Any]) -> None:
    with pytest.raises(Problem) as error:
        parse_post(note(**wrong))
    assert error.value.detail.startswith("post: ")


@pytest.mark.parametrize(
    ("attributed_to", "expected"),
    [
        (AUTHOR, AUTHOR),
        ({"id": AUTHOR, "type": "Person"}, AUTHOR),
        ([{"id": "https://far.test/channel", "type": "Group"}, {"id": AUTHOR, "type": "Person"}], AUTHOR),
        (["https://other.test/users/x", AUTHOR], AUTHOR),
        ([], ""),
        ({}, ""),
    ],
)
def test_the_author_is_a_person_of_the_same_server(attributed_to: Any, expected: str) -> None:
    assert author_of(note(attributedTo=attributed_to)) == expected


def test_a_warning_is_plain_text_and_a_lead_is_none() -> None:
    assert parse_post(note(summary="<b>long</b> &amp; loud")).summary == "long & loud"
    assert parse_post(note(type="Article", name="T", summary="A lead")).summary == ""
    assert parse_post(note(type="Article", name="T", summary="cw", sensitive=True)).summary == "cw"


def test_html_is_cleaned_and_text_is_not_html() -> None:
    dirty = '<p onclick="x()">a<script>x()</script><a href="javascript:x()">b</a></p>'
    cleaned = parse_post(note(content=dirty)).content_html
    assert "script" not in cleaned
    assert "onclick" not in cleaned
    plain = parse_post(note(content="1 < 2\n\nnext", mediaType="text/plain")).content_html
    assert plain == "<p>1 &lt; 2</p><p>next</p>"


def test_a_vote_is_no_post() -> None:
    vote = {
        "id": "https://far.test/votes/1",
        "type": "Note",
        "name": "Yes",
        "inReplyTo": "https://home.test/1",
    }
    assert is_vote(vote)
    assert not is_vote(note(name="Title", inReplyTo="https://home.test/1"))


def test_a_poll() -> None:
    options = [
        {"type": "Note", "name": name, "replies": {"totalItems": votes}}
        for name, votes in (("a", 3), ("b", 10**30))
    ]
    question = parse_post(
        note(type="Question", anyOf=options, endTime="2024-02-01T00:00:00Z", votersCount=-1)
    ).question
    assert question is not None
    assert question["options"] == [{"title": "a", "votes": 3}, {"title": "b", "votes": 0}]
    assert question["multiple"] is True
    assert question["voters"] is None


def test_a_post_can_t_quote_itself() -> None:
    assert parse_post(note(quoteUrl="https://far.test/notes/1")).quote_uri == ""
    assert (
        parse_post(note(quoteUrl="https://far.test/notes/1", quoteUri="https://x.test/2")).quote_uri
        == "https://x.test/2"
    )


def test_a_page_elsewhere_is_not_shown_as_its_own() -> None:
    assert parse_post(note(url="https://bank.test/login")).url == "https://far.test/notes/1"
    links = [
        {"type": "Link", "mediaType": "video/mp4", "href": "https://far.test/v.mp4"},
        {"mediaType": "text/html", "href": "https://far.test/w/1"},
    ]
    assert parse_post(note(url=links)).url == "https://far.test/w/1"


# --- anything at all -----------------------------------------------------------------------------------------------------

_words = st.sampled_from(
    [
        AUTHOR,
        PUBLIC,
        "https://far.test/notes/1",
        "http://[::1",
        "https://far.test:99999/x",
        "https://\udcff.test/",
        "Note",
        "Question",
        "Video",
        "Mention",
        "Hashtag",
        "Emoji",
        "image/png",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2024-13-01",
        "<p>\x00</p>",
        "",
    ]
)
_leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), _words, st.text(max_size=20)
)
_names = st.sampled_from(
    [
        "id",
        "type",
        "name",
        "content",
        "href",
        "url",
        "mediaType",
        "icon",
        "replies",
        "totalItems",
        "width",
        "items",
        "en",
        "de-DE",
    ]
)
_values = st.recursive(
    _leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_names, inner, max_size=4)),
    max_leaves=12,
)
_properties = st.sampled_from(
    [
        "id", "type", "attributedTo", "content", "contentMap", "name", "nameMap", "summary", "summaryMap", "to", "cc", "url", "tag",
        "attachment", "inReplyTo", "published", "updated", "sensitive", "oneOf", "anyOf", "endTime", "closed", "votersCount", "quote",
        "quoteUrl", "mediaType", "image", "icon",
    ]
)  # fmt: skip


@pytest.mark.slow
@example(changes={"attachment": "http://[::1"}, around={})
@given(
    changes=st.dictionaries(_properties, _values, max_size=8),
    around=st.dictionaries(st.sampled_from(["to", "cc"]), _values),
)
@settings(max_examples=600)
def test_anything_is_a_post_or_a_problem(changes: dict[str, Any], around: dict[str, Any]) -> None:
    document = note(**changes)
    is_vote(document)
    try:
        post = parse_post(document, audience_of=around)
    except Problem:
        return
    assert is_post(document)
    assert same_host(post.uri, post.author_uri)
    assert post.type in PostType
    assert post.published.tzinfo is not None
    texts = [
        post.content_html,
        post.title,
        post.summary,
        post.url,
        *(a.description for a in post.attachments),
    ]
    for text in texts:
        text.encode()
        assert "\x00" not in text
    assert all(len(a.url) <= 2048 and a.url.startswith(("https://", "http://")) for a in post.attachments)
    assert post.updated is None or post.updated > dt.datetime(1980, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize("value", [True, "true", "True", 1, 1.0, "1", "yes", ["x"], {"a": 1}])
def test_every_form_of_sensitive_mark_hides_media(value: Any) -> None:
    assert parse_post(note(sensitive=value)).is_sensitive
    assert parse_post(note(type="Article", name="T", summary="cw", sensitive=value)).summary == "cw"


@pytest.mark.parametrize("value", [False, "false", 0, "0", "", None, [], {}])
def test_unmarked_media_is_shown(value: Any) -> None:
    assert not parse_post(note(sensitive=value)).is_sensitive


def test_names_may_come_by_language_only() -> None:
    assert parse_post(note(type="Article", nameMap={"de": "Titel"})).title == "Titel"
    options = [{"type": "Note", "nameMap": {"de": name}} for name in ("ja", "nein")]
    question = parse_post(note(type="Question", oneOf=options)).question
    assert question is not None
    assert [option["title"] for option in question["options"]] == ["ja", "nein"]
    picture = {"type": "Image", "url": "https://far.test/a.png", "nameMap": {"de": "Ein Bild"}}
    assert parse_post(note(attachment=picture)).attachments[0].description == "Ein Bild"


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ("https://far.test/a.PNG", "image"),  # only the address
        ({"type": "Document", "url": "https://far.test/covers/a.jpg?x=1"}, "image"),  # BookWyrm's covers
        ({"type": "Document", "url": "https://far.test/a.webp"}, "image"),
        ({"type": "Document", "url": "https://far.test/a.mp4"}, "video"),
        ({"type": "Document", "url": "https://far.test/a.ogg"}, "audio"),
        ({"type": "Document", "url": "https://far.test/a.zip"}, "unknown"),
        ({"type": "Image", "url": "https://far.test/a"}, "image"),
        ("https://far.test/page", None),
        ("https://far.test/page.html", None),
    ],
)
def test_a_file_without_a_media_type_is_what_its_ending_says(part: Any, kind: str | None) -> None:
    for shape in (part, [part]):
        found = [attachment.kind for attachment in parse_post(note(attachment=shape)).attachments]
        assert found == ([kind] if kind else [])


def test_a_picture_of_an_article_may_be_its_address_only() -> None:
    article = parse_post(note(type="Article", name="T", image="https://far.test/picture"))
    assert [(one.url, one.kind) for one in article.attachments] == [("https://far.test/picture", "image")]


@pytest.mark.parametrize(
    ("more", "title"),
    [
        ({"name": "Cats"}, "Cats"),
        ({"name": "Cats", "inReplyTo": "https://far.test/notes/0"}, ""),
        ({"name": "words"}, ""),
        ({"name": "Cats", "content": ""}, ""),
        ({"name": "Cats", "type": "Question", "oneOf": []}, ""),
        ({"name": ["Cats"]}, ""),
    ],
)
def test_a_note_that_begins_a_thread_may_have_a_title(more: dict[str, Any], title: str) -> None:
    assert parse_post(note(**more)).title == title


def test_audience_does_not_make_a_private_post_readable() -> None:
    group = "https://far.test/groups/cats"
    assert parse_post(note(audience=group)).addressed == [group]
    assert parse_post(note(audience=[group, {"id": 7}, group])).addressed == [group]
    private = note(audience=group, to=["https://home.test/users/ada"])
    assert parse_post(private).addressed == ["https://home.test/users/ada"]
    assert len(parse_post(note(audience=[f"{group}/{number}" for number in range(500)])).addressed) == 10


@pytest.mark.parametrize(
    "kind", ["Hashtag", "as:Hashtag", "https://www.w3.org/ns/activitystreams#Hashtag", ["x:y", "as:Hashtag"]]
)
def test_a_type_may_be_written_with_its_vocabulary(kind: Any) -> None:
    """The vocabulary has no Hashtag, so whoever writes JSON-LD by a library writes it so (activitypub-bot)."""
    tags = [{"type": kind, "name": "#bots", "href": "https://far.test/tags/bots"}]
    assert parse_post(note(tag=tags)).hashtags == ["#bots"]
    assert parse_post({**note(), "type": "as:Article", "name": "a title"}).type is PostType.article
