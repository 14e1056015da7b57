"""Moves of remote actors: their followers here go along, once the new account says that it is theirs."""

import datetime as dt
import itertools

import pytest

from activities.lists import services as lists
from activities.lists.models import ListMember
from core import clock
from tests.users.inbox.messages import activity, receive
from tests.users.moves.support import finish, step
from tests.users.support import fresh, make_domain, make_person, make_remote, sent
from users.identities.models import Identity
from users.moves.models import Move, MoveFollower, MoveGraph
from users.moves.services import followers
from users.relations.models import AccountNote, Block, Follow, Mute
from users.relations.services import blocking, following

pytestmark = pytest.mark.anyio

_LATER = dt.timedelta(days=1)


@pytest.fixture
async def ada(db: None) -> Identity:
    return await make_person(await make_domain())


@pytest.fixture
async def bob(db: None) -> Identity:
    return await make_remote()


async def _new(*aliases: Identity, name: str = "robert", **more: object) -> Identity:
    """The new account, fetched after any Move that comes now."""
    uris = [alias.uri for alias in aliases]
    return await make_remote(name, "new.example", also_known_as=uris, fetched_at=clock.now() + _LATER, **more)


async def _move(old: Identity, new: Identity) -> tuple[str, str]:
    return await receive(activity(old, "Move", old.uri, target=new.uri))


async def test_followers_go_along_with_their_settings(ada: Identity, bob: Identity) -> None:
    await following.follow(source=ada, target_id=bob.pk, shows_boosts=False, notifies=True)
    new = await _new(bob)
    assert await _move(bob, new) == ("handled", "")
    assert (await fresh(bob)).moved_to_uri == new.uri
    move = await finish(await Move.objects.aget())
    assert (move.state, move.followers) == (MoveGraph.moved, 1)
    row = await Follow.objects.aget()
    assert (row.target_id, row.shows_boosts, row.notifies, row.accepted_at) == (new.pk, False, True, None)
    # nobody but the two is told: a remote actor's own server sends its Move
    assert [kind for kind, _, _ in await sent()] == ["Follow", "Follow", "Undo"]


async def test_blocks_mutes_notes_and_lists_go_along(ada: Identity, bob: Identity) -> None:
    """Nobody gets around them by a move; who follows the new account already has decided otherwise."""
    new = await _new(bob)
    people = {name: await make_person(ada.domain, name) for name in ("blocker", "muter", "friend", "noter")}
    await blocking.block(source=people["blocker"], target_id=bob.pk)
    await blocking.mute(source=people["muter"], target_id=bob.pk, hides_notifications=False, expires_in=3600)
    await blocking.mute(source=people["friend"], target_id=bob.pk)
    await following.follow(source=people["friend"], target_id=new.pk)
    await AccountNote.objects.acreate(source=people["noter"], target=bob, text="loud")
    await AccountNote.objects.acreate(source=ada, target=bob, text="old")
    await AccountNote.objects.acreate(source=ada, target=new, text="new")
    await following.follow(source=ada, target_id=bob.pk)
    kept = await lists.create_list(identity=ada, title="Kept")
    await lists.add_to_list(identity=ada, list_id=kept.pk, member_ids=[bob.pk])
    assert await _move(bob, new) == ("handled", "")
    await finish(await Move.objects.aget())
    assert await Block.objects.filter(source=people["blocker"], target=new.pk).aexists()
    mute = await Mute.objects.aget(target=new.pk)
    assert (mute.source_id, mute.hides_notifications) == (people["muter"].pk, False)
    assert mute.expires_at is not None
    assert mute.expires_at < clock.now() + dt.timedelta(hours=1)
    notes = {row.source_id: row.text async for row in AccountNote.objects.filter(target=new.pk)}
    assert notes == {people["noter"].pk: "loud", ada.pk: "new"}
    assert [row.identity_id async for row in ListMember.objects.all()] == [new.pk]


async def test_an_alias_that_was_taken_back_counts_no_more(ada: Identity, bob: Identity) -> None:
    """What was stored of the new account before may be old, so it is fetched again for each Move."""
    await following.follow(source=ada, target_id=bob.pk)
    stale = await make_remote(
        "robert", "new.example", also_known_as=[bob.uri], fetched_at=clock.now() - _LATER
    )
    assert (await _move(bob, stale))[0] == "fetching"
    await Identity.objects.filter(pk=stale.pk).aupdate(also_known_as=[], fetched_at=clock.now() + _LATER)
    assert (await _move(bob, stale))[0] == "failed"
    assert (await Follow.objects.aget()).target_id == bob.pk
    assert not await Move.objects.aexists()


