"""Pictures, films, sounds and emoji of a server whose media operators refuse: links and text, in pages and in apps, until it is shown again."""

import httpx
import pytest

from activities.media.models import Attachment
from activities.posts.models import Post
from activities.reactions.models import Reaction
from core.db import release_connection
from federation.models import Policy
from federation.peers import set_federation_mode, set_policy
from tests.activities import people as rows
from tests.api.support.world import World, make_world
from tests.pages.conftest import Site
from users.emojis.models import Emoji
from users.identities.models import Identity

pytestmark = pytest.mark.anyio

HOST = "far.test"
FILES = [f"https://{HOST}/a.png", f"https://{HOST}/b.mp4"]


async def someone() -> tuple[Identity, Post]:
    """Somebody with pictures everywhere, and their post with a picture and a film."""
    pictures = {"icon_url": f"https://{HOST}/me.png", "image_url": f"https://{HOST}/wide.png"}
    blob = {"shortcode": "blob", "url": f"https://{HOST}/blob.png", "static_url": ""}
    bob = await rows.make_remote("bob", HOST)
    await Identity.objects.filter(pk=bob.pk).aupdate(name="Bob :blob:", emojis=[blob], **pictures)
    post = await rows.make_post(bob)
    for url, kind in zip(FILES, ("image", "video"), strict=True):
        await Attachment.objects.acreate(post=post, author=bob, kind=kind, url=url, blurhash="LEHV6nWB2yk8")
    return bob, post


@pytest.fixture
async def world(client: httpx.AsyncClient) -> World:
    return await make_world(client)


async def refuse(*, refused: bool) -> None:
    await set_policy(host=HOST, policy=Policy.open, reject_media=refused)
    await release_connection()


async def test_pages_link_to_it(site: Site) -> None:
    await someone()
    profile, media = f"/@bob@{HOST}", f"/@bob@{HOST}/media"
    before = [(await site.member.get(path)).text for path in (profile, media)]
    assert all("/media/r/" in page for page in before)
    await refuse(refused=True)
    for path in (profile, media, f"/search?q=bob@{HOST}"):
        page = (await site.member.get(path)).text
        assert "/media/r/" not in page, path
        assert "Bob :blob:" in page, path
    page = (await site.member.get(profile)).text
    assert page.count(f"This server doesn't show pictures, videos or audio from {HOST}.") == 1
    assert all(f'href="{url}"' in page for url in FILES)
    assert "<video" not in page
    await refuse(refused=False)
    page = (await site.member.get(profile)).text
    assert "<video" in page
    assert 'alt=":blob:"' in page
    assert "This server doesn't show pictures" not in page


@pytest.mark.parametrize("listed_only", [False, True])
async def test_emoji_are_their_people_s_whatever_host_stores_them(site: Site, listed_only: bool) -> None:
    """Those of a refused server are text, and those of a listed one are shown, though the store itself is neither."""
    bob, post = await someone()
    blob = {"shortcode": "blob", "url": "https://files.elsewhere.test/blob.png", "static_url": ""}
    await Identity.objects.filter(pk=bob.pk).aupdate(emojis=[blob])
    await Post.objects.filter(pk=post.pk).aupdate(emojis=[blob], content="<p>says :blob:</p>")
    await Reaction.objects.acreate(identity=bob, post=post, name="blob", host=HOST)
    await Emoji.objects.acreate(host=HOST, shortcode="blob", url=blob["url"])
    if listed_only:
        await set_policy(host=HOST, policy=Policy.allowed)
        await set_federation_mode(listed_only=True)
        await release_connection()
    else:
        await refuse(refused=True)
    page = (await site.member.get(f"/@bob@{HOST}/{post.pk}")).text
    assert page.count('alt=":blob:"') == (2 * listed_only), "the name and the words"
    assert page.count('alt=":blob@far.test:"') == listed_only, "the reaction"
    shown = (await site.nobody.get(f"/api/v1/statuses/{post.pk}")).json()
    assert len(shown["emojis"]) == len(shown["account"]["emojis"]) == listed_only
    assert bool(shown["reactions"][0].get("url")) == listed_only


async def test_a_picture_without_its_preview_is_shown_itself(site: Site) -> None:
    """Where the host of the previews alone is refused."""
    _, post = await someone()
    await Attachment.objects.filter(post=post).aupdate(preview_url="https://files.elsewhere.test/small.png")
    await set_policy(host="files.elsewhere.test", policy=Policy.blocked)
    await release_connection()
    page = (await site.member.get(f"/@bob@{HOST}")).text
    assert "<video" in page
    assert all(f'{name}=""' not in page for name in ("src", "poster"))


async def test_apps_get_links_to_it(world: World) -> None:
    _, post = await someone()
    path = f"/api/v1/statuses/{post.pk}"
    before = await world.ada.get(path, "Status")
    assert [file["type"] for file in before["media_attachments"]] == ["image", "video"]
    await refuse(refused=True)
    shown = await world.ada.get(path, "Status")
    for file, url in zip(shown["media_attachments"], FILES, strict=True):
        assert (file["type"], file["preview_url"]) == ("unknown", None)
        assert file["url"] == file["remote_url"] == url
    account = shown["account"]
    assert (account["display_name"], account["emojis"]) == ("Bob :blob:", [])
    assert account["avatar"].endswith("/static/api/avatar.png")
    assert account["header"].endswith("/static/api/header.png")
    await refuse(refused=False)
    assert await world.ada.get(path, "Status") == before
