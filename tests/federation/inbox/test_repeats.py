"""Recognition of repeats: peers give one id to several activities, and the second follow the same id as the first."""

import datetime as dt
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from activities.posts.models import Like, Post, Visibility
from activities.reactions.models import Reaction
from core import clock
from federation.models import InboxMessage
from tests.activities.people import follow, make_post
from tests.federation.conftest import LOCAL, messages, post, settled
from tests.support.peers import Actor, MastodonPeer
from tests.users.support import make_person
from users.domains.models import Domain
from users.identities.models import Identity
from users.moderation.models import Report
from users.relations.models import Block, Follow
from users.relations.services import following

pytestmark = pytest.mark.anyio
type Send = Callable[..., Awaitable[list[InboxMessage]]]


@pytest.fixture
async def send(local: httpx.AsyncClient, peer: MastodonPeer, ana: Actor, her: Identity, worker: Any) -> Send:
    """Post an activity of Ana's with this id and wait until it ended; returns all messages."""
    sent = 0

    async def post_and_wait(
        kind: str, about: Any, activity_id: str, *, age_s: float = 0, **more: Any
    ) -> list[InboxMessage]:
        nonlocal sent
        document = peer.activity(ana, kind, about, id=f"{peer.base_url}/{activity_id}", **more)
        date = clock.now() - dt.timedelta(seconds=age_s)
        assert (await post(local, peer, ana, document, date=date)).status_code == 202
        sent += 1
        return await settled(sent)

    return post_and_wait


async def test_a_delete_with_the_id_of_its_create_is_heard(
    send: Send, peer: MastodonPeer, ana: Actor, ada: Identity, her: Identity
) -> None:
    """BookWyrm."""
    await follow(ada, her)
    note = peer.note(ana)
    await send("Create", note, "activities/same")
    assert await Post.objects.filter(uri=note["id"], deleted_at=None).aexists()
    await send("Delete", {"id": note["id"], "type": "Tombstone"}, "activities/same")
    assert not await Post.objects.filter(uri=note["id"], deleted_at=None).aexists()


@pytest.mark.slow
@pytest.mark.parametrize("is_known", [True, False])
async def test_an_undo_of_a_delete_is_of_no_concern(
    send: Send, peer: MastodonPeer, ana: Actor, ada: Identity, her: Identity, is_known: bool
) -> None:
    """Neither from one we know nor from a stranger: the post stays gone, and the reason is kept."""
    await follow(ada, her)
    note = peer.note(ana)
    await send("Create", note, "activities/1")
    deletion = {"id": f"{note['id']}#delete", "type": "Delete", "actor": ana.uri, "object": note["id"]}
    await send("Delete", {"id": note["id"], "type": "Tombstone"}, "notes/x#delete")
    if not is_known:
        await Identity.objects.filter(pk=her.pk).aupdate(uri="https://elsewhere.example/other")
    before = len(peer.requests)
    found = await send("Undo", deletion, "undos/1")
    assert (found[-1].state, found[-1].reason) == ("skipped", "a Delete is not taken back")
    assert len(peer.requests) == before
    assert not await Post.objects.filter(uri=note["id"], deleted_at=None).aexists()


@pytest.mark.slow
async def test_follow_undo_and_follow_with_the_same_ids_again_and_again(
    send: Send, peer: MastodonPeer, ana: Actor, ada: Identity
) -> None:
    """The Misskey family, Incarnator and others name a follow by its two people."""
    inner = {"id": f"{peer.base_url}/follows/1/2", "type": "Follow", "actor": ana.uri, "object": ada.uri}
    for _ in range(3):
        await send("Follow", ada.uri, "follows/1/2")
        assert await Follow.objects.filter(target=ada).aexists()
        await send("Undo", inner, "follows/1/2/undo")
        assert not await Follow.objects.filter(target=ada).aexists()


@pytest.mark.slow
async def test_a_follow_that_we_ended_can_begin_again_with_its_id(
    send: Send, peer: MastodonPeer, ana: Actor, ada: Identity, her: Identity
) -> None:
    await send("Follow", ada.uri, "follows/1/2")
    await following.remove_follower(target=ada, source_id=her.pk)
    await send("Follow", ada.uri, "follows/1/2")
    assert await Follow.objects.filter(target=ada, accepted_at__isnull=False).aexists()


