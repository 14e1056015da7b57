"""Articles, events, films, sounds and reviews of other servers: what is kept of them, and how apps and pages show it."""

from typing import Any

import pytest

from activities.posts.models import PostType, Visibility
from activities.posts.queries import posts
from activities.publishing.activitypub import parse_post
from activities.publishing.services.receiving import receive_edit, receive_post
from api.entities.status import status
from api.entities.viewpoint import Viewpoint
from tests.activities.people import make_domain, make_remote
from tests.pages.conftest import Site
from users.identities.models import Identity

pytestmark = pytest.mark.anyio
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
LONG = "<p>Once upon a time.</p>" + "<p>And then <strong>something</strong> happened.</p>" * 60


def document(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "id": "https://far.test/things/1",
        "type": kind,
        "attributedTo": "https://far.test/users/ana",
        "name": "A title",
        "content": "<p>Words</p>",
        "to": [PUBLIC],
        "published": "2026-01-01T00:00:00Z",
        "url": "https://far.test/a-title",
        **more,
    }


@pytest.fixture
async def ana(db: None) -> Identity:
    return await make_remote("ana")


async def in_api(author: Identity, thing: dict[str, Any]) -> dict[str, Any]:
    post = await receive_post(author=author, document=parse_post(thing))
    assert post is not None
    view = await posts.get_post(post.pk, None)
    return {"content": status(view, Viewpoint(await make_domain())).content, "view": view}


# --- articles --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "preview"),
    [
        ({"preview": {"type": "Note", "content": "<p>In <em>short</em>.</p>"}}, "<p>In <em>short</em>.</p>"),
        ({"summary": "<p>A lead</p>"}, "<p>A lead</p>"),
        ({"summary": "x" * 5000}, "<p>Once upon a time. And then something"),  # as long as the text
        ({"preview": {"content": "<script>alert(1)</script>"}}, "<p>Once upon a time."),
        ({}, "<p>Once upon a time. And then something happened."),
    ],
)
def test_a_long_article_has_a_preview(more: dict[str, Any], preview: str) -> None:
    parsed = parse_post(document("Article", content=LONG, **more))
    assert parsed.facts is not None
    assert parsed.facts["preview"].startswith(preview)
    assert len(parsed.facts["preview"]) < 900
    assert "<strong>something</strong>" in parsed.content_html


def test_a_short_article_is_shown_whole() -> None:
    assert parse_post(document("Article", preview={"content": "<p>In short</p>"})).facts is None


async def test_apps_get_the_preview_and_a_link(ana: Identity) -> None:
    shown = (await in_api(ana, document("Article", content=LONG, summary="<p>A lead</p>")))["content"]
    assert shown.startswith("<p><strong>A title</strong></p><p>A lead</p><p><a href=")
    assert "https://far.test/a-title" in shown
    assert "something" not in shown


async def test_pages_fold_the_text(site: Site) -> None:
    ana = await make_remote("ana")
    post = await receive_post(
        author=ana, document=parse_post(document("Article", content=LONG, summary="<p>A lead</p>"))
    )
    assert post is not None
    whole = (await site.member.get(f"/@ana@far.test/{post.pk}")).text
    assert "<summary>The whole text</summary>" in whole
    assert whole.count("<strong>something</strong>") == 60
    feed = (await site.member.get("/@ana@far.test")).text
    assert "A lead" in feed
    assert ">Read on</a>" in feed
    assert "<strong>something</strong>" not in feed


async def test_an_edit_may_end_the_preview(ana: Identity) -> None:
    await in_api(ana, document("Article", content=LONG))
    edited = document("Article", content="<p>Never mind.</p>", updated="2026-01-02T00:00:00Z")
    post = await receive_edit(author=ana, document=parse_post(edited))
    assert post is not None
    assert (await posts.get_post(post.pk, None)).facts is None


# --- events ----------------------------------------------------------------------------------------------------------------

_EVENT = {
    "startTime": "2026-12-11T19:00:00Z",
    "endTime": "2026-12-11T21:00:00Z",
    "timezone": "Europe/Berlin",
    "inLanguage": "de",
    "location": {
        "type": "Place",
        "name": "Town hall",
        "address": {
            "type": "PostalAddress",
            "streetAddress": "Main street 1",
            "addressLocality": "Town",
            "postalCode": 7,
        },
    },
}


