"""The first look at a remote profile brings its totals, pins, featured hashtags and newest posts, and tells nobody."""

import datetime as dt

import pytest

from activities.notifications.models import Notification
from activities.posts.models import Post, PostGraph
from activities.publishing.services.fetching import ensure_post
from activities.publishing.services.receiving_reactions import receive_boost
from activities.remote_profiles.models import ProfileLook
from activities.tags.models import FeaturedTag
from activities.timelines.models import HomeEntry
from core import clock
from core.ids import time_of
from federation.models import Peer
from tests.activities.people import follow
from tests.activities.remote.looking import (
    boosted,
    feature,
    feature_tags,
    grow_older,
    known,
    numbers,
    outbox,
    profile,
    shown,
    statuses,
    work,
    written,
)
from tests.api.support.world import World
from tests.support.peers import MastodonPeer, Reply
from users.identities.models import Identity, Restriction
from users.relations.services.following import accept_follow
from users.relations.services.following import follow as ask_to_follow

pytestmark = pytest.mark.anyio


@pytest.mark.slow
async def test_a_first_look_fetches_totals_pins_and_posts(world: World, far: MastodonPeer) -> None:
    ana = profile(far, followers=12345, following=77)
    creates = [written(far, ana, hours=hours) for hours in range(1, 6)]
    outbox(far, ana, creates[:3], creates[3:])
    old = written(far, ana, hours=5000)["object"]
    feature(far, ana, [old, creates[1]["object"]["id"]])
    feature_tags(far, ana, ["#Birds", "#birds", "trees", "#", 5])
    person = await known(ana)
    assert await numbers(world, person) == (0, 0, 0)
    look = await ProfileLook.objects.aget()
    assert (look.state, look.host) == ("counting", far.host)
    outcomes = await work()
    assert outcomes[-1].state is not None
    assert outcomes[-1].state.name == "known"
    assert await numbers(world, person) == (12345, 77, 4242)
    page = await world.http.get(f"/@ana@{far.host}")
    assert all(f">{number:,}<" in page.text for number in (12345, 77, 4242))
    uris = [create["object"]["id"] for create in creates]
    assert [one["uri"] for one in await statuses(world, person)] == [*uris, old["id"]]
    assert [one["uri"] for one in await statuses(world, person, pinned=True)] == [old["id"], uris[1]]
    tags = await world.ada.get(f"/api/v1/accounts/{person.pk}/featured_tags")
    assert sorted(tag["name"] for tag in tags) == ["Birds", "trees"]
    async for post in Post.objects.all():
        assert post.state == PostGraph.fanned_out.name
        assert abs(time_of(post.pk) - post.created_at) < dt.timedelta(seconds=1)
    assert not await HomeEntry.objects.aexists()
    assert not await Notification.objects.aexists()


async def test_visitors_cause_no_traffic_and_people_here_are_not_looked_at(
    world: World, far: MastodonPeer
) -> None:
    person = await known(profile(far))
    for path in ("", "/statuses"):
        await world.nobody.get(f"/api/v1/accounts/{person.pk}{path}")
    await world.http.get(f"/@ana@{far.host}")
    await world.ada.get(f"/api/v1/accounts/{world.bea.id}", "Account")
    assert not await ProfileLook.objects.aexists()


async def test_a_follow_is_a_look(world: World, far: MastodonPeer) -> None:
    person = await known(profile(far))
    await ask_to_follow(source=world.ada.me, target_id=person.pk)
    assert not await ProfileLook.objects.aexists()
    await accept_follow(target=person, source_id=world.ada.me.pk)
    assert await ProfileLook.objects.filter(identity=person).aexists()


async def test_nothing_is_lower_than_what_we_know(world: World, far: MastodonPeer) -> None:
    ana = profile(far, followers=0, following=0)
    outbox(far, ana, [written(far, ana, hours=1), written(far, ana, hours=2)], total=1)
    person = await known(ana)
    await follow(world.ada.me, person)
    await Identity.objects.filter(pk=person.pk).aupdate(followers_count=1)
    await shown(world, person)
    await work()
    assert await numbers(world, person) == (1, 0, 2)


async def test_a_follow_from_here_is_counted_at_once(world: World, far: MastodonPeer) -> None:
    person = await known(profile(far, followers=12345))
    await shown(world, person)
    await work()
    await ask_to_follow(source=world.ada.me, target_id=person.pk)
    await accept_follow(target=person, source_id=world.ada.me.pk)
    assert (await numbers(world, person))[0] == 12346


@pytest.mark.slow
async def test_at_most_forty_posts_come(world: World, far: MastodonPeer) -> None:
    ana = profile(far)
    creates = [written(far, ana, hours=hours) for hours in range(1, 61)]
    outbox(far, ana, creates[:20], creates[20:40], creates[40:])
    person = await known(ana)
    await shown(world, person)
    await work()
    assert await Post.objects.acount() == 40
    assert "/users/ana/outbox/2" not in [request.path for request in far.requests]


