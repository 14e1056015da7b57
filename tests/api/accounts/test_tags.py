"""Hashtags that somebody follows or features."""

import importlib
import os
from types import SimpleNamespace

import psycopg
import pytest

from activities.posts.models import Visibility
from activities.publishing.handlers.fan_out import fan_out
from activities.tags.handlers import remove_unused_hashtags
from activities.tags.models import Hashtag, PostTag
from activities.timelines.queries import candidates
from core.db import sql
from tests.activities import people as rows
from tests.api.support.world import World
from tests.users.support import sent
from users.identities.models import Identity
from users.relations.services import telling

pytestmark = pytest.mark.anyio


async def test_a_tag_is_shown_used_or_not(world: World) -> None:
    await world.post(world.bea, "I like #Cats")
    shown = await world.nobody.get("/api/v1/tags/CATS", "Tag")
    assert shown["name"] == "Cats"
    assert sum(int(day["uses"]) for day in shown["history"]) == 1
    assert "following" not in shown
    assert (await world.ada.get("/api/v1/tags/never", "Tag"))["following"] is False
    await world.nobody.refused("GET", "/api/v1/tags/123", 404)


async def test_posts_with_a_followed_tag_come_home(world: World) -> None:
    followed = await world.ada.post("/api/v1/tags/Cats/follow", "Tag")
    assert (followed["name"], followed["following"]) == ("Cats", True)
    assert [one["name"] for one in await world.ada.get("/api/v1/followed_tags", "[Tag]")] == ["Cats"]
    wanted = await world.post(world.bea, "look, #cats")
    others = [
        await world.post(world.bea, "look, #dogs"),
        await world.post(world.bea, "quiet #cats", visibility=Visibility.unlisted),
    ]
    await fan_out([wanted, *others])
    assert [p["id"] for p in await world.ada.get("/api/v1/timelines/home")] == [str(wanted.pk)]
    await world.ada.post(f"/api/v1/accounts/{world.bea.id}/block")
    blocked = await world.post(world.bea, "more #cats")
    await fan_out([blocked])
    assert await world.ada.get("/api/v1/timelines/home") == []
    shown = await world.ada.post("/api/v1/tags/cats/unfollow", "Tag")
    assert shown["following"] is False
    assert await world.ada.get("/api/v1/followed_tags") == []
    await world.ada.refused("POST", "/api/v1/tags/not%20one/follow", 422, "Validation failed: Tag is invalid")


async def test_followed_tags_are_paged_by_the_follow(world: World) -> None:
    for name in ("one", "two", "three"):
        await world.ada.post(f"/api/v1/tags/{name}/follow")
    page = await world.ada.ask("GET", "/api/v1/followed_tags?limit=2")
    assert [one["name"] for one in page.json()] == ["three", "two"]
    older = await world.ada.ask("GET", page.links["next"]["url"])
    assert [one["name"] for one in older.json()] == ["one"]


async def test_a_followed_tag_is_not_removed_as_unused(world: World) -> None:
    await world.ada.post("/api/v1/tags/cats/follow")
    await world.ada.post("/api/v1/tags/dogs/feature")
    await Hashtag.objects.all().aupdate(created_at=rows.ago(days=3))
    assert await remove_unused_hashtags() == 0


async def test_featured_tags(world: World) -> None:
    await world.post(world.ada, "my #Cats")
    await world.post(world.ada, "more #cats, and #birds")
    suggested = await world.ada.get("/api/v1/featured_tags/suggestions", "[Tag]")
    assert [one["name"] for one in suggested] == ["Cats", "birds"]
    made = await world.ada.post("/api/v1/featured_tags", "FeaturedTag", data={"name": "cats"})
    assert (made["name"], made["statuses_count"]) == ("Cats", "2")
    assert made["last_status_at"] is not None
    tag = await world.ada.post("/api/v1/tags/rare/feature", "Tag")
    assert tag["featuring"] is True
    shown = await world.nobody.get(f"/api/v1/accounts/{world.ada.id}/featured_tags", "[FeaturedTag]")
    assert [one["name"] for one in shown] == ["Cats", "rare"]
    assert shown == await world.ada.get("/api/v1/featured_tags", "[FeaturedTag]")
    by_id = await world.ada.post(f"/api/v1/tags/{tag['id']}/unfeature", "Tag")
    assert by_id["featuring"] is False
    await world.bea.refused("DELETE", f"/api/v1/featured_tags/{made['id']}", 404, "Record not found")
    await world.ada.delete(f"/api/v1/featured_tags/{made['id']}", "{}")
    assert await world.ada.get("/api/v1/featured_tags") == []
    for name in ("", "123", "a b", "#"):
        await world.ada.refused(
            "POST", "/api/v1/featured_tags", 422, "Validation failed: Tag is invalid", data={"name": name}
        )
    await world.nobody.refused("GET", "/api/v1/accounts/1/featured_tags", 404)


