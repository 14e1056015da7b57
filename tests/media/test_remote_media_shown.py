"""Remote media in the API, on pages and in the security policy: under our own addresses."""

import re

import httpx
import pytest

from activities.media.models import Attachment
from activities.posts.models import Post
from activities.previews.models import PreviewCard
from core.config import config
from tests.activities import people as rows
from tests.api.support.world import World
from users.identities.models import Identity

pytestmark = pytest.mark.anyio

OURS = r"https://testserver/media/r/{}[\w-]{{16}}/[\w-]+"
FAR = "https://files.far.test"


@pytest.fixture
async def post(world: World) -> Post:
    await Identity.objects.filter(pk=world.remote.pk).aupdate(
        icon_url=f"{FAR}/icon.png",
        image_url=f"{FAR}/header.png",
        name="Rob :blob:",
        emojis=[{"shortcode": "blob", "url": f"{FAR}/blob.png", "static_url": ""}],
    )
    post = await rows.make_post(
        world.remote,
        content="<p>hello :blob:</p>",
        emojis=[{"shortcode": "blob", "url": f"{FAR}/blob.png", "static_url": ""}],
    )
    await Attachment.objects.acreate(
        author=world.remote, post=post, kind="image", url=f"{FAR}/a.png?x=1&y=2", description="a cat"
    )
    await Attachment.objects.acreate(
        author=world.remote,
        post=post,
        kind="video",
        url=f"{FAR}/a.mp4",
        preview_url=f"{FAR}/a.jpg",
        position=1,
    )
    await Attachment.objects.acreate(
        author=world.remote, post=post, kind="unknown", url=f"{FAR}/a.pdf", position=2
    )
    return post


async def test_entities_name_our_addresses_and_the_originals(world: World, post: Post) -> None:
    shown = await world.nobody.get(f"/api/v1/statuses/{post.pk}", "Status")
    picture, film, other = shown["media_attachments"]
    for address in (picture["url"], picture["preview_url"], film["url"], film["preview_url"]):
        assert re.fullmatch(OURS.format("a"), address)
    assert (picture["remote_url"], film["preview_remote_url"]) == (f"{FAR}/a.png?x=1&y=2", f"{FAR}/a.jpg")
    assert other["url"] == other["remote_url"] == f"{FAR}/a.pdf"
    account = shown["account"]
    assert re.fullmatch(OURS.format("p"), account["avatar"])
    assert re.fullmatch(OURS.format("h"), account["header"])
    for emoji in (*account["emojis"], *shown["emojis"]):
        assert re.fullmatch(OURS.format("e"), emoji["url"])
        assert re.fullmatch(OURS.format("s"), emoji["static_url"])


async def test_pages_show_nothing_from_elsewhere(world: World, post: Post) -> None:
    for path in (f"/@{world.remote.handle}", f"/@{world.remote.handle}/{post.pk}"):
        answer = await world.http.get(path)
        page, policy = answer.text, answer.headers["content-security-policy"]
        sources = re.findall(r'(?:src|poster|srcset)="([^"]+)"', page)
        assert [one for one in sources if not one.startswith(("/media/r/", "/static/"))] == []
        assert sum(one.startswith("/media/r/") for one in sources) >= 5
        assert 'alt="a cat"' in page
        assert "img-src 'self' data: blob:; media-src 'self';" in policy


async def test_cards_have_pictures_of_ours(world: World) -> None:
    card = await PreviewCard.objects.acreate(
        url="https://news.example/a", title="News", image_url="https://news.example/a.jpg"
    )
    post = await rows.make_post(world.remote, card=card)
    shown = await world.nobody.get(f"/api/v1/statuses/{post.pk}", "Status")
    assert re.fullmatch(OURS.format("c"), shown["card"]["image"])
    page = (await world.http.get(f"/@{world.remote.handle}/{post.pk}")).text
    assert 'src="/media/r/c' in page


@pytest.mark.parametrize(
    ("budget", "cdn", "policy"),
    [
        (0, "", "img-src 'self' data: blob: https:; media-src 'self' https:;"),
        (1, "", "img-src 'self' data: blob:; media-src 'self';"),
        (
            1,
            "https://cdn.test/m",
            "img-src 'self' data: blob: https://cdn.test; media-src 'self' https://cdn.test;",
        ),
    ],
)
async def test_the_policy_follows_the_settings(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, budget: int, cdn: str, policy: str
) -> None:
    monkeypatch.setattr(config(), "remote_media_budget", budget)
    monkeypatch.setattr(config(), "media_url", cdn)
    assert policy in (await client.get("/health")).headers["content-security-policy"]


async def test_without_a_budget_everything_is_linked(
    world: World, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config(), "remote_media_budget", 0)
    shown = await world.nobody.get(f"/api/v1/statuses/{post.pk}", "Status")
    assert shown["media_attachments"][0]["url"] == f"{FAR}/a.png?x=1&y=2"
    assert shown["account"]["avatar"] == f"{FAR}/icon.png"
    page = (await world.http.get(f"/@{world.remote.handle}/{post.pk}")).text
    assert f'src="{FAR}/a.png?x=1&amp;y=2"' in page
