"""Replies, likes and boosts that their posts' authors approve, over HTTP (GoToSocial's requests, FEP-044f): asked, answered, revoked, forged."""

from typing import Any

import httpx
import pytest

from activities.approvals.models import Approval
from activities.approvals.services import answering
from activities.notifications.models import Notification
from activities.posts.models import InteractionPolicy, Like, Mention, Post, Visibility
from activities.posts.queries.visibility import may_see
from activities.publishing.handlers.fan_out import fan_out
from activities.publishing.services import fetching, interactions
from activities.publishing.services.drafts import PostDraft
from activities.publishing.services.posting import write_post
from activities.publishing.services.receiving import connect_orphans
from core.db import async_atomic
from core.errors import NotAllowed
from tests.activities.people import follow, make_local, make_post
from tests.federation.approvals.asking import (
    ASKED,
    PUBLIC,
    checked,
    ended,
    known,
    remote_post,
    reply_to,
    sent,
)
from tests.support.peers import FedifyPeer
from tests.users.support import make_remote
from users.identities.models import Identity
from users.identities.services import remote_actors

pytestmark = pytest.mark.anyio


async def test_a_reply_waits_for_its_approval(
    local: httpx.AsyncClient, peer: FedifyPeer, ada: Identity, worker: Any
) -> None:
    """Asked by ReplyRequest; nobody sees it, the author is told; a yes shows it, a no afterwards hides it again."""
    ana, her = await known(peer, "ana")
    mine = await make_post(ada, reply_policy=ASKED)
    note = reply_to(peer, ana, mine.uri)
    peer.documents.clear()
    asking = peer.activity(ana, "ReplyRequest", mine.uri, instrument=note)
    assert (await ended(local, peer, ana, asking)).state == "handled"
    reply = await Post.objects.aget(uri=note["id"])
    assert (await may_see(None, reply.pk), await may_see(ada, reply.pk)) == (False, True)
    approval = await Approval.objects.aget(uri=note["id"])
    assert approval.state == "waiting"
    told = await Notification.objects.aget(identity_id=ada.pk)
    assert (told.kind, told.post_id, told.actor_id) == ("pending.reply", reply.pk, her.pk)
    assert await sent("Accept", "Reject") == []
    await answering.authorize(author=ada, approval_id=approval.pk)
    [accept] = await sent("Accept")
    assert accept["object"]["id"] == asking["id"]
    assert accept["object"]["instrument"] == note["id"]
    assert await may_see(None, reply.pk)
    assert not await Notification.objects.filter(kind="pending.reply").aexists()
    served = (await local.get(accept["result"], headers={"Accept": "application/activity+json"})).json()
    assert (served["type"], served["attributedTo"]) == ("ReplyAuthorization", ada.uri)
    assert (served["interactingObject"], served["interactionTarget"]) == (note["id"], mine.uri)
    await answering.reject(author=ada, approval_id=approval.pk)
    assert [one["object"] for one in await sent("Delete")] == [accept["result"]]
    assert not await may_see(None, reply.pk)
    answer = await local.get(accept["result"], headers={"Accept": "application/activity+json"})
    assert answer.status_code == 404
    create = peer.activity(ana, "Create", {**note, "replyAuthorization": accept["result"]})
    await ended(local, peer, ana, create, 2)
    assert not await may_see(None, reply.pk)  # a replay after the revocation


