"""Writing, reading, editing and deleting posts, and what people do with them."""

import datetime as dt

import anyio
import pytest

from activities.media.models import Attachment
from activities.posts.models import Post, Visibility
from api.oauth import apps, tokens
from core import clock
from tests.activities import people as rows
from tests.api.support.world import Speaker, World

pytestmark = pytest.mark.anyio


@pytest.mark.slow
async def test_post_read_edit_delete(world: World) -> None:
    written = await world.ada.post(
        "/api/v1/statuses",
        "Status",
        data={"status": "Hello @bea #Cats https://example.org", "language": "en", "spoiler_text": "cats"},
    )
    assert written["mentions"][0]["acct"] == "bea"
    assert written["tags"] == [{"name": "cats", "url": "https://testserver/tags/cats"}]
    assert written["spoiler_text"] == "cats"
    assert written["sensitive"] is True
    assert written["application"]["name"] == "Test app"
    path = f"/api/v1/statuses/{written['id']}"
    assert (await world.nobody.get(path, "Status"))["content"] == written["content"]

    source = await world.ada.get(f"{path}/source", "StatusSource")
    assert source["text"] == "Hello @bea #Cats https://example.org"

    edited = await world.ada.put(path, "Status", json={"status": "Bye"})
    assert edited["edited_at"] is not None
    assert edited["spoiler_text"] == "cats"
    versions = await world.nobody.get(f"{path}/history", "[StatusEdit]")
    assert [version["content"] for version in versions] == [written["content"], edited["content"]]

    gone = await world.ada.delete(path, "Status")
    assert gone["text"] == "Bye"
    await world.ada.refused("GET", path, 404, "Record not found")


async def test_every_encoding_writes_the_same_post(world: World) -> None:
    fields = {"status": "words", "sensitive": "true", "visibility": "unlisted"}
    for how in (
        {"data": fields},
        {"json": {**fields, "sensitive": True}},
        {"files": {name: (None, value) for name, value in fields.items()}},
        {"params": fields},
    ):
        written = await world.ada.post("/api/v1/statuses", "Status", **how)
        assert (written["visibility"], written["sensitive"]) == ("unlisted", True), how


async def test_invalid_posts_are_refused(world: World) -> None:
    for draft, status, error in (
        ({}, 422, "Validation failed: Text can't be blank"),
        ({"status": "  "}, 422, "Validation failed: Text can't be blank"),
        ({"status": "x" * 501}, 422, "Validation failed: Text character limit of 500 exceeded"),
        (
            {"status": "x", "visibility": "everyone"},
            422,
            "Validation failed: Visibility is not included in the list",
        ),
        ({"status": "x", "in_reply_to_id": "1"}, 404, None),
        ({"status": "x", "in_reply_to_id": "first"}, 422, "Validation failed: In reply to id is invalid"),
        ({"status": "x", "media_ids[]": ["1"]}, 422, None),
    ):
        await world.ada.refused("POST", "/api/v1/statuses", status, error, data=draft)
    assert await Post.objects.acount() == 0


async def test_the_app_and_its_website_stand_on_a_post(world: World) -> None:
    app, _ = await apps.register_app(
        name="Pen", redirect_uris=["urn:ietf:wg:oauth:2.0:oob"], scopes="write", website="https://pen.example"
    )
    _, pen = await tokens.issue(app=app, scopes="write", user=world.ada_login, identity=world.ada.me)
    made = await Speaker(world.http, pen).post("/api/v1/statuses", "Status", data={"status": "with a pen"})
    assert made["application"] == {"name": "Pen", "website": "https://pen.example"}
    made = await world.ada.post("/api/v1/statuses", "Status", data={"status": "without"})
    assert made["application"] == {"name": "Test app", "website": None}