@pytest.mark.slow
@pytest.mark.parametrize("is_embedded", [True, False])
async def test_an_undo_that_found_nothing_does_not_swallow_what_comes_next(
    send: Send, peer: MastodonPeer, ana: Actor, ada: Identity, is_embedded: bool
) -> None:
    """People press unfollow and follow when a follow was lost on its way."""
    uri = f"{peer.base_url}/follows/1/2"
    inner = {"id": uri, "type": "Follow", "actor": ana.uri, "object": ada.uri}
    await send("Undo", inner if is_embedded else uri, "undo/1")
    await send("Follow", ada.uri, "follows/1/2")
    assert await Follow.objects.filter(target=ada).aexists()


@pytest.mark.slow
async def test_an_activity_signed_before_its_undo_has_no_effect_later(
    send: Send, peer: MastodonPeer, ana: Actor, ada: Identity
) -> None:
    mine = await make_post(ada)
    about = {"Follow": ada.uri, "Block": ada.uri, "Like": mine.uri, "Announce": mine.uri}
    for kind, thing in about.items():
        uri = f"{peer.base_url}/{kind}/1"
        await send("Undo", {"id": uri, "type": kind, "actor": ana.uri, "object": thing}, f"undo/{kind}")
        late = (await send(kind, thing, f"{kind}/1", age_s=5))[-1]
        assert (late.state, late.reason) == ("skipped", "it was taken back before it came")
        await send("Undo", uri, f"undo/{kind}/bare")
        late = (await send(kind, thing, f"{kind}/1", age_s=5))[-1]
        assert late.reason == "it was taken back before it came"
    assert not await Follow.objects.aexists()
    assert not await Block.objects.aexists()
    assert not await Like.objects.aexists()
    assert not await Post.objects.filter(boost_of=mine, deleted_at=None).aexists()


@pytest.mark.slow
async def test_likes_boosts_and_blocks_begin_again_with_their_ids(
    send: Send, peer: MastodonPeer, ana: Actor, ada: Identity, her: Identity
) -> None:
    mine = await make_post(ada)
    rows = {
        "Like": (mine.uri, Like.objects.filter(post=mine)),
        "EmojiReact": (mine.uri, Reaction.objects.filter(post=mine)),
        "Announce": (mine.uri, Post.objects.filter(boost_of=mine, deleted_at=None)),
        "Block": (ada.uri, Block.objects.filter(target=ada)),
    }
    for kind, (about, found) in rows.items():
        uri = f"{peer.base_url}/{kind}/1"
        content = "🎉" if kind == "EmojiReact" else ""
        for undo in (uri, {"id": uri, "type": kind, "actor": ana.uri, "object": about}):
            await send(kind, about, f"{kind}/1", content=content)
            assert await found.aexists(), kind
            await send(kind, about, f"{kind}/1", content=content)
            assert await found.acount() == 1, kind
            await send("Undo", undo, f"{kind}/1/undo")
            assert not await found.aexists(), kind
    mine = await Post.objects.aget(pk=mine.pk)
    assert (mine.likes_count, mine.boosts_count) == (0, 0)


