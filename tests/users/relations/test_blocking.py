"""Blocks part two people; mutes are private."""

import datetime as dt

import pytest

from core import clock
from core.errors import BadInput, NotAllowed, NotFound
from tests.users.support import fresh, make_domain, make_person, make_remote, sent
from users.relations.handlers import remove_ended_mutes
from users.relations.models import Block, Follow, Mute
from users.relations.queries import relationships
from users.relations.queries.search import search_accounts
from users.relations.services import blocking, following

pytestmark = pytest.mark.anyio


@pytest.mark.slow
async def test_a_block_ends_follows_both_ways_and_the_other_server_is_told(db: None) -> None:
    ada, bob = await make_person(await make_domain()), await make_remote()
    await following.follow(source=ada, target_id=bob.pk)
    await following.accept_follow(target=bob, source_id=ada.pk)
    followed = await following.follow(source=bob, target_id=ada.pk, uri="https://remote.example/f/1")
    before = len(await sent())
    row = await blocking.block(source=ada, target_id=bob.pk)
    assert (await blocking.block(source=ada, target_id=bob.pk)).pk == row.pk
    assert await Follow.objects.acount() == 0
    now = await fresh(ada)
    assert (now.following_count, now.followers_count) == (0, 0)
    assert [kind for kind, _, _ in (await sent())[before:]] == ["Undo", "Reject", "Block"]
    assert (await sent())[before + 1][2]["id"] == f"{ada.uri}#rejects/follows/{followed.pk}"
    await blocking.unblock(source=ada, target_id=bob.pk)
    kind, inboxes, undo = (await sent())[-1]
    assert (kind, inboxes, undo["object"]["type"], undo["object"]["id"]) == (
        "Undo",
        [bob.inbox_url],
        "Block",
        row.uri,
    )
    assert await Block.objects.acount() == 0


async def test_a_block_between_neighbours_stays_in_the_house(db: None) -> None:
    domain = await make_domain()
    ada, eve = await make_person(domain), await make_person(domain, "eve")
    await following.follow(source=eve, target_id=ada.pk)
    await blocking.block(source=ada, target_id=eve.pk)
    assert await sent() == []
    mine, theirs = (
        await relationships.relationships(ada, [eve.pk]),
        await relationships.relationships(eve, [ada.pk]),
    )
    assert (mine[0].blocking, mine[0].blocked_by, mine[0].followed_by) == (True, False, False)
    assert (theirs[0].blocking, theirs[0].blocked_by, theirs[0].following) == (False, True, False)
    with pytest.raises(NotAllowed):
        await following.follow(source=eve, target_id=ada.pk)


async def test_blocking_or_muting_oneself_or_an_unknown_identity_is_refused(db: None) -> None:
    ada = await make_person(await make_domain())
    for service in (blocking.block, blocking.mute):
        with pytest.raises(NotAllowed):
            await service(source=ada, target_id=ada.pk)
        with pytest.raises(NotFound):
            await service(source=ada, target_id=99)
    with pytest.raises(NotFound):
        await blocking.unblock(source=ada, target_id=99)


async def test_a_mute_is_private_can_be_changed_and_ends(db: None) -> None:
    ada, bob = await make_person(await make_domain()), await make_remote()
    await blocking.mute(source=ada, target_id=bob.pk)
    await blocking.mute(source=ada, target_id=bob.pk, hides_notifications=False, expires_in=3600)
    relation = (await relationships.relationships(ada, [bob.pk]))[0]
    assert (relation.muting, relation.muting_notifications) == (True, False)
    assert await sent() == []
    with clock.shifted(dt.timedelta(hours=2)):
        await remove_ended_mutes()
    assert await Mute.objects.acount() == 0
    await blocking.mute(source=ada, target_id=bob.pk, expires_in=0)
    assert (await Mute.objects.aget()).expires_at is None
    await blocking.unmute(source=ada, target_id=bob.pk)
    assert await Mute.objects.acount() == 0
    for bad in (-1, 10**30):
        with pytest.raises(BadInput):
            await blocking.mute(source=ada, target_id=bob.pk, expires_in=bad)


async def test_relationships_are_one_query_in_the_order_asked(db: None) -> None:
    ada = await make_person(await make_domain())
    others = [await make_remote(f"p{n}") for n in range(4)]
    await following.follow(source=ada, target_id=others[0].pk, languages=["de"])
    await following.follow(source=others[1], target_id=ada.pk, uri="https://remote.example/f/1")
    await blocking.mute(source=ada, target_id=others[2].pk)
    asked = [others[3].pk, others[0].pk, others[1].pk, others[2].pk]
    found = await relationships.relationships(ada, asked)
    assert [r.id for r in found] == asked
    assert [(r.requested, r.followed_by, r.muting, r.languages) for r in found] == [
        (False, False, False, None),
        (True, False, False, ["de"]),
        (False, True, False, None),
        (False, False, True, None),
    ]


async def test_search_finds_by_prefix_without_hidden_people(db: None) -> None:
    domain = await make_domain()
    ada = await make_person(domain)
    bob = await make_remote("Bobby", name="Robert")
    blocked = await make_remote("bobble")
    await make_remote("bobgone", deleted_at=clock.now())
    await blocking.block(source=blocked, target_id=ada.pk, uri="https://remote.example/b/1")
    assert await search_accounts("bob", ada, 10) == [bob.pk]
    assert await search_accounts("@BOBBY@remote", ada, 10) == [bob.pk]
    assert await search_accounts("rob", None, 10) == [bob.pk]
    for nothing in ("", "%", "_", "b%", "bob@other.example", "\x00", "\\"):
        assert await search_accounts(nothing, ada, 10) == []
    assert await search_accounts("bob", ada, 10, following=True) == []
    await following.follow(source=ada, target_id=bob.pk)
    await following.accept_follow(target=bob, source_id=ada.pk)
    assert await search_accounts("bob", ada, 10, following=True) == [bob.pk]
