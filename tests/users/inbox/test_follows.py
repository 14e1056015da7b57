"""Follows from and to other servers: asked, answered, undone; twice, late, and by others."""

import datetime as dt
from typing import Any

import pytest

from core import clock
from tests.users.inbox.messages import activity, receive
from tests.users.support import fresh, make_domain, make_person, make_remote, sent
from users.identities.models import Identity, Restriction
from users.relations.models import Block, Follow, RevokedActivity
from users.relations.queries import relationships
from users.relations.services import blocking, following

pytestmark = pytest.mark.anyio


# --- follows ---------------------------------------------------------------------------------------------------------


async def test_a_follow_is_accepted_and_answered_again_when_it_comes_again(
    ada: Identity, bob: Identity
) -> None:
    follow = activity(bob, "Follow", ada.uri)
    assert await receive(follow) == ("handled", "")
    assert await receive({**follow, "object": {"id": ada.uri, "type": "Person"}}) == ("handled", "")
    assert [kind for kind, _, _ in await sent()] == ["Accept", "Accept"]
    _, inboxes, accept = (await sent())[0]
    assert inboxes == [bob.inbox_url]
    assert accept["actor"] == ada.uri
    assert (accept["object"]["id"], accept["object"]["actor"], accept["object"]["object"]) == (
        follow["id"],
        bob.uri,
        ada.uri,
    )
    assert (await fresh(ada)).followers_count == 1


async def test_a_locked_person_is_asked_and_their_yes_goes_out(ada: Identity, bob: Identity) -> None:
    await Identity.objects.filter(pk=ada.pk).aupdate(approves_followers=True)
    assert await receive(activity(bob, "Follow", ada.uri)) == ("handled", "")
    assert await sent() == []
    assert [i for _, i in await relationships.follow_requests_of(ada.pk)] == [bob.pk]
    await following.accept_follow(target=ada, source_id=bob.pk)
    assert [kind for kind, _, _ in await sent()] == ["Accept"]


async def test_follows_that_can_not_be_are_refused_and_told_so(ada: Identity, bob: Identity) -> None:
    await Block.objects.acreate(source=ada, target=bob)
    assert (await receive(activity(bob, "Follow", ada.uri)))[0] == "failed"
    assert (await receive(activity(bob, "Follow", ada.uri)))[0] == "failed"
    assert [kind for kind, _, _ in await sent()] == ["Reject", "Reject"]
    ids = [document["id"] for _, _, document in await sent()]
    assert len({*ids, f"{ada.uri}#rejects/follows/0", f"{ada.uri}#rejects/follows/None"}) == 4
    assert await Follow.objects.acount() == 0
    banned = await make_remote("banned", restriction=Restriction.suspended)
    assert (await receive(activity(banned, "Follow", ada.uri)))[0] == "failed"


async def test_follows_of_unknown_local_actors_are_skipped(ada: Identity, bob: Identity) -> None:
    left = await make_person(await make_domain("two.example"), "left", deleted_at=clock.now())
    for target in (f"{ada.uri}x", bob.uri, left.uri, "", None, 5, {"id": 5}, [], [ada.uri, bob.uri][1:]):
        state, reason = await receive(activity(bob, "Follow", target))
        assert state == "skipped", target
        assert reason
    assert await Follow.objects.acount() == 0


async def test_an_unknown_actor_is_fetched_first(ada: Identity) -> None:
    stranger = Identity(uri="https://new.example/users/new")
    assert (await receive(activity(stranger, "Follow", ada.uri)))[0] == "fetching"


@pytest.mark.slow
async def test_undo_ends_a_follow_by_its_id_or_by_its_people(ada: Identity, bob: Identity) -> None:
    for undo in (
        lambda follow: follow["id"],
        lambda follow: {"type": "Follow", "actor": bob.uri, "object": ada.uri},
        lambda follow: {**follow, "id": f"{bob.uri}#another-id"},
    ):
        follow = activity(bob, "Follow", ada.uri)
        await receive(follow)
        assert (await fresh(ada)).followers_count == 1
        assert await receive(activity(bob, "Undo", undo(follow))) == ("handled", "")
        assert (await fresh(ada)).followers_count == 0
    assert (await sent())[-1][0] == "Accept"


