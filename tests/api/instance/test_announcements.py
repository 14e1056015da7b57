"""Announcements: shown, read, reacted to."""

import datetime as dt

import pytest

from activities.announcements.models import MAX_REACTIONS, Announcement
from activities.announcements.services import announce, is_emoji, remove_announcement
from core import clock
from core.errors import BadInput
from tests.api.support.world import World
from tests.users import support
from users.emojis.models import Emoji
from users.emojis.services.own import change_emoji

pytestmark = pytest.mark.anyio


async def test_people_see_what_is_for_them_until_it_is_over(world: World) -> None:
    elsewhere = await support.make_domain("other.test")
    everyone = await announce(content="<p>All</p><script>x</script>")
    here = await announce(
        content="<p>Here</p>", domain=world.domain, ends_at=clock.now() + dt.timedelta(days=1)
    )
    await announce(content="<p>There</p>", domain=elsewhere)
    found = await world.ada.get("/api/v1/announcements", "[Announcement]")
    assert [one["id"] for one in found] == [str(here.pk), str(everyone.pk)]
    assert found[1]["content"] == "<p>All</p>"
    await Announcement.objects.filter(pk=here.pk).aupdate(ends_at=clock.now())
    assert len(await world.ada.get("/api/v1/announcements")) == 1
    await remove_announcement(announcement_id=everyone.pk)
    assert await world.ada.get("/api/v1/announcements") == []
    for wrong in ({"content": " "}, {"content": "x", "ends_at": clock.now()}):
        with pytest.raises(BadInput):
            await announce(**wrong)


async def test_addresses_and_hashtags_of_plain_text_are_links(world: World) -> None:
    await announce(content="See https://example.org/status\nand #radio", domain=world.domain)
    (found,) = await world.ada.get("/api/v1/announcements", "[Announcement]")
    assert '<a href="https://example.org/status"' in found["content"]
    assert "/tags/radio" in found["content"]
    assert "<br" in found["content"]


async def test_dismissed_is_read(world: World) -> None:
    made = await announce(content="<p>All</p>")
    await world.ada.post(f"/api/v1/announcements/{made.pk}/dismiss", "{}")
    assert (await world.ada.get("/api/v1/announcements", "[Announcement]"))[0]["read"] is True
    assert (await world.bea.get("/api/v1/announcements", "[Announcement]"))[0]["read"] is False
    await world.ada.refused("POST", "/api/v1/announcements/1/dismiss", 404, "Record not found")


async def test_reactions(world: World) -> None:
    made = await announce(content="<p>All</p>")
    path = f"/api/v1/announcements/{made.pk}/reactions"
    await world.ada.put(f"{path}/🎉", "{}")
    await world.ada.put(f"{path}/🎉", "{}")
    await world.bea.put(f"{path}/🎉", "{}")
    await world.bea.put(f"{path}/👩‍🚀", "{}")
    reactions = (await world.ada.get("/api/v1/announcements", "[Announcement]"))[0]["reactions"]
    assert reactions == [{"name": "🎉", "count": 2, "me": True}, {"name": "👩‍🚀", "count": 1, "me": False}]
    await world.ada.delete(f"{path}/🎉", "{}")
    assert (await world.ada.get("/api/v1/announcements"))[0]["reactions"][0]["count"] == 1
    for method in ("PUT", "DELETE"):
        await world.ada.refused(
            method, f"{path}/blobcat", 422, "Validation failed: Name is not a recognized emoji"
        )
        await world.ada.refused(method, "/api/v1/announcements/1/reactions/🎉", 404, "Record not found")
    for emoji in "😀😁😂😃😄😅"[: MAX_REACTIONS - 2]:
        await world.ada.put(f"{path}/{emoji}")
    await world.ada.refused("PUT", f"{path}/🐈", 422)


async def test_reactions_with_custom_emoji(world: World) -> None:
    """Of the domain's own; one that was disabled meanwhile can still be taken back, and shows its shortcode."""
    emoji = await Emoji.objects.acreate(
        shortcode="blob" * 16, file="m.webp", static_file="s.png", updated_at=clock.now()
    )
    made = await announce(content="<p>All</p>")
    path = f"/api/v1/announcements/{made.pk}/reactions"
    await world.ada.put(f"{path}/{emoji.shortcode}", "{}")
    await world.bea.put(f"{path}/:{emoji.shortcode}:", "{}")
    [shown] = (await world.ada.get("/api/v1/announcements", "[Announcement]"))[0]["reactions"]
    media = f"{world.domain.base_url}/media"
    assert shown == {
        "name": emoji.shortcode, "count": 2, "me": True, "url": f"{media}/m.webp", "static_url": f"{media}/s.png"
    }  # fmt: skip
    await change_emoji(emoji_id=emoji.pk, is_enabled=False)
    for method in ("PUT", "DELETE"):
        await world.ada.refused(method, f"{path}/unknown", 422)
    await world.bea.delete(f"{path}/{emoji.shortcode}", "{}")
    await world.bea.refused("PUT", f"{path}/{emoji.shortcode}", 422)
    [shown] = (await world.ada.get("/api/v1/announcements"))[0]["reactions"]
    assert shown == {"name": emoji.shortcode, "count": 1, "me": True}


@pytest.mark.parametrize(
    "text", ["🎉", "❤️", "👍🏽", "👩‍🚀", "🇫🇷", "1️⃣", "🏴\U000e0067\U000e0062\U000e007f", "⭐"]
)
def test_one_emoji_is_an_emoji(text: str) -> None:
    assert is_emoji(text)


@pytest.mark.parametrize("text", ["", "a", "1", "🎉🎉", "ab🎉", ":x:", "\u200d", "🇫", "é", "🎉" * 30, "+"])
def test_invalid_reactions_are_refused(text: str) -> None:
    assert not is_emoji(text)
