"""Posts and reactions of remote actors: repeated, late, in the wrong order, or on objects of others."""

import datetime as dt
from dataclasses import replace

import pytest

from activities.notifications.models import Notification
from activities.posts.activitypub.post_document import AttachmentInDocument, MentionInDocument, PostDocument
from activities.posts.models import Post, Revision, Visibility
from activities.posts.queries import posts
from activities.posts.queries.visibility import may_see
from activities.publishing.handlers.fan_out import fan_out
from activities.publishing.services import receiving, receiving_reactions
from core import clock, ids
from core.errors import NotAllowed
from tests.activities.people import ago, make_post, make_remote
from users.emojis.activitypub import EmojiDocument
from users.identities.models import Identity

pytestmark = pytest.mark.anyio


@pytest.fixture
async def far(db: None) -> Identity:
    return await make_remote("far")


def document(author: Identity, name: str = "1", **more: object) -> PostDocument:
    values = {
        "uri": f"{author.uri}/statuses/{name}",
        "author_uri": author.uri,
        "visibility": Visibility.public,
        "published": ago(hours=1),
        "content_html": f"<p>{name}</p>",
    }
    return PostDocument(**(values | more))


async def test_a_post_comes_once_with_all_it_has(far: Identity, alice: Identity) -> None:
    came = document(
        far,
        hashtags=("#Café", "123"),
        mentions=(MentionInDocument(alice.uri, "@alice@home.test"),),
        addressed=(alice.uri,),
        attachments=(
            AttachmentInDocument(url="https://far.test/1.png", kind="image", media_type="image/png", width=3),
        ),
        emojis=(EmojiDocument("x", "https://far.test/x.png"),),
        language="fr",
    )
    post = await receiving.receive_post(author=far, document=came)
    again = await receiving.receive_post(author=far, document=came)
    assert post is not None
    assert again is not None
    assert again.pk == post.pk
    assert ids.time_of(post.pk).replace(microsecond=0) == came.published.replace(microsecond=0)
    view = await posts.get_post(post.pk, alice)
    assert [tag.name for tag in view.tags] == ["cafe"]
    assert [mention.id for mention in view.mentions] == [alice.pk]
    assert [(a.url, a.width) for a in view.attachments] == [("https://far.test/1.png", 3)]
    assert [emoji.shortcode for emoji in view.emojis] == ["x"]
    await fan_out([post])
    assert [row.kind async for row in Notification.objects.filter(identity=alice)] == ["mention"]


async def test_a_post_from_the_future_is_from_now(far: Identity) -> None:
    post = await receiving.receive_post(
        author=far, document=document(far, published=clock.now() + dt.timedelta(days=9))
    )
    assert post is not None
    assert post.created_at <= clock.now()
    assert ids.time_of(post.pk) <= clock.now()


@pytest.mark.slow
async def test_many_posts_of_one_millisecond(far: Identity) -> None:
    moment = ago(hours=2)
    made = {
        (await receiving.receive_post(author=far, document=document(far, str(n), published=moment))).pk
        for n in range(50)
    }
    assert len(made) == 50


async def test_an_addressee_without_mention_reads_without_notification(
    far: Identity, alice: Identity
) -> None:
    came = document(far, visibility=Visibility.mentioned, addressed=(alice.uri,))
    post = await receiving.receive_post(author=far, document=came)
    assert post is not None
    await fan_out([post])
    assert await may_see(alice, post.pk)
    assert not await Notification.objects.aexists()


async def test_a_mention_tag_alone_opens_nothing(far: Identity, alice: Identity) -> None:
    came = document(far, visibility=Visibility.followers, mentions=(MentionInDocument(alice.uri),))
    post = await receiving.receive_post(author=far, document=came)
    assert post is not None
    assert not await may_see(alice, post.pk)


async def test_a_mention_by_profile_page(far: Identity, alice: Identity) -> None:
    came = document(far, addressed=(alice.uri,), mentions=(MentionInDocument(alice.profile_url),))
    post = await receiving.receive_post(author=far, document=came)
    assert post is not None
    assert [m.id for m in (await posts.get_post(post.pk, None)).mentions] == [alice.pk]


async def test_a_reply_before_its_parent_is_connected_later(far: Identity, alice: Identity) -> None:
    parent_uri = f"{far.uri}/statuses/parent"
    child = await receiving.receive_post(
        author=far, document=document(far, "child", in_reply_to_uri=parent_uri)
    )
    assert child is not None
    below = await make_post(alice, in_reply_to=child)
    assert (child.in_reply_to_id, child.in_reply_to_uri) == (None, parent_uri)
    parent = await receiving.receive_post(author=far, document=document(far, "parent"))
    assert parent is not None
    child, below = [await Post.objects.aget(pk=pk) for pk in (child.pk, below.pk)]
    assert (child.in_reply_to_id, child.in_reply_to_uri, child.in_reply_to_author_id) == (
        parent.pk,
        "",
        far.pk,
    )
    assert {child.conversation_id, below.conversation_id} == {parent.pk}
    assert (await Post.objects.aget(pk=parent.pk)).replies_count == 1


async def test_an_edit_counts_only_when_newer(far: Identity) -> None:
    first = document(far, published=ago(hours=2))
    post = await receiving.receive_post(author=far, document=first)
    assert post is not None
    for updated in (None, ago(hours=3)):
        await receiving.receive_edit(
            author=far, document=replace(first, content_html="<p>no</p>", updated=updated)
        )
    assert (await Post.objects.aget(pk=post.pk)).content == "<p>1</p>"
    newer = replace(first, content_html="<p>yes</p>", updated=ago(hours=1), visibility=Visibility.public)
    await receiving.receive_edit(author=far, document=newer)
    await receiving.receive_edit(author=far, document=newer)
    assert (await Post.objects.aget(pk=post.pk)).content == "<p>yes</p>"
    assert await Revision.objects.acount() == 1


