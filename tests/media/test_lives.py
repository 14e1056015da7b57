"""The life of uploads: described, attached, edited, deleted; by their owner only."""

import datetime as dt
import os
import time
from pathlib import Path

import pytest

from activities.media.handlers import (
    delete_unreferenced_files,
    remove_discarded_files,
    remove_unattached_media,
)
from activities.media.models import Attachment, DiscardedFile
from activities.posts.activitypub.notes import note_document
from activities.posts.models import Post
from activities.posts.queries.delivery import load_for_delivery
from activities.publishing.handlers.fan_out import publish_deletion
from activities.publishing.services.posting import delete_post
from core import clock
from core.db import sql
from tests.api.support.world import Speaker, World
from tests.media import files
from tests.media.test_images import fetched, path_of
from tests.users.support import fresh
from users.identities.handlers import start_deletion
from users.identities.models import Identity
from users.identities.services.profiles import delete_identity

pytestmark = pytest.mark.anyio

NOT_FOUND = "Record not found"


async def upload(speaker: Speaker, size: tuple[int, int] = (60, 40), **more: str) -> dict:
    file = {"file": ("a.jpg", files.image(size), "image/jpeg")}
    return await speaker.post("/api/v1/media", "MediaAttachment", files=file, data=more)


async def post_with(speaker: Speaker, *ids: str, text: str = "") -> dict:
    return await speaker.post("/api/v1/statuses", "Status", json={"status": text, "media_ids": list(ids)})


@pytest.mark.slow
async def test_look_describe_remove(world: World, folder: Path) -> None:
    uploaded = await upload(world.ada)
    path = f"/api/v1/media/{uploaded['id']}"
    assert await world.ada.get(path, "MediaAttachment") == uploaded
    changed = await world.ada.put(path, "MediaAttachment", data={"description": "a cat", "focus": "0.1,-0.2"})
    assert (changed["description"], changed["meta"]["focus"]) == ("a cat", {"x": 0.1, "y": -0.2})
    changed = await world.ada.put(path, "MediaAttachment", json={"description": ""})
    assert (changed["description"], changed["meta"]["focus"]) == (None, {"x": 0.1, "y": -0.2})
    assert await world.ada.delete(path, "{}") == {}
    await world.ada.refused("GET", path, 404, NOT_FOUND)
    assert await remove_discarded_files() == 2
    assert files.stored(folder) == []


@pytest.mark.slow
async def test_another_users_upload_is_404(world: World) -> None:
    uploaded = await upload(world.bea)
    path = f"/api/v1/media/{uploaded['id']}"
    await world.ada.refused("GET", path, 404, NOT_FOUND)
    await world.ada.refused("PUT", path, 404, NOT_FOUND, data={"description": "mine"})
    await world.ada.refused("DELETE", path, 404, NOT_FOUND)
    await world.ada.refused("POST", "/api/v1/statuses", 422, None, json={"media_ids": [uploaded["id"]]})
    assert await Post.objects.acount() == 0
    assert (await world.bea.get(path))["description"] is None


@pytest.mark.slow
async def test_a_post_with_media_in_its_order(world: World) -> None:
    ids = [(await upload(world.ada, description=f"number {n}"))["id"] for n in range(4)]
    written = await post_with(world.ada, *reversed(ids))
    assert [one["id"] for one in written["media_attachments"]] == ids[::-1]
    again = await world.nobody.get(f"/api/v1/statuses/{written['id']}", "Status")
    assert again["media_attachments"][0]["description"] == "number 3"
    for method in ("GET", "PUT"):
        await world.ada.refused(method, f"/api/v1/media/{ids[0]}", 404, NOT_FOUND)
    in_use = "Media attachment is currently used by a status"
    await world.ada.refused("DELETE", f"/api/v1/media/{ids[0]}", 422, in_use)


@pytest.mark.slow
async def test_invalid_attachments_are_refused(world: World) -> None:
    ids = [(await upload(world.ada))["id"] for _ in range(5)]
    five = "Validation failed: Cannot attach more than 4 files"
    await world.ada.refused("POST", "/api/v1/statuses", 422, five, json={"media_ids": ids})
    await post_with(world.ada, ids[0])
    taken = f"Validation failed: Media {ids[0]} not found or already attached to another post"
    await world.ada.refused("POST", "/api/v1/statuses", 422, taken, json={"media_ids": ids[:2]})
    await world.ada.refused("POST", "/api/v1/statuses", 422, None, json={"media_ids": ["12"]})
    assert await Post.objects.acount() == 1
    twice = await post_with(world.ada, ids[1], ids[1])
    assert len(twice["media_attachments"]) == 1
    await Attachment.objects.filter(pk=int(ids[2])).aupdate(kind="video")
    mixed = "Validation failed: Cannot attach a video to a post that already contains images"
    await world.ada.refused("POST", "/api/v1/statuses", 422, mixed, json={"media_ids": ids[2:4]})
    await Attachment.objects.filter(pk=int(ids[2])).aupdate(url="")
    waiting = (
        "Validation failed: Cannot attach files that have not finished processing. Try again in a moment!"
    )
    await world.ada.refused("POST", "/api/v1/statuses", 422, waiting, json={"media_ids": ids[2:3]})


