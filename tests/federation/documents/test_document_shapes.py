"""Activities whose parts are wrapped in lists, or several at once, as they come in over HTTP."""

from typing import Any

import httpx
import pytest

from activities.media.models import Attachment
from activities.posts.models import Like, Mention, Post
from core.db import sql
from tests.activities.people import follow, make_post
from tests.federation.conftest import post, settled
from tests.support.peers import Actor, MastodonPeer
from tests.users.support import make_person
from users.identities.models import Identity
from users.relations.models import Follow
from users.relations.services import following

pytestmark = pytest.mark.anyio


@pytest.mark.slow
async def test_lists_of_one_are_what_is_in_them(
    local: httpx.AsyncClient, peer: MastodonPeer, ana: Actor, ada: Identity, her: Identity, worker: Any
) -> None:
    await follow(ada, her)
    mine, note = await make_post(ada), peer.note(ana, attributedTo=[ana.uri])
    ours = await following.follow(source=await make_person(ada.domain, "eve"), target_id=her.pk)
    accepted = {"id": ours.uri, "type": "Follow", "actor": f"{ada.domain.base_url}/users/eve"}
    for count, (kind, thing) in enumerate(
        (
            ("Create", [note]),
            ("Like", [mine.uri]),
            ("Follow", [{"id": ada.uri, "type": "Person"}]),
            ("Accept", [accepted]),
        ),
        start=1,
    ):
        document = peer.activity(ana, kind, thing) | {"actor": [ana.uri]}
        assert (await post(local, peer, ana, document)).status_code == 202
        message = (await settled(count))[-1]
        assert (message.state, message.actor) == ("handled", ana.uri), kind
    assert await Post.objects.filter(uri=note["id"], author=her).aexists()
    assert await Like.objects.filter(post=mine, identity=her).aexists()
    assert await Follow.objects.filter(source=her, target=ada).aexists()
    assert (await Follow.objects.aget(pk=ours.pk)).accepted_at
    # undone in the same way
    like = {"id": "", "type": ["Like"], "object": [mine.uri], "actor": [ana.uri]}
    await post(local, peer, ana, peer.activity(ana, "Undo", [like]))
    await post(local, peer, ana, peer.activity(ana, "Delete", [{"id": note["id"], "type": "Tombstone"}]))
    await settled(6)
    assert not await Like.objects.aexists()
    assert not await Post.objects.filter(uri=note["id"], deleted_at=None).aexists()


@pytest.mark.slow
async def test_a_create_of_several_notes_is_all_of_them(
    local: httpx.AsyncClient, peer: MastodonPeer, ana: Actor, ada: Identity, her: Identity, worker: Any
) -> None:
    await follow(ada, her)
    notes = [peer.note(ana) for _ in range(3)]
    broken = {**peer.note(ana), "id": 5}
    forged = peer.note(ana, attributedTo=f"{peer.base_url}/users/zoe")
    await post(local, peer, ana, peer.activity(ana, "Create", [broken, *notes, forged]))
    assert [message.state for message in await settled()] == ["handled"]
    assert {uri async for uri in Post.objects.values_list("uri", flat=True)} == {note["id"] for note in notes}


async def test_a_self_mention_is_stored_and_does_not_notify(
    local: httpx.AsyncClient, peer: MastodonPeer, ana: Actor, ada: Identity, her: Identity, worker: Any
) -> None:
    await follow(ada, her)
    tag = [{"type": "Mention", "href": ana.uri, "name": "@ana"}]
    note = peer.note(ana, tag=tag)
    await post(local, peer, ana, peer.activity(ana, "Create", note))
    await settled()
    mention = await Mention.objects.aget(post__uri=note["id"])
    assert (mention.identity_id, mention.is_silent) == (her.pk, False)
    assert await sql.value("SELECT count(*) FROM activities_notification") == 0


@pytest.mark.parametrize("serves_its_own", [False, True])
async def test_an_update_of_a_type_of_its_own_leaves_the_post_whole(
    local: httpx.AsyncClient,
    peer: MastodonPeer,
    ana: Actor,
    ada: Identity,
    her: Identity,
    worker: Any,
    serves_its_own: bool,
) -> None:
    """BookWyrm creates a review as an Article, as others understand it, and updates it as a Review."""
    await follow(ada, her)
    cover = {"type": "Document", "url": f"{peer.base_url}/covers/1.jpg", "name": "Cover"}
    words = {"name": "On a book", "content": "<p>A good book</p>", "attachment": [cover]}
    article = peer.note(ana, type="Article", **words)
    await post(local, peer, ana, peer.activity(ana, "Create", article))
    await settled(1)
    review = {
        **article,
        "type": "Review",
        "rating": 4,
        "name": "",
        "content": "<p>Better</p>",
        "attachment": [],
    }
    review["updated"] = "2099-01-01T00:00:00Z"
    peer.add_document(
        review if serves_its_own else {**review, **words, "type": "Article", "content": "<p>Best</p>"}
    )
    await post(local, peer, ana, peer.activity(ana, "Update", review))
    assert (await settled(2))[-1].state == "handled"
    stored = await Post.objects.aget(uri=article["id"])
    assert stored.title == "On a book"
    assert ("A good book" if serves_its_own else "Best") in stored.content
    assert await Attachment.objects.filter(post=stored, kind="image").aexists()