async def test_media_is_sensitive_by_the_authors_default(world: World) -> None:
    path = "/api/v1/accounts/update_credentials"
    mine = await world.ada.patch(path, "CredentialAccount", data={"source[sensitive]": "true"})
    assert mine["source"]["sensitive"] is True
    assert (await world.ada.get("/api/v1/preferences"))["posting:default:sensitive"] is True
    for sent, expected in (
        ({}, True),
        ({"sensitive": False}, False),
        ({"sensitive": False, "spoiler_text": "w"}, True),
    ):
        made = await world.ada.post("/api/v1/statuses", "Status", json={"status": "x", **sent})
        assert made["sensitive"] is expected
    await world.ada.patch(path, "CredentialAccount", data={"source[sensitive]": "false"})
    assert (await world.ada.post("/api/v1/statuses", "Status", json={"status": "x"}))["sensitive"] is False


async def test_a_warning_without_a_text_is_the_text(world: World) -> None:
    written = await world.ada.post("/api/v1/statuses", "Status", data={"spoiler_text": "only this"})
    assert written["spoiler_text"] == ""
    assert "only this" in written["content"]


async def test_visibility_goes_in_and_comes_out(world: World) -> None:
    for word in ("public", "unlisted", "private", "direct"):
        written = await world.ada.post("/api/v1/statuses", "Status", json={"status": "x", "visibility": word})
        assert written["visibility"] == word
    written = await world.ada.post(
        "/api/v1/statuses", "Status", json={"status": "x", "visibility": "local_only"}
    )
    assert written["visibility"] == "private"
    stored = await Post.objects.aget(pk=int(written["id"]))
    assert stored.visibility == Visibility.local_only


async def test_the_local_only_flag_of_other_software_is_taken(world: World) -> None:
    """glitch-soc, Hometown, GoToSocial."""
    posts = "/api/v1/statuses"
    for visibility in ({}, {"visibility": "public"}, {"visibility": "unlisted"}):
        draft = {"status": "among us", "local_only": True, **visibility}
        written = await world.ada.post(posts, "Status", json=draft)
        assert (written["local_only"], written["visibility"]) == (True, "private")
        stored = await Post.objects.aget(pk=int(written["id"]))
        assert stored.visibility == Visibility.local_only
        await world.nobody.refused("GET", f"{posts}/{stored.pk}", 404)
    edited = await world.ada.put(
        f"{posts}/{stored.pk}", "Status", json={"status": "new", "local_only": False}
    )
    assert edited["local_only"] is True  # an edit never changes whom a post is for
    reply = {"status": "me too", "local_only": True, "visibility": "private", "in_reply_to_id": edited["id"]}
    assert (await world.ada.post(posts, "Status", json=reply))["local_only"] is True
    open_post = await world.ada.post(posts, "Status", data={"status": "x", "local_only": "false"})
    assert (open_post["local_only"], open_post["visibility"]) == (False, "public")


async def test_posts_that_are_not_to_be_federated_are_local_only(world: World) -> None:
    """`federated: false` is the older GoToSocial spelling."""
    posts = "/api/v1/statuses"
    for sent in (
        {"json": {"status": "x", "federated": False}},
        {"json": {"status": "x", "federated": False, "local_only": False, "visibility": "public"}},
        {"data": {"status": "x", "federated": "false", "visibility": "unlisted"}},
        {"data": {"status": "x", "federated": "0"}},
    ):
        written = await world.ada.post(posts, "Status", **sent)
        stored = await Post.objects.aget(pk=int(written["id"]))
        assert (written["local_only"], stored.visibility) == (True, Visibility.local_only)
        await world.nobody.refused("GET", f"{posts}/{stored.pk}", 404)
    for federated in (True, None):
        written = await world.ada.post(posts, "Status", json={"status": "x", "federated": federated})
        assert (written["local_only"], written["visibility"]) == (False, "public")
    later = (clock.now() + dt.timedelta(days=1)).isoformat()
    draft = {"status": "x", "federated": False, "scheduled_at": later}
    scheduled = await world.ada.post(posts, "ScheduledStatus", json=draft)
    assert scheduled["params"]["local_only"] is True
    draft = {"status": "psst", "federated": False, "visibility": "direct"}
    await world.ada.refused("POST", posts, 422, json=draft)


