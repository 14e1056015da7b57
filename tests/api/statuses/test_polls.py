"""Polls: asking, voting, hiding, ending, editing, and votes that come and go over federation."""

import datetime as dt
from typing import Any

import msgspec
import pytest

from activities.notifications.models import Notification
from activities.polls.handlers import close_or_wait, send_results
from activities.polls.models import Poll, PollGraph, PollVote
from activities.polls.services import receive_votes
from activities.posts.models import Post
from activities.publishing.handlers.remote_polls import refresh_before_close
from activities.publishing.services.fetching import ensure_post
from core import clock
from core.db import async_atomic, sql
from federation.models import SystemKey
from stator import Outcome
from tests.activities import people as rows
from tests.api.support.world import Speaker, World
from tests.support.peers import MastodonPeer, outbound
from tests.support.plans import measured, vacuum
from tests.users.support import key_pair, make_many, sent
from users.identities.services.remote_actors import ensure_actor

pytestmark = pytest.mark.anyio

ASK = {"status": "Which?", "poll": {"options": ["red", "green", "blue"], "expires_in": 600}}


async def ask(world: World, **poll: Any) -> dict[str, Any]:
    return await world.ada.post("/api/v1/statuses", "Status", json={**ASK, "poll": {**ASK["poll"], **poll}})


async def end(post_id: int) -> dict[int, Outcome]:
    """The poll's time is up, and the worker comes by."""
    past = clock.now() - dt.timedelta(seconds=1)
    await Poll.objects.filter(pk=post_id).aupdate(ends_at=past)
    await sql.run(
        "UPDATE activities_post SET question = jsonb_set(question, '{ends_at}', to_jsonb(%s::text)) WHERE id = %s",
        [past.isoformat(), post_id],
    )
    async with async_atomic():
        outcomes = await close_or_wait([await Poll.objects.aget(pk=post_id)])
    if outcomes[post_id].state is PollGraph.stale:
        async with outbound(resolve={"far.test": "127.0.0.1"}):  # where nobody listens
            return {post_id: await refreshed(post_id)}
    return outcomes


async def sign_with_a_key() -> None:
    """Making the system actor's own takes long."""
    if not await SystemKey.objects.aexists():
        pair = key_pair()
        await SystemKey.objects.acreate(public_key=pair.public_pem, private_key=pair.private_pem)


async def refreshed(post_id: int) -> Outcome:
    """The worker asks the server of a remote poll."""
    await sign_with_a_key()
    outcome = await refresh_before_close(await Poll.objects.aget(pk=post_id))
    if outcome.effect is not None:
        async with async_atomic():
            await outcome.effect()
    return outcome


async def test_a_poll_is_asked_and_answered(world: World) -> None:
    status = await ask(world)
    poll = status["poll"]
    assert [option["title"] for option in poll["options"]] == ["red", "green", "blue"]
    assert (poll["id"], poll["voted"], poll["expired"], poll["votes_count"]) == (status["id"], True, False, 0)
    path = f"/api/v1/polls/{poll['id']}"
    voted = await world.bea.post(f"{path}/votes", "Poll", data={"choices[]": ["1"]})
    assert (voted["voted"], voted["own_votes"], voted["voters_count"]) == (True, [1], 1)
    assert [option["votes_count"] for option in voted["options"]] == [0, 1, 0]
    assert (await world.nobody.get(path, "Poll"))["votes_count"] == 1
    home = await world.bea.get(f"/api/v1/statuses/{status['id']}", "Status")
    assert home["poll"]["own_votes"] == [1]
    assert (await world.ada.get(path, "Poll"))["own_votes"] == []
    again = await world.bea.refused("POST", f"{path}/votes", 422, json={"choices": [0]})
    assert again.json()["error"] == "Validation failed: You have already voted on this poll"


async def test_every_encoding_asks_the_same(world: World) -> None:
    form = {"status": "x", "poll[options][]": ["a", "b"], "poll[expires_in]": "300", "poll[multiple]": "true"}
    for how in (
        {"data": form},
        {"json": {"status": "x", "poll": {"options": ["a", "b"], "expires_in": 300, "multiple": True}}},
    ):
        status = await world.ada.post("/api/v1/statuses", "Status", **how)
        assert [option["title"] for option in status["poll"]["options"]] == ["a", "b"]
        assert status["poll"]["multiple"] is True


