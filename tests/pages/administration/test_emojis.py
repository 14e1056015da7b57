"""Custom emoji as admins manage them on pages."""

import io
import re
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.media import limits
from federation.models import Policy
from federation.peers import set_policy
from tests.activities import people as rows
from tests.media.conftest import folder as folder
from tests.pages.conftest import Site
from tests.support.peers import MastodonPeer, outbound
from tests.support.peers.peer import Reply
from tests.users.emojis import pictures
from tests.users.emojis.archives import zipped
from tests.users.emojis.test_packs import finish
from tests.users.support import give_role, make_domain
from users.emojis.models import Emoji, EmojiPack, PackedEmoji
from users.emojis.services import own, packs
from users.roles.models import ADMIN

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
RED = pictures.still()


@pytest.fixture
async def peer(db: None) -> AsyncIterator[MastodonPeer]:
    async with outbound(resolve={"far.test": "127.0.0.1"}), MastodonPeer("far.test") as server:
        yield server


async def test_an_admin_adds_changes_and_deletes_emoji(site: Site, folder: Path) -> None:
    added = await site.admin.post(
        "/admin/emojis", {"shortcode": ":red:", "category": "Colours"}, files={"file": ("r.png", RED)}
    )
    assert added.status_code == 303
    again = await site.admin.post("/admin/emojis", {"shortcode": "red"}, files={"file": ("r.png", RED)})
    assert (again.status_code, "There is already an emoji :red:." in again.text) == (422, True)
    emoji = await Emoji.objects.aget()
    page = (await site.admin.get("/admin/emojis?category=Colours&q=re")).text
    assert 'alt=":red:"' in page
    assert "No emoji found" in (await site.admin.get("/admin/emojis?q=%25")).text
    edited = await site.admin.post(f"/admin/emojis/{emoji.pk}", {"category": "Other", "is_enabled": "on"})
    assert edited.status_code == 303
    emoji = await Emoji.objects.aget()
    assert (emoji.category, emoji.is_enabled, emoji.is_visible_in_picker) == ("Other", True, False)
    for action, changed in (("disable", False), ("enable", True)):
        await site.admin.post("/admin/emojis/change", {"action": action, "emoji": str(emoji.pk)})
        assert (await Emoji.objects.aget()).is_enabled is changed
    await site.admin.post(
        "/admin/emojis/change", {"action": "move", "to_category": "Third", "emoji": str(emoji.pk)}
    )
    assert (await Emoji.objects.aget()).category == "Third"
    await site.admin.post("/admin/emojis/change", {"action": "delete", "emoji": [str(emoji.pk), "x"]})
    assert not await Emoji.objects.aexists()


@pytest.mark.parametrize("given", ["9" * 19, "9" * 30, "²", "١", "", "-1"])
async def test_invalid_ids_select_nothing(site: Site, given: str) -> None:
    for action in ("delete", "hide", "move"):
        answer = await site.admin.post("/admin/emojis/change", {"action": action, "emoji": given})
        assert answer.status_code == 303, action
        assert "Tick some emoji first." in (await site.admin.get(answer.headers["location"])).text
    assert (await site.admin.post("/admin/emojis/servers/copy", {"emoji": given})).status_code == 303


async def test_a_pack_is_looked_at_before_it_is_taken(site: Site, folder: Path) -> None:
    archive = zipped(
        {"Colours/red.png": RED, "bad.png": b"<svg/>", "blue.png": pictures.still(colour="blue")}
    )
    sent = await site.admin.post("/admin/emojis/packs", files={"pack": ("colours.zip", archive)})
    assert sent.status_code == 303
    place = sent.headers["location"]
    assert "is being read" in (await site.admin.get(place)).text
    await finish(await EmojiPack.objects.aget())
    page = (await site.admin.get(place)).text
    assert 'alt=":red:"' in page
    assert "An emoji has to be a PNG" in page
    assert not await Emoji.objects.aexists()
    red = await PackedEmoji.objects.aget(shortcode="red")
    assert (await site.admin.post(place, {"emoji": str(red.pk)})).status_code == 303
    assert [one.shortcode async for one in Emoji.objects.all()] == ["red"]
    assert (await site.admin.get(place)).status_code == 404
    exported = await site.admin.get("/admin/emojis/export?category=Colours")
    with zipfile.ZipFile(io.BytesIO(exported.content)) as pack:
        assert "red.png" in pack.namelist()
    refused = await site.admin.post("/admin/emojis/packs", files={"pack": ("x.zip", b"")})
    assert refused.status_code == 303
    assert "This file is empty." in (await site.admin.get("/admin/emojis")).text