async def test_an_event_has_time_and_place(ana: Identity, site: Site) -> None:
    shown = await in_api(ana, document("Event", **_EVENT))
    assert "<p>Friday, 11 December 2026, 20:00–22:00 (Europe/Berlin)</p>" in shown["content"]
    assert "<p>Town hall, Main street 1, Town</p>" in shown["content"]
    assert shown["view"].language == "de"
    page = (await site.nobody.get(f"/@ana@far.test/{shown['view'].id}")).text
    assert '<time datetime="2026-12-11T19:00:00Z" data-shape="full">' in page
    assert "Town hall, Main street 1, Town" in page


@pytest.mark.parametrize(
    ("more", "facts"),
    [
        ({"startTime": "soon", "location": 7}, None),
        ({"startTime": "9999-12-31T23:59:59-23:00"}, None),
        ({"startTime": ["2026-12-11T19:00:00Z"]}, None),
        (
            {"startTime": "2026-12-11T19:00:00Z", "endTime": "2026-12-10T19:00:00Z"},
            {"starts_at": "2026-12-11T19:00:00+00:00"},
        ),
        ({"location": [{"type": "VirtualLocation", "url": "javascript:alert(1)"}]}, None),
        (
            {
                "location": [
                    {"type": "VirtualLocation", "url": "https://meet.test/x"},
                    {"type": "Place", "name": "Here"},
                ]
            },
            {"place": "Here", "online_url": "https://meet.test/x"},
        ),
        (
            {"location": {"type": "Place", "name": "<b>x</b>", "address": "y\x00z"}},
            {"place": "<b>x</b>, y z"},
        ),
        ({"ical:status": "CANCELLED"}, {"is_cancelled": True}),
    ],
)
def test_invalid_event_and_review_fields_are_left_out(
    more: dict[str, Any], facts: dict[str, Any] | None
) -> None:
    assert parse_post(document("Event", **more)).facts == facts


async def test_a_place_is_text(ana: Identity, site: Site) -> None:
    shown = await in_api(
        ana, document("Event", location={"type": "Place", "name": "<script>alert(1)</script>"})
    )
    assert "<script>" not in shown["content"]
    page = (await site.nobody.get(f"/@ana@far.test/{shown['view'].id}")).text
    assert "<script>alert" not in page


async def test_an_unknown_time_zone_is_utc(ana: Identity) -> None:
    shown = await in_api(
        ana, document("Event", startTime="2026-12-11T19:00:00Z", timezone="../../etc/passwd")
    )
    assert "<p>Friday, 11 December 2026, 19:00 (UTC)</p>" in shown["content"]


# --- films, sounds, reviews ------------------------------------------------------------------------------------------------


def film(height: int, where: str = "") -> dict[str, Any]:
    return {
        "type": "Link",
        "mediaType": "video/mp4",
        "height": height,
        "href": f"https://far.test/{where}{height}.mp4",
    }


@pytest.mark.parametrize(
    ("links", "taken"),
    [
        ([film(1080), film(720), film(480)], "https://far.test/720.mp4"),
        ([film(2160), film(1080)], "https://far.test/1080.mp4"),
        (
            [
                {
                    "type": "Link",
                    "mediaType": "application/x-mpegURL",
                    "href": "https://far.test/1.m3u8",
                    "tag": [film(360), film(480, "hls/")],
                }
            ],
            "https://far.test/hls/480.mp4",
        ),
        ([{"type": "Link", "mediaType": "application/x-mpegURL", "href": "https://far.test/1.m3u8"}], None),
    ],
)
def test_a_film_of_a_fitting_size_is_taken(links: list[dict[str, Any]], taken: str | None) -> None:
    icons = [
        {"type": "Image", "url": f"https://far.test/{width}.jpg", "width": width} for width in (280, 850)
    ]
    parsed = parse_post(document("Video", url=links, icon=icons))
    assert [one.url for one in parsed.attachments] == ([taken] if taken else [])
    if taken:
        assert parsed.attachments[0].preview_url == "https://far.test/850.jpg"


