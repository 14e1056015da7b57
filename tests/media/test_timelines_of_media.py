"""Timelines with `only_media` know at once what was attached to a post and taken off it."""

import importlib
import os
from types import SimpleNamespace

import psycopg
import pytest

from activities.publishing.services.posting import delete_post
from core.db import sql
from tests.activities.people import make_domain, make_local, make_post
from tests.api.support.world import World
from tests.media.test_lives import post_with, upload

pytestmark = pytest.mark.anyio


async def shown(world: World) -> dict[str, list[str]]:
    """The ids in each timeline of media."""
    timelines = {
        "local": "timelines/public?local=true&only_media=true",
        "public": "timelines/public?only_media=true",
        "remote": "timelines/public?remote=true&only_media=true",
        "tag": "timelines/tag/cats?only_media=true",
        "any": "timelines/tag/dogs?any[]=cats&only_media=true",
        "profile": f"accounts/{world.ada.id}/statuses?only_media=true",
        "tagged": f"accounts/{world.ada.id}/statuses?only_media=true&tagged=cats",
    }
    return {
        name: [post["id"] for post in await world.nobody.get(f"/api/v1/{path}")]
        for name, path in timelines.items()
    }


def all_of_ada(*ids: str) -> dict[str, list[str]]:
    """These in each, but that of other servers."""
    names = ("local", "public", "remote", "tag", "any", "profile", "tagged")
    return {name: [] if name == "remote" else list(ids) for name in names}


@pytest.mark.slow
async def test_posts_come_and_go_with_their_media(world: World) -> None:
    first, second, third = [(await upload(world.ada))["id"] for _ in range(3)]
    plain = await world.ada.post("/api/v1/statuses", "Status", json={"status": "words #cats"})
    both = await post_with(world.ada, first, second, text="two #cats")
    assert await shown(world) == all_of_ada(both["id"])
    edit = {"status": "one #cats", "media_ids": [second]}
    await world.ada.put(f"/api/v1/statuses/{both['id']}", "Status", json=edit)
    assert await shown(world) == all_of_ada(both["id"])
    edit = {"status": "a picture #cats", "media_ids": [third]}
    await world.ada.put(f"/api/v1/statuses/{plain['id']}", "Status", json=edit)
    assert await shown(world) == all_of_ada(both["id"], plain["id"])
    await world.ada.put(
        f"/api/v1/statuses/{both['id']}", "Status", json={"status": "none #cats", "media_ids": []}
    )
    assert await shown(world) == all_of_ada(plain["id"])
    await delete_post(author=world.ada.me, post_id=int(plain["id"]), keeps_media=True)
    assert await shown(world) == all_of_ada()
    again = await post_with(world.ada, third, text="again #cats #dogs")
    assert await shown(world) == all_of_ada(again["id"])


@pytest.mark.slow
async def test_other_domains_and_quieter_posts_stay_out(world: World) -> None:
    shown_here = await post_with(world.ada, (await upload(world.ada))["id"], text="here #cats")
    boost = await world.ada.post(f"/api/v1/statuses/{shown_here['id']}/reblog", "Status")
    for visibility in ("unlisted", "private", "direct"):
        body = {"status": "#cats", "visibility": visibility, "media_ids": [(await upload(world.ada))["id"]]}
        await world.ada.post("/api/v1/statuses", "Status", json=body)
    there = await make_post(await make_local("there", await make_domain("there.test")))
    far = await make_post(world.remote)
    for post in (there, far):
        await sql.run(
            """INSERT INTO activities_attachment (id, author_id, post_id, position, kind, media_type, url, preview_url, description,
                   blurhash, focus_x, focus_y, created_at)
               VALUES (%(id)s, %(author)s, %(id)s, 3, 'image', '', 'https://x.test/a', '', '', '', 0, 0, now())""",
            {"id": post.pk, "author": post.author_id},
        )
    found = await shown(world)
    assert found["local"] == found["tag"] == [shown_here["id"]]
    assert found["remote"] == [str(far.pk)]
    assert found["public"] == [str(far.pk), str(there.pk), shown_here["id"]]
    assert boost["id"] not in found["profile"]
    assert found["profile"][-1] == shown_here["id"]


@pytest.mark.slow
async def test_posts_from_before_are_found(world: World) -> None:
    """The migration goes through what the version before had written."""
    post = await post_with(world.ada, (await upload(world.ada))["id"], text="old #cats")
    await sql.run("UPDATE activities_attachment SET domain_id = NULL")
    await sql.run("UPDATE activities_posttag SET has_media = false")
    await world.ada.post("/api/v1/statuses", "Status", json={"status": "words #cats"})
    migration = importlib.import_module("activities.migrations.0024_say_which_posts_have_media")
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        migration.fill(None, SimpleNamespace(connection=connection))
    assert await shown(world) == all_of_ada(post["id"])