@pytest.mark.slow
async def test_an_undo_that_overtook_what_it_undoes_ends_nothing_later_when_it_comes_again(
    send: Send, peer: MastodonPeer, ana: Actor, ada: Identity, her: Identity
) -> None:
    """The first of each is never stored, so that nothing tells its id from one that was made up for the Undo but the Undo itself."""
    mine = await make_post(ada)
    rows = {
        "Follow": (ada.uri, Follow.objects.filter(target=ada)),
        "Like": (mine.uri, Like.objects.filter(post=mine)),
        "EmojiReact": (mine.uri, Reaction.objects.filter(post=mine)),
        "Announce": (mine.uri, Post.objects.filter(boost_of=mine, deleted_at=None)),
        "Block": (ada.uri, Block.objects.filter(target=ada)),
    }
    began = clock.now().replace(microsecond=500_000)

    def signed(ago_s: float) -> float:
        """How long ago that is now: the same Undo has the same date each time."""
        return (clock.now() - began).total_seconds() + ago_s

    for kind, (about, found) in rows.items():
        first = {"id": f"{peer.base_url}/{kind}/1", "type": kind, "actor": ana.uri, "object": about}
        content = {"content": "🎉"} if kind == "EmojiReact" else {}
        await send("Undo", first | content, f"{kind}/1/undo", age_s=signed(60))
        await send(kind, about, f"{kind}/1", age_s=signed(90), **content)
        assert not await found.aexists(), kind
        await send(kind, about, f"{kind}/2", age_s=signed(30), **content)
        await send("Undo", first | content, f"{kind}/1/undo", age_s=signed(60))
        assert await found.aexists(), kind
        second = first | content | {"id": f"{peer.base_url}/{kind}/2"}
        await send("Undo", second, f"{kind}/2/undo", age_s=signed(20))
        assert not await found.aexists(), kind


@pytest.mark.slow
async def test_a_late_undo_of_a_reaction_ends_no_later_one(
    send: Send, peer: MastodonPeer, ana: Actor, ada: Identity, her: Identity
) -> None:
    mine = await make_post(ada)
    undo = {"id": f"{peer.base_url}/likes/1", "type": "Like", "actor": ana.uri, "object": mine.uri}
    await send("Like", mine.uri, "likes/1")
    await send("Like", mine.uri, "likes/2")
    await send("Undo", undo, "likes/1/undo")
    assert (await Like.objects.aget(post=mine)).uri == f"{peer.base_url}/likes/2"
    await send("Undo", undo | {"id": f"{peer.base_url}/likes/2"}, "likes/2/undo")
    assert not await Like.objects.aexists()
    assert (await Post.objects.aget(pk=mine.pk)).likes_count == 0


@pytest.mark.slow
@pytest.mark.parametrize("is_bare", [False, True])
@pytest.mark.parametrize("is_repeated", [False, True])
async def test_a_late_undo_of_a_boost_ends_no_later_one(
    send: Send,
    peer: MastodonPeer,
    ana: Actor,
    ada: Identity,
    her: Identity,
    is_repeated: bool,
    is_bare: bool,
) -> None:
    """It was tried again, or came late: what it names is over, and she boosts the post once more."""
    mine = await make_post(ada)

    def undo(number: int) -> Any:
        boost_id = f"{peer.base_url}/boosts/{number}"
        boost = {"id": boost_id, "type": "Announce", "actor": ana.uri, "object": mine.uri}
        return boost_id if is_bare else boost

    await send("Announce", mine.uri, "boosts/1")
    if is_repeated:
        await send("Undo", undo(1), "boosts/1/undo")
        assert not await Post.objects.filter(boost_of=mine, deleted_at=None).aexists()
    await send("Announce", mine.uri, "boosts/2")
    await send("Undo", undo(1), "boosts/1/undo/again")
    boost = await Post.objects.aget(boost_of=mine, deleted_at=None)
    assert boost.uri == f"{peer.base_url}/boosts/2"
    await send("Undo", undo(2), "boosts/2/undo")
    assert not await Post.objects.filter(boost_of=mine, deleted_at=None).aexists()
    assert (await Post.objects.aget(pk=mine.pk)).boosts_count == 0


@pytest.mark.slow
async def test_a_boost_that_a_delete_ends_begins_again_with_its_id(
    send: Send, peer: MastodonPeer, ana: Actor, ada: Identity
) -> None:
    mine = await make_post(ada)
    boosts = Post.objects.filter(boost_of=mine, deleted_at=None)
    for _ in range(2):
        await send("Announce", mine.uri, "announces/1")
        assert await boosts.acount() == 1
        await send("Delete", f"{peer.base_url}/announces/1", "announces/1#delete")
        assert not await boosts.aexists()


