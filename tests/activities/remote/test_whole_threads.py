"""Opening a conversation brings the replies that are not here, and tells nobody else of them."""

from typing import Any

import pytest

from activities.notifications.models import Notification
from activities.posts.models import Post, Visibility
from activities.publishing.services.fetching import ensure_post
from activities.tags.services.following import follow_tag
from activities.threads.models import ThreadWalk
from activities.threads.services import walking
from activities.timelines.models import HomeEntry
from tests.activities.remote.walking import grow_older, lists, open_thread, reply, uris, work
from tests.api.support.world import World
from tests.support.peers import MastodonPeer, Received, Reply
from tests.support.peers.http import as_json

pytestmark = pytest.mark.anyio


async def test_replies_of_replies_from_two_servers(world: World, far: MastodonPeer) -> None:
    async with MastodonPeer("other.test") as other:
        ana, oz = far.actors["ana"], other.add_actor("oz")
        root = far.note(ana)
        first = reply(far, ana, root["id"])
        second = reply(other, oz, root["id"])
        third = reply(other, oz, first["id"])
        fourth = reply(far, ana, third["id"])
        lists(far, root, [first["id"]], [second["id"]])
        lists(far, first, [], [third["id"]])
        lists(other, third, [fourth["id"]])
        post = await ensure_post(root["id"])
        shown = await open_thread(world, post)
    assert [one["uri"] for one in shown["descendants"]] == [
        first["id"],
        third["id"],
        fourth["id"],
        second["id"],
    ]
    assert (await Post.objects.aget(pk=post.pk)).replies_count == 2
    assert await HomeEntry.objects.acount() == 0
    assert await Notification.objects.acount() == 0
    row = await ThreadWalk.objects.aget()
    assert (row.state, row.posts, row.reason) == ("walked", 4, "")


@pytest.mark.slow
async def test_followed_hashtags_bring_posts_of_conversations_once(world: World, far: MastodonPeer) -> None:
    """Ada follows a hashtag; Bea, who reads the conversation, does not. Old answers come to no home."""
    ana = far.actors["ana"]
    tag = [{"type": "Hashtag", "name": "#Cats", "href": f"{far.base_url}/tags/cats"}]
    root = far.note(ana)
    answer = reply(far, ana, root["id"], tag=tag)
    old = reply(far, ana, root["id"], tag=tag, published="2024-01-01T00:00:00Z")
    other = reply(far, ana, root["id"])
    lists(far, root, [answer["id"], old["id"], other["id"]])
    await follow_tag(identity=world.ada.me, name="cats")
    post = await ensure_post(root["id"])
    await open_thread(world, post)
    await grow_older(hours=1)
    await open_thread(world, post)
    [entry] = [one async for one in HomeEntry.objects.select_related("post")]
    assert (entry.identity_id, entry.post.uri) == (world.ada.me.pk, answer["id"])
    assert len(await uris()) == 4
    assert await Notification.objects.acount() == 0


async def test_ancestors_come_first_and_the_walk_goes_on_from_them(world: World, far: MastodonPeer) -> None:
    ana = far.actors["ana"]
    root = far.note(ana)
    middle, aside = reply(far, ana, root["id"]), reply(far, ana, root["id"])
    last = reply(far, ana, middle["id"])
    lists(far, root, [middle["id"], aside["id"]])
    lists(far, middle, [last["id"]])
    post = await ensure_post(last["id"], with_ancestors=False)
    shown = await open_thread(world, post)
    assert [one["uri"] for one in shown["ancestors"]] == [root["id"], middle["id"]]
    assert await uris() == {one["id"] for one in (root, middle, aside, last)}
    top = await Post.objects.aget(uri=root["id"])
    row = await ThreadWalk.objects.aget()
    assert row.conversation_id == top.pk
    answer = await world.ada.ask("GET", f"/api/v1/statuses/{top.pk}/context")
    assert "mastodon-async-refresh" not in answer.headers  # one walk for the whole conversation


async def test_a_context_collection(world: World, far: MastodonPeer) -> None:
    """FEP-f228: posts and Create activities, by name and embedded, in any order, some beneath others."""
    ana = far.actors["ana"]
    context = f"{far.base_url}/contexts/1"
    root = far.note(ana, context=context)
    one = reply(far, ana, root["id"])
    two = reply(far, ana, one["id"])
    three = reply(far, ana, two["id"])
    create = far.activity(ana, "Create", three)
    page = {"id": f"{context}?page=1", "type": "OrderedCollectionPage", "orderedItems": [create, two["id"]]}
    far.replies["/contexts/1"] = lambda request: as_page(request, context, page, [one["id"], root["id"]])
    post = await ensure_post(root["id"])
    shown = await open_thread(world, post)
    assert [item["uri"] for item in shown["descendants"]] == [one["id"], two["id"], three["id"]]
    asked = [request.path for request in far.requests]
    assert three["id"].removeprefix(far.base_url) not in asked  # its own host embedded it


def as_page(request: Received, context: str, first: dict[str, Any], rest: list[str]) -> Reply:
    if request.target.endswith("page=1"):
        return as_json({**first, "next": f"{context}?page=2"})
    if request.target.endswith("page=2"):
        return as_json({"id": f"{context}?page=2", "type": "OrderedCollectionPage", "orderedItems": rest})
    return as_json({"id": context, "type": "OrderedCollection", "first": f"{context}?page=1"})


