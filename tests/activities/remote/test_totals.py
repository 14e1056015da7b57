"""Likes, boosts and replies of remote posts: as their own server states them, never lower than what is known here."""

import datetime as dt
import re
from typing import Any

import pytest

from activities.posts.models import Post
from activities.publishing.services.fetching import ensure_post
from activities.totals.handlers import ask
from activities.totals.models import TotalsCheck, TotalsGraph
from core import clock
from core.db import async_atomic
from stator import Outcome
from tests.activities.people import make_post, make_remote
from tests.api.support.world import World
from tests.support.peers import MastodonPeer, Reply
from users.identities.models import Identity, Restriction

pytestmark = pytest.mark.anyio


def collection(peer: MastodonPeer, name: str, total: Any) -> dict[str, Any]:
    return {"id": f"{peer.base_url}/{name}", "type": "Collection", "totalItems": total}


def totals_of(peer: MastodonPeer, likes: Any, shares: Any, replies: Any) -> dict[str, Any]:
    pairs = (("likes", likes), ("shares", shares), ("replies", replies))
    return {name: collection(peer, name, total) for name, total in pairs}


async def counts(world: World, post: Post, *, asks: bool = True) -> tuple[int, int, int]:
    speaker = world.ada if asks else world.nobody
    seen = await speaker.get(f"/api/v1/statuses/{post.pk}", "Status")
    return seen["favourites_count"], seen["reblogs_count"], seen["replies_count"]


async def work() -> list[Outcome]:
    """The worker asks for everything that is due."""
    outcomes = []
    async for check in TotalsCheck.objects.filter(state="asked", state_due_at__lte=clock.now()):
        outcome = await ask(check)
        if outcome.effect is not None:
            async with async_atomic():
                await outcome.effect()
        state = outcome.state.name if outcome.state else "failed" if outcome.kind.value == "failed" else ""
        if state:
            await TotalsCheck.objects.filter(pk=check.pk).aupdate(state=state, state_changed_at=clock.now())
        outcomes.append(outcome)
    return outcomes


async def grow_older(post: Post, **amount: float) -> None:
    """All that is known of the post is from that long ago."""
    moment = clock.now() - dt.timedelta(**amount)
    await Post.objects.filter(pk=post.pk).aupdate(created_at=moment, fetched_at=moment)
    await TotalsCheck.objects.filter(pk=post.pk).aupdate(state_changed_at=moment)


async def test_stated_totals_are_shown(world: World, far: MastodonPeer) -> None:
    post = await ensure_post(far.note(far.actors["ana"], **totals_of(far, 321, 123, 45))["id"])
    asked = len(far.requests)
    assert await counts(world, post) == (321, 123, 45)
    assert await counts(world, post, asks=False) == (321, 123, 45)
    assert not await TotalsCheck.objects.aexists()  # its server said so just now
    page = await world.http.get(f"/@ana@{far.host}/{post.pk}")
    for kind, number in (("likes", 321), ("boosts", 123)):
        assert re.search(rf'href="[^"]*/{kind}"><b>{number}</b> {kind}</a>', page.text)
    assert 'aria-label="Reply, 45 so far"' in page.text
    assert len(far.requests) == asked


@pytest.mark.slow
async def test_a_look_asks_for_newer_totals(world: World, far: MastodonPeer) -> None:
    note = far.note(far.actors["ana"], **totals_of(far, 1, 0, 0))
    post = await ensure_post(note["id"])
    await grow_older(post, hours=3)
    note |= totals_of(far, 20, 30, 40)
    assert await counts(world, post, asks=False) == (1, 0, 0)
    assert not await TotalsCheck.objects.aexists()  # visitors and crawlers cause no traffic
    assert await counts(world, post) == (1, 0, 0)
    assert [outcome.state for outcome in await work()] == [TotalsGraph.known]
    assert await counts(world, post) == (20, 30, 40)
    note |= totals_of(far, 2, 0, 0)  # some took theirs back
    await grow_older(post, hours=3)
    await counts(world, post)
    await work()
    assert await counts(world, post) == (2, 0, 0)