@pytest.mark.parametrize("unreadable", ["maybe", "n", "2", 1.5, "nein"])
@pytest.mark.parametrize("flag", ["federated", "local_only"])
async def test_an_invalid_flag_does_not_widen_the_audience(
    world: World, flag: str, unreadable: object
) -> None:
    draft = {"status": "x", flag: unreadable}
    written = await world.ada.post("/api/v1/statuses", "Status", json=draft)
    assert written["local_only"] is True
    await world.nobody.refused("GET", f"/api/v1/statuses/{written['id']}", 404)


async def test_a_local_only_post_is_not_shown_to_more_than_asked(world: World) -> None:
    for visibility in ("private", "direct"):
        draft = {"status": "psst", "local_only": True, "visibility": visibility}
        await world.ada.refused("POST", "/api/v1/statuses", 422, json=draft)
    assert not await Post.objects.aexists()


async def test_editing_a_followers_only_post_keeps_it_so(world: World) -> None:
    """The original Takahē made it public."""
    post = await world.post(world.ada, visibility=Visibility.followers)
    edited = await world.ada.put(
        f"/api/v1/statuses/{post.pk}", "Status", data={"status": "new", "visibility": "public"}
    )
    assert edited["visibility"] == "private"
    await world.nobody.refused("GET", f"/api/v1/statuses/{post.pk}", 404)


async def test_others_posts_cannot_be_edited_deleted_or_pinned(world: World) -> None:
    post = await world.post(world.bea)
    path = f"/api/v1/statuses/{post.pk}"
    await world.ada.refused("PUT", path, 404, "Record not found", data={"status": "mine"})
    await world.ada.refused("DELETE", path, 404, "Record not found")
    await world.ada.refused(
        "POST", f"{path}/pin", 422, "Validation failed: Someone else's post cannot be pinned"
    )
    await world.nobody.get(path, "Status")


async def test_a_private_post_is_not_found_whatever_is_tried(world: World) -> None:
    post = await world.post(world.bea, visibility=Visibility.followers)
    path = f"/api/v1/statuses/{post.pk}"
    for suffix in ("", "/context", "/history", "/source", "/favourited_by", "/reblogged_by"):
        await world.ada.refused("GET", path + suffix, 404, "Record not found")
    for verb in ("favourite", "reblog", "bookmark", "pin", "unfavourite", "unreblog", "unbookmark", "unpin"):
        await world.ada.refused("POST", f"{path}/{verb}", 404, "Record not found")
    assert await world.ada.get("/api/v1/statuses", params={"id[]": [str(post.pk)]}) == []


@pytest.mark.slow
async def test_like_bookmark_pin_and_back(world: World) -> None:
    post = await world.post(world.ada)
    path = f"/api/v1/statuses/{post.pk}"
    for there, back, flag in (
        ("favourite", "unfavourite", "favourited"),
        ("bookmark", "unbookmark", "bookmarked"),
        ("pin", "unpin", "pinned"),
    ):
        for _ in range(2):
            assert (await world.ada.post(f"{path}/{there}", "Status"))[flag] is True
        for _ in range(2):
            assert (await world.ada.post(f"{path}/{back}", "Status"))[flag] is False


async def test_boosting_and_unboosting(world: World) -> None:
    post = await world.post(world.bea)
    path = f"/api/v1/statuses/{post.pk}"
    boost = await world.ada.post(f"{path}/reblog", "Status")
    assert boost["account"]["id"] == world.ada.id
    assert boost["reblog"]["id"] == str(post.pk)
    assert boost["reblog"]["reblogged"] is True
    assert boost["reblog"]["reblogs_count"] == 1
    again = await world.ada.post(f"{path}/reblog", "Status")
    assert again["id"] == boost["id"]
    people = await world.nobody.get(f"{path}/reblogged_by", "[Account]")
    assert [one["id"] for one in people] == [world.ada.id]
    back = await world.ada.post(f"{path}/unreblog", "Status")
    assert (back["id"], back["reblogged"], back["reblogs_count"]) == (str(post.pk), False, 0)


