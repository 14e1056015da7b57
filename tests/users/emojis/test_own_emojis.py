"""Emoji of this server: pictures, shortcodes, whose they are, where they show, and their end."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from activities.announcements.services import announce
from activities.media.handlers import delete_unreferenced_files, remove_discarded_files
from activities.posts.activitypub.notes import note_document
from activities.posts.models import Post
from activities.posts.queries.delivery import load_for_delivery
from core.errors import BadInput, NotFound
from core.media import limits
from core.texts.emojis import MAX_SHORTCODE_LENGTH
from tests.api.support.world import World, make_world
from tests.media.conftest import folder as folder
from tests.users.emojis import pictures
from tests.users.support import make_domain
from users.emojis.handlers import remove_from_posts
from users.emojis.models import Emoji, EmojiRemoval, EmojiRemovalGraph
from users.emojis.services import own
from users.identities.activitypub.actor import actor_document
from users.identities.services.profiles import edit_profile

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
async def world(client: httpx.AsyncClient, folder: Path) -> World:
    return await make_world(client)


async def picture_at(world: World, url: str) -> Image.Image:
    response = await world.http.get(url.removeprefix("https://testserver"))
    assert response.status_code == 200
    assert len(response.content) <= limits.EMOJI_BYTES
    return Image.open(io.BytesIO(response.content))


async def listed(world: World) -> dict[str, dict[str, Any]]:
    found = await world.nobody.get("/api/v1/custom_emojis", "[CustomEmoji]")
    return {one["shortcode"]: one for one in found}


@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF", "AVIF"])
async def test_a_still_picture_becomes_a_png(form: str, world: World) -> None:
    await own.add_emoji(shortcode=":blob:", picture=pictures.still(form, (600, 300)), category="Blobs")
    emoji = (await listed(world))["blob"]
    assert emoji["url"] == emoji["static_url"]
    assert (emoji["category"], emoji["visible_in_picker"]) == ("Blobs", True)
    picture = await picture_at(world, emoji["url"])
    assert (picture.format, picture.size) == ("PNG", (256, 128))


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "AVIF"])
async def test_a_moving_picture_moves_and_has_one_that_does_not(form: str, world: World) -> None:
    await own.add_emoji(shortcode="party", picture=pictures.moving(form))
    emoji = (await listed(world))["party"]
    moving, still = [await picture_at(world, emoji[key]) for key in ("url", "static_url")]
    assert (moving.format, moving.n_frames, moving.size) == ("WEBP", 3, (40, 30))
    assert (still.format, getattr(still, "n_frames", 1)) == ("PNG", 1)


@pytest.mark.parametrize("has_default", [False, True])
async def test_an_animated_png_keeps_its_times_and_transparency(has_default: bool, world: World) -> None:
    """Its default image, if it has one, is for those who want no motion; it is not shown in the animation."""
    apng = pictures.animated_png({"blue": 210, "#ff000080": 70, "#0000": 350}, default="lime" * has_default)
    await own.add_emoji(shortcode="party", picture=apng)
    emoji = (await listed(world))["party"]
    moving, still = [await picture_at(world, emoji[key]) for key in ("url", "static_url")]
    assert (still.format, getattr(still, "n_frames", 1)) == ("PNG", 1)
    assert still.convert("RGBA").getpixel((5, 5)) == ((0, 255, 0, 255) if has_default else (0, 0, 255, 255))
    frames = []
    for number in range(getattr(moving, "n_frames", 1)):
        moving.seek(number)
        frames.append((moving.convert("RGBA").getpixel((5, 5)), moving.info["duration"]))
    assert frames[:2] == [((0, 0, 255, 255), 210), ((255, 0, 0, 128), 70)]
    [(pixel, shown_ms)] = frames[2:]
    assert (pixel[3], shown_ms) == (0, 350)


def _bomb() -> bytes:
    """A GIF of a kilobyte that says it has 65,535 × 65,535 pixels."""
    return b"GIF89a\xff\xff\xff\xff\x80\x00\x00" + pictures.still("GIF")[10:]


@pytest.mark.parametrize(
    ("drawn", "code"),  # not drawn when the tests are collected, which each process of a run does
    [
        (lambda: b"", "blank"),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_for_emoji"),
        (lambda: pictures.still("JPEG"), "not_for_emoji"),
        (lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "invalid"),
        (lambda: pictures.still() + b"\0" * limits.EMOJI_BYTES, "emoji_too_large"),
        (lambda: pictures.still(size=(3000, 20)), "too_many_pixels"),
        (_bomb, "too_many_pixels"),
        (lambda: pictures.moving(frames=700, size=(2, 2)), "too_many_frames"),
        (lambda: pictures.moving(frames=60, size=(1000, 1000)), "too_many_pixels"),
    ],
)
async def test_other_files_are_refused(drawn: Callable[[], bytes], code: str, world: World) -> None:
    with pytest.raises(BadInput) as refused:
        await own.add_emoji(shortcode="blob", picture=drawn())
    assert refused.value.code == code
    assert not await Emoji.objects.aexists()


async def test_other_shortcodes_are_refused(db: None) -> None:
    for shortcode in ("a", "with space", "kitty-1", "ümlaut", "", "x" * (MAX_SHORTCODE_LENGTH + 1)):
        with pytest.raises(BadInput):
            await own.add_emoji(shortcode=shortcode, picture=pictures.still())


async def test_each_domain_has_its_own_beside_those_of_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await make_domain("other.test")
    everyones = await own.add_emoji(shortcode="blob", picture=pictures.still())
    theirs = await own.add_emoji(shortcode="blob", picture=pictures.still(), domain=world.domain)
    await own.add_emoji(shortcode="elsewhere", picture=pictures.still(), domain=other)
    with pytest.raises(BadInput):
        await own.add_emoji(shortcode="blob", picture=pictures.still())
    found = await listed(world)
    assert set(found) == {"blob"}
    assert theirs.file in found["blob"]["url"]
    await own.change_emoji(emoji_id=theirs.pk, is_enabled=False)
    assert everyones.file in (await listed(world))["blob"]["url"]
    monkeypatch.setattr(own, "MAX_EMOJIS", 3)
    with pytest.raises(BadInput):
        await own.add_emoji(shortcode="more", picture=pictures.still())


async def test_a_post_shows_and_sends_the_emoji_in_it(world: World) -> None:
    for name in ("blob", "cat", "warn", "option", "off"):
        await own.add_emoji(shortcode=name, picture=pictures.moving(), is_enabled=name != "off")
    written = await world.ada.post(
        "/api/v1/statuses",
        "Status",
        json={
            "status": "a :blob: and :unknown: and :off:",
            "spoiler_text": ":warn:",
            "poll": {"options": [":option:", "no"], "expires_in": 600},
        },
    )
    assert [one["shortcode"] for one in written["emojis"]] == ["blob", "warn", "option"]
    assert [one["shortcode"] for one in written["poll"]["emojis"]] == ["blob", "warn", "option"]
    post_id = int(written["id"])
    note = note_document((await load_for_delivery([post_id]))[post_id])
    tag = next(one for one in note["tag"] if one["name"] == ":blob:")
    assert (tag["type"], tag["icon"]["mediaType"]) == ("Emoji", "image/webp")
    assert tag["icon"]["url"] == written["emojis"][0]["url"]
    assert tag["updated"].endswith("Z")
    served = await world.http.get(
        tag["id"].removeprefix("https://testserver"), headers={"Accept": "application/activity+json"}
    )
    assert {**served.json(), "@context": None} == {**tag, "@context": None}
    edited = await world.ada.put(f"/api/v1/statuses/{post_id}", "Status", json={"status": "now :cat:"})
    assert [one["shortcode"] for one in edited["emojis"]] == ["cat", "warn", "option"]
    versions = await world.nobody.get(f"/api/v1/statuses/{post_id}/history", "[StatusEdit]")
    assert [[one["shortcode"] for one in version["emojis"]] for version in versions] == [
        ["blob", "warn", "option"],
        ["cat", "warn", "option"],
    ]
    page = (await world.http.get(f"/@ada/{post_id}")).text
    assert 'alt=":cat:" title=":cat:"' in page
    assert "prefers-reduced-motion: reduce" in page


async def test_a_profile_shows_and_sends_the_emoji_in_it(world: World) -> None:
    for name in ("blob", "bio", "label", "value"):
        await own.add_emoji(shortcode=name, picture=pictures.still())
    await edit_profile(
        identity=world.ada.me, name="Ada :blob:", summary="I :bio:", fields=[(":label:", ":value:")]
    )
    account = await world.nobody.get(f"/api/v1/accounts/{world.ada.id}", "Account")
    assert {one["shortcode"] for one in account["emojis"]} == {"blob", "bio", "label", "value"}
    me = await world.ada.me.__class__.objects.aget(pk=world.ada.me.pk)
    names = {tag["name"] for tag in actor_document(me, world.domain, {})["tag"] if tag["type"] == "Emoji"}
    assert names == {":blob:", ":bio:", ":label:", ":value:"}
    await edit_profile(identity=world.ada.me, summary="nothing", fields=[])
    assert [
        one["shortcode"] for one in (await world.nobody.get(f"/api/v1/accounts/{world.ada.id}"))["emojis"]
    ] == ["blob"]
    page = (await world.http.get("/@ada")).text
    assert 'Ada <img class="emoji"' in page


async def test_an_announcement_shows_the_emoji_in_it(world: World) -> None:
    await own.add_emoji(shortcode="blob", picture=pictures.still())
    for content in ("<p>News :blob: :unknown:</p>", "<p>none</p>"):
        await announce(content=content)
    found = await world.ada.get("/api/v1/announcements", "[Announcement]")
    assert sorted([one["shortcode"] for one in item["emojis"]] for item in found) == [[], ["blob"]]


async def _finish() -> None:
    for removal in [one async for one in EmojiRemoval.objects.filter(state="removing")]:
        outcome = await remove_from_posts(removal)
        assert outcome.state is EmojiRemovalGraph.removed
        assert outcome.effect is not None
        await outcome.effect()
        await EmojiRemoval.objects.filter(pk=removal.pk).aupdate(state="removed", state_due_at=None)
    await remove_discarded_files()


def _files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*.*") if ".work" not in path.parts}


async def test_a_deleted_emoji_goes_from_posts_profiles_and_disk(world: World, folder: Path) -> None:
    blob = await own.add_emoji(shortcode="blob", picture=pictures.moving())
    cat = await own.add_emoji(shortcode="cat", picture=pictures.still())
    post = await world.post(world.ada, "a :blob: and a :cat:")
    await edit_profile(identity=world.ada.me, name="Ada :blob:")
    assert await own.remove_emojis(emoji_ids=[blob.pk]) == 1
    assert set(await listed(world)) == {"cat"}
    await _finish()
    assert [one["shortcode"] for one in (await Post.objects.aget(pk=post.pk)).emojis] == ["cat"]
    assert (await world.nobody.get(f"/api/v1/accounts/{world.ada.id}"))["emojis"] == []
    assert _files(folder) == {cat.file}
    await delete_unreferenced_files()
    await remove_discarded_files()
    assert _files(folder) == {cat.file}


async def test_earlier_versions_show_no_picture_that_is_gone(world: World, folder: Path) -> None:
    blob = await own.add_emoji(shortcode="blob", picture=pictures.still())
    cat = await own.add_emoji(shortcode="cat", picture=pictures.still(colour="blue"))
    post = await world.post(world.ada, "a :blob: and a :cat:")
    await world.ada.put(f"/api/v1/statuses/{post.pk}", json={"status": "none"})
    changed = await own.change_emoji(emoji_id=cat.pk, picture=pictures.moving())
    await own.remove_emojis(emoji_ids=[blob.pk])
    await _finish()
    first, _ = await world.nobody.get(f"/api/v1/statuses/{post.pk}/history")
    [shown] = first["emojis"]
    assert changed.file in shown["url"]


async def test_a_new_picture_shows_in_old_posts(world: World, folder: Path) -> None:
    emoji = await own.add_emoji(shortcode="blob", picture=pictures.still())
    post = await world.post(world.ada, "a :blob:")
    changed = await own.change_emoji(emoji_id=emoji.pk, picture=pictures.moving())
    await _finish()
    [shown] = (await world.nobody.get(f"/api/v1/statuses/{post.pk}"))["emojis"]
    assert changed.file in shown["url"]
    assert changed.static_file in shown["static_url"]
    assert _files(folder) == {changed.file, changed.static_file}


async def test_emoji_of_others_are_not_ours_to_change(world: World) -> None:
    remote = await Emoji.objects.acreate(shortcode="blob", host="far.test", url="https://far.test/x.png")
    assert await own.remove_emojis(emoji_ids=[remote.pk]) == 0
    with pytest.raises(NotFound):
        await own.change_emoji(emoji_id=remote.pk, is_enabled=False)
    assert (await world.http.get(f"/emojis/{remote.pk}")).status_code == 404