async def test_questions_that_cannot_be_asked(world: World) -> None:
    for poll, error in (
        ({"options": ["one"], "expires_in": 600}, "Poll options must have more than one item"),
        ({"options": list("abcde"), "expires_in": 600}, "Poll options can't contain more than 4 items"),
        (
            {"options": ["a", "b" * 51], "expires_in": 600},
            "Poll options can't be longer than 50 characters each",
        ),
        ({"options": ["a", "a"], "expires_in": 600}, "Poll options contain duplicate items"),
        ({"options": ["a", "b"], "expires_in": 299}, "Poll expires at is too soon"),
        ({"options": ["a", "b"], "expires_in": 2629747}, "Poll expires at is too far into the future"),
        ({"options": ["a", "b"]}, "Poll expires at is too soon"),
    ):
        await world.ada.refused(
            "POST", "/api/v1/statuses", 422, f"Validation failed: {error}", json={"status": "x", "poll": poll}
        )
    await world.ada.refused(
        "POST", "/api/v1/statuses", 422, "Validation failed: Text can't be blank", json={"poll": ASK["poll"]}
    )
    assert await Post.objects.acount() == 0


@pytest.mark.slow
async def test_votes_that_do_not_count(world: World) -> None:
    path = f"/api/v1/polls/{(await ask(world))['id']}/votes"
    error = "Validation failed: You cannot vote in your own polls"
    await world.ada.refused("POST", path, 422, error, json={"choices": [0]})
    for choices in ([3], [-1], [2**40]):
        await world.bea.refused(
            "POST",
            path,
            422,
            "Validation failed: The chosen vote option does not exist",
            json={"choices": choices},
        )
    await world.bea.refused("POST", path, 422, json={"choices": [0, 1]})
    await world.bea.refused("POST", path, 400, json={})
    plain = await world.post(world.ada)
    await world.bea.refused("GET", f"/api/v1/polls/{plain.pk}", 404, "Record not found")
    await world.bea.refused(
        "POST", f"/api/v1/polls/{plain.pk}/votes", 404, "Record not found", json={"choices": [0]}
    )
    hidden = await world.ada.post("/api/v1/statuses", "Status", json={**ASK, "visibility": "private"})
    await world.bea.refused(
        "POST", f"/api/v1/polls/{hidden['id']}/votes", 404, "Record not found", json={"choices": [0]}
    )
    assert await PollVote.objects.acount() == 0


async def test_several_choices_and_hidden_totals(world: World) -> None:
    poll = (await ask(world, multiple=True, hide_totals=True))["poll"]
    path = f"/api/v1/polls/{poll['id']}"
    voted = await world.bea.post(f"{path}/votes", "Poll", json={"choices": [0, 2]})
    assert voted["own_votes"] == [0, 2]
    assert [option["votes_count"] for option in voted["options"]] == [None, None, None]
    assert (voted["votes_count"], voted["voters_count"]) == (2, 1)
    await end(int(poll["id"]))
    shown = await world.nobody.get(path, "Poll")
    assert shown["expired"] is True
    assert [option["votes_count"] for option in shown["options"]] == [1, 0, 1]


@pytest.mark.slow
async def test_the_end_of_a_poll_notifies_the_voters(world: World) -> None:
    post_id = int((await ask(world))["id"])
    path = f"/api/v1/polls/{post_id}/votes"
    await world.bea.post(path, "Poll", json={"choices": [0]})
    await rows.follow(world.remote, world.ada.me)
    for _ in range(2):
        await end(post_id)
    for speaker in (world.ada, world.bea):
        found = await speaker.get("/api/v1/notifications", "[Notification]", params={"types[]": "poll"})
        assert [(one["account"]["id"], one["status"]["poll"]["expired"]) for one in found] == [
            (world.ada.id, True)
        ]
    cid = await world.speaker("cid")
    await cid.refused(
        "POST", path, 422, "Validation failed: The poll has already ended", json={"choices": [1]}
    )
    sent = await _sent("Update")
    assert "updated" not in sent["object"]
    assert sent["object"]["closed"]
    assert sent["object"]["oneOf"][0]["replies"]["totalItems"] == 1


async def _sent(kind: str) -> dict[str, Any]:
    body = await sql.value(
        "SELECT body FROM federation_outgoingactivity WHERE activity_type = %s ORDER BY id DESC LIMIT 1",
        [kind],
    )
    return msgspec.json.decode(bytes(body))


