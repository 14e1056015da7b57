"""Threads that lie: collections without end, posts of other conversations, addresses of others. Each costs few requests and stores nothing false."""

import asyncio
from typing import Any

import pytest

from activities.posts.models import Post
from activities.publishing.services.fetching import ensure_post
from activities.threads.activitypub import MAX_ITEMS
from activities.threads.models import ThreadWalk
from activities.threads.services import steps, walking
from core.ratelimit import reset_tries
from federation.models import Policy
from federation.peers import set_policy
from tests.activities.remote.walking import grow_older, lists, open_thread, reply, uris
from tests.api.support.world import World
from tests.support.peers import MastodonPeer, Received, Reply
from tests.support.peers.http import ACTIVITY_JSON, as_json

pytestmark = pytest.mark.anyio


async def opened(world: World, note: dict[str, Any]) -> ThreadWalk:
    await open_thread(world, await ensure_post(note["id"]))
    return await ThreadWalk.objects.aget()


def asked(peer: MastodonPeer, part: str) -> list[str]:
    return [request.target for request in peer.requests if part in request.target]


@pytest.mark.slow
@pytest.mark.parametrize("per_page", [0, 1])
async def test_a_collection_without_end_is_bounded(world: World, far: MastodonPeer, per_page: int) -> None:
    root = far.note(far.actors["ana"])
    address = f"{root['id']}/replies"
    root["replies"] = address

    def page(request: Received) -> Reply:
        number = int(request.target.partition("page=")[2] or 0)
        uri = f"{address}?page={number}" if number else address
        items = [f"{far.base_url}/none/{number}"] * per_page
        following = {"items": items, "next": f"{address}?page={number + 1}"}
        return as_json({"id": uri, "type": "Collection", **following})

    far.replies[address.removeprefix(far.base_url)] = page
    row = await opened(world, root)
    assert row.state == "walked"
    assert len(asked(far, "/replies")) <= walking.MAX_PAGES
    assert len(asked(far, "/none/")) <= steps.MAX_USELESS + walking.MAX_PAGES


@pytest.mark.parametrize("shape", ["itself", "first", "two", "elsewhere", "post"])
async def test_collections_that_lead_in_circles_or_away(world: World, far: MastodonPeer, shape: str) -> None:
    ana = far.actors["ana"]
    root = far.note(ana)
    answer = reply(far, ana, root["id"])
    lists(far, root, [answer["id"]], [root["id"]], [answer["id"]])
    pages = [far.documents[f"{root['id']}/replies/{number}".removeprefix(far.base_url)] for number in (0, 1)]
    pages[1]["next"] = {
        "itself": pages[1]["id"],
        "first": pages[0]["id"],
        "two": pages[0]["id"],
        "elsewhere": "https://other.test/replies",
        "post": root["id"],
    }[shape]
    row = await opened(world, root)
    assert (row.state, row.posts) == ("walked", 1)
    assert len(asked(far, "/replies")) <= 2


@pytest.mark.slow
async def test_a_collection_of_a_million_items_is_bounded(world: World, far: MastodonPeer) -> None:
    root = far.note(far.actors["ana"])
    root["replies"] = {
        "id": f"{root['id']}/replies",
        "type": "Collection",
        "totalItems": 1_000_000,
        "items": [f"{far.base_url}/none/{number}" for number in range(5000)],
    }
    row = await opened(world, root)
    assert row.state == "walked"
    assert len(row.seen) <= MAX_ITEMS + 1
    assert len(asked(far, "/none/")) <= steps.MAX_USELESS + 1


async def test_anothers_server_is_asked_a_few_times_only(world: World, far: MastodonPeer) -> None:
    async with MastodonPeer("other.test") as victim:
        root = far.note(far.actors["ana"])
        lists(far, root, [f"{victim.base_url}/{number}" for number in range(150)])
        row = await opened(world, root)
        assert row.state == "walked"
        assert 0 < len(victim.requests) <= steps.MAX_USELESS