async def test_a_pack_says_of_each_emoji_why_it_cannot_be_used(site: Site, folder: Path) -> None:
    archive = zipped(
        {
            "fine.png": RED,
            "wide.png": pictures.still(size=(3000, 20)),
            "long.gif": pictures.moving(frames=601, size=(2, 2)),
            "heavy.png": RED + bytes(limits.EMOJI_BYTES),
            "photo.png": pictures.still("JPEG"),
            "broken.png": RED[:40],
            "x.png": RED,
        }
    )
    sent = await site.admin.post("/admin/emojis/packs", files={"pack": ("p.zip", archive)})
    await finish(await EmojiPack.objects.aget())
    answer = await site.admin.get(sent.headers["location"])
    assert answer.status_code == 200
    assert re.findall(r'error-text small"\s*>([^<]*)<', answer.text) == [
        "It has too many pixels.",
        "This animation is too long: at most 600 frames.",
        "An emoji can have at most 256 KB.",
        "An emoji has to be a PNG, GIF, WebP or AVIF picture.",
        "This kind of file can&#x27;t be used, or the file is broken.",
        "Its name can&#x27;t be a shortcode.",
    ]


async def test_an_animated_png_moves_only_for_who_wants_it(site: Site, folder: Path) -> None:
    """Uploaded by itself, and in a pack."""
    apng = pictures.animated_png({"red": 100, "blue": 200}, default="lime")
    await site.admin.post("/admin/emojis", {"shortcode": "party"}, files={"file": ("p.png", apng)})
    archive = zipped({"dance.apng": apng, "jump.png": apng})
    sent = await site.admin.post("/admin/emojis/packs", files={"pack": ("p.zip", archive)})
    await finish(await EmojiPack.objects.aget())
    packed = [str(one.pk) async for one in PackedEmoji.objects.filter(problem="")]
    assert (await site.admin.post(sent.headers["location"], {"emoji": packed})).status_code == 303
    page = (await site.admin.get("/admin/emojis")).text
    emojis = [one async for one in Emoji.objects.all()]
    assert {one.shortcode for one in emojis} == {"party", "dance", "jump"}
    for emoji in emojis:
        moving, still = [await site.nobody.get(f"/media/{name}") for name in (emoji.file, emoji.static_file)]
        assert (moving.headers["content-type"], still.headers["content-type"]) == ("image/webp", "image/png")
        assert f'<source media="(prefers-reduced-motion: reduce)" srcset="/media/{emoji.static_file}"' in page


async def test_an_emoji_of_another_server_is_copied(site: Site, folder: Path, peer: MastodonPeer) -> None:
    peer.replies["/kitty.png"] = Reply(200, RED, "image/png")
    peer.replies["/large.png"] = Reply(200, RED + b"\0" * 300_000, "image/png")
    known = {
        name: await Emoji.objects.acreate(shortcode=name, host=peer.host, url=f"{peer.base_url}/{path}")
        for name, path in (("kitty-1", "kitty.png"), ("large", "large.png"), ("gone", "gone.png"))
    }
    local = await Emoji.objects.acreate(shortcode="local", host="x.test", url="http://127.0.0.1:1/x.png")
    assert peer.host in (await site.admin.get("/admin/emojis/servers")).text
    page = (await site.admin.get(f"/admin/emojis/servers?host={peer.host}")).text
    assert "kitty-1" in page

    async def copy(emoji: Emoji) -> str:
        sent = await site.admin.post(
            "/admin/emojis/servers/copy", {"host": peer.host, "emoji": str(emoji.pk)}
        )
        return (await site.admin.get(sent.headers["location"])).text

    await set_policy(host="far.test", policy=Policy.open, reject_media=True)
    assert "was copied" not in await copy(known["kitty-1"])
    await set_policy(host="far.test", policy=Policy.open)
    assert "already here" not in (await site.admin.get(f"/admin/emojis/servers?host={peer.host}")).text
    copied = await copy(known["kitty-1"])
    assert ":kitty_1: was copied." in copied
    assert copied.count("already here") == 1
    for emoji in (known["large"], known["gone"], local):
        assert "was copied" not in await copy(emoji)
    assert [one.shortcode async for one in Emoji.objects.filter(host="")] == ["kitty_1"]


