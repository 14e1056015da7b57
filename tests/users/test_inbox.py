"""Incoming activities about users: what other servers may and may not do. The messages are verified."""

import datetime as dt
import itertools
from typing import Any

import msgspec
import pytest

from core import clock
from core.db import async_atomic
from federation.handlers.inbox import handle_messages
from federation.models import InboxMessage, Policy
from federation.peers import host_of, set_policy
from tests.users.support import fresh, make_domain, make_person, make_remote, sent
from users.identities.models import Identity, Restriction
from users.moderation.models import Report
from users.relations.models import Block, Follow
from users.relations.queries import relationships
from users.relations.services import blocking, following

pytestmark = pytest.mark.anyio
_numbers = itertools.count(1)


@pytest.fixture
async def ada(db: None) -> Identity:
    return await make_person(await make_domain())


@pytest.fixture
async def bob(db: None) -> Identity:
    return await make_remote()


def activity(actor: Identity, kind: str, value: Any, **more: Any) -> dict[str, Any]:
    host = host_of(actor.uri)
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"https://{host}/activities/{next(_numbers)}",
        "type": kind,
        "actor": actor.uri,
        "object": value,
        **more,
    }


async def receive(document: dict[str, Any], *, said_at: dt.datetime | None = None) -> tuple[str, str]:
    """(what became of it, the reason): handled, skipped, failed, fetching or later."""
    body = msgspec.json.encode(document)
    message = await InboxMessage.objects.acreate(
        state="received",
        activity_id=document["id"],
        activity_type=document["type"],
        actor=document["actor"],
        host=host_of(document["actor"]),
        key_id="",
        size=len(body),
        body=body,
        said_at=said_at,
    )
    async with async_atomic():
        outcome = (await handle_messages([message]))[message.pk]
    reason = (await InboxMessage.objects.aget(pk=message.pk)).reason
    await message.adelete()  # a later one of this actor would wait for it: no worker moves it on
    return (outcome.state.name if outcome.state else outcome.kind.value), reason or outcome.reason


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


async def test_follows_of_nobody_here_are_skipped(ada: Identity, bob: Identity) -> None:
    left = await make_person(await make_domain("two.example"), "left", deleted_at=clock.now())
    for target in (f"{ada.uri}x", bob.uri, left.uri, "", None, 5, {"id": 5}, [], [ada.uri, bob.uri][1:]):
        state, reason = await receive(activity(bob, "Follow", target))
        assert state == "skipped", target
        assert reason
    assert await Follow.objects.acount() == 0


async def test_a_stranger_is_fetched_first(ada: Identity) -> None:
    stranger = Identity(uri="https://new.example/users/new")
    assert (await receive(activity(stranger, "Follow", ada.uri)))[0] == "fetching"


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


async def test_nobody_undoes_what_others_did(ada: Identity, bob: Identity) -> None:
    eve = await make_remote("eve", "evil.example")
    follow = activity(bob, "Follow", ada.uri)
    await receive(follow)
    for value in (follow["id"], follow, {"type": "Follow", "actor": bob.uri, "object": ada.uri}):
        assert (await receive(activity(eve, "Undo", value)))[0] == "skipped"
    assert await Follow.objects.acount() == 1


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


# --- blocks ----------------------------------------------------------------------------------------------------------


async def test_a_block_from_elsewhere_parts_and_its_undo_ends_it(ada: Identity, bob: Identity) -> None:
    await receive(activity(bob, "Follow", ada.uri))
    block = activity(bob, "Block", ada.uri)
    assert await receive(block) == ("handled", "")
    assert await Follow.objects.acount() == 0
    assert (await relationships.relationships(ada, [bob.pk]))[0].blocked_by is True
    eve = await make_remote("eve", "evil.example")
    assert (await receive(activity(eve, "Undo", block)))[0] == "skipped"
    assert await receive(activity(bob, "Undo", block)) == ("handled", "")
    assert await Block.objects.acount() == 0


# --- profiles --------------------------------------------------------------------------------------------------------


def _document(actor: Identity, **changes: Any) -> dict[str, Any]:
    return {
        "id": actor.uri,
        "type": "Person",
        "preferredUsername": actor.username,
        "inbox": actor.inbox_url,
        "followers": actor.followers_url,
        "name": "Robert",
        "summary": "<p>new <script>alert(1)</script></p>",
        **changes,
    }


async def test_an_actor_changes_its_own_profile_and_nobody_elses(bob: Identity) -> None:
    eve = await make_remote("eve", "evil.example")
    assert await receive(activity(bob, "Update", _document(bob))) == ("handled", "")
    now = await fresh(bob)
    assert (now.name, now.summary, now.handle) == ("Robert", "<p>new </p>", "bob@remote.example")
    for document in (_document(bob, name="Owned"), _document(eve, id=bob.uri, name="Owned")):
        assert (await receive(activity(eve, "Update", document)))[0] in {"failed", "skipped"}
    neighbour = await make_remote("carol")
    assert (await receive(activity(neighbour, "Update", _document(bob, name="Owned"))))[0] == "failed"
    assert (await fresh(bob)).name == "Robert"