async def test_an_action_on_a_boost_means_its_original(world: World) -> None:
    post = await world.post(world.bea)
    boost = await world.ada.post(f"/api/v1/statuses/{post.pk}/reblog")
    liked = await world.ada.post(f"/api/v1/statuses/{boost['id']}/favourite", "Status")
    assert (liked["id"], liked["favourited"]) == (str(post.pk), True)
    people = await world.ada.get(f"/api/v1/statuses/{boost['id']}/favourited_by", "[Account]")
    assert [one["id"] for one in people] == [world.ada.id]


async def test_the_conversation(world: World) -> None:
    root = await world.post(world.ada, "root")
    middle = await world.post(world.bea, "middle", in_reply_to_id=root.pk)
    leaf = await world.post(world.ada, "leaf", in_reply_to_id=middle.pk)
    around = await world.nobody.get(f"/api/v1/statuses/{middle.pk}/context", "Context")
    assert [s["id"] for s in around["ancestors"]] == [str(root.pk)]
    assert [s["id"] for s in around["descendants"]] == [str(leaf.pk)]
    assert around["descendants"][0]["in_reply_to_id"] == str(middle.pk)
    assert around["descendants"][0]["in_reply_to_account_id"] == world.bea.id


async def test_a_repeated_idempotency_key_makes_one_post(world: World) -> None:
    headers = {"Idempotency-Key": "abc"}
    first = await world.ada.post("/api/v1/statuses", "Status", data={"status": "once"}, headers=headers)
    second = await world.ada.post("/api/v1/statuses", "Status", data={"status": "once"}, headers=headers)
    assert first["id"] == second["id"]
    other = await world.bea.post("/api/v1/statuses", "Status", data={"status": "once"}, headers=headers)
    assert other["id"] != first["id"]
    assert await Post.objects.acount() == 2


async def test_two_requests_at_once_with_one_key_make_one_post(world: World) -> None:
    ids = []

    async def send() -> None:
        response = await world.ada.ask(
            "POST", "/api/v1/statuses", data={"status": "once"}, headers={"Idempotency-Key": "race"}
        )
        ids.append(response.json()["id"])

    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(send)
    assert len(set(ids)) == 1
    assert await Post.objects.acount() == 1


async def test_a_refused_post_does_not_use_its_key_up(world: World) -> None:
    headers = {"Idempotency-Key": "later"}
    await world.ada.refused("POST", "/api/v1/statuses", 422, data={"status": ""}, headers=headers)
    await world.ada.post("/api/v1/statuses", "Status", data={"status": "now"}, headers=headers)


async def test_posts_with_all_that_can_hang_on_them_keep_the_shape(world: World) -> None:

    post = await rows.make_post(
        world.remote,
        title="An article",
        question={
            "options": [{"title": "a", "votes": 2}, {"title": "b", "votes": 1}],
            "multiple": False,
            "ends_at": "2026-01-01T00:00:00+00:00",
            "closed_at": None,
            "voters": 3,
        },
        emojis=[{"shortcode": "blob", "url": "https://far.test/blob.png", "static_url": ""}],
    )
    await Attachment.objects.acreate(
        author=world.remote,
        post=post,
        kind="image",
        url="https://far.test/a.png",
        width=200,
        height=100,
        focus_x=0.5,
        description="a picture",
    )
    await Attachment.objects.acreate(author=world.remote, post=post, kind="unknown", url="https://far.test/b")
    shown = await world.ada.get(f"/api/v1/statuses/{post.pk}", "Status")
    assert shown["poll"]["votes_count"] == 3
    assert shown["poll"]["expired"] is True
    assert shown["media_attachments"][0]["meta"]["original"]["aspect"] == 2.0
    assert shown["emojis"][0]["static_url"].startswith("https://testserver/media/r/s")
    assert "An article" in shown["content"]


async def test_unknown_paths_and_methods(world: World) -> None:
    await world.ada.refused("GET", "/api/v1/no_such_thing", 404)
    await world.ada.refused("GET", "/api/v3", 404)
    await world.ada.refused("GET", "/api/v1/admin/no_such_thing", 404)
    response = await world.ada.refused("POST", "/api/v1/timelines/home", 405)
    assert response.headers["allow"] == "GET"