@pytest.mark.slow
async def test_an_edit_changes_media(world: World, folder: Path) -> None:
    first, second = [(await upload(world.ada, description="before"))["id"] for _ in range(2)]
    written = await post_with(world.ada, first, text="words")
    path = f"/api/v1/statuses/{written['id']}"
    same = await world.ada.put(path, "Status", json={"status": "words", "media_ids": [first]})
    assert same["edited_at"] is None  # nothing was changed
    edited = await world.ada.put(
        path,
        "Status",
        json={
            "status": "words",
            "media_ids": [first],
            "media_attributes": [{"id": first, "description": "after", "focus": "0.5,0.5"}],
        },
    )
    assert edited["edited_at"]
    assert edited["media_attachments"][0]["description"] == "after"
    assert edited["media_attachments"][0]["meta"]["focus"] == {"x": 0.5, "y": 0.5}
    form = {
        "status": "words",
        "media_ids[]": [first],
        "media_attributes[][id]": first,
        "media_attributes[][description]": "form",
    }
    edited = await world.ada.put(path, "Status", data=form)
    assert edited["media_attachments"][0]["description"] == "form"
    edited = await world.ada.put(path, "Status", json={"status": "words", "media_ids": [second]})
    assert [one["id"] for one in edited["media_attachments"]] == [second]
    await remove_discarded_files()
    assert len(files.stored(folder)) == 2
    theirs = (await upload(world.bea))["id"]
    await world.ada.refused("PUT", path, 422, None, json={"status": "words", "media_ids": [theirs]})


@pytest.mark.slow
async def test_deleted_posts_take_their_files_along(world: World, folder: Path) -> None:
    uploaded = await upload(world.ada)
    written = await post_with(world.ada, uploaded["id"])
    assert len(files.stored(folder)) == 2
    await delete_post(author=world.ada.me, post_id=int(written["id"]))
    assert await DiscardedFile.objects.acount() == 2
    assert await remove_discarded_files() == 2
    assert files.stored(folder) == []
    assert (await world.http.get(path_of(uploaded["url"]))).status_code == 404
    assert await remove_discarded_files() == 0


@pytest.mark.slow
async def test_unattached_uploads_go_after_a_day(world: World, folder: Path) -> None:
    old, young, used = [(await upload(world.ada))["id"] for _ in range(3)]
    await post_with(world.ada, used)
    yesterday = clock.now() - dt.timedelta(hours=25)
    await Attachment.objects.filter(pk__in=[int(old), int(used)]).aupdate(created_at=yesterday)
    assert await remove_unattached_media() == 1
    await remove_discarded_files()
    await world.ada.refused("GET", f"/api/v1/media/{old}", 404)
    await world.ada.get(f"/api/v1/media/{young}")
    assert len(files.stored(folder)) == 4


@pytest.mark.slow
async def test_files_without_rows_are_swept_and_no_others(world: World, folder: Path) -> None:
    kept = await upload(world.ada)
    lost = await upload(world.ada)
    await world.ada.patch(
        "/api/v1/accounts/update_credentials", files={"avatar": ("a.png", files.image(), "image/png")}
    )
    await sql.run(
        "ALTER TABLE activities_attachment DISABLE TRIGGER USER"
    )  # as if a process had died in between
    await Attachment.objects.filter(pk=int(lost["id"])).adelete()
    await sql.run("ALTER TABLE activities_attachment ENABLE TRIGGER USER")
    assert await delete_unreferenced_files() == 0  # all of them are young
    long_ago = time.time() - 2 * 24 * 3600
    for path in files.stored(folder):
        os.utime(path, (long_ago, long_ago))
    (folder / ".work").mkdir(exist_ok=True)
    left = folder / ".work" / "half.part"
    left.write_bytes(b"x")
    os.utime(left, (long_ago, long_ago))
    assert await delete_unreferenced_files() == 2
    await remove_discarded_files()
    assert len(files.stored(folder)) == 3
    assert not left.exists()
    for url in (kept["url"], kept["preview_url"], (await fresh(world.ada.me)).icon_url):
        assert (await world.http.get(path_of(url))).status_code == 200


