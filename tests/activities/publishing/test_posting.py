"""Writing, editing, deleting posts."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from activities.media.models import Attachment
from activities.notifications.models import Notification
from activities.posts.models import Mention, Post, Revision, Visibility
from activities.posts.queries import posts
from activities.posts.queries.revisions import history
from activities.posts.queries.visibility import may_see
from activities.publishing.handlers.fan_out import fan_out, publish_deletion, publish_edit
from activities.publishing.services.interactions import boost
from activities.tags.models import PostTag
from activities.timelines.models import HomeEntry
from activities.timelines.queries import timelines
from core.db.paging import Page
from core.errors import BadInput, NotFound
from federation.models import Delivery, OutgoingActivity
from stator.workers.worker import Worker
from tests.activities.people import block, follow, make_post, make_remote
from tests.support.posts import delete_post, edit_post, write_post
from users.identities.models import Identity

pytestmark = pytest.mark.anyio


async def reload(post: Post) -> Post:
    return await Post.objects.aget(pk=post.pk)


async def test_a_post_has_html_mentions_hashtags_and_counts(alice: Identity, bob: Identity) -> None:
    post = await write_post(author=alice, text="hi @bob #Hello", visibility=Visibility.public, language="en")
    view = await posts.get_post(post.pk, bob)
    assert 'class="u-url mention">@<span>bob</span>' in view.content
    assert [mention.username for mention in view.mentions] == ["bob"]
    assert [(tag.name, tag.display_name) for tag in view.tags] == [("hello", "Hello")]
    assert view.uri == f"https://home.test/users/alice/statuses/{post.pk}"
    assert view.url == f"https://home.test/@alice/{post.pk}"
    assert (view.language, view.author.posts_count, view.state if hasattr(view, "state") else None) == (
        "en",
        1,
        None,
    )
    assert (await reload(post)).state == "new"
    assert [home.id for home in await timelines.home(alice, Page())] == [post.pk]


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 501, "\0"])
async def test_blank_and_long_posts_are_refused(alice: Identity, text: str) -> None:
    with pytest.raises(BadInput) as refused:
        await write_post(author=alice, text=text)
    assert (refused.value.field, refused.value.code) == ("text", "blank" if len(text) < 500 else "too_long")
    assert not await Post.objects.aexists()


async def test_the_content_warning_counts(alice: Identity) -> None:
    with pytest.raises(BadInput):
        await write_post(author=alice, text="x" * 400, content_warning="y" * 101)
    assert (await write_post(author=alice, text="x" * 400, content_warning="y" * 100)).is_sensitive


async def test_replies_to_hidden_posts_are_refused(alice: Identity, bob: Identity) -> None:
    hidden = await make_post(alice, Visibility.followers)
    with pytest.raises(NotFound):
        await write_post(author=bob, text="what?", in_reply_to_id=hidden.pk)
    await follow(bob, alice)
    reply = await write_post(author=bob, text="ah", in_reply_to_id=hidden.pk)
    assert reply.in_reply_to_id == hidden.pk
    assert reply.in_reply_to_author_id == alice.pk
    assert reply.conversation_id == hidden.conversation_id
    assert reply.visibility == Visibility.followers, "not widened without being told"
    assert (await reload(hidden)).replies_count == 0, "the number would betray the reply"


async def test_an_answer_to_a_local_only_post_stays_local(alice: Identity, bob: Identity) -> None:
    local = await make_post(alice, Visibility.local_only)
    reply = await write_post(author=bob, text="x", in_reply_to_id=local.pk, visibility=Visibility.public)
    assert reply.visibility == Visibility.local_only


async def test_a_reply_to_a_boost_answers_the_original(alice: Identity, bob: Identity) -> None:
    original = await make_post(alice)
    boosted = await boost(identity=bob, post_id=original.pk)
    reply = await write_post(author=alice, text="x", in_reply_to_id=boosted.pk)
    assert reply.in_reply_to_id == original.pk
    assert (await reload(original)).replies_count == 1


async def test_attachments_must_be_ones_own_and_free(alice: Identity, bob: Identity) -> None:
    mine = await Attachment.objects.acreate(author=alice, kind="image", url="https://home.test/1.png")
    theirs = await Attachment.objects.acreate(author=bob, kind="image", url="https://home.test/2.png")
    post = await write_post(author=alice, text="", attachments=[mine.pk])
    assert [a.id for a in (await posts.get_post(post.pk, None)).attachments] == [mine.pk]
    for taken in (theirs, mine):
        with pytest.raises(BadInput):
            await write_post(author=alice, text="x", attachments=[taken.pk])


async def test_an_edit_keeps_visibility_and_the_earlier_text(alice: Identity, bob: Identity) -> None:
    """The ancestor's editing made followers-only posts public."""
    post = await write_post(author=alice, text="one #a", visibility=Visibility.followers)
    await fan_out([post])
    await Post.objects.filter(pk=post.pk).aupdate(state="fanned_out")
    edited = await edit_post(author=alice, post_id=post.pk, text="two @bob #b", content_warning="cw")
    assert edited.visibility == Visibility.followers
    assert (await reload(post)).visibility == Visibility.followers
    assert (await reload(post)).state == "edited"
    assert not await may_see(None, post.pk)
    view = await posts.get_post(post.pk, alice)
    assert (view.source, view.content_warning, view.is_sensitive) == ("two @bob #b", "cw", True)
    assert view.edited_at is not None
    assert [tag.name for tag in view.tags] == ["b"]
    versions = await history(post.pk, alice)
    assert [version.content[:6] for version in versions] == ["<p>one", "<p>two"]
    assert await Notification.objects.filter(identity=bob, kind="mention").acount() == 1


