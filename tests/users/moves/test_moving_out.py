"""Moves of local accounts: followers' servers are told, and the account falls silent until the move is undone."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import pytest

from activities.publishing.services.interactions import boost
from core import clock
from core.errors import Invalid, NotAllowed, Problem
from federation.models import SystemKey
from tests.support.peers import MastodonPeer, outbound
from tests.support.posts import write_post
from tests.users.moves.support import finish, step
from tests.users.support import fresh, key_pair, make_domain, make_person, make_remote, sent
from users.audit.models import COMMAND_LINE, Act, AuditEntry
from users.audit.services import acting
from users.identities.models import Identity, IdentityGraph, Restriction
from users.identities.services.remote_actors import ensure_actor
from users.moves.handlers import delete_moves_of, remove_old_moves
from users.moves.models import COOLDOWN, KEPT_FOR, Move, MoveFollower, MoveGraph
from users.moves.services import followers
from users.moves.services.aliases import set_aliases
from users.moves.services.moving import move_away, undo_move
from users.relations.models import Follow
from users.relations.services import following

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ada(db: None) -> Identity:
    return await make_person(await make_domain())


@pytest.fixture
async def new(ada: Identity) -> Identity:
    """An account of the same server that may be moved to."""
    return await make_person(ada.domain, "adele", also_known_as=[ada.uri])


@pytest.fixture
async def peer(ada: Identity) -> AsyncIterator[MastodonPeer]:
    await SystemKey.objects.acreate(public_key=key_pair().public_pem, private_key=key_pair().private_pem)
    async with outbound(resolve={"far.test": "127.0.0.1"}), MastodonPeer("far.test") as server:
        yield server


async def _refusal(identity: Identity, target: str) -> str:
    with pytest.raises(Problem) as refused:
        await move_away(identity=await fresh(identity), target=target)
    return refused.value.code


async def test_the_new_account_is_asked_now_whether_it_is_theirs(ada: Identity, peer: MastodonPeer) -> None:
    actor = peer.add_actor("adele")
    assert await _refusal(ada, actor.uri) == "no_alias"
    actor.extra["alsoKnownAs"] = ada.uri
    move = await move_away(identity=ada, target=f"@adele@{peer.host}")
    assert (move.target.uri, (await fresh(ada)).moved_to_uri) == (actor.uri, actor.uri)
    # an alias that was known and is not there any more
    other, second = await make_person(ada.domain, "other"), peer.add_actor("second")
    second.extra["alsoKnownAs"] = [other.uri]
    await ensure_actor(second.uri)
    second.extra["alsoKnownAs"] = []
    assert await _refusal(other, second.uri) == "no_alias"
    second.is_deleted = True
    assert await _refusal(other, second.uri) == "unknown_account"


async def test_invalid_move_targets(ada: Identity, new: Identity) -> None:
    assert await _refusal(ada, ada.handle) == "own"
    assert await _refusal(ada, "nobody@testserver") == "unknown_account"
    for changes in ({"moved_to_uri": ada.uri}, {"restriction": Restriction.suspended}):
        await make_person(ada.domain, f"x{next(iter(changes))}", also_known_as=[ada.uri], **changes)
        assert await _refusal(ada, f"x{next(iter(changes))}@testserver") == "not_in_use"
    await Identity.objects.filter(pk=ada.pk).aupdate(restriction=Restriction.suspended)
    assert await _refusal(ada, new.handle) == "not_movable"
    assert not await Move.objects.aexists()
    assert (await fresh(ada)).moved_to_uri == ""


@pytest.mark.slow
async def test_the_audit_log_says_where_to_and_what_was_undone(ada: Identity, new: Identity) -> None:
    with acting(COMMAND_LINE):
        await move_away(identity=ada, target=new.handle)
        await undo_move(identity=await fresh(ada))
    entries = AuditEntry.objects.filter(act=Act.move_identity, target_id=ada.pk).order_by("pk")
    assert [one.details async for one in entries] == [
        {"moved_to": new.handle, "is_undone": False},
        {"moved_to": "", "is_undone": True},
    ]


async def test_each_followers_server_is_told_once_and_followers_here_go_along(
    ada: Identity, new: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "FOLLOWERS_LISTED", 3)
    fans = [await make_remote(f"bob{number}", f"s{number % 3}.example") for number in range(7)]
    for fan in fans:
        await following.follow(source=fan, target_id=ada.pk, uri=f"{fan.uri}/f")
    eve = await make_person(ada.domain, "eve")
    await following.follow(source=eve, target_id=ada.pk, notifies=True)
    move = await move_away(identity=ada, target=new.handle)
    assert (await fresh(ada)).state == IdentityGraph.edited  # the profile with `movedTo` is sent, too
    move = await step(move)
    assert move.state == MoveGraph.telling
    move = await finish(move)
    ((_, inboxes, document),) = [found for found in await sent() if found[0] == "Move"]
    assert inboxes == [f"https://s{number}.example/inbox" for number in range(3)]
    assert (document["actor"], document["object"], document["target"]) == (ada.uri, ada.uri, new.uri)
    assert (move.followers, await MoveFollower.objects.acount()) == (8, 8)
    row = await Follow.objects.aget(source=eve.pk)
    assert (row.target_id, row.notifies) == (new.pk, True)
    assert row.accepted_at is not None
    # followers elsewhere leave when their servers do so
    assert await Follow.objects.filter(target=ada.pk).acount() == 7


async def test_moved_people_cannot_write_boost_or_follow(ada: Identity, new: Identity) -> None:
    eve = await make_person(ada.domain, "eve")
    post = await write_post(author=eve, text="hello")
    await move_away(identity=ada, target=new.handle)
    moved = await fresh(ada)
    attempts: list[Any] = [
        lambda: write_post(author=moved, text="still here"),
        lambda: boost(identity=moved, post_id=post.pk),
        lambda: following.follow(source=moved, target_id=eve.pk),
        lambda: following.follow(source=eve, target_id=moved.pk),
    ]
    codes = []
    for attempt in attempts:
        with pytest.raises(NotAllowed) as refused:
            await attempt()
        codes.append(refused.value.code)
    assert codes == ["you_moved"] * 3 + ["account_moved"]
    await undo_move(identity=moved)
    moved = await fresh(ada)  # each attempt reads this name when it is called
    for attempt in attempts:
        await attempt()


async def test_a_move_can_be_undone_but_not_made_again_at_once(ada: Identity, new: Identity) -> None:
    eve = await make_person(ada.domain, "eve")
    await following.follow(source=eve, target_id=ada.pk)
    with pytest.raises(NotAllowed):
        await undo_move(identity=ada)
    move = await move_away(identity=ada, target=new.handle)
    assert await _refusal(ada, new.handle) == "moved_lately"
    back = await undo_move(identity=ada)
    assert (back.moved_to_uri, back.state) == ("", IdentityGraph.edited)
    move = await finish(await Move.objects.aget(pk=move.pk))
    assert move.state == MoveGraph.undone  # no more followers are taken along
    assert (await Follow.objects.aget()).target_id == ada.pk
    assert await _refusal(ada, new.handle) == "moved_lately"
    await Move.objects.aupdate(created_at=clock.now() - COOLDOWN)
    await finish(await move_away(identity=back, target=new.handle))
    assert (await Follow.objects.aget()).target_id == new.pk


async def test_servers_that_were_told_of_a_move_are_told_that_it_was_undone(
    ada: Identity, peer: MastodonPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when their people have left for the new account: they show where the old one went."""
    monkeypatch.setattr(followers, "FOLLOWERS_LISTED", 2)
    new = peer.add_actor("adele", alsoKnownAs=ada.uri)
    for number in range(3):
        fan = await make_remote(f"bob{number}", f"s{number}.example")
        await following.follow(source=fan, target_id=ada.pk, uri=f"{fan.uri}/f")
    move = await finish(await move_away(identity=ada, target=new.uri))
    await Follow.objects.filter(target=ada.pk).adelete()
    before = len(await sent())
    await undo_move(identity=await fresh(ada))
    assert (await finish(await Move.objects.aget(pk=move.pk))).state == MoveGraph.undone
    told = (await sent())[before:]
    assert [(kind, document["object"].get("movedTo")) for kind, _, document in told] == [("Update", None)] * 2
    assert sorted(inbox for _, inboxes, _ in told for inbox in inboxes) == sorted(
        [*(f"https://s{number}.example/inbox" for number in range(3)), f"{peer.base_url}/inbox"]
    )


