"""Profiles that lie: forged totals, posts of others, outboxes without end. Each costs few requests and changes nothing of anybody else's."""

import asyncio
from typing import Any

import pytest

from activities.posts.models import Pin, Post
from activities.publishing.services.fetching import ensure_post
from activities.remote_profiles import handlers
from activities.remote_profiles.models import ProfileLook
from activities.tags.models import FeaturedTag
from tests.activities.remote.looking import (
    boosted,
    feature,
    feature_tags,
    grow_older,
    known,
    outbox,
    profile,
    work,
    written,
)
from tests.api.support.world import World
from tests.support.peers import Actor, MastodonPeer, Received, Reply
from tests.support.peers.http import as_json
from users.identities.models import Identity

pytestmark = pytest.mark.anyio


async def look_at(world: World, actor: Actor) -> Identity:
    person = await known(actor)
    await world.ada.get(f"/api/v1/accounts/{person.pk}", "Account")
    await work()
    return person


async def numbers(world: World, person: Identity) -> tuple[int, int, int]:
    seen = await world.ada.get(f"/api/v1/accounts/{person.pk}", "Account")
    return seen["followers_count"], seen["following_count"], seen["statuses_count"]


@pytest.mark.parametrize("forged", [-1, 2**31, 10**40, "9", 1.5, 9.0, True, None, [5], {"totalItems": 5}])
async def test_forged_totals(world: World, far: MastodonPeer, forged: Any) -> None:
    ana = profile(far, followers=forged, following=forged, outbox=forged)
    assert await numbers(world, await look_at(world, ana)) == (0, 0, 0)


async def test_posts_of_others_in_an_outbox(world: World, far: MastodonPeer) -> None:
    async with MastodonPeer("other.test") as other:
        oz, ana, eve = other.add_actor("oz"), profile(far), far.add_actor("eve")
        theirs = other.note(oz)
        of_eve = far.note(eve)
        forged = {**far.note(ana), "id": f"{other.base_url}/notes/forged"}
        items = [
            theirs,
            theirs["id"],
            of_eve,
            of_eve["id"],
            forged,
            {**written(far, ana), "object": theirs},
            {**written(far, ana), "object": theirs["id"]},
            {**written(far, ana), "object": of_eve["id"]},
            {**written(far, ana), "actor": eve.uri},
            {**boosted(far, ana, of_eve["id"]), "actor": eve.uri},
            {**boosted(far, ana, of_eve["id"]), "id": f"{other.base_url}/boosts/1"},
        ]
        outbox(far, ana, items)
        feature(far, ana, items)
        await look_at(world, ana)
        assert other.requests == []
    assert await Post.objects.acount() == 0
    assert await Pin.objects.acount() == 0


async def test_a_known_post_of_another_author_is_neither_pinned_nor_changed(
    world: World, far: MastodonPeer
) -> None:
    ana, eve = profile(far), far.add_actor("eve")
    post = await ensure_post(far.note(eve, "<p>mine</p>")["id"])
    ours = await world.post(world.ada)
    claimed = [
        {**far.note(ana, "<p>no, mine</p>"), "id": post.uri},
        ours.uri,
        {**far.note(ana), "id": ours.uri},
    ]
    feature(far, ana, claimed)
    outbox(far, ana, claimed)
    await look_at(world, ana)
    assert await Pin.objects.acount() == 0
    found = await Post.objects.aget(pk=post.pk)
    assert (found.content, found.author_id) == ("<p>mine</p>", post.author_id)


async def test_an_outbox_without_end(world: World, far: MastodonPeer) -> None:
    ana = profile(far)
    uri = f"{ana.uri}/outbox"

    def page(request: Received) -> Reply:
        number = int(request.path.rpartition("/")[2])
        following = f"{uri}/{number + 1}"
        return as_json(
            {"id": f"{uri}/{number}", "type": "OrderedCollectionPage", "orderedItems": [], "next": following}
        )

    for number in range(50):
        far.replies[f"/users/ana/outbox/{number}"] = page
    far.add_document({"id": uri, "type": "OrderedCollection", "totalItems": 10**6, "first": f"{uri}/0"})
    await look_at(world, ana)
    asked = [request for request in far.requests if "/outbox" in request.path]
    assert len(asked) <= handlers.MAX_PAGES
    assert (await ProfileLook.objects.aget()).state == "known"


