"""Deleting a post to write it anew."""

import pytest

from activities.media.models import Attachment
from activities.polls.services import PollDraft
from activities.posts.models import Post, Visibility
from activities.publishing.services import posting
from activities.publishing.services.drafts import PostDraft
from activities.saved_drafts import services as saved_drafts
from activities.saved_drafts.models import SavedDraft
from tests.activities import people as rows
from tests.pages.conftest import Site

pytestmark = pytest.mark.anyio

PAGE = {"Accept": "text/html"}


async def test_what_a_post_had_comes_back_into_the_composer(site: Site) -> None:
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
    assert f'formaction="/posts/{post.pk}/redraft"' in menu
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