async def test_the_first_look_asks_when_nothing_was_stated(world: World, far: MastodonPeer) -> None:
    note = far.note(far.actors["ana"])
    post = await ensure_post(note["id"])
    await counts(world, post)
    check = await TotalsCheck.objects.aget()
    assert (check.state, check.host) == ("asked", far.host)


@pytest.mark.slow
async def test_each_age_has_its_pause(world: World, far: MastodonPeer) -> None:
    post = await ensure_post(far.note(far.actors["ana"], **totals_of(far, 1, 1, 1))["id"])
    pauses = ((dt.timedelta(minutes=30), 2.0), (dt.timedelta(days=1), 72.0), (dt.timedelta(days=400), 1440.0))
    for age, minutes in pauses:
        for since, is_due in ((minutes - 1, False), (minutes + 1, True)):
            for state in ("known", ""):
                asked_at = clock.now() - dt.timedelta(minutes=since)
                await Post.objects.filter(pk=post.pk).aupdate(
                    created_at=clock.now() - age, fetched_at=asked_at
                )
                await TotalsCheck.objects.all().adelete()
                if state:
                    await TotalsCheck.objects.acreate(post=post, state=state, state_changed_at=asked_at)
                await counts(world, post)
                found = await TotalsCheck.objects.filter(state="asked").aexists()
                assert found is is_due, (age, since, state)
    await TotalsCheck.objects.aupdate(state="failed", state_changed_at=clock.now() - dt.timedelta(minutes=50))
    await Post.objects.aupdate(created_at=clock.now() - dt.timedelta(minutes=60))
    await counts(world, post)
    assert (await TotalsCheck.objects.aget()).state == "failed"


async def test_collections_that_are_only_named_are_asked(world: World, far: MastodonPeer) -> None:
    names = {name: f"{far.base_url}/{name}" for name in ("likes", "shares", "replies")}
    for total, name in enumerate(names, start=7):
        far.add_document(collection(far, name, total))
    named = {**names, "shares": {"id": names["shares"], "type": "Collection"}}
    post = await ensure_post(far.note(far.actors["ana"], **named)["id"])
    assert await counts(world, post) == (0, 0, 0)
    await work()
    assert await counts(world, post) == (7, 8, 9)
    far.replies["/likes"] = Reply(403)  # one that is hidden does not hide the others
    far.add_document(collection(far, "shares", 80))
    await grow_older(post, hours=3)
    await counts(world, post)
    await work()
    assert await counts(world, post) == (7, 80, 9)


@pytest.mark.slow
async def test_nothing_is_lower_than_what_we_know(world: World, far: MastodonPeer) -> None:
    note = far.note(far.actors["ana"], **totals_of(far, 0, 0, 0))
    post = await ensure_post(note["id"])
    for verb in ("favourite", "reblog"):
        await world.ada.post(f"/api/v1/statuses/{post.pk}/{verb}", "Status")
        await world.bea.post(f"/api/v1/statuses/{post.pk}/{verb}", "Status")
    await make_post(world.remote, in_reply_to=post)
    assert (await counts(world, post))[:2] == (2, 2)
    await grow_older(post, hours=3)
    await counts(world, post)
    await work()  # its server has not counted them yet
    assert (await counts(world, post))[:2] == (2, 2)


