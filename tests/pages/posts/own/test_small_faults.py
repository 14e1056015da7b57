"""Faults of the composer, of chats and of scheduled posts that were found by breaking them, and stay mended."""

import datetime as dt

import pytest

from activities.conversations.models import Conversation
from activities.conversations.services import update_conversations
from activities.media.models import Attachment
from activities.media.services.uploads import change_upload
from activities.posts.models import Post, Visibility
from activities.publishing.services.drafts import PostDraft
from activities.scheduled_posts import services as scheduled
from core import clock
from core.errors import Invalid
from tests.activities import people as rows
from tests.pages.conftest import Site
from web.timelines.messages import PAGE_SIZE

pytestmark = pytest.mark.anyio

PAGE = {"Accept": "text/html"}
UNSEEN = "\u200b \u2060"


async def chat(site: Site, messages: int) -> str:
    """Write some private messages to mia; return the path of the conversation."""
    last: Post | None = None
    for number in range(messages):
        last = await rows.make_post(
            site.moderator.me,
            Visibility.mentioned,
            mentions=(site.member.me,),
            content=f"<p>m{number}</p>",
            in_reply_to=last,
        )
        await update_conversations([last.pk])
    found = await Conversation.objects.aget(identity=site.member.me)
    return f"/private-mentions/{found.pk}"


@pytest.mark.slow
@pytest.mark.parametrize(("messages", "has_more"), [(PAGE_SIZE, False), (PAGE_SIZE + 1, True)])
async def test_a_full_page_of_messages_offers_no_empty_one(site: Site, messages: int, has_more: bool) -> None:
    page = (await site.member.get(await chat(site, messages), headers=PAGE)).text
    assert ("Earlier messages" in page) == has_more
    assert page.count("data-post=") == PAGE_SIZE


async def test_invisible_characters_are_not_a_text(site: Site) -> None:
    answer = await site.member.post("/compose", {"text": UNSEEN, "visibility": "0"}, headers=PAGE)
    assert answer.status_code == 422
    path = await chat(site, 1)
    last = await Post.objects.aget()
    answer = await site.member.post(path, {"text": UNSEEN, "answers": str(last.pk)}, headers=PAGE)
    assert answer.status_code == 422
    assert await Post.objects.acount() == 1


async def test_invisible_characters_are_not_a_description(site: Site) -> None:
    file = await Attachment.objects.acreate(author=site.member.me, kind="image", url="https://x.test/a.png")
    await change_upload(author=site.member.me, attachment_id=file.pk, description=UNSEEN)
    assert (await Attachment.objects.aget()).description == ""


async def test_words_outlive_a_conversation_that_vanished(site: Site) -> None:
    path = await chat(site, 1)
    await Conversation.objects.all().adelete()
    answer = await site.member.post(path, {"text": "Long <words>", "answers": "1"}, headers=PAGE)
    assert answer.status_code == 422
    assert "no longer exists" in answer.text
    assert "Long &lt;words&gt;</textarea>" in answer.text
    assert '<option value="3" selected>' in answer.text, "still private"
    assert (await site.member.post(path, {"text": ""}, headers=PAGE)).status_code == 404


async def test_a_thread_with_too_many_posts_is_refused_with_its_words(site: Site) -> None:
    form = {"text": "first", "visibility": "0", "chain_1": "second", "chain_25": "one too many"}
    answer = await site.member.post("/compose", form, headers=PAGE)
    assert answer.status_code == 422
    assert "at most 25 posts" in answer.text
    assert not await Post.objects.aexists()


async def test_a_day_takes_no_more_posts_by_editing(site: Site) -> None:
    author, noon = site.member.me, clock.now().replace(hour=12) + dt.timedelta(days=3)
    for _ in range(scheduled.MAX_PER_DAY):
        await scheduled.schedule_post(author=author, draft=PostDraft(text="full"), scheduled_at=noon)
    other = await scheduled.schedule_post(
        author=author, draft=PostDraft(text="other"), scheduled_at=noon + dt.timedelta(days=1)
    )
    with pytest.raises(Invalid):
        await scheduled.reschedule(author=author, scheduled_id=other.pk, scheduled_at=noon)
    with pytest.raises(Invalid):
        await scheduled.change(
            author=author, scheduled_id=other.pk, draft=PostDraft(text="x"), scheduled_at=noon
        )
    later = noon + dt.timedelta(days=1, hours=1)
    await scheduled.reschedule(author=author, scheduled_id=other.pk, scheduled_at=later)
    first = await scheduled.ScheduledPost.objects.order_by("id").afirst()
    assert first is not None
    await scheduled.reschedule(
        author=author, scheduled_id=first.pk, scheduled_at=noon + dt.timedelta(minutes=10)
    )


async def test_a_reply_names_neighbours_without_their_host(site: Site) -> None:
    far = await rows.make_remote("far")
    post = await rows.make_post(site.admin.me, mentions=(far,))
    page = (await site.member.get(f"/compose?reply_to={post.pk}", headers=PAGE)).text
    assert "@ann @far@far.test </textarea>" in page