@pytest.mark.slow
async def test_other_servers_get_whole_addresses(world: World) -> None:
    uploaded = await upload(world.ada, description="a flag", focus="0.5,-0.5")
    written = await post_with(world.ada, uploaded["id"])
    post = (await load_for_delivery([int(written["id"])]))[int(written["id"])]
    assert note_document(post)["attachment"] == [
        {
            "type": "Document",
            "mediaType": "image/jpeg",
            "url": uploaded["url"],
            "name": "a flag",
            "focalPoint": [0.5, -0.5],
            "blurhash": uploaded["blurhash"],
            "width": 60,
            "height": 40,
        }
    ]


@pytest.mark.slow
async def test_avatar_and_header(world: World, folder: Path) -> None:
    path = "/api/v1/accounts/update_credentials"
    pictures = {
        "avatar": ("a.jpg", files.image((900, 500)), "image/jpeg"),
        "header": ("h.png", files.image((900, 500), "PNG"), "image/png"),
    }
    shown = await world.ada.patch(path, "CredentialAccount", files=pictures, data={"display_name": "Ada L."})
    assert shown["display_name"] == "Ada L."
    assert shown["avatar"] == shown["avatar_static"]

    assert (await fetched(world, shown["avatar"])).size == (400, 400)
    assert (await fetched(world, shown["header"])).size == (1500, 500)
    again = await world.ada.patch(path, files={"avatar": ("a.jpg", files.image(), "image/jpeg")})
    assert again["avatar"] != shown["avatar"]
    assert again["header"] == shown["header"]
    await remove_discarded_files()
    assert len(files.stored(folder)) == 2
    for content, error in (
        (b"<svg/>", "Validation failed: Avatar content type is invalid, Avatar is invalid"),
        (b"", "Validation failed: Avatar can't be blank"),
        (files.image() + bytes(8 * 1024 * 1024), "Validation failed: Avatar must be less than 8 MB"),
    ):
        await world.ada.refused("PATCH", path, 422, error, files={"avatar": ("a", content, "image/png")})


@pytest.mark.slow
async def test_naming_a_file_does_not_allow_deleting_it(world: World, folder: Path) -> None:
    """The address of a profile picture is a text: it once decided which file was removed with the picture."""
    victim = await upload(world.bea)
    before = files.stored(folder)
    await Identity.objects.filter(pk=world.ada.me.pk).aupdate(
        icon_url=f"https://x.example/{Path(victim['url']).name}", image_url=victim["preview_url"]
    )
    for path in ("avatar", "header"):
        await world.ada.delete(f"/api/v1/profile/{path}", "CredentialAccount")
    await delete_identity(identity=world.ada.me)
    await start_deletion([await fresh(world.ada.me)])
    await remove_discarded_files()
    assert files.stored(folder) == before


@pytest.mark.slow
async def test_a_discarded_file_that_is_in_use_is_kept(world: World, folder: Path) -> None:
    used = await upload(world.bea)
    picture = {"avatar": ("a.jpg", files.image(), "image/jpeg")}
    account = await world.ada.patch("/api/v1/accounts/update_credentials", files=picture)
    lost = await upload(world.bea)
    names = [Path(url).name for url in (used["url"], used["preview_url"], account["avatar"])]
    await world.bea.delete(f"/api/v1/media/{lost['id']}")
    await sql.run("INSERT INTO activities_discardedfile (name) SELECT unnest(%s::text[])", [names])
    assert await remove_discarded_files() == 2
    assert {path.name for path in files.stored(folder)} == set(names)
    assert await DiscardedFile.objects.acount() == 0


@pytest.mark.slow
async def test_a_deleted_identity_leaves_no_files(world: World, folder: Path) -> None:
    avatar = {"avatar": ("a.jpg", files.image(), "image/jpeg")}
    await world.ada.patch("/api/v1/accounts/update_credentials", files=avatar)
    await post_with(world.ada, (await upload(world.ada))["id"])
    await upload(world.ada)
    assert len(files.stored(folder)) == 5
    identity = await delete_identity(identity=world.ada.me)
    await start_deletion([identity])
    await publish_deletion([post async for post in Post.objects.filter(author_id=identity.pk)])
    await remove_discarded_files()
    assert files.stored(folder) == []


async def test_the_instance_says_what_it_takes(world: World, without_ffmpeg: None) -> None:
    for version in ("v1", "v2"):
        limits = (await world.nobody.get(f"/api/{version}/instance"))["configuration"]["media_attachments"]
        assert "image/jpeg" in limits["supported_mime_types"]
        assert "video/mp4" not in limits["supported_mime_types"]
        assert limits["image_size_limit"] == 16 * 1024 * 1024