@pytest.mark.slow
async def test_unrequested_replies_wait_for_approval_too(
    local: httpx.AsyncClient, peer: FedifyPeer, ada: Identity, worker: Any
) -> None:
    ana, _ = await known(peer, "ana")
    mine = await make_post(ada, reply_policy=ASKED, like_policy=ASKED, boost_policy=ASKED)
    note = reply_to(peer, ana, mine.uri)
    for count, document in enumerate(
        (
            peer.activity(ana, "Create", note, to=[PUBLIC]),
            peer.activity(ana, "Like", mine.uri),
            peer.activity(ana, "Announce", mine.uri, to=[PUBLIC]),
        ),
        start=1,
    ):
        assert (await ended(local, peer, ana, document, count)).state == "handled"
    mine = await Post.objects.aget(pk=mine.pk)
    assert (mine.replies_count, mine.likes_count, mine.boosts_count) == (0, 0, 0)
    waiting = [one async for one in Approval.objects.filter(state="waiting").order_by("id")]
    assert [one.kind for one in waiting] == ["reply", "like", "boost"]
    for one in waiting:
        await answering.authorize(author=ada, approval_id=one.pk)
    mine = await Post.objects.aget(pk=mine.pk)
    assert (mine.replies_count, mine.likes_count, mine.boosts_count) == (1, 1, 1)
    for one in waiting:
        await answering.reject(author=ada, approval_id=one.pk)
    mine = await Post.objects.aget(pk=mine.pk)
    assert (mine.replies_count, mine.likes_count, mine.boosts_count) == (0, 0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["ReplyRequest", "LikeRequest", "AnnounceRequest"])
async def test_a_policy_answers_at_once(
    local: httpx.AsyncClient, peer: FedifyPeer, ada: Identity, worker: Any, kind: str
) -> None:
    """Followers get an approval without anybody being asked, others a Reject and the reason is kept."""
    ana, her = await known(peer, "ana")
    two = InteractionPolicy.followers.value
    mine = await make_post(ada, reply_policy=two, like_policy=two, boost_policy=two)
    instrument: Any = {
        "ReplyRequest": reply_to(peer, ana, mine.uri),
        "LikeRequest": f"{ana.uri}/likes/1",
        "AnnounceRequest": f"{ana.uri}/boosts/1",
    }[kind]
    peer.documents.clear()
    message = await ended(local, peer, ana, peer.activity(ana, kind, mine.uri, instrument=instrument))
    assert (message.state, message.reason) == ("failed", "the policy of the post does not allow it")
    assert [one["type"] for one in await sent("Accept", "Reject")] == ["Reject"]
    assert not await Approval.objects.aexists()
    await follow(her, ada)
    message = await ended(local, peer, ana, peer.activity(ana, kind, mine.uri, instrument=instrument), 2)
    assert message.state == "handled"
    assert [one["type"] for one in await sent("Accept", "Reject")] == ["Reject", "Accept"]
    mine = await Post.objects.aget(pk=mine.pk)
    assert mine.replies_count + mine.likes_count + mine.boosts_count == 1
    assert not await Notification.objects.filter(kind__startswith="pending").aexists()


async def test_a_reply_of_ours_waits_for_the_remote_author(
    local: httpx.AsyncClient, peer: FedifyPeer, ada: Identity, worker: Any
) -> None:
    ana, her = await known(peer, "ana")
    theirs = await remote_post(peer, ana, her, canReply="reply_policy")
    reply = await write_post(author=ada, draft=PostDraft(text="may I?", in_reply_to_id=theirs.pk))
    assert (await Post.objects.aget(pk=reply.pk)).state == "held"
    [asked] = await sent("ReplyRequest")
    assert (asked["object"], asked["instrument"]["id"]) == (theirs.uri, reply.uri)
    assert not await may_see(None, reply.pk)
    with pytest.raises(NotAllowed):
        await interactions.boost(identity=ada, post_id=reply.pk)
    wrong = peer.activity(
        ana, "Accept", {**asked, "instrument": reply.uri}, result="https://liar.test/approvals/1"
    )
    await ended(local, peer, ana, wrong)
    eve, _ = await known(peer, "eve")
    stamp = f"{peer.base_url}/approvals/1"
    forged = peer.activity(eve, "Accept", {**asked, "instrument": reply.uri}, result=stamp)
    await ended(local, peer, eve, forged, 2)
    assert not await may_see(None, reply.pk)
    accept = peer.activity(ana, "Accept", {**asked, "instrument": reply.uri}, result=stamp)
    assert (await ended(local, peer, ana, accept, 3)).state == "handled"
    assert await may_see(None, reply.pk)
    assert (await Post.objects.aget(pk=theirs.pk)).replies_count == 1
    document = (await local.get(reply.uri, headers={"Accept": "application/activity+json"})).json()
    assert document["replyAuthorization"] == document["approvedBy"] == stamp
    assert not await sent("Delete")
    revoked = peer.activity(ana, "Delete", stamp)
    assert (await ended(local, peer, ana, revoked, 4)).state == "handled"
    assert [one["object"]["id"] for one in await sent("Delete")] == [reply.uri]
    assert not await may_see(None, reply.pk)
    again = {**accept, "id": f"{accept['id']}/2"}
    assert (await ended(local, peer, ana, again, 5)).state == "skipped"
    assert not await may_see(None, reply.pk)


