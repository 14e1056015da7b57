"""Deleting a post to write it anew."""

import datetime as dt
import re

import pytest

from activities.media.models import Attachment
from activities.polls.services import PollDraft
from activities.posts.models import Interaction, InteractionPolicy, Post, Visibility
from activities.publishing.services import posting
from activities.publishing.services.drafts import PostDraft
from activities.saved_drafts import services as saved_drafts
from activities.saved_drafts.models import SavedDraft
from core import clock
from tests.activities import people as rows
from tests.pages.conftest import Site
from tests.pages.posts.test_saved_drafts import form_of

pytestmark = pytest.mark.anyio

PAGE = {"Accept": "text/html"}


async def test_redrafting_restores_the_whole_post(site: Site) -> None:
    mia = site.member.me
    parent = await rows.make_post(site.admin.me)
    picture = await Attachment.objects.acreate(
        author=mia, kind="image", url="/media/a.png", file="a.png", description="A boat"
    )
    post = await posting.write_post(
        author=mia,
        draft=PostDraft(
            text="Teh sea <b>",
            content_warning="Water",
            visibility=Visibility.followers,
            in_reply_to_id=parent.pk,
            attachments=[picture.pk],
            language="de",
        ),
    )
    menu = (await site.member.get(f"/posts/{post.pk}/menu", headers=PAGE)).text
    assert f'href="/posts/{post.pk}/redraft"' in menu
    question = await site.member.get(f"/posts/{post.pk}/redraft", headers=PAGE)
    assert "Delete and redraft this post?" in question.text
    assert await Post.objects.filter(pk=post.pk, deleted_at=None).aexists(), "it is only asked so far"
    sent = await site.member.post(f"/posts/{post.pk}/redraft")
    assert sent.status_code == 303
    assert await Post.objects.filter(pk=post.pk, deleted_at__isnull=False).aexists()
    draft = await SavedDraft.objects.aget(author=mia)
    assert sent.headers["location"] == f"/compose?draft={draft.pk}"
    assert draft.files == [picture.pk]
    expected = {
        "text": "Teh sea <b>",
        "content_warning": "Water",
        "visibility": str(Visibility.followers.value),
        "reply_to": str(parent.pk),
        "language": "de",
    }
    assert expected.items() <= draft.fields.items()
    page = (await site.member.get(sent.headers["location"], headers=PAGE)).text
    assert "Teh sea &lt;b&gt;" in page
    assert "A boat" in page
    assert (await site.member.post(f"/posts/{post.pk}/redraft")).status_code == 404, "a second press"


async def test_redrafting_keeps_settings_made_by_an_app(site: Site) -> None:
    """A policy that the composer's lists do not have must not open up."""
    some = int(InteractionPolicy.followers | InteractionPolicy.following)
    post = await posting.write_post(
        author=site.member.me, draft=PostDraft(text="For some", policies={Interaction.reply: some})
    )
    sent = await site.member.post(f"/posts/{post.pk}/redraft")
    chosen = re.compile(r'name="reply_policy".*?<option value="(\d*)" selected', re.DOTALL)
    page = (await site.member.get(sent.headers["location"], headers=PAGE)).text
    form = form_of(page) | {"text": "For some", "reply_policy": str(some)}
    again = await site.member.post("/compose", form | {"add_post": "1"}, headers=PAGE)
    assert [found[1] for html in (page, again.text) if (found := chosen.search(html))] == [str(some)] * 2
    assert (await site.member.post("/compose", form)).status_code == 303
    assert (await Post.objects.aget(deleted_at=None)).reply_policy == some
    stored = await saved_drafts.save_draft(
        author=site.member.me, fields={"text": "x", "reply_policy": "99999", "poll_seconds": "9" * 5000}
    )
    page = await site.member.get(f"/compose?draft={stored}", headers=PAGE)
    assert (page.status_code, "99999" in page.text) == (200, False)


async def test_a_reply_to_a_post_that_is_gone_comes_back_as_one_of_its_own(site: Site) -> None:
    parent = await rows.make_post(site.admin.me)
    post = await posting.write_post(
        author=site.member.me, draft=PostDraft(text="So true", in_reply_to_id=parent.pk)
    )
    await posting.delete_post(author=site.admin.me, post_id=parent.pk)
    sent = await site.member.post(f"/posts/{post.pk}/redraft")
    form = form_of((await site.member.get(sent.headers["location"], headers=PAGE)).text)
    assert (await site.member.post("/compose", form | {"text": "So true"})).status_code == 303
    assert (await Post.objects.aget(deleted_at=None)).in_reply_to_id is None


async def test_a_poll_comes_back(site: Site) -> None:
    poll = PollDraft(["Tea", "Coffee"], 6 * 3600, multiple=True)
    post = await posting.write_post(author=site.member.me, draft=PostDraft(text="Which?", poll=poll))
    await site.member.post(f"/posts/{post.pk}/redraft")
    fields = (await SavedDraft.objects.aget(author=site.member.me)).fields
    assert (fields["option_1"], fields["option_2"]) == ("Tea", "Coffee")
    assert (fields["poll_seconds"], fields["poll_multiple"]) == (str(6 * 3600), "True")
    assert "poll_hides" not in fields


async def test_only_ones_own_posts_are_redrafted(site: Site) -> None:
    post = await rows.make_post(site.admin.me)
    assert (await site.member.post(f"/posts/{post.pk}/redraft")).status_code == 404
    assert (await site.nobody.post(f"/posts/{post.pk}/redraft")).status_code == 303
    assert await Post.objects.filter(pk=post.pk, deleted_at=None).aexists()
    assert "/redraft" not in (await site.member.get(f"/posts/{post.pk}/menu", headers=PAGE)).text


async def test_a_post_stays_when_there_are_too_many_drafts(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_drafts, "MAX_DRAFTS", 0)
    post = await posting.write_post(author=site.member.me, draft=PostDraft(text="Mine"))
    await site.member.post(f"/posts/{post.pk}/redraft")
    assert await Post.objects.filter(pk=post.pk, deleted_at=None).aexists()
    assert not await SavedDraft.objects.filter(author=site.member.me).aexists()


async def test_it_still_deletes_itself_and_a_lost_pin_is_announced(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await posting.write_post(
        author=site.member.me, draft=PostDraft(text="For a week", expires_after=7 * 86400)
    )
    await site.member.post(f"/posts/{post.pk}/pin")
    later = clock.now() + dt.timedelta(days=6, minutes=5)
    with monkeypatch.context() as patched:
        patched.setattr(clock, "now", lambda: later)
        question = (await site.member.get(f"/posts/{post.pk}/redraft", headers=PAGE)).text
        sent = await site.member.post(f"/posts/{post.pk}/redraft")
    assert "is pinned to your profile" in question
    draft = await SavedDraft.objects.aget(author=site.member.me)
    assert draft.fields["expires_after"] == "86400", "the choice nearest to the remaining day"
    page = (await site.member.get(sent.headers["location"], headers=PAGE)).text
    assert "It was pinned to your profile" in page
    assert re.search(r'<option value="86400" selected>', page.partition('name="expires_after"')[2])


async def test_markdown_stays_markdown(site: Site) -> None:
    post = await posting.write_post(
        author=site.member.me, draft=PostDraft(text="**Gulls**", is_markdown=True)
    )
    sent = await site.member.post(f"/posts/{post.pk}/redraft")
    page = (await site.member.get(sent.headers["location"], headers=PAGE)).text
    assert re.search(r'name="is_markdown"[^>]* checked', page)
