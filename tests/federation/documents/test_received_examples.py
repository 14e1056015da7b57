"""FEDERATION.md's examples of what other servers send go through the inbox in their order, and each has its effect.

They are ours to publish, so they run in every clone. Documents of real servers are in test_fixtures.py, where these are on the machine.
"""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from activities.posts.models import InteractionPolicy, Post
from activities.publishing.services.drafts import PostDraft
from activities.publishing.services.posting import write_post
from core.db import sql
from federation import registry
from federation.models import InboxMessage
from tests.activities.people import make_post
from tests.federation.conftest import met, post, settled
from tests.federation.test_votes import make_poll
from tests.support.peers import Actor, MastodonPeer, public_pem
from tests.users.support import make_person
from users.collections import services as collections
from users.domains.models import Domain
from users.identities.models import Identity
from users.relations.models import Follow
from users.relations.services import following

EXAMPLES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("received_examples.json").read_text())


class Story:
    """Ada's server and Bob's, by the names that the examples have for them."""

    def __init__(self, peer: MastodonPeer, ada: Identity) -> None:
        self.peer, self.ada = peer, ada
        self.names = {
            "https://example.org": ada.domain.base_url,
            "@example.org": f"@{ada.domain.name}",
            "https://far.example": peer.base_url,
            "-----BEGIN PUBLIC KEY-----…": public_pem(peer.actors["bob"].key),
        }

    def real(self, document: dict[str, Any]) -> dict[str, Any]:
        text = json.dumps(document, ensure_ascii=False)
        for name in sorted(self.names, key=len, reverse=True):
            text = text.replace(name, json.dumps(self.names[name])[1:-1])
        return dict(json.loads(text))

    def is_at(self, uri: str, there: str) -> None:
        """What the examples call `uri` is at another address here."""
        self.names[uri] = there

    async def bob(self) -> Identity:
        return await Identity.objects.aget(uri=self.peer.actors["bob"].uri)


async def _ada_asked_to_follow(story: Story) -> None:
    asked = await following.follow(source=story.ada, target_id=(await story.bob()).pk)
    story.is_at("https://example.org/users/ada#follows/7", asked.uri)


async def _eve_asked_to_follow(story: Story) -> None:
    eve = await make_person(story.ada.domain, "eve")
    asked = await following.follow(source=eve, target_id=(await story.bob()).pk)
    story.is_at("https://example.org/users/eve#follows/8", asked.uri)


async def _ada_has_a_poll(story: Story) -> None:
    story.is_at("https://example.org/users/ada/statuses/44", (await make_poll(story.ada)).uri)


async def _ada_quotes_with(number: int, story: Story) -> None:
    quoted = await Post.objects.aget(uri=f"{story.peer.base_url}/notes/1")
    await make_post(
        story.ada,
        uri=f"{story.ada.uri}/statuses/{number}",
        quote_of_id=quoted.pk,
        quote_uri=quoted.uri,
        quote_state="pending",
    )


async def _bobs_server_has_a_stamp(story: Story) -> None:
    await _ada_quotes_with(46, story)
    story.peer.add_document(
        story.real(
            {
                "@context": "https://www.w3.org/ns/activitystreams",
                "id": "https://far.example/stamps/1",
                "type": "QuoteAuthorization",
                "attributedTo": "https://far.example/users/bob",
                "interactingObject": "https://example.org/users/ada/statuses/46",
                "interactionTarget": "https://far.example/notes/1",
            }
        )
    )


async def _bob_has_another_account(story: Story) -> None:
    bob = await story.bob()
    await Follow.objects.acreate(source=story.ada, target=bob, accepted_at=bob.created_at)
    story.peer.add_actor("robert", alsoKnownAs=[bob.uri])


async def _bob_writes_in_a_group_that_ada_follows(story: Story) -> None:
    group = await Identity.objects.aget(uri=f"{story.peer.base_url}/users/cats")
    await Follow.objects.acreate(source=story.ada, target=group, accepted_at=group.created_at)
    example = next(one for one in EXAMPLES if one["name"] == _PASSED_ON)["document"]["object"]
    story.peer.add_document(story.real(example["object"]))


async def _ada_answers_a_post_of_bobs_with(number: int, story: Story) -> None:
    """Bob wants to be asked first."""
    bob = await story.bob()
    uri = f"{story.peer.base_url}/notes/11"
    theirs = await Post.objects.filter(uri=uri).afirst() or await make_post(
        bob, uri=uri, reply_policy=InteractionPolicy.public_asked.value
    )
    reply = await write_post(author=story.ada, draft=PostDraft(text="May I?", in_reply_to_id=theirs.pk))
    [asked] = [one for one in await _sent("ReplyRequest") if one["instrument"]["id"] == reply.uri]
    story.is_at(f"https://example.org/users/ada/statuses/{number}#reply-request", asked["id"])
    story.is_at(f"https://example.org/users/ada/statuses/{number}", reply.uri)