@pytest.mark.slow
async def test_boosts_come_too(world: World, far: MastodonPeer) -> None:
    async with MastodonPeer("other.test") as other:
        other.add_actor("oz")
        theirs = [other.note(other.actors["oz"])["id"] for _ in range(2)]
        ana = profile(far)
        ours = await world.post(world.ada)
        hidden = other.note(other.actors["oz"], to=[f"{other.base_url}/users/oz/followers"], cc=[])["id"]
        items = [
            boosted(far, ana, theirs[0], hours=2),
            boosted(far, ana, ours.uri, hours=300),
            boosted(far, ana, hidden, hours=3),
            boosted(far, ana, f"{other.base_url}/none", hours=3),
            boosted(far, ana, "https://slow.test:1/none", hours=3),
            {**boosted(far, ana, theirs[1]), "published": None},
            {**boosted(far, ana, theirs[1]), "to": [f"{ana.uri}/followers"], "cc": []},
        ]
        outbox(far, ana, items)
        person = await known(ana)
        await shown(world, person)
        await work()
    found = await statuses(world, person)
    assert [one["reblog"]["uri"] for one in found] == [theirs[0], ours.uri]
    assert not await Notification.objects.aexists()
    assert not await Post.objects.filter(boost_of__isnull=False).exclude(state="fanned_out").aexists()
    boost = await Post.objects.select_related("boost_of").aget(boost_of=ours.pk)
    assert clock.now() - boost.created_at > dt.timedelta(hours=299)


@pytest.mark.slow
async def test_a_post_delivered_after_its_fetch_reaches_homes(world: World, far: MastodonPeer) -> None:
    ana = profile(far)
    post = await ensure_post(far.note(ana)["id"])
    item = boosted(far, ana, post.uri)
    outbox(far, ana, [item])
    person = await known(ana)
    await shown(world, person)
    await work()
    boost = await Post.objects.aget(uri=item["id"])
    await receive_boost(author=person, uri=item["id"], original=post, visibility=post.visibility)
    assert (await Post.objects.aget(pk=boost.pk)).state == PostGraph.new.name


@pytest.mark.slow
async def test_posts_that_are_only_named_are_fetched(world: World, far: MastodonPeer) -> None:
    ana = profile(far)
    creates = [written(far, ana, hours=hours) for hours in range(1, 14)]
    for create in creates:
        far.add_document(create)
    items = [
        creates[0]["id"],
        *(one["object"]["id"] for one in creates[1:6]),
        *({**one, "object": one["object"]["id"]} for one in creates[6:]),
    ]
    outbox(far, ana, items)
    person = await known(ana)
    await shown(world, person)
    outcomes = await work()
    assert [one["uri"] for one in await statuses(world, person)] == [one["object"]["id"] for one in creates]
    assert len(outcomes) == 4  # totals, pins, and two turns of up to ten fetches


async def test_an_outbox_without_pages_and_one_with_an_embedded_page(world: World, far: MastodonPeer) -> None:
    for name, embeds in (("ana", False), ("eve", True)):
        actor = profile(far, name)
        items = {"orderedItems": [written(far, actor)], "type": "OrderedCollectionPage"}
        collection = {"id": f"{actor.uri}/outbox", "type": "OrderedCollection", "totalItems": 9}
        far.add_document({**collection, "first": items} if embeds else {**items, **collection})
        person = await known(actor)
        await shown(world, person)
        await work()
        assert len(await statuses(world, person)) == 1
        assert (await shown(world, person))["statuses_count"] == 9


async def test_collections_whose_first_page_has_its_own_address(world: World, far: MastodonPeer) -> None:
    ana = profile(far)
    note = far.note(ana)
    tag = {"type": "Hashtag", "name": "#paged"}
    for name, items in (("featured", [note]), ("tags", [tag])):
        uri = f"{ana.uri}/{name}"
        far.add_document({"id": uri, "type": "OrderedCollection", "first": f"{uri}/1"})
        far.add_document({"id": f"{uri}/1", "type": "OrderedCollectionPage", "orderedItems": items})
    person = await known(ana)
    await shown(world, person)
    await work()
    assert [one["uri"] for one in await statuses(world, person, pinned=True)] == [note["id"]]
    assert await FeaturedTag.objects.filter(identity=person, hashtag__name="paged").aexists()


async def test_a_first_look_at_a_group_fetches_its_members_posts(world: World, far: MastodonPeer) -> None:
    ana, eve = profile(far), far.add_actor("eve")
    create = written(far, eve)
    outbox(far, ana, [{**boosted(far, ana, ""), "object": create}])
    person = await known(ana)
    await shown(world, person)
    await work()
    assert [one["reblog"]["uri"] for one in await statuses(world, person)] == [create["object"]["id"]]


