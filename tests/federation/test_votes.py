"""Votes over HTTP: those of snac2 in polls here, and those from here in polls that announce every vote."""

import datetime as dt
from typing import Any

import httpx
import pytest

from activities.polls import services as polls
from activities.polls.models import PollVote
from activities.posts.models import Post, Revision, Visibility
from core import clock
from federation.models import InboxMessage
from tests.activities.people import follow, make_post
from tests.federation.conftest import met, post, settled
from tests.support.peers import Actor, SnacPeer
from tests.users.support import make_person
from users.domains.models import Domain
from users.identities.models import Identity

pytestmark = pytest.mark.anyio


@pytest.fixture
async def peer() -> Any:
    async with SnacPeer("far.test") as server:
        server.add_actor("ana")
        yield server


@pytest.fixture
async def ana(peer: SnacPeer, ada: Identity) -> Actor:
    actor = peer.actors["ana"]
    await met(actor)
    return actor


async def make_poll(author: Identity, *, multiple: bool = False) -> Post:
    question = {
        "options": [{"title": title, "votes": 0} for title in ("tea", "coffee", "mate")],
        "multiple": multiple,
        "ends_at": (clock.now() + dt.timedelta(hours=1)).isoformat(),
        "closed_at": None,
        "voters": 0,
    }
    found = await make_post(author, type="Question", question=question)
    await polls.schedule_end(found)
    return found


def ballot(
    peer: SnacPeer, ana: Actor, author: Identity, poll: Post, name: str, **more: Any
) -> dict[str, Any]:
    """A vote in the shape in which snac2 sends one."""
    note = peer.note(
        ana,
        name=name,
        content="<br>",
        inReplyTo=poll.uri,
        to=[author.uri],
        cc=[],
        tag=[{"type": "Mention", "href": author.uri, "name": f"@{author.username}@testserver"}],
    )
    return note | more


async def ended(
    local: httpx.AsyncClient, peer: SnacPeer, ana: Actor, document: Any, count: int = 1
) -> InboxMessage:
    assert (await post(local, peer, ana, document)).status_code == 202
    return (await settled(count))[-1]


async def votes_of(post_id: int) -> list[int]:
    question = (await Post.objects.aget(pk=post_id)).question
    assert question is not None
    return [option["votes"] for option in question["options"]]


@pytest.mark.slow
async def test_votes_of_snac2_are_counted_and_are_no_messages(
    local: httpx.AsyncClient, peer: SnacPeer, ana: Actor, ada: Identity, worker: Any
) -> None:
    poll = await make_poll(ada, multiple=True)
    for count, (name, words) in enumerate((("tea", "<br>"), ("mate", "<p>my favourite</p>")), start=1):
        vote = ballot(peer, ana, ada, poll, name, content=words)
        assert (await ended(local, peer, ana, peer.activity(ana, "Create", vote), count)).state == "handled"
    assert await votes_of(poll.pk) == [1, 0, 1]
    stale = ballot(peer, ana, ada, poll, "an option that was edited away")
    message = await ended(local, peer, ana, peer.activity(ana, "Create", stale), 3)
    assert (message.state, message.reason) == ("skipped", "it is no new vote for one of its options")
    assert await Post.objects.filter(is_local=False).acount() == 0


async def test_a_named_answer_with_words_to_a_poll_is_a_post(
    local: httpx.AsyncClient, peer: SnacPeer, ana: Actor, ada: Identity, worker: Any
) -> None:
    poll = await make_poll(ada)
    answer = ballot(peer, ana, ada, poll, "On tea", content="<p>I have thoughts</p>")
    await ended(local, peer, ana, peer.activity(ana, "Create", answer))
    stored = await Post.objects.aget(uri=answer["id"])
    assert (stored.in_reply_to_id, stored.visibility) == (poll.pk, Visibility.mentioned)
    assert await PollVote.objects.acount() == 0


@pytest.mark.slow
@pytest.mark.parametrize("names_a_time", [False, True])
async def test_several_votes_from_here_survive_the_updates_between_them(
    local: httpx.AsyncClient, peer: SnacPeer, ana: Actor, ada: Identity, worker: Any, names_a_time: bool
) -> None:
    """The poll's server counts and announces one vote at a time."""
    her = await Identity.objects.aget(uri=ana.uri)
    other = await make_person(await Domain.objects.aget(name="testserver"), "other")
    await follow(ada, her)
    poll = await make_poll(her, multiple=True)
    await polls.vote(identity=ada, post_id=poll.pk, choices=[0, 2])
    await polls.vote(identity=other, post_id=poll.pk, choices=[2])
    assert await votes_of(poll.pk) == [1, 0, 2]

    def update(*figures: int, voters: int, at: int) -> dict[str, Any]:
        question = peer.note(
            ana,
            id=poll.uri,
            type="Question",
            content=poll.content,
            published=poll.created_at.isoformat(),
            anyOf=[
                {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": number}}
                for name, number in zip(("tea", "coffee", "mate"), figures, strict=True)
            ],
            endTime=poll.question["ends_at"],
            votersCount=voters,
        )
        if names_a_time:
            question["updated"] = (clock.now() + dt.timedelta(seconds=at)).isoformat()
        return peer.activity(ana, "Update", question)

    seen = []
    for count, (figures, voters) in enumerate((((1, 5, 0), 6), ((1, 5, 1), 6), ((1, 6, 2), 8)), start=1):
        await ended(local, peer, ana, update(*figures, voters=voters, at=count), count)
        seen.append(await votes_of(poll.pk))
    assert seen == [[1, 5, 2], [1, 5, 2], [1, 6, 2]]
    stored = await Post.objects.aget(pk=poll.pk)
    assert stored.question is not None
    assert (stored.question["voters"], stored.edited_at) == (8, None)
    assert await Revision.objects.acount() == 0
    assert await PollVote.objects.acount() == 3
    # later what its server says counts, whatever that is
    past = clock.now() - dt.timedelta(hours=1)
    await PollVote.objects.all().aupdate(created_at=past)
    await ended(local, peer, ana, update(1, 6, 0, voters=7, at=9), 4)
    assert await votes_of(poll.pk) == [1, 6, 0]