async def test_a_new_name_or_host_in_an_update_is_not_believed(bob: Identity) -> None:
    await make_person(await make_domain("two.example"), "admin")
    document = _document(bob, preferredUsername="admin", webfinger="admin@two.example")
    assert await receive(activity(bob, "Update", document)) == ("handled", "")
    now = await fresh(bob)
    assert (now.handle, now.state) == ("bob@remote.example", "outdated")


async def test_unusable_and_unknown_updates_leave_no_trace(bob: Identity) -> None:
    stranger = Identity(
        uri="https://new.example/users/new", username="new", inbox_url="https://new.example/i"
    )
    assert (await receive(activity(stranger, "Update", _document(stranger))))[0] == "skipped"
    assert (await receive(activity(bob, "Update", _document(bob, inbox=None, name="X"))))[0] == "failed"
    assert (await receive(activity(bob, "Update", {"id": bob.uri, "type": "Person"})))[0] == "skipped"
    assert (await fresh(bob)).name == ""


async def test_an_actor_deletes_itself_and_nobody_else(bob: Identity) -> None:
    eve = await make_remote("eve", "evil.example")
    for value in (bob.uri, {"id": bob.uri, "type": "Person"}):
        assert (await receive(activity(eve, "Delete", value)))[0] in {"failed", "skipped"}
    assert (await fresh(bob)).deleted_at is None
    assert await receive(activity(bob, "Delete", bob.uri)) == ("handled", "")
    now = await fresh(bob)
    assert (now.state, now.deleted_at is not None) == ("deleted", True)
    assert (await receive(activity(bob, "Delete", bob.uri)))[0] == "skipped"


async def test_a_move_takes_followers_along_when_both_sides_say_so(ada: Identity, bob: Identity) -> None:
    await following.follow(source=ada, target_id=bob.pk, shows_boosts=False)
    await following.accept_follow(target=bob, source_id=ada.pk)
    new = await make_remote("robert", "new.example", also_known_as=[bob.uri])
    assert await receive(activity(bob, "Move", bob.uri, target=new.uri)) == ("handled", "")
    assert (await fresh(bob)).moved_to_uri == new.uri
    row = await Follow.objects.aget()
    assert (row.target_id, row.shows_boosts, row.accepted_at) == (new.pk, False, None)
    assert [kind for kind, _, _ in await sent()] == ["Follow", "Follow", "Undo"]


async def test_moves_without_an_alias_or_by_others_are_refused(ada: Identity, bob: Identity) -> None:
    await following.follow(source=ada, target_id=bob.pk)
    new = await make_remote("robert", "new.example", fetched_at=clock.now().replace(year=2020))
    move = activity(bob, "Move", bob.uri, target=new.uri)
    assert (await receive(move))[0] == "fetching"  # the alias may be newer than what we know
    fetched = clock.now().replace(year=clock.now().year + 1)
    await Identity.objects.filter(pk=new.pk).aupdate(fetched_at=fetched)
    assert (await receive(activity(bob, "Move", bob.uri, target=new.uri)))[0] == "failed"
    await Identity.objects.filter(pk=new.pk).aupdate(also_known_as=[bob.uri])
    assert (await receive(activity(new, "Move", bob.uri, target=new.uri)))[0] == "failed"
    for target in (bob.uri, None, 5):
        assert (await receive(activity(bob, "Move", bob.uri, target=target)))[0] == "failed"
    assert (await fresh(bob)).moved_to_uri == ""
    assert (await Follow.objects.aget()).target_id == bob.pk


# --- reports ---------------------------------------------------------------------------------------------------------


async def test_a_report_is_kept_for_the_moderators(ada: Identity, bob: Identity) -> None:
    post = f"{ada.uri}/statuses/1"
    flag = activity(
        bob, "Flag", [ada.uri, post, "https://elsewhere.example/1", 5], content="  rude\x07 things "
    )
    assert await receive(flag) == ("handled", "")
    assert await receive(flag) == ("handled", "")
    report = await Report.objects.aget()
    assert (report.target_id, report.source_id, report.comment) == (ada.pk, None, "rude things")
    assert report.post_uris == [post, "https://elsewhere.example/1"]
    assert await receive(activity(bob, "Flag", post)) == ("handled", "")
    assert (await receive(activity(bob, "Flag", [bob.uri])))[0] == "skipped"
    await set_policy(host="remote.example", policy=Policy.open, reject_reports=True)
    assert (await receive(activity(bob, "Flag", [ada.uri])))[0] == "skipped"
    assert await Report.objects.acount() == 2


async def test_a_host_may_send_so_many_reports_a_day(
    ada: Identity, bob: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("users.moderation.inbox.MOST_REPORTS_OF_HOST", 2)
    ends = [await receive(activity(bob, "Flag", [ada.uri], content=str(number))) for number in range(3)]
    assert ends == [("handled", "")] * 2 + [("skipped", "this host has sent 2 reports today")]
    assert await Report.objects.acount() == 2
    with clock.shifted(dt.timedelta(hours=25)):
        assert (await receive(activity(bob, "Flag", [ada.uri], content="3")))[0] == "handled"


async def test_the_deleted_do_nothing_any_more(ada: Identity) -> None:
    gone = await make_remote("gone", deleted_at=clock.now())
    for kind in ("Follow", "Block"):
        state, _ = await receive(activity(gone, kind, ada.uri))
        assert state in {"failed", "skipped"}
    assert await Follow.objects.acount() == await Block.objects.acount() == 0