@pytest.mark.parametrize("path", ["/api/v2/search", "/api/v1/accounts/search"])
async def test_searching_for_a_handle_requests_a_look(world: World, far: MastodonPeer, path: str) -> None:
    ana = profile(far)
    await world.ada.get(path, params={"q": ana.uri, "resolve": "true"})
    await world.ada.get(path, params={"q": f"@ana@{far.host}", "resolve": "true"})
    look = await ProfileLook.objects.select_related("identity").aget()
    assert look.identity.uri == ana.uri


async def test_posts_of_one_second_keep_their_order(world: World, far: MastodonPeer) -> None:
    ana = profile(far)
    creates = [written(far, ana) for _ in range(6)]
    for create in creates:
        create["published"] = create["object"]["published"] = creates[0]["published"]
    outbox(far, ana, [*creates[:3], written(far, ana, hours=7), *creates[3:]])
    person = await known(ana)
    await shown(world, person)
    await work()
    found = await statuses(world, person)
    assert [one["uri"] for one in found[:6]] == [create["object"]["id"] for create in creates]
    assert {one["created_at"][:19] for one in found[:6]} == {creates[0]["published"][:19]}


async def test_only_public_posts_are_fetched(world: World, far: MastodonPeer) -> None:
    ana = profile(far)
    followers = [f"{ana.uri}/followers"]
    items = [
        written(far, ana, to=to, cc=cc) for to, cc in ((followers, []), ([world.ada.me.uri], []), ([], []))
    ]
    unlisted = written(far, ana, to=followers, cc=["https://www.w3.org/ns/activitystreams#Public"])
    outbox(
        far,
        ana,
        [*items, unlisted, {"type": "Like", "actor": ana.uri, "object": "https://far.test/1"}, 7, None],
    )
    person = await known(ana)
    await shown(world, person)
    await work()
    assert [post.uri async for post in Post.objects.all()] == [unlisted["object"]["id"]]


async def test_suspended_people_and_blocked_hosts_are_not_asked(world: World, far: MastodonPeer) -> None:
    person = await known(profile(far))
    asked = len(far.requests)
    await Identity.objects.filter(pk=person.pk).aupdate(restriction=Restriction.suspended)
    await shown(world, person)
    assert not await ProfileLook.objects.aexists()
    await Identity.objects.filter(pk=person.pk).aupdate(restriction=Restriction.none)
    await shown(world, person)
    await Identity.objects.filter(pk=person.pk).aupdate(restriction=Restriction.suspended)
    await work()
    await Identity.objects.filter(pk=person.pk).aupdate(restriction=Restriction.none)
    await Peer.objects.acreate(host="far.test", policy="blocked")
    await grow_older(hours=7)
    await shown(world, person)
    await work()
    assert len(far.requests) == asked
    look = await ProfileLook.objects.aget()
    assert (look.state, "blocked" in (look.state_error or "")) == ("failed", True)


async def test_hidden_collections_are_noted(world: World, far: MastodonPeer) -> None:
    ana = profile(far, followers=5, following=6)
    far.replies["/users/ana/followers"] = Reply(403)
    far.replies["/users/ana/featured"] = Reply(404)
    outbox(far, ana, [written(far, ana)], total=7)
    person = await known(ana)
    await shown(world, person)
    await work()
    assert await numbers(world, person) == (0, 6, 7)
    look = await ProfileLook.objects.aget()
    assert look.state == "known"
    assert {name: reason.partition(":")[0] for name, reason in look.problems.items()} == {
        "followers": "refused", "pinned": "not_found",
    }  # fmt: skip


@pytest.mark.slow
async def test_pins_and_hashtags_follow_their_server(world: World, far: MastodonPeer) -> None:
    ana = profile(far)
    notes = [far.note(ana) for _ in range(7)]
    feature(far, ana, notes)
    feature_tags(far, ana, [f"#t{number}" for number in range(20)])
    person = await known(ana)
    await shown(world, person)
    await work()
    pinned = await statuses(world, person, pinned=True)
    assert [one["uri"] for one in pinned] == [note["id"] for note in notes[:5]]
    assert await FeaturedTag.objects.filter(identity=person).acount() == 10
    feature(far, ana, [notes[3], notes[0]])
    feature_tags(far, ana, ["#t3", "#new"])
    await grow_older(hours=25)
    await shown(world, person)
    await work()
    pinned = await statuses(world, person, pinned=True)
    assert [one["uri"] for one in pinned] == [notes[3]["id"], notes[0]["id"]]
    assert await FeaturedTag.objects.filter(identity=person).acount() == 2
