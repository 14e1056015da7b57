"""Following between people of this server and others: what happens, what is counted, who is told."""

import asyncio

import pytest

from core.db import own_connection
from core.errors import BadInput, NotAllowed, NotFound
from federation.models import Policy
from federation.peers import set_policy
from tests.users.support import fresh, make_domain, make_person, make_remote, sent
from users.identities.models import Identity, Restriction
from users.relations import events
from users.relations.models import Block, Follow
from users.relations.queries import relationships
from users.relations.services import following

pytestmark = pytest.mark.anyio


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    """(event, source, target) as they happened; other listeners are left out."""
    happened: list[tuple[str, str, str]] = []
    for event in (
        events.on_follow,
        events.on_follow_request,
        events.on_unfollow,
        events.on_request_ended,
        events.on_block,
    ):

        async def listen(source: Identity, target: Identity, name: str = event.name) -> None:
            happened.append((name, source.username, target.username))

        monkeypatch.setattr(event, "_listeners", [listen])
    return happened


async def _counts(identity: Identity) -> tuple[int, int]:
    now = await fresh(identity)
    return now.following_count, now.followers_count


async def test_following_a_neighbour_takes_effect_at_once_and_tells_no_other_server(db, heard) -> None:
    domain, other = await make_domain(), await make_domain("other.example")
    ada, eve = await make_person(domain), await make_person(other, "eve")
    row = await following.follow(source=ada, target_id=eve.pk)
    assert row.accepted_at is not None
    assert row.uri == f"{ada.uri}#follows/{row.pk}"
    again = await following.follow(
        source=ada, target_id=eve.pk, shows_boosts=False, notifies=True, languages=["en"]
    )
    assert (again.pk, again.shows_boosts, again.notifies, again.languages) == (row.pk, False, True, ["en"])
    assert (await _counts(ada), await _counts(eve)) == ((1, 0), (0, 1))
    await following.unfollow(source=ada, target_id=eve.pk)
    await following.unfollow(source=ada, target_id=eve.pk)
    assert (await _counts(ada), await _counts(eve)) == ((0, 0), (0, 0))
    assert await sent() == []
    assert heard == [("follow", "ada", "eve"), ("unfollow", "ada", "eve")]


async def test_a_locked_neighbour_is_asked_first(db, heard) -> None:
    domain = await make_domain()
    ada, eve = await make_person(domain), await make_person(domain, "eve", approves_followers=True)
    row = await following.follow(source=ada, target_id=eve.pk)
    assert row.accepted_at is None
    assert (await _counts(ada), await _counts(eve)) == ((0, 0), (0, 0))
    assert [i for _, i in await relationships.follow_requests_of(eve.pk)] == [ada.pk]
    assert await relationships.followers_of(eve.pk) == []
    await following.accept_follow(target=eve, source_id=ada.pk)
    await following.accept_follow(target=eve, source_id=ada.pk)
    assert (await _counts(ada), await _counts(eve)) == ((1, 0), (0, 1))
    await following.reject_follow(target=eve, source_id=ada.pk)
    assert (await _counts(ada), await _counts(eve)) == ((0, 0), (0, 0))
    with pytest.raises(NotFound):
        await following.accept_follow(target=eve, source_id=ada.pk)
    assert [event for event, _, _ in heard] == ["follow_request", "follow", "request_ended", "unfollow"]


async def test_people_under_restriction_have_to_ask(db) -> None:
    domain = await make_domain()
    ada, eve = await make_person(domain, restriction=Restriction.limited), await make_person(domain, "eve")
    assert (await following.follow(source=ada, target_id=eve.pk)).accepted_at is None


async def test_a_remote_target_is_sent_the_follow_and_later_the_undo(db) -> None:
    ada, bob = await make_person(await make_domain()), await make_remote()
    row = await following.follow(source=ada, target_id=bob.pk)
    assert row.accepted_at is None
    await following.accept_follow(target=bob, source_id=ada.pk)
    assert await _counts(bob) == (0, 1)
    await following.unfollow(source=ada, target_id=bob.pk)
    (first, inboxes, follow), (second, _, undo) = await sent()
    assert (first, second, inboxes) == ("Follow", "Undo", [bob.inbox_url])
    assert (follow["id"], follow["actor"], follow["object"]) == (row.uri, ada.uri, bob.uri)
    assert undo["object"] == {k: v for k, v in follow.items() if k != "@context"}
    assert undo["id"] == f"{row.uri}/undo"


