"""Players that pages name, and cards beside pictures: those of posts that announce a live stream."""

import pytest

from activities.posts.models import Post
from activities.previews.models import PreviewCard
from activities.previews.pages import page_fields, read_head
from activities.publishing.activitypub import parse_post
from activities.publishing.services.receiving import receive_edit, receive_post
from tests.activities.people import make_remote

pytestmark = pytest.mark.anyio

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
PICTURE = {"type": "Image", "url": "https://far.test/preview.gif?us=1"}


@pytest.mark.parametrize(
    ("tags", "player", "size"),
    [
        ({"og:video": "/e", "og:video:type": "text/html"}, "https://s.test/e", (0, 0)),
        (
            {
                "og:video:secure_url": "/e",
                "og:video:type": "TEXT/HTML",
                "og:video:width": "560",
                "og:video:height": "315",
            },
            "https://s.test/e",
            (560, 315),
        ),
        (
            {"og:video": "/e", "og:video:type": "text/html", "twitter:player": "/t", "og:video:width": "9"},
            "https://s.test/t",
            (0, 0),
        ),
        ({"og:video": "/film.mp4", "og:video:type": "video/mp4"}, "", (0, 0)),
        ({"og:video": "/film.mp4"}, "", (0, 0)),
        ({"og:video": "http://s.test/e", "og:video:type": "text/html", "og:image:width": "7"}, "", (7, 0)),
        ({"og:video": "javascript:alert(1)", "og:video:type": "text/html"}, "", (0, 0)),
    ],
)
async def test_a_page_names_its_player(tags: dict[str, str], player: str, size: tuple[int, int]) -> None:
    """As a frame for Twitter's cards or as a video that is a page; a file is neither."""
    html = "".join(f'<meta property="{name}" content="{value}">' for name, value in tags.items())
    fields = page_fields(read_head(f"<head>{html}</head>", "https://s.test/"))
    assert fields["type"] == ("video" if player else "link")
    assert fields["html"].startswith(f'<iframe src="{player}"' if player else "")
    assert (fields["width"], fields["height"]) == size


def note(content: str, *, attachment: object = (), updated: str | None = None) -> dict[str, object]:
    return {
        "id": "https://far.test/posts/1",
        "type": "Note",
        "attributedTo": "https://far.test/users/ana",
        "content": content,
        "to": PUBLIC,
        "published": "2026-01-01T00:00:00Z",
        "attachment": attachment,
        **({"updated": updated} if updated else {}),
    }


async def carded() -> list[str]:
    return [post.card.url async for post in Post.objects.select_related("card") if post.card]


@pytest.mark.parametrize(
    ("link", "has_card"),
    [
        ("https://far.test", True),
        ("https://FAR.test/", True),
        ("https://far.test/posts/2", False),
        ("https://far.test/?p=2", False),
        ("https://other.test", False),
    ],
)
async def test_beside_a_picture_only_the_front_page_of_its_own_server_has_a_card(
    db: None, link: str, has_card: bool
) -> None:
    ana = await make_remote("ana")
    await receive_post(author=ana, document=parse_post(note(f'<a href="{link}">x</a>', attachment=PICTURE)))
    assert await carded() == (["https://far.test/"] if has_card else [])
    assert await PreviewCard.objects.acount() == has_card


async def test_an_edit_elsewhere_brings_another_card(db: None) -> None:
    ana = await make_remote("ana")
    await receive_post(author=ana, document=parse_post(note('<a href="https://one.test/">x</a>')))
    edits = (('<a href="https://two.test/">x</a>', ["https://two.test/"]), ("<p>no link</p>", []))
    for day, (content, cards) in enumerate(edits, 2):
        edited = parse_post(note(content, updated=f"2026-01-{day:02}T00:00:00Z"))
        await receive_edit(author=ana, document=edited)
        assert await carded() == cards