@pytest.mark.slow
@pytest.mark.parametrize("is_repeated", [False, True])
async def test_a_late_undo_ends_no_later_follow_or_block(
    ada: Identity, bob: Identity, is_repeated: bool
) -> None:
    """Unfollow and follow again, while our server was away: the Undo was tried again after the second Follow had come."""
    for kind, model in (("Follow", Follow), ("Block", Block)):
        first, second = activity(bob, kind, ada.uri), activity(bob, kind, ada.uri)
        undo = activity(bob, "Undo", first)
        assert await receive(first) == ("handled", "")
        if is_repeated:
            assert await receive(undo) == ("handled", "")
        assert await receive(second) == ("handled", "")
        assert await receive(undo) == ("skipped", f"it takes back an earlier {kind.lower()}")
        assert await model.objects.filter(source=bob, target=ada).aexists()
        assert await receive(activity(bob, "Undo", second)) == ("handled", "")
        assert not await model.objects.aexists()


async def test_undo_before_the_follow_wins(ada: Identity, bob: Identity) -> None:
    follow = activity(bob, "Follow", ada.uri)
    assert (await receive(activity(bob, "Undo", follow)))[0] == "skipped"
    a_minute_ago = clock.now() - dt.timedelta(minutes=1)
    assert await receive(follow, said_at=a_minute_ago) == ("skipped", "it was taken back before it came")
    assert await Follow.objects.acount() == 0
    assert (await receive(activity(bob, "Follow", ada.uri)))[0] == "handled"


async def test_an_undo_of_another_actors_activity_is_refused(ada: Identity, bob: Identity) -> None:
    eve = await make_remote("eve", "evil.example")
    follow = activity(bob, "Follow", ada.uri)
    await receive(follow)
    for value in (follow["id"], follow, {"type": "Follow", "actor": bob.uri, "object": ada.uri}):
        assert (await receive(activity(eve, "Undo", value)))[0] == "skipped"
    assert await Follow.objects.acount() == 1


@pytest.mark.slow
async def test_our_follow_is_accepted_and_rejected_by_its_target_only(ada: Identity, bob: Identity) -> None:
    eve = await make_remote("eve", "evil.example")
    row = await following.follow(source=ada, target_id=bob.pk)
    follow = {"id": row.uri, "type": "Follow", "actor": ada.uri, "object": bob.uri}
    for kind in ("Accept", "Reject"):
        for value in (follow, row.uri):
            assert (await receive(activity(eve, kind, value)))[0] == "skipped"
    assert (await Follow.objects.aget()).accepted_at is None
    assert await receive(activity(bob, "Accept", follow)) == ("handled", "")
    assert (await Follow.objects.aget()).accepted_at is not None
    assert (await fresh(ada)).following_count == 1
    assert await receive(activity(bob, "Reject", row.uri)) == ("handled", "")
    assert await Follow.objects.acount() == 0
    assert (await fresh(ada)).following_count == 0
    assert (await receive(activity(bob, "Accept", follow)))[0] == "skipped"


async def test_accept_by_bare_id_and_with_a_lost_id(ada: Identity, bob: Identity) -> None:
    row = await following.follow(source=ada, target_id=bob.pk)
    assert await receive(activity(bob, "Accept", row.uri)) == ("handled", "")
    await following.unfollow(source=ada, target_id=bob.pk)
    await following.follow(source=ada, target_id=bob.pk)
    lost = {"type": "Follow", "actor": ada.uri, "object": bob.uri}
    assert await receive(activity(bob, "Accept", lost)) == ("handled", "")
    assert await receive(activity(bob, "Undo", {"type": "Accept", "actor": bob.uri, "object": lost})) == (
        "handled",
        "",
    )
    assert await Follow.objects.acount() == 0