async def test_an_edit_never_widens(far: Identity) -> None:
    first = document(far, visibility=Visibility.followers)
    post = await receiving.receive_post(author=far, document=first)
    assert post is not None
    await receiving.receive_edit(
        author=far,
        document=replace(first, visibility=Visibility.public, updated=clock.now(), content_html="<p>x</p>"),
    )
    assert (await Post.objects.aget(pk=post.pk)).visibility == Visibility.followers


async def test_a_poll_counts_without_being_an_edit(far: Identity) -> None:
    question = {
        "options": [{"title": "a", "votes": 0}],
        "multiple": False,
        "ends_at": None,
        "closed_at": None,
        "voters": 0,
    }
    first = document(far, question=question)
    post = await receiving.receive_post(author=far, document=first)
    assert post is not None
    counted = question | {"options": [{"title": "a", "votes": 5}], "voters": 5}
    await receiving.receive_edit(author=far, document=replace(first, question=counted))
    view = await posts.get_post(post.pk, None)
    assert view.question is not None
    assert view.question.options[0].votes == 5
    assert view.edited_at is None
    assert not await Revision.objects.aexists()


async def test_edits_of_unknown_posts_are_nothing(far: Identity) -> None:
    assert await receiving.receive_edit(author=far, document=document(far, updated=clock.now())) is None


async def test_a_delete_before_its_create_wins(far: Identity) -> None:
    came = document(far)
    assert await receiving.receive_delete(author=far, uri=came.uri) is None
    assert await receiving.receive_post(author=far, document=came) is None
    assert not await Post.objects.filter(deleted_at=None).aexists()


async def test_only_the_author_deletes_and_edits(far: Identity) -> None:
    came = document(far)
    post = await receiving.receive_post(author=far, document=came)
    liar = await make_remote("liar")
    with pytest.raises(NotAllowed):
        await receiving.receive_delete(author=liar, uri=came.uri)
    with pytest.raises(NotAllowed):
        await receiving.receive_edit(author=liar, document=came)
    assert post is not None
    await receiving.receive_delete(author=far, uri=came.uri)
    await receiving.receive_delete(author=far, uri=came.uri)
    gone = await Post.objects.aget(pk=post.pk)
    assert (gone.content, gone.state) == ("", "deleted")
    assert (await Identity.objects.aget(pk=far.pk)).posts_count == 0


async def test_a_suspended_author_is_not_heard(db: None) -> None:
    bad = await make_remote("bad", restriction=2)
    with pytest.raises(NotAllowed):
        await receiving.receive_post(author=bad, document=document(bad))


async def test_boosts_and_likes_come_and_go(far: Identity, alice: Identity) -> None:
    post = await make_post(alice)
    uri = f"{far.uri}#boost"
    for _ in range(2):
        boost = await receiving_reactions.receive_boost(
            author=far, uri=uri, original=post, visibility=Visibility.public
        )
        assert boost is not None
        await receiving_reactions.receive_like(author=far, post=post, uri=f"{far.uri}#like")
    row = await Post.objects.aget(pk=post.pk)
    assert (row.boosts_count, row.likes_count) == (1, 1)
    assert await receiving_reactions.undo_boost(author=far, uri=uri, said_at=clock.now())
    assert await receiving_reactions.undo_like(author=far, uri=f"{far.uri}#like", said_at=clock.now())
    assert not await receiving_reactions.undo_like(author=far, post_uri=post.uri, said_at=clock.now())
    row = await Post.objects.aget(pk=post.pk)
    assert (row.boosts_count, row.likes_count) == (0, 0)


async def test_boosts_of_private_posts_by_others_are_refused(far: Identity, alice: Identity) -> None:
    post = await make_post(alice, Visibility.followers)
    with pytest.raises(NotAllowed):
        await receiving_reactions.receive_boost(
            author=far, uri="https://far.test/b", original=post, visibility=Visibility.public
        )


async def test_fetched_posts_reach_no_home(far: Identity) -> None:
    post = await receiving.receive_post(author=far, document=document(far), delivered=False)
    assert post is not None
    row = await Post.objects.aget(pk=post.pk)
    assert (row.state, row.state_due_at) == ("fanned_out", None)


async def test_an_edit_without_a_time_counts_when_its_activity_says_so(far: Identity) -> None:
    """As activitypub-bot's. The document alone proves nothing: an old copy of it may be fetched late."""
    first = document(far, published=ago(hours=2))
    post = await receiving.receive_post(author=far, document=first)
    assert post is not None
    changed = replace(first, content_html="<p>yes</p>")
    await receiving.receive_edit(author=far, document=first, said_at=ago(minutes=50))  # changes nothing
    said_at = ago(minutes=30)
    await receiving.receive_edit(author=far, document=changed, said_at=said_at)
    await receiving.receive_edit(author=far, document=changed, said_at=ago(minutes=20))
    late = replace(first, content_html="<p>no</p>")
    await receiving.receive_edit(author=far, document=late, said_at=ago(minutes=40))
    stored = await Post.objects.aget(pk=post.pk)
    assert (stored.content, stored.edited_at) == ("<p>yes</p>", said_at)
    assert await Revision.objects.acount() == 1