async def test_the_emoji_of_a_post_are_found_from_its_menu(site: Site) -> None:
    """Of a post of another server, by admins; a post that they can't see lists nothing."""
    author = await rows.make_remote("lena", "far.test")
    for name in ("kitty", "doggy"):
        await Emoji.objects.acreate(shortcode=name, host="far.test", url=f"https://far.test/{name}.png")
    kitty = {"shortcode": "kitty", "url": "https://far.test/kitty.png", "static_url": ""}
    post, hidden = [await rows.make_post(author, emojis=[kitty], visibility=one) for one in (0, 3)]
    menu, path = f"/posts/{post.pk}/menu", f"/admin/emojis/servers?post={post.pk}"
    assert path in (await site.admin.get(menu)).text
    assert path not in (await site.moderator.get(menu)).text
    page = (await site.admin.get(path)).text
    assert "kitty" in page
    assert "doggy" not in page
    assert (await site.admin.get(f"/admin/emojis/servers?post={hidden.pk}")).status_code == 404
    assert (await site.moderator.get(path)).status_code == 404


async def test_staff_of_a_domain_keep_its_emoji_only(site: Site, folder: Path) -> None:
    there = await make_domain("other.test")
    await give_role(site.moderator.user, None)
    await give_role(site.moderator.user, ADMIN, site.domain)
    theirs, everyones = [
        await Emoji.objects.acreate(shortcode=name, category=name, domain=place, file=f"{name}.png")
        for name, place in (("theirs", there), ("everyones", None))
    ]
    staff = site.moderator
    for place in ("", str(there.pk)):
        refused = await staff.post(
            "/admin/emojis", {"shortcode": "red", "domain": place}, files={"file": ("r.png", RED)}
        )
        assert refused.status_code == 422, place
    added = await staff.post(
        "/admin/emojis",
        {"shortcode": "red", "category": "Ours", "domain": str(site.domain.pk)},
        files={"file": ("r.png", RED)},
    )
    assert added.status_code == 303
    ours = await Emoji.objects.aget(shortcode="red")
    assert ours.domain_id == site.domain.pk
    page = (await staff.get("/admin/emojis")).text
    assert 'alt=":red:"' in page
    for hidden in ("theirs", "everyones", "/admin/emojis/servers"):
        assert hidden not in page
    change = f"/admin/emojis/{ours.pk}"
    form = {"category": "New", "domain": str(site.domain.pk), "is_enabled": "on"}
    assert (await staff.post(change, form)).status_code == 303
    for place in ("", str(there.pk)):
        assert (await staff.post(change, {**form, "domain": place})).status_code == 422, place
    for other in (theirs, everyones):
        path = f"/admin/emojis/{other.pk}"
        assert (await staff.get(path)).status_code == 404
        assert (await staff.post(path, form)).status_code == 404
        for action in ("delete", "disable", "move"):
            await staff.post("/admin/emojis/change", {"action": action, "emoji": str(other.pk)})
    kept = {one.shortcode: one async for one in Emoji.objects.all()}
    assert {name: (one.category, one.is_enabled) for name, one in kept.items()} == {
        "red": ("New", True),
        "theirs": ("theirs", True),
        "everyones": ("everyones", True),
    }
    with zipfile.ZipFile(io.BytesIO((await staff.get("/admin/emojis/export")).content)) as pack:
        assert not [name for name in pack.namelist() if "theirs" in name or "everyones" in name]
    await staff.post("/admin/emojis/change", {"action": "delete", "emoji": str(ours.pk)})
    assert not await Emoji.objects.filter(pk=ours.pk).aexists()
    for path in ("/admin/emojis/packs/1", "/admin/emojis/servers"):
        assert (await staff.get(path)).status_code == 404


