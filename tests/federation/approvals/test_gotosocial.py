"""Requests, answers, approvals and policies in the documents of GoToSocial itself: taken as they are, and ours have the same shape."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from activities.approvals.activitypub import (
    answer_document,
    approval_document,
    is_approval_for,
    rejection_document,
)
from activities.approvals.models import Approval
from activities.posts.activitypub.notes import note_document
from activities.posts.models import Interaction, InteractionPolicy, Like, Post
from activities.posts.queries.delivery import load_for_delivery
from activities.posts.queries.visibility import may_see
from activities.publishing.activitypub import parse_post
from activities.publishing.services import interactions
from activities.publishing.services.drafts import PostDraft
from activities.publishing.services.posting import write_post
from tests.activities.people import follow, make_post
from tests.federation.approvals.asking import PUBLIC, checked, ended, known, remote_post, sent
from tests.support.peers import FedifyPeer
from users.identities.models import Identity

FIXTURES = Path(__file__).parents[4] / "shared/fixtures/activitypub/gotosocial"
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(
        not FIXTURES.is_dir(),
        reason=f"the documents of other projects, which are not ours to publish, are not here: {FIXTURES}",
    ),
]


def fixture(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text())
    return found


async def test_answers_of_gotosocial(
    local: httpx.AsyncClient, peer: FedifyPeer, ada: Identity, worker: Any
) -> None:
    """Its own documents, with the names of these servers: an Accept of a request, and a Reject of a post by its id."""
    ana, her = await known(peer, "ana")
    theirs = await remote_post(peer, ana, her, canReply="reply_policy")
    for number, (name, state) in enumerate(
        (("accept-replyrequest", "accepted"), ("reject-interaction", "refused")), start=1
    ):
        reply = await write_post(author=ada, draft=PostDraft(text="hi", in_reply_to_id=theirs.pk))
        answer = fixture(name)
        answer |= {"id": f"{ana.uri}/answers/{number}", "actor": ana.uri, "to": ada.uri}
        if isinstance(answer["object"], dict):
            answer["object"] |= {"actor": ada.uri, "object": theirs.uri, "instrument": reply.uri}
            answer["object"]["id"] = f"{reply.uri}#reply-request"
            answer["result"] = f"{ana.uri}/authorizations/1234"
        else:
            answer["object"] = reply.uri
        assert (await ended(local, peer, ana, answer, number)).state == "handled"
        assert (await Approval.objects.aget(uri=reply.uri)).state == state
        assert await may_see(None, reply.pk) == (state == "accepted")


async def test_approvals_of_other_servers_are_fetched_and_compared(
    local: httpx.AsyncClient, peer: FedifyPeer, ada: Identity, worker: Any
) -> None:
    ana, her = await known(peer, "ana")
    theirs = await remote_post(peer, ana, her, canReply="reply_policy")
    async with FedifyPeer("near.test") as third:
        bob, him = await known(third, "bob")
        await follow(ada, him)
        note = third.note(bob, inReplyTo=theirs.uri)
        stamp = f"{peer.base_url}/approvals/1"
        named = {"id": stamp, "attributedTo": ana.uri, "object": note["id"], "target": theirs.uri}
        peer.documents["/approvals/1"] = fixture("replyapproval") | named  # of GoToSocial 0.18
        create = third.activity(bob, "Create", {**note, "approvedBy": stamp}, to=[PUBLIC])
        assert (await ended(local, third, bob, create)).state == "handled"
        await checked()
        reply = await Post.objects.aget(uri=note["id"])
        assert await may_see(ada, reply.pk)
        await ended(local, peer, ana, peer.activity(ana, "Delete", stamp), 2)
        assert not await may_see(ada, reply.pk)


async def test_a_like_is_accepted_and_its_approval_revoked(
    local: httpx.AsyncClient, peer: FedifyPeer, ada: Identity, worker: Any
) -> None:
    ana, her = await known(peer, "ana")
    theirs = await remote_post(peer, ana, her, canLike="like_policy")
    await interactions.like(identity=ada, post_id=theirs.pk)
    [request] = await sent("LikeRequest")
    stamp = f"{peer.base_url}/users/ana/authorizations/1"
    accept = fixture("accept-likerequest")
    accept |= {"id": f"{ana.uri}/accepts/1", "actor": ana.uri, "to": ada.uri, "result": stamp}
    accept["object"] |= {name: request[name] for name in ("id", "actor", "object")}
    accept["object"]["instrument"] = request["instrument"]["id"]
    assert (await ended(local, peer, ana, accept)).state == "handled"
    [like] = await sent("Like")
    assert like["likeAuthorization"] == stamp
    approval = fixture("likeauthorization")
    approval |= {"id": stamp, "attributedTo": ana.uri}
    approval |= {"interactingObject": like["id"], "interactionTarget": theirs.uri}
    assert (await ended(local, peer, ana, peer.activity(ana, "Delete", approval), 2)).state == "handled"
    assert not await Like.objects.aexists()


def test_approvals_and_answers_have_its_shape() -> None:
    theirs = fixture("likeauthorization")
    names = {
        "author_uri": theirs["attributedTo"],
        "interacting_uri": theirs["interactingObject"],
        "target_uri": theirs["interactionTarget"],
    }
    assert is_approval_for(Interaction.like, theirs, uri=theirs["id"], **names)
    ours = approval_document(Interaction.like, uri=theirs["id"], **names)
    assert {**ours, "@context": None} == {**theirs, "@context": None}
    accept = fixture("accept-likerequest")
    answer = answer_document(
        Interaction.like,
        answer="Accept",
        answer_id=accept["id"],
        actor_uri=accept["actor"],
        request=accept["object"],
        approval_uri=accept["result"],
    )
    assert {**answer, "@context": None} == {**accept, "@context": None}
    reject = fixture("reject-interaction")
    assert reject == rejection_document(
        reject_id=reject["id"], actor_uri=reject["actor"], recipient_uri=reject["to"], uri=reject["object"]
    )


async def test_policies_have_its_shape(ada: Identity) -> None:
    """What it says is read as flags, and a post with these flags says the same."""
    author = "http://localhost:8080/users/the_mighty_zork"
    note = fixture("note-interactionpolicy")
    parsed = parse_post(
        note | {"id": f"{author}/statuses/1", "attributedTo": author, "to": PUBLIC},
        author_followers_url=f"{author}/followers",
        author_following_url=f"{author}/following",
    )
    followers_or_asked = (
        InteractionPolicy.followers | InteractionPolicy.others | InteractionPolicy.public_asked
    )
    assert parsed.policies == {
        Interaction.reply: followers_or_asked,
        Interaction.like: InteractionPolicy.public,
        Interaction.boost: InteractionPolicy.public_asked,
        Interaction.quote: 0,
    }
    flags = {f"{kind}_policy": int(value) for kind, value in parsed.policies.items()}
    mine = await make_post(ada, **flags)
    said = note_document((await load_for_delivery([mine.pk]))[mine.pk])["interactionPolicy"]
    for name, rules in note["interactionPolicy"].items():
        own = {author: ada.uri, f"{author}/followers": ada.followers_url}
        named = [
            one
            for who in rules["automaticApproval"]
            if (one := own.get(who, who)).startswith((ada.uri, PUBLIC))
        ]
        if name == "canReply":
            named.remove(ada.uri)  # the author is meant in any case
        assert said[name]["automaticApproval"] == named
        assert said[name].get("manualApproval", []) == rules["manualApproval"]