async def test_posts_of_other_conversations_are_not_stored(world: World, far: MastodonPeer) -> None:
    """A listed post that answers something else, or nothing, or a private post, or that its host serves for another author."""
    async with MastodonPeer("other.test") as other:
        ana, oz = far.actors["ana"], other.add_actor("oz")
        root, elsewhere = far.note(ana), other.note(oz)
        known = await ensure_post(other.note(oz, "<p>known</p>")["id"])
        ours = await world.post(world.ada)
        items = [
            elsewhere["id"],
            reply(other, oz, elsewhere["id"])["id"],
            reply(other, oz, known.uri)["id"],
            reply(other, oz, ours.uri)["id"],
            reply(other, oz, f"{other.base_url}/none")["id"],
            reply(far, ana, root["id"], to=[f"{ana.uri}/followers"], cc=[])["id"],
            reply(far, ana, root["id"], attributedTo=oz.uri)["id"],
            {**reply(other, oz, root["id"]), "id": f"{other.base_url}/forged"},
            known.uri,
            ours.uri,
        ]
        lists(far, root, items)
        row = await opened(world, root)
    assert row.posts == 0
    assert await uris() == {root["id"], known.uri}
    assert await Post.objects.filter(conversation_id=row.conversation_id).acount() == 1


async def test_embedded_replies_of_other_hosts_are_fetched_from_there(
    world: World, far: MastodonPeer
) -> None:
    async with MastodonPeer("other.test") as other:
        ana, oz = far.actors["ana"], other.add_actor("oz")
        root = far.note(ana)
        real = reply(other, oz, root["id"])
        own = reply(far, ana, root["id"])
        lists(far, root, [{**real, "content": "<p>forged</p>"}, own])
        row = await opened(world, root)
    assert row.posts == 2
    assert "forged" not in (await Post.objects.aget(uri=real["id"])).content
    assert asked(far, own["id"].removeprefix(far.base_url)) == []


async def test_collections_cannot_reach_our_network(world: World, far: MastodonPeer) -> None:
    root = far.note(far.actors["ana"], context="http://169.254.169.254/latest/meta-data")
    bad = [
        "http://10.0.0.1/1",
        "http://[::1]/2",
        "https://169.254.169.254/3",
        "file:///etc/passwd",
        "http://",
    ]
    lists(far, root, bad)
    row = await opened(world, root)
    assert (row.state, row.posts) == ("walked", 0)


async def test_a_page_of_ten_megabytes(world: World, far: MastodonPeer) -> None:
    root = far.note(far.actors["ana"])
    root["replies"] = f"{root['id']}/replies"
    body = b'{"id": "x", "items": [' + b'"https://x.test/1",' * 600_000 + b"1]}"
    far.replies[f"{root['id']}/replies".removeprefix(far.base_url)] = Reply(200, body, ACTIVITY_JSON)
    row = await opened(world, root)
    assert row.state == "walked"
    assert row.reason.startswith("answer_too_large")


async def test_blocked_hosts_are_left_out(world: World, far: MastodonPeer) -> None:
    async with MastodonPeer("other.test") as other:
        root = far.note(far.actors["ana"])
        lists(far, root, [reply(other, other.add_actor("oz"), root["id"])["id"]])
        post = await ensure_post(root["id"])
        await set_policy(host=other.host, policy=Policy.blocked)
        await open_thread(world, post)
        assert other.requests == []


@pytest.mark.slow
async def test_a_slow_host_does_not_hold_up_the_others(
    world: World, far: MastodonPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "TURN_S", 1.0)
    monkeypatch.setattr(walking, "START_S", 0.7)
    async with MastodonPeer("slow.test") as slow:
        ana = far.actors["ana"]
        root = far.note(ana)
        hangs = reply(slow, slow.add_actor("oz"), root["id"])
        lists(far, root, [hangs["id"], *(reply(far, ana, root["id"])["id"] for _ in range(5))])
        slow.gates[hangs["id"].removeprefix(slow.base_url)] = asyncio.Event()
        row = await opened(world, root)
        assert (row.state, row.posts) == ("walked", 5)
        assert "slow.test" in row.reason
        assert len(asked(slow, "/notes/")) == 1
        slow.gates.clear()