@pytest.mark.slow
async def test_likes_and_boosts_of_ours_are_asked_for(
    local: httpx.AsyncClient, peer: FedifyPeer, ada: Identity, worker: Any
) -> None:
    ana, her = await known(peer, "ana")
    theirs = await remote_post(peer, ana, her, canLike="like_policy", canAnnounce="boost_policy")
    await interactions.like(identity=ada, post_id=theirs.pk)
    boost = await interactions.boost(identity=ada, post_id=theirs.pk)
    assert await sent("Like") == await sent("Announce") == []
    [like_request], [boost_request] = await sent("LikeRequest"), await sent("AnnounceRequest")
    assert boost_request["instrument"]["id"] == boost.uri
    assert (await Post.objects.aget(pk=theirs.pk)).boosts_count == 0
    stamp = f"{peer.base_url}/approvals/2"
    accept = peer.activity(ana, "Accept", {**like_request, "instrument": like_request["instrument"]["id"]})
    await ended(local, peer, ana, {**accept, "result": stamp})
    [like] = await sent("Like")
    assert (like["id"], like["likeAuthorization"]) == (like_request["instrument"]["id"], stamp)
    accept = peer.activity(ana, "Accept", {**boost_request, "instrument": boost.uri}, result=stamp)
    await ended(local, peer, ana, accept, 2)
    assert (await Post.objects.aget(pk=boost.pk)).state == "new"
    reject = peer.activity(ana, "Reject", like["id"])
    await ended(local, peer, ana, reject, 3)
    assert not await Like.objects.aexists()


FORGED: list[tuple[str, dict[str, Any]]] = [
    ("of another host", {"id": "https://liar.test/approvals/1"}),
    ("under another id", {"id": "BASE/approvals/2"}),
    ("of another reply", {"interactingObject": "BASE/notes/999"}),
    ("of another post", {"interactionTarget": "BASE/notes/999"}),
    ("by somebody else", {"attributedTo": "BASE/users/eve"}),
    ("of another kind", {"type": "LikeAuthorization"}),
    ("without a type", {"type": None}),
    ("gone", {}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("change", "how"), [(change, how) for how, change in FORGED])
async def test_forged_approvals_show_nothing(
    local: httpx.AsyncClient, peer: FedifyPeer, ada: Identity, worker: Any, change: dict[str, Any], how: str
) -> None:
    """Bob of a third server answers Ana, who lets nobody answer without her leave; Ada follows Bob."""
    ana, her = await known(peer, "ana")
    theirs = await remote_post(peer, ana, her, canReply="reply_policy")
    async with FedifyPeer("near.test") as third:
        bob, him = await known(third, "bob")
        await follow(ada, him)
        note = third.note(bob, inReplyTo=theirs.uri)
        stamp = f"{peer.base_url}/approvals/1"
        good = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": stamp,
            "type": "ReplyAuthorization",
            "attributedTo": ana.uri,
            "interactingObject": note["id"],
            "interactionTarget": theirs.uri,
        }
        changed = {
            key: value.replace("BASE", peer.base_url) if isinstance(value, str) else value
            for key, value in change.items()
        }
        peer.documents["/approvals/1"] = good | changed
        if how == "gone":
            del peer.documents["/approvals/1"]
        stated = {**note, "replyAuthorization": changed["id"] if how == "of another host" else stamp}
        create = third.activity(bob, "Create", stated, to=[PUBLIC])
        assert (await ended(local, third, bob, create)).state == "handled"
        await checked()
        reply = await Post.objects.aget(uri=note["id"])
        assert not await may_see(None, reply.pk), how
        assert not await may_see(ada, reply.pk), how