def test_a_live_stream_of_owncast_is_a_note_with_a_picture_and_a_link() -> None:
    """A lone object as attachment, without `mediaType`, with a query that differs each time."""
    picture = {
        "type": "Image",
        "content": "Live stream preview",
        "url": "https://far.test/preview.gif?us=KjfNX387gm",
    }
    said = '<p>Live!</p><a href="https://far.test">https://far.test</a>'
    parsed = parse_post(document("Note", attachment=picture, content=said, to=PUBLIC, audience=PUBLIC))
    assert [(one.url, one.kind) for one in parsed.attachments] == [(picture["url"], "image")]
    assert 'href="https://far.test"' in parsed.content_html
    assert parsed.visibility == Visibility.public


def test_a_song_can_be_played() -> None:
    link = {"type": "Link", "mimeType": "audio/ogg", "href": "https://far.test/listen/1"}
    parsed = parse_post(
        document("Audio", url=[link], icon={"type": "Image", "url": "https://far.test/cover.jpg"})
    )
    assert [(one.kind, one.url, one.preview_url) for one in parsed.attachments] == [
        ("audio", "https://far.test/listen/1", "https://far.test/cover.jpg")
    ]


def test_an_episode_of_a_podcast_can_be_played() -> None:
    link = {"type": "Link", "mediaType": "audio/mpeg", "href": "https://far.test/1.mp3"}
    cover = {"type": "Image", "url": "https://far.test/cover.jpg"}
    episode: dict[str, Any] = {"audio": {"type": "Audio", "url": link}, "image": cover, "content": None}
    for description, content in (
        ({"contentMap": {"en": "<p><strong>Hi</strong></p>"}}, "<p><strong>Hi</strong></p>"),
        ({"content": "<b>Hi", "mediaType": "text/markdown"}, "<p>&lt;b&gt;Hi</p>"),
        ({"content": "<p>Hi</p>", "mediaType": "text/html"}, "<p>Hi</p>"),
        (None, ""),
        ({"contentMap": [], "content": 7}, ""),
    ):
        parsed = parse_post(document("PodcastEpisode", **episode, description=description))
        assert (parsed.type, parsed.title) == ("Audio", "A title")
        assert content in parsed.content_html
        assert [(one.kind, one.url, one.preview_url) for one in parsed.attachments] == [
            ("audio", "https://far.test/1.mp3", "https://far.test/cover.jpg")
        ]
    for audio in (None, 7, [None], {"url": [7, {}]}):
        assert not parse_post(document("PodcastEpisode", audio=audio)).attachments


def test_descriptions_in_markdown_are_formatted() -> None:
    """As PeerTube sends those of films: with signs of Markdown and bare addresses."""
    words = "A **film** of *us*\n\n- one\n- [two](https://x.test/2)\n\nhttps://x.test/3\n<script>"
    shown = parse_post(document("Video", content=words, mediaType="text/markdown")).content_html
    for part in (
        "<p>A <strong>film</strong> of <em>us</em></p>",
        "<li>one</li>",
        '<a href="https://x.test/2"',
        '<a href="https://x.test/3"',
        "&lt;script&gt;",
    ):
        assert part in shown, shown
    plain = parse_post(document("Video", content=words, mediaType="text/plain")).content_html
    assert "<p>A **film** of *us*</p>" in plain
    assert '<a href="https://x.test/3"' in plain
    long = parse_post(document("Video", content="**[" * 20_000, mediaType="text/markdown")).content_html
    assert "<p>**[**[" in long  # too long to be read as Markdown in little time


async def test_a_review_has_stars(ana: Identity, site: Site) -> None:
    shown = await in_api(ana, document("Review", rating=3.5))
    assert shown["content"].startswith("<p><strong>A title</strong></p><p>3.5 of 5 stars</p>")
    page = (await site.nobody.get(f"/@ana@far.test/{shown['view'].id}")).text
    assert '<span role="img" aria-label="3.5 of 5 stars">★★★★☆</span>' in page


@pytest.mark.parametrize("rating", [0, -1, 6, True, "5", None, 1e300, [5]])
def test_invalid_ratings_are_left_out(rating: object) -> None:
    assert parse_post(document("Review", rating=rating)).facts is None


def test_the_language_of_peertube_and_lemmy_is_a_property_of_its_own() -> None:
    parsed = parse_post(document("Video", language={"identifier": "fr", "name": "Français"}))
    assert (parsed.language, parsed.type) == ("fr", PostType.video)
    assert parse_post(document("Page", language={"identifier": "und"})).language is None