async def test_an_edit_that_changes_nothing_leaves_no_trace(alice: Identity) -> None:
    post = await write_post(author=alice, text="one")
    same = await edit_post(author=alice, post_id=post.pk, text="one")
    assert same.edited_at is None
    assert not await Revision.objects.aexists()


async def test_an_edit_before_fan_out_is_still_a_new_post(alice: Identity) -> None:
    post = await write_post(author=alice, text="one")
    await edit_post(author=alice, post_id=post.pk, text="two")
    assert (await reload(post)).state == "new"


async def test_a_removed_mention_keeps_its_right_to_read(alice: Identity, bob: Identity) -> None:
    post = await write_post(author=alice, text="@bob psst", visibility=Visibility.mentioned)
    await edit_post(author=alice, post_id=post.pk, text="psst")
    assert (await Mention.objects.aget(post=post)).is_silent
    assert await may_see(bob, post.pk)


async def test_only_the_author_edits_and_deletes(alice: Identity, bob: Identity) -> None:
    post = await write_post(author=alice, text="one")
    with pytest.raises(NotFound):
        await edit_post(author=bob, post_id=post.pk, text="two")
    with pytest.raises(NotFound):
        await delete_post(author=bob, post_id=post.pk)


async def test_a_deleted_post_leaves_an_empty_tombstone(alice: Identity, bob: Identity) -> None:
    await follow(bob, alice)
    parent = await make_post(bob)
    post = await write_post(
        author=alice, text="secret @bob #tag", in_reply_to_id=parent.pk, visibility=Visibility.public
    )
    await fan_out([post])
    boosted = await boost(identity=bob, post_id=post.pk)
    assert await HomeEntry.objects.filter(identity=bob, post=post).aexists()
    await edit_post(author=alice, post_id=post.pk, text="secret again @bob")
    await delete_post(author=alice, post_id=post.pk)
    stone = await reload(post)
    assert stone.deleted_at is not None
    assert (stone.content, stone.source, stone.content_warning, stone.state) == ("", "", "", "deleted")
    with pytest.raises(NotFound):
        await posts.get_post(post.pk, alice)
    assert not await may_see(bob, boosted.pk)
    await publish_deletion([stone])
    for table in (HomeEntry, Notification, Mention, PostTag, Revision):
        rows = table.objects.all() if table is Revision else table.objects.filter(post=post)
        assert not await rows.aexists(), table
    assert (await reload(boosted)).deleted_at is not None
    assert (await reload(parent)).replies_count == 0
    for who in (alice, bob):
        assert (await Identity.objects.aget(pk=who.pk)).posts_count == 0
    with pytest.raises(NotFound):
        await delete_post(author=alice, post_id=post.pk)


