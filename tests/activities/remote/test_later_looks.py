"""Later looks at a remote profile: what changed comes an hour later, or with the posts and edits of a day."""

import datetime as dt

import pytest

from activities.remote_profiles.models import ProfileLook
from core import clock
from tests.activities.people import follow
from tests.activities.remote.looking import (
    grow_older,
    known,
    outbox,
    profile,
    shown,
    statuses,
    work,
    written,
)
from tests.api.support.world import World
from tests.support.peers import MastodonPeer
from users.identities.models import Identity, IdentityGraph
from users.relations.services.following import accept_follow
from users.relations.services.following import follow as ask_to_follow

pytestmark = pytest.mark.anyio


@pytest.mark.slow
async def test_a_profile_is_asked_for_once_an_hour_and_read_once_a_day(
    world: World, far: MastodonPeer
) -> None:
    ana = profile(far)
    outbox(far, ana, [written(far, ana)])
    person = await known(ana)
    for _ in range(3):
        await shown(world, person)
        await statuses(world, person)
        await world.ada.get("/api/v1/accounts/lookup", params={"acct": f"ana@{far.host}"})
    assert await ProfileLook.objects.acount() == 1
    await work()
    asked = len(far.requests)
    await grow_older(minutes=59)
    await shown(world, person)
    assert await work() == []
    await grow_older(minutes=61)
    await statuses(world, person)
    await work()
    assert [request.path.rpartition("/")[2] for request in far.requests[asked:]] == [
        "ana",
        "webfinger",
        "followers",
        "following",
        "outbox",
    ]
    asked = len(far.requests)
    await grow_older(hours=25)
    await world.ada.get("/api/v1/accounts/lookup", params={"acct": f"ana@{far.host}"})
    await work()
    paths = [request.path.removeprefix("/users/ana/") for request in far.requests[asked:]]
    expected = [
        "/users/ana",
        "/.well-known/webfinger",
        "followers",
        "following",
        "outbox",
        "featured",
        "tags",
        "outbox/0",
    ]
    assert paths == expected[: len(paths)]
    assert "featured" in paths


async def test_a_new_name_is_seen_an_hour_later_and_at_a_follow(world: World, far: MastodonPeer) -> None:
    """Updates come only to servers where somebody follows."""
    ana = profile(far)
    person = await known(ana)
    await shown(world, person)
    await work()
    ana.extra["name"] = "Ana the Second"
    await grow_older(minutes=61)
    await shown(world, person)
    await work()
    assert (await shown(world, person))["display_name"] == "Ana the Second"
    await Identity.objects.filter(pk=person.pk).aupdate(fetched_at=clock.now() - dt.timedelta(minutes=4))
    follows = await ask_to_follow(source=world.ada.me, target_id=person.pk)
    await accept_follow(target=person, source_id=world.ada.me.pk)
    assert (await Identity.objects.aget(pk=person.pk)).state == IdentityGraph.steady
    await follows.adelete()
    await Identity.objects.filter(pk=person.pk).aupdate(fetched_at=clock.now() - dt.timedelta(minutes=6))
    await ask_to_follow(source=world.ada.me, target_id=person.pk)
    await accept_follow(target=person, source_id=world.ada.me.pk)
    assert (await Identity.objects.aget(pk=person.pk)).state == IdentityGraph.outdated


async def test_whom_somebody_here_follows_is_fetched_every_two_days(world: World, far: MastodonPeer) -> None:
    ana = profile(far)
    outbox(far, ana, [written(far, ana)], total=1)
    person = await known(ana)
    await follow(world.ada.me, person)
    await shown(world, person)
    await work()
    outbox(far, ana, [written(far, ana)], total=2)
    for hours, expected in ((7, 3), (23, 3), (49, 8)):
        asked = len(far.requests)
        await grow_older(hours=hours)
        await shown(world, person)
        await work()
        assert len(far.requests[asked:]) == expected, hours


async def test_new_posts_of_somebody_whom_nobody_follows_come_an_hour_later(
    world: World, far: MastodonPeer
) -> None:
    """Also the first ones: an account found before its first post is not empty for a day."""
    ana = profile(far)
    person = await known(ana)
    for count in (0, 1, 1, 2):
        outbox(far, ana, [written(far, ana, hours=1 + number) for number in range(count)], total=count)
        await grow_older(hours=7)
        await shown(world, person)
        await work()
        assert (await shown(world, person))["statuses_count"] >= count
        assert bool(await statuses(world, person)) == bool(count)


async def test_the_next_reading_brings_edits_and_totals(world: World, far: MastodonPeer) -> None:
    ana = profile(far)
    create = written(far, ana)
    outbox(far, ana, [create])
    person = await known(ana)
    await shown(world, person)
    await work()
    totals = {"likes": {"type": "Collection", "totalItems": 9}}
    edited = {**create["object"], "content": "<p>better</p>", "updated": clock.now().isoformat(), **totals}
    outbox(far, ana, [{**create, "object": edited}])
    await grow_older(hours=25)
    await shown(world, person)
    await work()
    (post,) = await statuses(world, person)
    assert (post["content"], post["favourites_count"]) == ("<p>better</p>", 9)