async def test_hashtags_are_shown_as_they_were_first_written(world: World) -> None:
    """Like Mastodon: the look-up is folded, and the tags of a post are named by it, but a Tag shows how it was written."""
    post = await world.ada.post("/api/v1/statuses", "Status", data={"status": "#Größe #Català"})
    assert [tag["name"] for tag in post["tags"]] == ["catala", "grosse"]
    for asked in ("größe", "GROSSE", "Größe"):
        tag = await world.nobody.get(f"/api/v1/tags/{asked}", "Tag")
        assert (tag["name"], tag["url"]) == ("Größe", f"{world.domain.base_url}/tags/grosse")
    assert (await world.bea.post("/api/v1/tags/grosse/follow", "Tag"))["name"] == "Größe"
    assert [tag["name"] for tag in await world.bea.get("/api/v1/followed_tags", "[Tag]")] == ["Größe"]
    assert (await world.ada.post("/api/v1/featured_tags", "FeaturedTag", data={"name": "catala"}))[
        "name"
    ] == "Català"
    unused = await world.nobody.get("/api/v1/tags/Smørrebrød", "Tag")
    assert (unused["name"], unused["url"].rpartition("/")[2]) == ("Smørrebrød", "smorrebrod")


async def test_local_tagged_posts_are_found_among_many_remote_ones(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what the version before wrote here, too: the migration goes through it."""
    monkeypatch.setattr(candidates, "CANDIDATES", 2)
    monkeypatch.setattr(candidates, "ROUNDS", 1)
    here = await world.post(world.ada, "our #Cats")
    cats = await Hashtag.objects.aget(name="cats")
    for _ in range(5):
        there = await rows.make_post(world.remote)
        await PostTag.objects.acreate(post=there, hashtag=cats)
    for query in ("local=true", "local=true&any[]=dogs", "local=true&none[]=dogs"):
        found = await world.nobody.get(f"/api/v1/timelines/tag/cats?{query}", "[Status]")
        assert [one["id"] for one in found] == [str(here.pk)], query
    await sql.run("UPDATE activities_posttag SET domain_id = NULL")
    assert await world.nobody.get("/api/v1/timelines/tag/cats?local=true") == []
    migration = importlib.import_module("activities.migrations.0029_fill_domains_of_hashtags")
    monkeypatch.setattr(migration, "_PIECE", 2)
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        migration.fill(None, SimpleNamespace(connection=connection))
    found = await world.nobody.get("/api/v1/timelines/tag/cats?local=true", "[Status]")
    assert [one["id"] for one in found] == [str(here.pk)]


async def test_followers_servers_are_told_of_featured_hashtags(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.ada.post("/api/v1/tags/Cats/feature", "Tag")
    assert await sent() == []  # nobody follows
    await rows.follow(world.remote, world.ada.me)
    row = await world.ada.post("/api/v1/featured_tags", "FeaturedTag", json={"name": "Dogs"})
    await world.ada.post("/api/v1/featured_tags", json={"name": "dogs"})
    await world.ada.delete(f"/api/v1/featured_tags/{row['id']}")
    await world.ada.post("/api/v1/tags/cats/unfeature", "Tag")
    told = await sent()
    assert [(kind, inboxes) for kind, inboxes, _ in told] == [
        (kind, [world.remote.shared_inbox_url]) for kind in ("Add", "Remove", "Remove")
    ]
    document = told[0][2]
    assert document["target"] == world.ada.me.featured_url
    assert document["object"] == {
        "type": "Hashtag", "href": f"{world.domain.base_url}/tags/dogs", "name": "#Dogs",
    }  # fmt: skip
    assert len({document["id"] for _, _, document in told}) == 3
    monkeypatch.setattr(telling, "_FOLLOWERS_AT_ONCE", 1)
    await world.ada.post("/api/v1/tags/Cats/feature", "Tag")
    assert len(await sent()) == 3  # the worker sends the profile, in pieces
    assert (await Identity.objects.aget(pk=world.ada.me.pk)).state == "edited"