async def test_a_remote_follower_gets_accept_and_gets_it_again(db) -> None:
    ada, bob = await make_person(await make_domain()), await make_remote()
    for uri in ("https://remote.example/follow/1", "https://remote.example/follow/2"):
        await following.follow(source=bob, target_id=ada.pk, uri=uri)
    assert await _counts(ada) == (0, 1)
    assert [(kind, inboxes, doc["object"]["id"]) for kind, inboxes, doc in await sent()] == [
        ("Accept", [bob.inbox_url], "https://remote.example/follow/1"),
        ("Accept", [bob.inbox_url], "https://remote.example/follow/2"),
    ]
    row = await Follow.objects.aget()
    await following.remove_follower(target=ada, source_id=bob.pk)
    assert (await sent())[-1][0] == "Reject"
    assert (await sent())[-1][2]["id"] == f"{ada.uri}#rejects/follows/{row.pk}"
    assert await _counts(ada) == (0, 0)


async def test_unfollowable_people_are_refused(db) -> None:
    domain = await make_domain()
    ada, eve = await make_person(domain), await make_person(domain, "eve")
    suspended = await make_person(domain, "suspended", restriction=Restriction.suspended)
    moved = await make_remote("moved", moved_to_uri="https://x.example/new")
    gone = await make_remote("gone", deleted_at="2026-01-01T00:00:00Z")
    await set_policy(host="bad.example", policy=Policy.blocked)
    bad = await make_remote("bad", "sub.bad.example")
    for target in (ada, suspended, moved, bad):
        with pytest.raises(NotAllowed):
            await following.follow(source=ada, target_id=target.pk)
    for target_id in (gone.pk, 12345):
        with pytest.raises(NotFound):
            await following.follow(source=ada, target_id=target_id)
    await Block.objects.acreate(source=eve, target=ada)
    for one, two in ((ada, eve), (eve, ada)):
        with pytest.raises(NotAllowed) as refused:
            await following.follow(source=one, target_id=two.pk)
        assert "block" not in refused.value.sentence
    with pytest.raises(BadInput):
        await following.follow(source=ada, target_id=eve.pk, languages=["x" * 99])
    assert await Follow.objects.acount() == 0
    assert await sent() == []


@pytest.mark.slow
async def test_counts_are_right_when_many_follow_at_once(db) -> None:
    domain = await make_domain()
    star = await make_person(domain, "star")
    fans = [await make_person(domain, f"fan{n}") for n in range(12)]

    async def follow_twice(fan: Identity) -> None:
        async with own_connection():
            await following.follow(source=fan, target_id=star.pk)
            await following.follow(source=star, target_id=fan.pk)

    await asyncio.gather(*map(follow_twice, fans))
    assert await _counts(star) == (12, 12)


@pytest.mark.slow
async def test_lists_are_paged_newest_first(db) -> None:
    domain = await make_domain()
    star = await make_person(domain, "star")
    rows = [
        await following.follow(source=await make_person(domain, f"fan{n}"), target_id=star.pk)
        for n in range(5)
    ]
    ids = [row.pk for row in reversed(rows)]
    assert [r for r, _ in await relationships.followers_of(star.pk)] == ids
    assert [r for r, _ in await relationships.followers_of(star.pk, limit=2)] == ids[:2]
    assert [r for r, _ in await relationships.followers_of(star.pk, max_id=ids[1], limit=2)] == ids[2:4]
    assert [r for r, _ in await relationships.followers_of(star.pk, since_id=ids[3], limit=2)] == ids[:2]
    assert [r for r, _ in await relationships.followers_of(star.pk, min_id=ids[4], limit=2)] == ids[2:4]