async def test_votes_from_elsewhere_count_once_and_are_told_on(world: World) -> None:
    post_id = int((await ask(world))["id"])
    post = await Post.objects.aget(pk=post_id)
    await rows.follow(world.remote, world.ada.me)
    vote = [("https://far.test/votes/1", "green")]
    assert await receive_votes(author=world.remote, question_uri=post.uri, names=vote) == ""
    assert await receive_votes(author=world.remote, question_uri=post.uri, names=vote)
    assert await receive_votes(author=world.remote, question_uri=post.uri, names=[("x", "mauve")])
    shown = await world.nobody.get(f"/api/v1/polls/{post_id}", "Poll")
    assert (shown["votes_count"], shown["voters_count"]) == (1, 1)
    clock_row = await Poll.objects.aget(pk=post_id)
    assert clock_row.state == "counting"
    async with async_atomic():
        await send_results([clock_row])
    sent = await _sent("Update")
    assert "updated" not in sent["object"]
    assert sent["object"]["oneOf"][1]["replies"]["totalItems"] == 1
    await end(post_id)
    other = await rows.make_remote("other")
    assert await receive_votes(author=other, question_uri=post.uri, names=vote) == "the poll is over"


@pytest.mark.slow
async def test_polls_are_told_one_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """No statement reads the followers of several authors."""
    await make_many(20_000)
    # the others follow one each, so that no plan reads a whole table for the few followers of one author
    await sql.run(
        """INSERT INTO users_follow (id, source_id, target_id, uri, shows_boosts, notifies, created_at, accepted_at)
           SELECT n, n, CASE WHEN n <= 300 THEN %s::bigint WHEN n <= 600 THEN %s::bigint ELSE n - 600 END, '', true, false, now(), now()
           FROM generate_series(1, 20000) n""",
        [world.ada.me.pk, world.bea.me.pk],
    )
    for author in (world.ada, world.bea):
        await author.post("/api/v1/statuses", "Status", json=ASK)
    await vacuum()
    polls = [poll async for poll in Poll.objects.all()]
    async with async_atomic(), measured(monkeypatch) as costs:
        await send_results(polls)
    assert max(cost.most_rows for cost in costs if "users_follow" in cost.sql) <= 310
    told = [inboxes for kind, inboxes, _ in await sent() if kind == "Update"]
    assert [len(inboxes) for inboxes in told] == [20, 20]


@pytest.mark.slow
async def test_a_vote_in_a_remote_poll_is_sent_to_its_author_alone(world: World) -> None:
    ends_at = clock.now() + dt.timedelta(hours=1)
    post = await rows.make_post(
        world.remote,
        type="Question",
        question={
            "options": [{"title": "tea", "votes": 4}, {"title": "coffee", "votes": 3}],
            "multiple": False,
            "ends_at": ends_at.isoformat(),
            "closed_at": None,
            "voters": 7,
        },
    )
    voted = await world.ada.post(f"/api/v1/polls/{post.pk}/votes", "Poll", json={"choices": [1]})
    assert (voted["votes_count"], voted["own_votes"]) == (8, [1])
    sent = await _sent("Create")
    assert sent["to"] == world.remote.uri
    note = sent["object"]
    assert (note["type"], note["name"], note["inReplyTo"]) == ("Note", "coffee", post.uri)
    assert "content" not in note
    inbox = await sql.column("SELECT inbox FROM federation_delivery")
    assert inbox == [world.remote.shared_inbox_url]
    await end(post.pk)
    assert await Notification.objects.filter(identity=world.ada.me, kind="poll").acount() == 1


@pytest.mark.slow
async def test_an_edit_resets_votes_only_when_the_question_changes(world: World) -> None:
    status = await ask(world)
    path = f"/api/v1/statuses/{status['id']}"
    await world.bea.post(f"/api/v1/polls/{status['id']}/votes", "Poll", json={"choices": [0]})
    same = await world.ada.put(path, "Status", json={**ASK, "status": "Which one?"})
    assert same["poll"]["votes_count"] == 1
    untouched = await world.ada.put(path, "Status", json={"status": "Which one then?"})
    assert untouched["poll"]["votes_count"] == 1
    other = await world.ada.put(path, "Status", json={"poll": {"options": ["x", "y"], "expires_in": 900}})
    assert (other["poll"]["votes_count"], other["poll"]["voters_count"]) == (0, 0)
    assert await PollVote.objects.acount() == 0
    versions = await world.nobody.get(f"{path}/history", "[StatusEdit]")
    assert [o["title"] for o in versions[0]["poll"]["options"]] == ["red", "green", "blue"]
    assert [o["title"] for o in versions[-1]["poll"]["options"]] == ["x", "y"]
    await world.bea.refused("PUT", path, 404, json={"poll": ASK["poll"]})