async def test_aliases_are_accounts_that_exist(ada: Identity, new: Identity, peer: MastodonPeer) -> None:
    old = peer.add_actor("old")
    changed = await set_aliases(identity=ada, names=[f" @old@{peer.host} ", old.uri, new.handle, ""])
    assert changed.also_known_as == [old.uri, new.uri]
    assert changed.state == IdentityGraph.edited
    peer.actors.clear()  # what is an alias already is not looked up again
    assert (await set_aliases(identity=changed, names=[old.uri])).also_known_as == [old.uri]
    for names, code in (
        ([f"@nobody@{peer.host}"], "unknown_account"),
        (["http://127.0.0.1/users/x"], "unknown_account"),
        (["javascript:alert(1)"], "unknown_account"),
        ([ada.handle], "own"),
        ([f"a{number}@x.example" for number in range(11)], "too_many"),
    ):
        with pytest.raises(Invalid) as refused:
            await set_aliases(identity=changed, names=names)
        assert refused.value.code == code
    assert (await set_aliases(identity=changed, names=[])).also_known_as == []


async def test_old_moves_go_and_deleted_accounts_leave_none(ada: Identity, new: Identity) -> None:
    eve = await make_person(ada.domain, "eve")
    await following.follow(source=eve, target_id=ada.pk)
    await finish(await move_away(identity=ada, target=new.handle))
    assert await remove_old_moves() == 0
    await delete_moves_of(eve)
    assert not await MoveFollower.objects.aexists()
    await Move.objects.aupdate(created_at=clock.now() - KEPT_FOR - dt.timedelta(days=1))
    assert await remove_old_moves() == 1
    again = await Move.objects.acreate(source=ada, target=new)
    await MoveFollower.objects.acreate(move=again, follower=eve)
    await delete_moves_of(new)
    await delete_moves_of(new)
    assert not await Move.objects.aexists()