@pytest.mark.slow
async def test_boosts_of_two_posts_with_one_id_are_two(
    send: Send, peer: MastodonPeer, ana: Actor, ada: Identity
) -> None:
    one, two = await make_post(ada), await make_post(ada)
    await send("Announce", one.uri, "announces/1")
    await send("Announce", two.uri, "announces/1")
    boosted = Post.objects.filter(boost_of__isnull=False, deleted_at=None).values_list("boost_of", flat=True)
    assert {found async for found in boosted} == {one.pk, two.pk}
    inner = {
        "id": f"{peer.base_url}/announces/1",
        "type": "Announce",
        "actor": ana.uri,
        "object": two.uri,
    }
    await send("Undo", inner, "announces/1/undo")
    assert [found async for found in boosted.all()] == [one.pk]


@pytest.mark.slow
@pytest.mark.parametrize("has_id", [True, False])
async def test_answers_to_our_follows_may_have_one_id(
    send: Send, peer: MastodonPeer, ana: Actor, ada: Identity, her: Identity, has_id: bool
) -> None:
    """Those that lose the id of the follow say the same each time."""
    for _ in range(2):
        row = await following.follow(source=ada, target_id=her.pk)
        inner = {"id": row.uri} if has_id else {}
        inner |= {"type": "Follow", "actor": ada.uri, "object": ana.uri}
        await send("Accept", inner, "users/ana#accepts/ada")
        assert (await Follow.objects.aget(source=ada)).accepted_at
        await send("Reject", inner, "users/ana#rejects/ada")
        assert not await Follow.objects.filter(source=ada).aexists()


async def test_an_update_that_goes_back_to_what_was_is_taken(
    send: Send, peer: MastodonPeer, ana: Actor, ada: Identity, her: Identity
) -> None:
    for name in ("One", "Two", "One"):
        await send("Update", peer.actor_document(ana) | {"name": name}, "users/ana#update")
        assert (await Identity.objects.aget(pk=her.pk)).name == name


async def test_reports_with_one_id_about_two_people_are_two(
    send: Send, peer: MastodonPeer, ana: Actor, ada: Identity
) -> None:
    other = await make_person(await Domain.objects.aget(name="testserver"), "other")
    for target in (ada, other):
        await send("Flag", [target.uri], "flags/1", content="spam")
    assert {row.target_id async for row in Report.objects.all()} == {ada.pk, other.pk}


async def test_a_skipped_post_may_be_delivered_again(
    send: Send, peer: MastodonPeer, ana: Actor, ada: Identity, her: Identity
) -> None:
    note = peer.note(ana)
    assert (await send("Create", note, "activities/1"))[-1].state == "skipped"
    await follow(ada, her)
    assert (await send("Create", note, "activities/1"))[-1].state == "handled"
    assert await Post.objects.filter(uri=note["id"]).aexists()


async def test_a_create_that_comes_again_is_one_message(
    local: httpx.AsyncClient, send: Send, peer: MastodonPeer, ana: Actor, ada: Identity, her: Identity
) -> None:
    await follow(ada, her)
    note = peer.note(ana)
    await send("Create", note, "activities/1")
    again = peer.activity(ana, "Create", dict(reversed(note.items())), id=f"{peer.base_url}/activities/1")
    assert (await post(local, peer, ana, again)).status_code == 202
    assert len(await messages()) == 1


@pytest.mark.slow
async def test_a_key_that_has_to_be_fetched_first_changes_nothing_of_this(
    local: httpx.AsyncClient, peer: MastodonPeer, ana: Actor, ada: Identity, start_worker: Any
) -> None:
    note = peer.note(ana, to=[ada.uri], tag=[{"type": "Mention", "href": ada.uri, "name": "@ada"}])
    document = peer.activity(ana, "Create", note)
    delete = peer.activity(ana, "Delete", note["id"], id=document["id"])
    for one in (document, document):
        assert (await post(local, peer, ana, one)).status_code == 202
    async with start_worker():
        assert sorted(message.state for message in await settled(2)) == ["handled", "skipped"]
        await InboxMessage.objects.filter(state="skipped").adelete()
        body = json.dumps(delete).encode()
        headers = peer.signed(ana, f"{LOCAL}/inbox", body)
        assert (await local.post("/inbox", content=body, headers=headers)).status_code == 202
        await settled(2)
    assert not await Post.objects.filter(visibility=Visibility.mentioned, deleted_at=None).aexists()