@pytest.mark.slow
@pytest.mark.parametrize("is_bare", [False, True])
async def test_a_late_answer_to_an_earlier_follow_of_ours_does_not_touch_the_newer(
    ada: Identity, bob: Identity, is_bare: bool
) -> None:
    earlier = (await following.follow(source=ada, target_id=bob.pk)).uri
    await following.unfollow(source=ada, target_id=bob.pk)
    newer = await following.follow(source=ada, target_id=bob.pk)

    def answers(uri: str) -> list[dict[str, Any]]:
        inner = uri if is_bare else {"id": uri, "type": "Follow", "actor": ada.uri, "object": bob.uri}
        undone = {"id": f"{bob.uri}#accept", "type": "Accept", "actor": bob.uri, "object": inner}
        return [activity(bob, kind, inner) for kind in ("Accept", "Reject")] + [activity(bob, "Undo", undone)]

    reason = "there is no such follow" if is_bare else "it is about an earlier follow"
    for answer in answers(earlier):
        assert await receive(answer) == ("skipped", reason)
    assert (await Follow.objects.aget()).accepted_at is None
    accept, reject, undo = answers(newer.uri)
    assert await receive(accept) == ("handled", "")
    for answer in answers(earlier):
        assert await receive(answer) == ("skipped", reason)
    assert (await Follow.objects.aget()).accepted_at is not None
    assert await receive(reject) == ("handled", "")
    assert not await Follow.objects.aexists()
    newest = await following.follow(source=ada, target_id=bob.pk)
    assert await receive(undo) == ("skipped", reason)
    assert await receive(answers(newest.uri)[2]) == ("handled", "")
    assert not await Follow.objects.aexists()


async def test_an_answer_with_a_made_up_id_is_about_the_present_follow(ada: Identity, bob: Identity) -> None:
    """Some servers send back no id, or one of their own."""
    inner = {"id": f"{bob.uri}/followers/ada", "type": "Follow", "actor": ada.uri, "object": bob.uri}
    await following.follow(source=ada, target_id=bob.pk)
    assert await receive(activity(bob, "Accept", inner)) == ("handled", "")
    assert await receive(activity(bob, "Reject", inner)) == ("handled", "")
    assert not await Follow.objects.aexists()


async def test_answers_to_follows_with_ids_of_an_older_server(ada: Identity, bob: Identity) -> None:
    """Follows that were brought along have ids of another shape; what ended is remembered."""
    earlier = "https://here.example/old/follows/1"
    for uri in (earlier, "https://here.example/old/follows/2"):
        row = await following.follow(source=ada, target_id=bob.pk)
        await Follow.objects.filter(pk=row.pk).aupdate(uri=uri)
        if uri == earlier:
            await following.unfollow(source=ada, target_id=bob.pk)
    inner = {"id": earlier, "type": "Follow", "actor": ada.uri, "object": bob.uri}
    assert await receive(activity(bob, "Reject", inner)) == ("skipped", "it is about an earlier follow")
    assert await Follow.objects.aexists()


async def test_an_id_that_we_made_names_one_follow_for_ever(ada: Identity, bob: Identity) -> None:
    """What ended is remembered for a time; ids of our own shape need no memory."""
    earlier = (await following.follow(source=ada, target_id=bob.pk)).uri
    await following.unfollow(source=ada, target_id=bob.pk)
    await following.follow(source=ada, target_id=bob.pk)
    await RevokedActivity.objects.all().adelete()
    inner = {"id": earlier, "type": "Follow", "actor": ada.uri, "object": bob.uri}
    for kind in ("Accept", "Reject"):
        assert await receive(activity(bob, kind, inner)) == ("skipped", "it is about an earlier follow")
    assert (await Follow.objects.aget()).accepted_at is None


@pytest.mark.parametrize("ended_by", ["removal", "block"])
async def test_a_late_undo_of_a_follow_that_we_ended_does_not_end_a_newer(
    ada: Identity, bob: Identity, ended_by: str
) -> None:
    earlier = activity(bob, "Follow", ada.uri)
    await receive(earlier)
    if ended_by == "removal":
        await following.remove_follower(target=ada, source_id=bob.pk)
    else:
        await blocking.block(source=ada, target_id=bob.pk)
        await blocking.unblock(source=ada, target_id=bob.pk)
    await receive(activity(bob, "Follow", ada.uri))
    assert await receive(activity(bob, "Undo", earlier)) == ("skipped", "it takes back an earlier follow")
    assert await Follow.objects.aexists()