@pytest.mark.slow
async def test_ours_come_on_top_until_they_are_counted_there(world: World, far: MastodonPeer) -> None:
    post = await ensure_post(far.note(far.actors["ana"], **totals_of(far, 321, 123, 45))["id"])
    liked = await world.ada.post(f"/api/v1/statuses/{post.pk}/favourite", "Status")
    assert liked["favourites_count"] == 322
    boosted = await world.ada.post(f"/api/v1/statuses/{post.pk}/reblog", "Status")
    assert boosted["reblog"]["reblogs_count"] == 124
    answer = {"status": "yes", "in_reply_to_id": str(post.pk)}
    reply = await world.ada.post("/api/v1/statuses", "Status", json=answer)
    assert await counts(world, post) == (322, 124, 46)
    await world.ada.post(f"/api/v1/statuses/{post.pk}/unfavourite", "Status")
    await world.ada.post(f"/api/v1/statuses/{post.pk}/unreblog", "Status")
    await world.ada.delete(f"/api/v1/statuses/{reply['id']}")
    assert await counts(world, post) == (321, 123, 45)


@pytest.mark.parametrize(
    "forged", [-1, 2**31, 10**40, "9", 1.5, 9.0, True, None, [5], {"totalItems": 5}, "x"]
)
async def test_forged_totals(world: World, far: MastodonPeer, forged: Any) -> None:
    post = await ensure_post(far.note(far.actors["ana"], **totals_of(far, forged, forged, forged))["id"])
    await counts(world, post)
    await work()
    assert await counts(world, post) == (0, 0, 0)


async def test_the_highest_total_can_still_grow(world: World, far: MastodonPeer) -> None:
    most = 2_000_000_000
    post = await ensure_post(far.note(far.actors["ana"], **totals_of(far, most, most, most))["id"])
    liked = await world.ada.post(f"/api/v1/statuses/{post.pk}/favourite", "Status")
    assert liked["favourites_count"] == most + 1


async def test_only_its_own_host_is_asked_and_believed(world: World, far: MastodonPeer) -> None:
    async with MastodonPeer("other.test") as other:
        for name in ("likes", "shares"):
            other.add_document(collection(other, name, 99))
        far.documents["/copied"] = collection(other, "likes", 99)
        named = {"likes": f"{other.base_url}/likes", "shares": f"{far.base_url}/copied"}
        post = await ensure_post(far.note(far.actors["ana"], **named)["id"])
        await counts(world, post)
        await work()
        assert await counts(world, post) == (0, 0, 0)
        assert [request.path for request in other.requests] == [
            "/likes"
        ]  # where the copy leads to, not what was named


async def test_of_suspended_people_and_blocked_hosts_nothing_is_asked(
    world: World, far: MastodonPeer
) -> None:
    post = await ensure_post(far.note(far.actors["ana"])["id"])
    await counts(world, post)
    await Identity.objects.filter(pk=post.author_id).aupdate(restriction=Restriction.suspended)
    asked = len(far.requests)
    await work()
    assert len(far.requests) == asked


async def test_failures_keep_their_reasons(world: World, far: MastodonPeer) -> None:
    note = far.note(far.actors["ana"])
    post = await ensure_post(note["id"])
    path = note["id"].removeprefix(far.base_url)
    for reply, kind, words in (
        (Reply(503), "later", "503"),
        (Reply(404), "failed", "not_found"),
        (Reply(410), "failed", "gone"),
        (Reply(200, b"{", "application/activity+json"), "failed", "wrong_document"),
    ):
        far.replies[path] = reply
        await TotalsCheck.objects.all().adelete()
        await counts(world, post)
        (outcome,) = await work()
        assert (outcome.kind.value, words in outcome.reason) == (kind, True), outcome.reason
    assert await Post.objects.filter(pk=post.pk, deleted_at=None).aexists()


async def test_local_posts_and_those_for_few_are_not_asked_about(world: World) -> None:
    ours = await world.post(world.ada)
    await counts(world, ours)
    rob = await make_remote("rita", "far.test")
    for visibility in (2, 3):
        hidden = await make_post(rob, visibility, mentions=(world.ada.me,))
        await world.ada.ask("GET", f"/api/v1/statuses/{hidden.pk}")
    assert not await TotalsCheck.objects.aexists()
