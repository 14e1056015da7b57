"""Inbox forwarding: replies to posts here reach the followers of whom they answer, and those passed on to us their readers here."""

from typing import Any

import msgspec
import pytest

from activities.polls.services import PollDraft
from activities.posts.activitypub.notes import note_document
from activities.posts.models import Post
from activities.posts.queries.delivery import load_for_delivery
from activities.publishing.inbox import forwarding
from core import clock
from core.crypto.keys import make_ed25519_pair
from federation import sending
from federation.inbox.receiving import receive
from federation.inbox.storing import InboxRequest
from federation.models import InboxMessage, RemoteKey
from federation.proofs import add_proof
from federation.proofs.documents import DATA_INTEGRITY
from federation.signatures import SignatureClaim, SigningKey
from tests.support.posts import write_post
from tests.users.inbox import messages
from tests.users.inbox.messages import activity
from tests.users.support import make_domain, make_person, make_remote, sent
from users.identities.handlers import maintain_keys
from users.identities.models import Identity, KeyUse
from users.identities.queries.federation import proof_key
from users.identities.queries.keys import key_of
from users.relations.services import following

pytestmark = pytest.mark.anyio

AS = "https://www.w3.org/ns/activitystreams"


@pytest.fixture
async def ada(db: None) -> Identity:
    """Followed by Bob, of another server."""
    ada = await make_person(await make_domain())
    bob = await make_remote("bob", "bob.example")
    await following.follow(source=bob, target_id=ada.pk, uri=f"{bob.uri}/f")
    return ada


_KEY = make_ed25519_pair()


@pytest.fixture
async def eve(ada: Identity) -> Identity:
    """Whom Bob's server does not know. Her key for proofs is known here."""
    eve = await make_remote("eve", "eve.example")
    await RemoteKey.objects.acreate(
        key_id=f"{eve.uri}#ed25519", owner=eve.uri, pem=_KEY.public_pem, is_assertion=True
    )
    return eve


def _proven(eve: Identity, document: dict[str, Any]) -> dict[str, Any]:
    return add_proof(document, SigningKey(f"{eve.uri}#ed25519", _KEY.private_pem))


def _reply(eve: Identity, parent: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{eve.uri}/notes/1",
        "type": "Note",
        "attributedTo": eve.uri,
        "content": "<p>an answer</p>",
        "inReplyTo": parent,
        "published": "2026-01-01T00:00:00Z",
        "to": [f"{AS}#Public"],
        **more,
    }


def _create(eve: Identity, note: dict[str, Any], **more: Any) -> dict[str, Any]:
    return _proven(eve, activity(eve, "Create", note, to=note["to"], **more))


async def _forwarded() -> list[tuple[list[str], dict[str, Any]]]:
    return [(inboxes, document) for _, inboxes, document in await sent() if "proof" in document]


async def test_a_reply_is_forwarded_to_the_followers_of_the_parents_author(
    ada: Identity, eve: Identity
) -> None:
    post = await write_post(author=ada, text="hello")
    create = _create(eve, _reply(eve, post.uri))
    assert (await messages.receive(create))[0] == "handled"
    note = _reply(eve, post.uri, content="<p>other</p>", updated="2026-01-02T00:00:00Z")
    edit = _proven(eve, activity(eve, "Update", note))
    assert (await messages.receive(edit))[0] == "handled"
    delete = _proven(eve, activity(eve, "Delete", f"{eve.uri}/notes/1"))
    assert (await messages.receive(delete))[0] == "handled"
    # as they came: a changed letter and the proof is worth nothing
    assert await _forwarded() == [(["https://bob.example/inbox"], each) for each in (create, edit, delete)]