async def test_a_deleted_poll_comes_back_for_redraft_and_leaves_nothing(world: World) -> None:
    status = await ask(world)
    await world.bea.post(f"/api/v1/polls/{status['id']}/votes", "Poll", json={"choices": [0]})
    gone = await world.ada.delete(f"/api/v1/statuses/{status['id']}", "Status")
    assert gone["text"] == "Which?"
    assert [option["title"] for option in gone["poll"]["options"]] == ["red", "green", "blue"]
    assert await PollVote.objects.acount() == await Poll.objects.acount() == 0


async def test_two_votes_at_once_are_one(world: World) -> None:
    import anyio

    path = f"/api/v1/polls/{(await ask(world))['id']}/votes"
    answers = []

    async def send(speaker: Speaker, choice: int) -> None:
        answers.append((await speaker.ask("POST", path, json={"choices": [choice]})).status_code)

    async with anyio.create_task_group() as group:
        for choice in (0, 1, 2):
            group.start_soon(send, world.bea, choice)
    assert sorted(answers) == [200, 422, 422]
    assert await PollVote.objects.acount() == 1


async def test_reading_a_remote_poll_requests_a_refresh(world: World) -> None:
    """Its server sends no Update to those who don't follow its author; Mastodon asks once a minute at most."""
    async with outbound(resolve={"far.test": "127.0.0.1"}), MastodonPeer("far.test") as peer:
        peer.add_actor("ana")
        ends_at = (clock.now() + dt.timedelta(hours=1)).replace(microsecond=0)
        question = peer.note(
            peer.actors["ana"],
            type="Question",
            oneOf=_options(tea=1, coffee=0),
            endTime=ends_at.isoformat(),
            votersCount=1,
        )
        await sign_with_a_key()
        await ensure_actor(peer.actors["ana"].uri)
        post = await ensure_post(question["id"])
        path = f"/api/v1/polls/{post.pk}"
        question |= {"oneOf": _options(tea=5, coffee=2), "votersCount": 7}
        assert (await world.ada.get(path, "Poll"))["votes_count"] == 1
        assert not await Poll.objects.aexists()  # it was fetched a moment ago
        await Post.objects.filter(pk=post.pk).aupdate(fetched_at=clock.now() - dt.timedelta(minutes=2))
        await world.nobody.get(path, "Poll")
        assert not await Poll.objects.aexists()
        await world.ada.get(path, "Poll")
        assert (await Poll.objects.aget()).state == "stale"
        outcome = await refreshed(post.pk)
        assert outcome.state is PollGraph.open
        assert outcome.after is not None
        assert dt.timedelta(minutes=55) < outcome.after <= dt.timedelta(hours=1)
        shown = await world.ada.get(path, "Poll")
        assert [option["votes_count"] for option in shown["options"]] == [5, 2]
        assert (shown["voters_count"], shown["expired"]) == (7, False)
        await world.ada.post(f"{path}/votes", "Poll", json={"choices": [0]})
        past = (clock.now() - dt.timedelta(seconds=1)).isoformat()
        question |= {"oneOf": _options(tea=9, coffee=2), "votersCount": 11, "endTime": past}
        assert (await end(post.pk))[post.pk].state is PollGraph.closed
        shown = await world.ada.get(path, "Poll")
        assert (shown["votes_count"], shown["expired"], shown["own_votes"]) == (11, True, [0])
        (told,) = await world.ada.get("/api/v1/notifications", "[Notification]", params={"types[]": "poll"})
        assert told["status"]["poll"]["votes_count"] == 11
        await Poll.objects.all().adelete()
        await world.ada.get(path, "Poll")
        assert not await Poll.objects.aexists()  # it is known to be over


def _options(**votes: int) -> list[dict[str, Any]]:
    return [
        {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": number}}
        for name, number in votes.items()
    ]