async def test_a_request_for_another_actor_is_refused(
    local: httpx.AsyncClient, peer: FedifyPeer, ada: Identity, worker: Any
) -> None:
    ana, _ = await known(peer, "ana")
    mine = await make_post(ada, reply_policy=ASKED, like_policy=ASKED)
    hidden = await make_post(ada, Visibility.followers, like_policy=ASKED)
    requests = [
        peer.activity(ana, "LikeRequest", mine.uri, instrument="https://liar.test/likes/1"),
        peer.activity(ana, "LikeRequest", hidden.uri, instrument=f"{ana.uri}/likes/1"),
        peer.activity(ana, "LikeRequest", f"{ada.uri}/statuses/1", instrument=f"{ana.uri}/likes/1"),
        peer.activity(ana, "ReplyRequest", mine.uri, instrument=peer.note(ana, inReplyTo=hidden.uri)),
    ]
    for count, document in enumerate(requests, start=1):
        assert (await ended(local, peer, ana, document, count)).state in {"failed", "skipped"}
    assert not await Approval.objects.aexists()


@pytest.mark.slow
async def test_a_reply_of_ours_that_is_refused_here_is_deleted_elsewhere(
    peer: FedifyPeer, ada: Identity
) -> None:
    """Where it was sent, which is the servers of its author's followers. One that waited was sent nowhere."""
    _, her = await known(peer, "ana")
    eva = await make_local("eva", ada.domain)
    await follow(her, eva)
    mine = await make_post(ada, reply_policy=ASKED)
    for allowed in (False, True):
        reply = await write_post(author=eva, draft=PostDraft(text="may I?", in_reply_to_id=mine.pk))
        approval = await Approval.objects.aget(uri=reply.uri)
        if allowed:
            await answering.authorize(author=ada, approval_id=approval.pk)
            await fan_out([await Post.objects.aget(pk=reply.pk)])
            assert [one["object"]["id"] for one in await sent("Create")] == [reply.uri]
        await answering.reject(author=ada, approval_id=approval.pk)
        assert not await may_see(None, reply.pk)
        assert [one["object"]["id"] for one in await sent("Delete")] == [reply.uri] * allowed
    assert await may_see(eva, reply.pk)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["Create", "Like", "Announce"])
async def test_disallowed_unrequested_replies_are_rejected(
    local: httpx.AsyncClient, peer: FedifyPeer, ada: Identity, worker: Any, kind: str
) -> None:
    """As GoToSocial does it: the Reject names the reply, Like or Announce by its id. Nothing is said about a post that the sender can't see."""
    ana, _ = await known(peer, "ana")
    hidden = await make_post(ada, Visibility.followers, reply_policy=0, like_policy=0, boost_policy=0)
    mine = await make_post(ada, reply_policy=0, like_policy=0, boost_policy=0)
    for count, target in enumerate((hidden, mine), start=1):
        note = reply_to(peer, ana, target.uri)
        document = peer.activity(ana, kind, note if kind == "Create" else target.uri, to=[PUBLIC])
        message = await ended(local, peer, ana, document, count)
        assert message.state == "failed"
        said = await sent("Reject")
        assert len(said) == count - 1
    [reject] = said
    assert reject.keys() == {"@context", "id", "type", "actor", "to", "object"}
    assert (reject["actor"], reject["to"]) == (ada.uri, ana.uri)
    assert reject["object"] == (note["id"] if kind == "Create" else document["id"])
    assert not await Approval.objects.aexists()