async def test_only_admins_do_all_this(site: Site) -> None:
    for visitor in (site.nobody, site.member, site.moderator):
        for path in (
            "/admin/emojis",
            "/admin/emojis/1",
            "/admin/emojis/export",
            "/admin/emojis/packs/1",
            "/admin/emojis/servers",
        ):
            assert (await visitor.get(path)).status_code == 404, path
        for path in (
            "/admin/emojis",
            "/admin/emojis/change",
            "/admin/emojis/packs",
            "/admin/emojis/packs/1/remove",
            "/admin/emojis/servers/copy",
        ):
            assert (await visitor.post(path)).status_code == 404, path


async def test_staff_of_a_domain_upload_a_pack_for_their_domain(site: Site, folder: Path) -> None:
    """They see their own packs only, add to their own domain only, and hear which emoji were there already."""
    other = await make_domain("other.test")
    await give_role(site.member.user, ADMIN, site.domain)
    await own.add_emoji(shortcode="red", picture=RED, domain=site.domain)
    assert 'name="pack"' in (await site.member.get("/admin/emojis")).text
    archive = zipped({"red.png": pictures.still(colour="green"), "blue.png": pictures.still(colour="blue")})
    sent = await site.member.post("/admin/emojis/packs", files={"pack": ("p.zip", archive)})
    place = sent.headers["location"]
    await finish(await EmojiPack.objects.aget())
    page = (await site.member.get(place)).text
    assert "already here" in page
    ids = [str(one.pk) async for one in PackedEmoji.objects.all()]
    for domain in (str(other.pk), ""):
        refused = await site.member.post(place, {"emoji": ids, "domain": domain})
        assert refused.status_code == 422, domain
    done = await site.member.post(place, {"emoji": ids, "domain": str(site.domain.pk)})
    said = (await site.member.get(done.headers["location"])).text
    assert "1 emoji added." in said
    assert "1 was skipped, because there is one with that shortcode: :red:" in said
    found = {one.shortcode: one.domain_id async for one in Emoji.objects.all()}
    assert found == {"red": site.domain.pk, "blue": site.domain.pk}


async def test_a_pack_of_others_is_not_there_for_staff_of_a_domain(site: Site, folder: Path) -> None:
    await give_role(site.member.user, ADMIN, site.domain)
    sent = await site.admin.post("/admin/emojis/packs", files={"pack": ("p.zip", zipped({"red.png": RED}))})
    place = sent.headers["location"]
    await finish(await EmojiPack.objects.aget())
    packed = await PackedEmoji.objects.aget()
    assert (await site.member.get(place)).status_code == 404
    fields = {"emoji": str(packed.pk), "domain": str(site.domain.pk)}
    assert (await site.member.post(place, fields)).status_code == 404
    assert (await site.member.post(f"{place}/remove", {})).status_code == 404
    assert (await site.admin.get(place)).status_code == 200
    assert not await Emoji.objects.aexists()


async def test_a_login_has_a_few_packs_at_a_time(site: Site, folder: Path) -> None:
    await give_role(site.member.user, ADMIN, site.domain)
    for _ in range(packs.MOST_PACKS + 1):
        await site.member.post("/admin/emojis/packs", files={"pack": ("p.zip", zipped({"red.png": RED}))})
    assert await EmojiPack.objects.acount() == packs.MOST_PACKS
    assert "Import or discard one first." in (await site.member.get("/admin/emojis")).text
    first = await EmojiPack.objects.order_by("pk").afirst()
    assert first is not None
    assert (await site.member.post(f"/admin/emojis/packs/{first.pk}/remove", {})).status_code == 303
    await site.member.post("/admin/emojis/packs", files={"pack": ("p.zip", zipped({"red.png": RED}))})
    assert await EmojiPack.objects.acount() == packs.MOST_PACKS
