"""Announcing pins and deletions to other servers, and which servers receive them."""

import pytest

from activities.polls.models import PollVote
from activities.polls.services import PollDraft
from activities.posts.models import Like, Pin, Post, Visibility
from activities.publishing.handlers.fan_out import fan_out, publish_deletion
from activities.publishing.services.interactions import pin, unpin
from core.ids import new_id
from tests.activities.people import block, follow, make_post, make_remote
from tests.support.posts import delete_post, write_post
from tests.users.support import make_domain, make_person, sent
from users.identities.models import Identity

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ada(db: None) -> Identity:
    ada = await make_person(await make_domain())
    await follow(await make_remote("fay"), ada)
    return ada


async def fanned_out(post: Post) -> Post:
    await fan_out([post])
    await Post.objects.filter(pk=post.pk).aupdate(state="fanned_out", state_due_at=None)
    await post.arefresh_from_db()
    return post


@pytest.mark.slow
async def test_a_pin_is_announced_and_taken_back(ada: Identity) -> None:
    post = await fanned_out(await write_post(author=ada, text="x", visibility=Visibility.public))
    for _ in range(2):  # doing it again says nothing again
        await pin(identity=ada, post_id=post.pk)
    for _ in range(2):
        await unpin(identity=ada, post_id=post.pk)
    await pin(identity=ada, post_id=post.pk)
    told = await sent()
    assert [kind for kind, _, _ in told] == ["Create", "Add", "Remove", "Add"]
    for _, inboxes, activity in told[1:]:
        assert inboxes == ["https://far.test/inbox"]
        assert (activity["actor"], activity["object"], activity["target"]) == (
            ada.uri,
            post.uri,
            ada.featured_url,
        )
    assert len({activity["id"] for _, _, activity in told}) == 4


async def test_a_pin_follows_its_post_and_ends_before_it(ada: Identity) -> None:
    post = await write_post(author=ada, text="x", visibility=Visibility.public)
    await pin(identity=ada, post_id=post.pk)
    assert await sent() == []
    post = await fanned_out(post)
    post = await delete_post(author=ada, post_id=post.pk)
    assert not await Pin.objects.aexists()
    await publish_deletion([post])
    assert [kind for kind, _, _ in await sent()] == ["Create", "Add", "Remove", "Delete"]


@pytest.mark.parametrize("visibility", [Visibility.followers, Visibility.local_only])
async def test_pins_that_featured_does_not_show_are_not_announced(
    ada: Identity, visibility: Visibility
) -> None:
    post = await fanned_out(await write_post(author=ada, text="x", visibility=visibility))
    await pin(identity=ada, post_id=post.pk)
    await unpin(identity=ada, post_id=post.pk)
    assert {kind for kind, _, _ in await sent()} <= {"Create"}


@pytest.mark.parametrize("visibility", [Visibility.public, Visibility.followers])
async def test_the_delete_reaches_every_server_that_has_the_post(
    ada: Identity, visibility: Visibility
) -> None:
    liked, boosted, replied, quoted, voted, other = [
        await make_remote(name, f"{name}.test")
        for name in ("liked", "boosted", "replied", "quoted", "voted", "other")
    ]
    poll = PollDraft(options=["tea", "milk"], expires_in=3600)
    post = await fanned_out(await write_post(author=ada, text="x", visibility=visibility, poll=poll))
    await Like.objects.acreate(identity=liked, post=post)
    await make_post(boosted, boost_of=post)
    await make_post(replied, in_reply_to=post)
    await make_post(quoted, quote_of=post)
    await PollVote.objects.acreate(id=new_id(), identity=voted, post=post, choice=0)
    await block(other, ada)
    post = await delete_post(author=ada, post_id=post.pk)
    await publish_deletion([post])
    kind, inboxes, _ = (await sent())[-1]
    assert kind == "Delete"
    names = ("boosted", "far", "liked", "quoted", "replied", "voted")
    assert inboxes == [f"https://{name}.test/inbox" for name in names]
    assert not await PollVote.objects.aexists()