@pytest.mark.slow
async def test_followers_cannot_be_stolen(ada: Identity, bob: Identity) -> None:
    await following.follow(source=ada, target_id=bob.pk)
    mallory = await _new(bob, name="mallory")
    # by somebody else, about somebody else, to nowhere, to itself
    assert (await receive(activity(mallory, "Move", bob.uri, target=mallory.uri)))[0] == "failed"
    for target in (bob.uri, None, 5, {}):
        assert (await receive(activity(bob, "Move", bob.uri, target=target)))[0] == "failed"
    # to an account that names another one of the same host, or only looks like it
    near = await _new(name="near")
    for alias in (f"{bob.uri}/", f"{bob.uri}#x", bob.uri.upper(), "https://remote.example/users/bo"):
        await Identity.objects.filter(pk=near.pk).aupdate(also_known_as=[alias])
        assert (await _move(bob, near))[0] == "failed"
    for changes in ({"moved_to_uri": bob.uri}, {"restriction": 2}, {"deleted_at": clock.now()}):
        unused = await _new(bob, name=f"unused{next(iter(changes))}", **changes)
        assert (await _move(bob, unused))[0] == "failed"
    assert (await fresh(bob)).moved_to_uri == ""
    assert (await Follow.objects.aget()).target_id == bob.pk
    assert not await Move.objects.aexists()


async def test_followers_are_not_sent_in_a_circle(ada: Identity, bob: Identity) -> None:
    """Two accounts that name each other, and a third: one move in a week, and none out of what was moved to a moment ago."""
    await following.follow(source=ada, target_id=bob.pk)
    new, third = await _new(bob), await _new(bob, name="third")
    await Identity.objects.filter(pk=bob.pk).aupdate(also_known_as=[new.uri], fetched_at=clock.now() + _LATER)
    assert (await _move(bob, new))[0] == "handled"
    assert await _move(bob, new) == ("handled", "")  # a repeat
    assert await Move.objects.acount() == 1
    await Identity.objects.filter(pk=bob.pk).aupdate(moved_to_uri="")
    assert (await _move(bob, third))[0] == "failed"
    assert (await _move(new, bob))[0] == "failed"
    await finish(await Move.objects.aget())
    assert (await Follow.objects.aget()).target_id == new.pk
    await Move.objects.aupdate(created_at=clock.now() - dt.timedelta(days=8))
    assert (await _move(new, bob))[0] == "handled"


@pytest.mark.slow
async def test_a_walk_goes_on_where_a_worker_died(
    ada: Identity, bob: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "FOLLOWERS_MOVED", 2)
    monkeypatch.setattr(followers, "FOLLOWERS_LISTED", 3)
    domain = ada.domain
    fans = [ada, *[await make_person(domain, f"fan{number}") for number in range(6)]]
    for fan in fans:
        await following.follow(source=fan, target_id=bob.pk)
    new = await _new(bob)
    await blocking.block(source=fans[3], target_id=new.pk)
    await _move(bob, new)
    move = await Move.objects.aget()
    sizes = []
    for _ in range(20):
        move = await step(move)
        sizes.append(await Follow.objects.filter(target=new.pk).acount())
        if move.state == MoveGraph.moved:
            break
    assert move.state == MoveGraph.moved
    assert all(after - before <= 2 for before, after in itertools.pairwise(sizes))
    assert await Follow.objects.filter(target=new.pk).acount() == 6
    assert not await Follow.objects.filter(target=bob.pk).aexists()  # also who blocks the new account
    assert await MoveFollower.objects.acount() == move.followers == 7


async def test_the_new_account_does_not_follow_itself(ada: Identity, bob: Identity) -> None:
    """Somebody here moves from elsewhere to an account that followed the old one."""
    await Identity.objects.filter(pk=ada.pk).aupdate(also_known_as=[bob.uri])
    eve = await make_person(ada.domain, "eve")
    for fan in (ada, eve):
        await following.follow(source=fan, target_id=bob.pk)
    assert (await _move(bob, ada))[0] == "handled"
    await finish(await Move.objects.aget())
    pairs = {(row.source_id, row.target_id) async for row in Follow.objects.all()}
    assert pairs == {(ada.pk, bob.pk), (eve.pk, ada.pk)}
    assert (await fresh(ada)).followers_count == 1