@pytest.mark.slow
@pytest.mark.slow
async def test_strange_shapes_are_survived(world: World, far: MastodonPeer) -> None:
    ana = far.actors["ana"]
    shapes: list[Any] = [
        7,
        [],
        "x",
        {"first": 7},
        {"first": {"items": 7}},
        {"first": {"items": {"type": "Collection", "items": [[[]]]}}},
        {"type": "Collection", "items": [None, {}, [], -1, "x" * 5000, {"type": "Create", "object": []}]},
        {"type": "Collection", "items": [{"type": "Create", "object": {"type": "Note", "id": "\x01"}}]},
        {"type": "Collection", "id": f"{far.base_url}/\x01", "next": {"a": [{}]}},
    ]
    root = far.note(ana)
    answers = [
        reply(far, ana, root["id"], replies=shape, context=shape, contextHistory=shape) for shape in shapes
    ]
    lists(far, root, [answer["id"] for answer in answers])
    row = await opened(world, root)
    assert (row.state, row.posts) == ("walked", len(shapes)), row.reason


async def test_collections_of_the_conversation_are_counted_for_the_whole_walk(
    world: World, far: MastodonPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each reply names another one, and every turn ends after one request."""
    ana = far.actors["ana"]
    root = far.note(ana)
    answers = [
        reply(far, ana, root["id"], context=f"{far.base_url}/contexts/{number}") for number in range(8)
    ]
    lists(far, root, [answer["id"] for answer in answers])
    take = walking.Walk._take

    async def once(self: walking.Walk, step: steps.Step) -> None:
        await take(self, step)
        self._stop_at = 0

    monkeypatch.setattr(walking.Walk, "_take", once)
    row = await opened(world, root)
    assert (row.state, row.posts) == ("walked", len(answers))
    assert len(asked(far, "/contexts/")) == walking.MAX_CONTEXTS


@pytest.mark.parametrize("limit", ["MAX_POSTS_A_DAY", "MAX_POSTS_OF_SITE_A_DAY"])
async def test_a_thread_that_never_ends_is_brought_in_part(
    world: World, far: MastodonPeer, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    """However often it is opened on one day; on the next there is more. The posts of a site count together, whatever their thread."""
    monkeypatch.setattr(walking, "MAX_POSTS", 4)
    monkeypatch.setattr(walking, limit, 6)
    ana = far.actors["ana"]
    roots = [far.note(ana), far.note(ana)]
    for root in roots:
        lists(far, root, [reply(far, ana, root["id"]) for _ in range(20)])
    first = await opened(world, roots[0])
    assert (first.state, first.posts) == ("walked", 4)
    brought = []
    for _ in range(2):
        await grow_older(minutes=16)
        await open_thread(world, await ensure_post(roots[0]["id"]))
        row = await ThreadWalk.objects.aget(pk=first.pk)
        assert row.state == "walked"
        brought.append(row.posts)
    assert brought == [2, 0]
    await open_thread(world, await ensure_post(roots[1]["id"]))
    other = await ThreadWalk.objects.exclude(pk=first.pk).aget()
    assert other.posts == (4 if limit == "MAX_POSTS_A_DAY" else 0)
    await reset_tries([f"walked:{first.pk}", f"walked:{far.name}"])
    await grow_older(minutes=16)
    await open_thread(world, await ensure_post(roots[0]["id"]))
    assert (await ThreadWalk.objects.aget(pk=first.pk)).posts == 4


async def test_a_thread_of_very_many(
    world: World, far: MastodonPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "MAX_POSTS", 5)
    ana = far.actors["ana"]
    root = far.note(ana)
    lists(far, root, [reply(far, ana, root["id"]) for _ in range(9)])
    row = await opened(world, root)
    assert (row.state, row.posts) == ("walked", 5)