async def _bob_has_a_collection(story: Story) -> None:
    example = next(one for one in EXAMPLES if one["name"] == "Update (of a FeaturedCollection)")["document"]
    story.peer.add_document({**story.real(example["object"]), "@context": example["@context"]})


async def _ada_asks_bob_for_a_collection(number: int, story: Story) -> None:
    bob = await story.bob()
    await Identity.objects.filter(pk=bob.pk).aupdate(allows_featuring=True)
    mine = await collections.create_collection(owner=story.ada, name=f"Mine {number}", person_ids=[bob.pk])
    [asked] = [one for one in await _sent("FeatureRequest") if one["instrument"] == mine.uri]
    story.is_at(f"https://example.org/users/ada/feature_requests/{number}", asked["id"])


async def _sent(kind: str) -> list[dict[str, Any]]:
    found = "SELECT body FROM federation_outgoingactivity WHERE activity_type = %s ORDER BY id"
    return [json.loads(bytes(body)) for body in await sql.column(found, [kind])]


_PASSED_ON = "Announce (of a Create, by a group)"

# what has to be there before an example comes
GIVEN: dict[str, Callable[[Story], Awaitable[None]]] = {
    "Accept (of a Follow)": _ada_asked_to_follow,
    "Create (of a vote)": _ada_has_a_poll,
    "Accept (of a QuoteRequest)": _bobs_server_has_a_stamp,
    "Reject (of a QuoteRequest)": lambda story: _ada_quotes_with(47, story),
    "Reject (of a Follow)": _eve_asked_to_follow,
    _PASSED_ON: _bob_writes_in_a_group_that_ada_follows,
    "Accept (of a ReplyRequest)": lambda story: _ada_answers_a_post_of_bobs_with(48, story),
    "Reject (of a ReplyRequest)": lambda story: _ada_answers_a_post_of_bobs_with(49, story),
    "FeatureRequest": _bob_has_a_collection,
    "Accept (of a FeatureRequest)": lambda story: _ada_asks_bob_for_a_collection(7, story),
    "Reject (of a FeatureRequest)": lambda story: _ada_asks_bob_for_a_collection(8, story),
    "Move": _bob_has_another_account,
}


@pytest.fixture
async def peer() -> Any:
    async with MastodonPeer("far.test") as server:
        server.add_actor("bob")
        server.add_actor("moderator")
        server.add_actor("cats", type="Group")
        yield server


@pytest.fixture
async def story(local: httpx.AsyncClient, peer: MastodonPeer) -> Story:
    ada = await make_person(await Domain.objects.aget(name="testserver"))
    bob = peer.actors["bob"]
    bob.extra.update(featured=f"{bob.uri}/featured", featuredCollections=f"{bob.uri}/collections")
    for actor in peer.actors.values():
        await met(actor)
    await make_post(ada, uri=f"{ada.uri}/statuses/42", quote_policy=InteractionPolicy.public)
    return Story(peer, ada)


def _sender(story: Story, document: dict[str, Any]) -> Actor:
    return next(actor for actor in story.peer.actors.values() if actor.uri == document["actor"])


@pytest.mark.anyio
@pytest.mark.slow
async def test_every_example_has_its_effect(story: Story, local: httpx.AsyncClient, worker: Any) -> None:
    for count, example in enumerate(EXAMPLES, start=1):
        name = example["name"]
        if name in GIVEN:
            await GIVEN[name](story)
        document = story.real(example["document"])
        answer = await post(local, story.peer, _sender(story, document), document)
        assert answer.status_code == 202, (name, answer.text)
        message: InboxMessage = (await settled(count))[-1]
        expected = ("skipped", example["skipped"]) if "skipped" in example else ("handled", "")
        assert (message.state, message.reason) == expected, (name, message.reason, message.state_error)


def test_every_kind_that_has_a_handler_has_an_example() -> None:
    shown = {
        (document["type"], _type_of(document["object"])) for document in (one["document"] for one in EXAMPLES)
    }
    handlers = {
        kind: {object_type for of, object_type in registry._handlers if of == kind}
        for kind, _ in registry._handlers
    }
    missing = []
    for kind, object_types in handlers.items():
        by_handler: dict[Any, set[str]] = {}
        for object_type in object_types:
            by_handler.setdefault(registry._handlers[kind, object_type], set()).add(object_type)
        for types in by_handler.values():
            is_other_form = "" in types and len(by_handler) > 1  # the same by its id only
            if kind.startswith(("Test", *registry.OWN_KINDS)) or is_other_form:
                continue
            if not any(of == kind and ("" in types or object_type in types) for of, object_type in shown):
                missing.append((kind, types))
    assert not missing


def _type_of(value: Any) -> str:
    return str(value.get("type", "")) if isinstance(value, dict) else ""