@pytest.mark.slow
async def test_one_walk_for_many_readers_and_none_for_a_while(world: World, far: MastodonPeer) -> None:
    ana = far.actors["ana"]
    root = far.note(ana)
    lists(far, root, [reply(far, ana, root["id"])["id"]])
    post = await ensure_post(root["id"])
    for speaker in (world.ada, world.bea, world.ada):
        answer = await speaker.ask("GET", f"/api/v1/statuses/{post.pk}/context")
        assert answer.headers["mastodon-async-refresh"] == f'id="{post.pk}", retry=5, result_count=0'
    await work()
    asked = len(far.requests)
    shown = await open_thread(world, post)
    child = await Post.objects.aget(uri=shown["descendants"][0]["uri"])
    await open_thread(world, child)
    await grow_older(minutes=14)
    await open_thread(world, child)
    assert len(far.requests) == asked
    late = reply(far, ana, root["id"])
    root["replies"]["first"]["items"].append(late["id"])
    await grow_older(minutes=16)
    shown = await open_thread(world, post)
    assert len(shown["descendants"]) == 2


async def test_async_refreshes_require_permission_to_see_the_post(world: World, far: MastodonPeer) -> None:
    ana = far.actors["ana"]
    root = far.note(ana)
    lists(far, root, [reply(far, ana, root["id"])["id"]])
    post = await ensure_post(root["id"])
    path = f"/api/v1_alpha/async_refreshes/{post.pk}"
    assert (await world.ada.ask("GET", path)).status_code == 404
    anonymous = await world.nobody.ask("GET", f"/api/v1/statuses/{post.pk}/context")
    assert "mastodon-async-refresh" not in anonymous.headers
    assert await ThreadWalk.objects.acount() == 0
    await world.ada.get(f"/api/v1/statuses/{post.pk}/context")
    assert await world.ada.get(path) == {
        "async_refresh": {"id": str(post.pk), "status": "running", "result_count": 0}
    }
    await work()
    assert await world.ada.get(path) == {
        "async_refresh": {"id": str(post.pk), "status": "finished", "result_count": 1}
    }
    assert (await world.nobody.ask("GET", path)).status_code == 401
    await Post.objects.filter(pk=post.pk).aupdate(visibility=3)
    assert (await world.ada.ask("GET", path)).status_code == 404


async def test_local_and_private_posts_are_not_asked_about(world: World, far: MastodonPeer) -> None:
    ours = await world.post(world.ada)
    private = far.note(far.actors["ana"], to=[f"{far.base_url}/users/ana/followers"], cc=[])
    theirs = await ensure_post(private["id"])
    for post in (ours, theirs):
        await world.ada.ask("GET", f"/api/v1/statuses/{post.pk}/context")
    assert await ThreadWalk.objects.acount() == 0


@pytest.mark.slow
async def test_a_worker_that_was_killed_goes_on(
    world: World, far: MastodonPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = far.actors["ana"]
    root = far.note(ana)
    lists(far, root, *[[reply(far, ana, root["id"])["id"]] for _ in range(6)])
    post = await ensure_post(root["id"])
    await world.ada.get(f"/api/v1/statuses/{post.pk}/context")
    monkeypatch.setattr(walking, "START_S", 0.05)
    far.delay_s = 0.02
    outcomes = await work()
    assert len(outcomes) > 1
    assert len(await uris()) == 7
    collections = [request.path for request in far.requests if "/replies" in request.path]
    assert len(collections) == len(set(collections))
    notes = [request.path for request in far.requests if "/notes/" in request.path]
    assert len(notes) == len(set(notes))


@pytest.mark.slow
async def test_our_own_threads_are_a_collection(world: World, far: MastodonPeer) -> None:
    """FEP-f228: everything public in it, in order and page by page; nothing of what is not for everyone."""
    root = await world.post(world.ada)
    private = await world.post(world.ada, in_reply_to_id=root.pk, visibility=Visibility.followers)
    theirs = await ensure_post(reply(far, far.actors["ana"], root.uri, published=None)["id"])
    ours = [await world.post(world.bea, in_reply_to_id=root.pk) for _ in range(20)]
    headers = {"accept": "application/activity+json"}
    note = (await world.http.get(root.uri, headers=headers)).json()
    assert note["context"] == f"{root.uri}/context"
    child = (await world.http.get(ours[0].uri, headers=headers)).json()
    assert child["context"] == note["context"]
    collection = (await world.http.get(note["context"], headers=headers)).json()
    assert (collection["type"], collection["attributedTo"]) == ("OrderedCollection", note["attributedTo"])
    first = (await world.http.get(collection["first"], headers=headers)).json()
    second = (await world.http.get(first["next"], headers=headers)).json()
    assert "next" not in second
    items = [*first["orderedItems"], *second["orderedItems"]]
    assert items == [root.uri, theirs.uri, *(post.uri for post in ours)]
    for post in (private, ours[0]):
        assert (await world.http.get(f"{post.uri}/context", headers=headers)).status_code == 404
    hidden = await world.post(world.ada, visibility=Visibility.followers)
    assert (await world.http.get(f"{hidden.uri}/context", headers=headers)).status_code == 404