@pytest.mark.slow
async def test_a_reply_that_needed_no_approval_can_be_rejected_later(
    local: httpx.AsyncClient, peer: FedifyPeer, ada: Identity, worker: Any
) -> None:
    """Only by the author of the post that it answers; so is a like and a boost."""
    ana, her = await known(peer, "ana")
    eve, _ = await known(peer, "eve")
    theirs = await make_post(her, uri=f"{ana.uri}/notes/1")
    reply = await write_post(author=ada, draft=PostDraft(text="hi", in_reply_to_id=theirs.pk))
    boost = await interactions.boost(identity=ada, post_id=theirs.pk)
    await interactions.like(identity=ada, post_id=theirs.pk)
    like = await Like.objects.aget()
    count = 0
    for actor in (eve, ana):
        assert await may_see(None, reply.pk)
        assert (await Like.objects.acount(), (await Post.objects.aget(pk=theirs.pk)).boosts_count) == (1, 1)
        for uri in (reply.uri, boost.uri, like.uri):
            count += 1
            reject = peer.activity(actor, "Reject", uri)
            assert (await ended(local, peer, actor, reject, count)).state in {"handled", "skipped"}
    assert await may_see(ada, reply.pk)
    assert not await may_see(None, reply.pk)
    assert [one["object"]["id"] for one in await sent("Delete")] == [reply.uri]
    theirs = await Post.objects.aget(pk=theirs.pk)
    assert (theirs.replies_count, theirs.likes_count, theirs.boosts_count) == (0, 0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["approved", "silent", "by its own server"])
async def test_a_reply_that_comes_before_its_post_is_judged_when_that_is_known(
    local: httpx.AsyncClient, peer: FedifyPeer, ada: Identity, worker: Any, how: str
) -> None:
    ana, _ = await known(peer, "ana")
    async with FedifyPeer("near.test") as third:
        bob, him = await known(third, "bob")
        await follow(ada, him)
        policy = {"canReply": {"automaticApproval": [ana.uri], "manualApproval": [PUBLIC]}}
        theirs = peer.note(ana, interactionPolicy=policy)
        is_approved = how == "approved"
        stamp = f"{(peer if is_approved else third).base_url}/approvals/1"
        note = third.note(bob, inReplyTo=theirs["id"])
        if how != "silent":
            note["replyAuthorization"] = stamp
            (peer if is_approved else third).documents["/approvals/1"] = {
                "@context": "https://www.w3.org/ns/activitystreams",
                "id": stamp,
                "type": "ReplyAuthorization",
                "attributedTo": ana.uri,
                "interactingObject": note["id"],
                "interactionTarget": theirs["id"],
            }
        create = third.activity(bob, "Create", note, to=[PUBLIC])
        assert (await ended(local, third, bob, create)).state == "handled"
        await fetching.ensure_post(theirs["id"])
        reply = await Post.objects.aget(uri=note["id"])
        assert reply.state == "held"
        assert not await may_see(ada, reply.pk)
        assert (await Post.objects.aget(uri=theirs["id"])).replies_count == 0
        await checked()
        assert await may_see(ada, reply.pk) == is_approved
        assert (await Post.objects.aget(uri=theirs["id"])).replies_count == is_approved
        assert not [one for one in third.requests if one.target == "/approvals/1"]


async def test_very_many_replies_before_their_post(ada: Identity, peer: FedifyPeer) -> None:
    """All are hidden in one go; those of the author, of their server, of who is mentioned, and all to an open post are not."""
    _, her = await known(peer, "ana")
    eve = await remote_actors.ensure_actor(peer.add_actor("eve").uri)
    far = await make_remote("rob", "rob.example")
    named = await make_remote("nan", "nan.example")
    answered = f"{peer.base_url}/notes/root"
    held = [await make_post(far, uri=f"{far.uri}/{at}", in_reply_to_uri=answered) for at in range(30)]
    free = [await make_post(who, uri=f"{who.uri}/1", in_reply_to_uri=answered) for who in (her, eve, named)]
    ours = await make_post(ada, in_reply_to_uri=answered)
    root = await make_post(her, uri=answered, reply_policy=ASKED)
    await Mention.objects.acreate(post=root, identity=named)
    async with async_atomic():
        await connect_orphans(root, answered)
    states = {row.pk: row.state async for row in Post.objects.filter(in_reply_to=root.pk)}
    assert {pk for pk, state in states.items() if state == "held"} == {post.pk for post in held}
    assert states.keys() == {post.pk for post in (*held, *free, ours)}
    assert (await Post.objects.aget(pk=root.pk)).replies_count == len(free) + 1
    assert await Approval.objects.filter(state="stated").acount() == len(held)