async def test_unsuitable_activities_are_not_forwarded(
    ada: Identity, eve: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await write_post(author=ada, text="hello")
    quiet = await write_post(author=ada, text="for followers", visibility=2)
    without = _create(eve, _reply(eve, post.uri))
    del without["proof"]
    private = _reply(eve, post.uri, id=f"{eve.uri}/notes/2", to=[ada.uri])
    hidden = _reply(eve, quiet.uri, id=f"{eve.uri}/notes/3", cc=[ada.uri])
    for document in (without, _create(eve, private), _create(eve, hidden)):
        assert (await messages.receive(document))[0] == "handled"
    monkeypatch.setattr(forwarding, "MAX_FORWARDED_PER_HOST", 1)
    for number in (4, 5):
        note = _reply(eve, post.uri, id=f"{eve.uri}/notes/{number}")
        assert (await messages.receive(_create(eve, note)))[0] == "handled"
    assert len(await _forwarded()) == 1


@pytest.mark.parametrize("what", ["junk", "value", "words", "key", "owner"])
async def test_a_proof_that_does_not_hold_is_not_passed_on(ada: Identity, eve: Identity, what: str) -> None:
    """Bob's server would ask Eve's for her key, for whatever she posts here."""
    post = await write_post(author=ada, text="hello")
    create = _create(eve, _reply(eve, post.uri))
    if what == "junk":
        create["proof"] = {"type": "DataIntegrityProof", "proofValue": "z1"}
    if what == "value":
        create["proof"]["proofValue"] = _create(eve, _reply(eve, post.uri))["proof"]["proofValue"]
    if what == "words":
        create["object"]["content"] = "<p>others</p>"
    if what == "key":
        await RemoteKey.objects.all().aupdate(is_assertion=False)
    if what == "owner":
        await RemoteKey.objects.all().aupdate(owner="https://eve.example/users/zoe")
    assert (await messages.receive(create))[0] == "handled"
    assert await _forwarded() == []


async def test_a_reply_that_is_passed_on_to_us_is_kept_where_its_conversation_is(
    ada: Identity, eve: Identity
) -> None:
    carol = await make_remote("carol", "carol.example")
    post = await Post.objects.acreate(
        author=carol,
        uri=f"{carol.uri}/notes/1",
        url="",
        is_local=False,
        visibility=0,
        created_at=carol.created_at,
    )
    reply = _create(eve, _reply(eve, post.uri))
    assert (await messages.receive(reply))[0] == "skipped"  # not passed on: it concerns nobody here
    assert (await messages.receive(reply, is_forwarded=True))[0] == "handled"
    elsewhere = _create(eve, _reply(eve, f"{carol.uri}/notes/2", id=f"{eve.uri}/notes/2"))
    assert (await messages.receive(elsewhere, is_forwarded=True))[0] == "skipped"
    assert await _forwarded() == []  # nor is it passed on once more


async def test_hints_are_looked_up_only_in_conversations_that_are_here(ada: Identity, eve: Identity) -> None:
    post = await write_post(author=ada, text="hello")

    def hint(about: str, parent: str, kind: str = "Create") -> dict[str, Any]:
        return activity(eve, "takahe:Hint", about, inReplyTo=parent, activity=kind)

    far = "https://far.example/notes/1"
    assert (await messages.receive(hint(far, post.uri)))[0] == "fetching"
    for document in (
        hint(far, "https://far.example/notes/0"),
        hint(far, ""),
        hint(post.uri, post.uri),
        hint(far, "", "Delete"),
        hint(post.uri, "", "Delete"),
        hint(post.uri, "", "Update"),
    ):
        assert (await messages.receive(document))[0] in ("skipped", "handled")
    assert (await Post.objects.aget(pk=post.pk)).deleted_at is None


async def test_public_activities_leave_with_a_proof_and_others_without(ada: Identity) -> None:
    await maintain_keys()
    open_, closed = (
        {"@context": AS, "id": f"{ada.uri}#1", "type": "Create", "actor": ada.uri, "object": {}, "to": to}
        for to in ([f"{AS}#Public"], [f"{ada.uri}/followers"])
    )
    for document in (open_, closed):
        await sending.send(signer=ada.pk, activity=document, inboxes=["https://bob.example/inbox"])
    first, second = [document for kind, _, document in await sent() if kind == "Create"]
    assert first["proof"]["verificationMethod"].startswith(f"{ada.uri}#")
    assert first["@context"] == [AS, DATA_INTEGRITY]
    assert second == closed


async def test_own_activities_are_not_forwarded_back(ada: Identity, eve: Identity) -> None:
    """A stranger who posts an old Update of a poll here to its own server would take votes away."""
    post = await write_post(author=ada, text="which?", poll=PollDraft(options=["a", "b"], expires_in=3600))
    document = note_document((await load_for_delivery([post.pk]))[post.pk])
    await maintain_keys()
    key, stated = await proof_key(ada.pk), await key_of(ada.pk, KeyUse.assertion)
    assert key is not None
    assert stated is not None
    # as its own server shows it to the worker, who asks for it like for any other
    await RemoteKey.objects.acreate(key_id=key.key_id, owner=ada.uri, pem=stated.public, is_assertion=True)
    update = add_proof(activity(ada, "Update", document), key)
    claim = SignatureClaim(f"{eve.uri}#key", "cavage", "", (), b"", (), None, clock.now())
    arrival = InboxRequest(claim, msgspec.json.encode(update), "", "203.0.113.1")
    assert await receive(arrival) == "duplicate"
    assert await InboxMessage.objects.acount() == 0