async def test_where_a_post_is_sent(alice: Identity) -> None:
    """One delivery per shared inbox; the mentioned get it without following; blocked ones of a local-only post never."""
    one, two = await make_remote("one"), await make_remote("two")
    third = await make_remote("three", "third.test", shared_inbox_url="")
    pending = await make_remote("four", "fourth.test")
    for follower in (one, two):
        await follow(follower, alice)
    await follow(pending, alice, accepted=False)
    post = await write_post(author=alice, text="hello @three@third.test", visibility=Visibility.followers)
    await fan_out([post])
    inboxes = {delivery.inbox async for delivery in Delivery.objects.all()}
    assert inboxes == {"https://far.test/inbox", "https://third.test/users/three/inbox"}
    assert [row.activity_type async for row in OutgoingActivity.objects.all()] == ["Create"]
    assert third.pk in {mention.identity_id async for mention in Mention.objects.filter(post=post)}
    await publish_edit([post])
    await publish_deletion([post])
    types = [row.activity_type async for row in OutgoingActivity.objects.order_by("id")]
    assert types == ["Create", "Update", "Delete"]


async def test_local_only_posts_are_sent_nowhere(alice: Identity) -> None:
    await follow(await make_remote("one"), alice)
    post = await write_post(author=alice, text="@one@far.test", visibility=Visibility.local_only)
    await fan_out([post])
    await publish_edit([post])
    await publish_deletion([post])
    assert not await OutgoingActivity.objects.aexists()


async def test_a_reply_to_a_blocker_is_refused(alice: Identity, bob: Identity) -> None:
    post = await make_post(alice)
    await block(alice, bob)
    with pytest.raises(NotFound):
        await write_post(author=bob, text="x", in_reply_to_id=post.pk)


@pytest.mark.slow
async def test_an_unknown_handle_stays_text(alice: Identity) -> None:
    post = await write_post(author=alice, text="hello @ghost@nowhere.invalid", visibility=Visibility.public)
    assert post.content == "<p>hello @ghost@nowhere.invalid</p>"


@pytest.mark.slow
async def test_the_worker_takes_a_post_through_its_life(
    alice: Identity, bob: Identity, wait_until: Callable[..., Awaitable[object]]
) -> None:
    """Written, fanned out, edited, deleted: by the real worker, woken by each commit."""
    await follow(bob, alice)
    await follow(await make_remote("far"), alice)
    stop = asyncio.Event()
    worker = asyncio.create_task(Worker([Post], with_jobs=False).run(stop))

    async def is_in(state: str) -> bool:
        return (await reload(post)).state == state

    try:
        post = await write_post(author=alice, text="one", visibility=Visibility.public)
        await wait_until(lambda: is_in("fanned_out"), message="fanned out")
        assert [view.id for view in await timelines.home(bob, Page())] == [post.pk]
        await edit_post(author=alice, post_id=post.pk, text="two")
        await wait_until(lambda: is_in("fanned_out"), message="fanned out again")
        await delete_post(author=alice, post_id=post.pk)
        await wait_until(lambda: is_in("gone"), message="gone")
        assert await timelines.home(bob, Page()) == []
    finally:
        stop.set()
        await worker
    sent = [row.activity_type async for row in OutgoingActivity.objects.order_by("id")]
    assert sent == ["Create", "Update", "Delete"]