@pytest.mark.parametrize("shape", ["itself", "collection", "two", "elsewhere"])
async def test_pages_that_lead_in_circles_or_away(world: World, far: MastodonPeer, shape: str) -> None:
    ana = profile(far)
    uri = f"{ana.uri}/outbox"
    following = {
        "itself": f"{uri}/0",
        "collection": uri,
        "two": f"{uri}/1",
        "elsewhere": "https://other.test/1",
    }
    outbox(far, ana, [written(far, ana)], [written(far, ana)])
    far.documents["/users/ana/outbox/0"]["next"] = following[shape]
    far.documents["/users/ana/outbox/1"]["next"] = f"{uri}/0"
    await look_at(world, ana)
    asked = [request for request in far.requests if "/outbox" in request.path]
    assert len(asked) <= handlers.MAX_PAGES
    assert await Post.objects.acount() == (2 if shape == "two" else 1)
    assert (await ProfileLook.objects.aget()).state == "known"


@pytest.mark.slow
async def test_a_million_items_on_one_page(world: World, far: MastodonPeer) -> None:
    ana = profile(far)
    far.add_document(
        {
            "id": f"{ana.uri}/outbox",
            "type": "OrderedCollection",
            "orderedItems": [f"{far.base_url}/none/{number}" for number in range(9000)],
        }
    )
    await look_at(world, ana)
    assert len([request for request in far.requests if "/none/" in request.path]) == handlers.MAX_FETCHES


@pytest.mark.slow
async def test_boosts_do_not_make_us_knock_at_many_doors(world: World, far: MastodonPeer) -> None:
    async with MastodonPeer("other.test") as victim:
        ana = profile(far)
        outbox(far, ana, [boosted(far, ana, f"{victim.base_url}/{number}") for number in range(200)])
        await look_at(world, ana)
        assert len(victim.requests) <= handlers.MAX_FETCHES / 5
        asked = len(victim.requests)
        await grow_older(hours=2)
        await look_at(world, ana)
        assert len(victim.requests) == asked  # not again within the day


@pytest.mark.slow
async def test_a_slow_server_is_left_for_later(
    world: World, far: MastodonPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = profile(far)
    outbox(far, ana, [written(far, ana, hours=1)], [written(far, ana, hours=2)])
    monkeypatch.setattr(
        handlers, "_TURN_S", 3.0
    )  # ample for what comes before the gate, on a busy machine, too
    far.gates["/users/ana/outbox/1"] = asyncio.Event()
    person = await known(ana)
    await world.ada.get(f"/api/v1/accounts/{person.pk}", "Account")
    outcomes = await work()
    assert outcomes[-1].reason.startswith("timeout")
    look = await ProfileLook.objects.aget()
    assert (look.pages, look.posts) == (2, 1)  # what came before is kept
    far.gates["/users/ana/outbox/1"].set()
    await ProfileLook.objects.aupdate(state="reading")
    monkeypatch.setattr(handlers, "_TURN_S", 40.0)
    await work()
    assert await Post.objects.acount() == 2


@pytest.mark.slow
async def test_strange_shapes_are_survived(world: World, far: MastodonPeer) -> None:
    ana = profile(far)
    shapes: list[Any] = [
        {"type": ["Create"], "actor": [ana.uri], "object": [[]]},
        {"type": "Create", "actor": {"id": ana.uri}, "object": {"type": "Note"}},
        {"type": "Create", "actor": ana.uri, "object": {"type": "Note", "id": f"{far.base_url}/\x7f"}},
        {"type": "Announce", "actor": ana.uri, "id": f"{far.base_url}/1", "object": {"a": [{}]}},
        [[[]]],
        "x" * 5000,
        f"{far.base_url}/\x7f",
        {},
        -1,
    ]
    outbox(far, ana, shapes)
    feature(far, ana, shapes)
    feature_tags(far, ana, ["#" + "x" * 5000, "#\x7f", {}, None, "#a b", "#<script>", "#1"])
    await look_at(world, ana)
    look = await ProfileLook.objects.aget()
    assert look.state == "known"
    assert await Post.objects.acount() == 0
    async for row in FeaturedTag.objects.select_related("hashtag"):
        assert "<" not in row.hashtag.display_name
        assert len(row.hashtag.display_name) <= 200
    for first in (7, [], {"orderedItems": 7}, {"orderedItems": {"type": "Collection"}}, "x", "\x00"):
        far.add_document({"id": f"{ana.uri}/outbox", "type": "OrderedCollection", "first": first})
        await grow_older(hours=30)
        await look_at(world, ana)
        assert (await ProfileLook.objects.aget()).state == "known"
