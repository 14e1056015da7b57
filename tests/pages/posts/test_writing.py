"""Writing with everything that a post can carry: files, polls, a date, quotes; and that nothing typed is lost when something is wrong."""

import asyncio
import datetime as dt
import io
import re

import pytest
from PIL import Image

from activities.media.models import Attachment
from activities.posts.models import InteractionPolicy, Post, QuoteState, Visibility
from activities.publishing.services import posting
from activities.scheduled_posts import services as scheduled_posts
from activities.scheduled_posts.handlers import publish
from activities.scheduled_posts.models import ScheduledPost
from core import clock
from core.config import config
from core.errors import BadInput
from core.media import limits
from stator.outcomes import Kind
from tests.activities import people as rows
from tests.pages.conftest import Site
from users.identities.models import Identity

pytestmark = pytest.mark.anyio

WORDS = {"text": "Something to say", "visibility": str(Visibility.public.value)}


def picture(colour: str = "teal") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(made, "PNG")
    return made.getvalue()


async def latest() -> Post:
    post = await Post.objects.order_by("-id").afirst()
    assert post is not None
    return post


@pytest.mark.slow
async def test_files_with_descriptions_in_one_form(
    site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    answer = await site.member.post(
        "/compose",
        {**WORDS, "text": "", "new_description_1": "A teal field", "is_sensitive": "on"},
        files={
            "file_1": ("a.png", picture(), "image/png"),
            "file_2": ("", b"", "application/octet-stream"),
            "file_3": ("b.png", picture("red"), "image/png"),
        },
    )
    assert answer.status_code == 303, answer.text
    post = await latest()
    assert post.is_sensitive
    found = [one async for one in Attachment.objects.filter(post=post).order_by("position")]
    assert [one.description for one in found] == ["A teal field", ""]
    edit = f"/posts/{post.pk}/edit"
    assert "A teal field" in (await site.member.get(edit)).text
    form = {"text": "Now with words", f"description_{found[1].pk}": "A red one"}
    assert (await site.member.post(edit, form)).status_code == 303
    described = Attachment.objects.filter(post=post).order_by("position")
    assert [one.description async for one in described] == ["A teal field", "A red one"]


@pytest.mark.slow
async def test_a_bad_file_costs_neither_the_words_nor_the_good_one(site: Site) -> None:
    answer = await site.member.post(
        "/compose",
        {**WORDS, "new_description_2": "A good one"},
        files={
            "file_1": ("x.png", b"not a picture", "image/png"),
            "file_2": ("ok.png", picture(), "image/png"),
        },
    )
    assert answer.status_code == 422
    assert "x.png: This kind of file can&#x27;t be used, or the file is broken." in answer.text
    assert "Something to say" in answer.text
    assert not await Post.objects.aexists()
    [kept] = re.findall(r'name="media" value="(\d+)"', answer.text)
    assert "A good one</textarea>" in answer.text
    again = {**WORDS, "media": kept, f"description_{kept}": "A better one"}
    assert (await site.member.post("/compose", again)).status_code == 303
    item = await Attachment.objects.aget(pk=int(kept))
    assert (item.post_id, item.description) == ((await latest()).pk, "A better one")
    answer = await site.member.post("/compose", again)
    assert answer.status_code == 422, "it belongs to a post already"
    assert "Choose it again" in answer.text


@pytest.mark.slow
async def test_uploading_before_posting_and_leaving_out(site: Site) -> None:
    files = {"file_1": ("a.png", picture(), "image/png")}
    answer = await site.member.post("/compose", {**WORDS, "only_upload": "1"}, files=files)
    assert answer.status_code == 200
    assert "Something to say" in answer.text
    [kept] = re.findall(r'name="media" value="(\d+)"', answer.text)
    assert not await Post.objects.aexists()
    stranger = {**WORDS, "media": kept}
    assert (await site.moderator.post("/compose", stranger)).status_code == 422, "not theirs"
    form = {**WORDS, "media": kept, f"remove_{kept}": "on"}
    assert (await site.member.post("/compose", form)).status_code == 303
    assert not await Attachment.objects.aexists()


async def test_the_limits_are_the_real_ones(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config(), "max_body_mb", 3)
    page = (await site.member.get("/compose")).text
    assert f"{limits.IMAGE_BYTES // limits.MEGABYTE} MB each" in page
    assert "At most 3 MB in total" in page
    big = {"file_1": ("a.png", b"x" * (3 * limits.MEGABYTE + 1), "image/png")}
    answer = await site.member.post("/compose", WORDS, files=big)
    assert answer.status_code == 413
    assert "what you typed is still there" in answer.text
    small = {"file_1": ("a.png", b"x" * (2 * limits.MEGABYTE + 1), "image/png")}
    assert (await site.nobody.post("/compose", WORDS, files=small)).status_code == 413, (
        "files are for members"
    )


async def test_polls(site: Site) -> None:
    form = {**WORDS, "option_1": "Yes", "option_3": "No", "poll_seconds": "3600", "poll_multiple": "on"}
    assert (await site.member.post("/compose", form)).status_code == 303
    question = (await latest()).question
    assert question is not None
    assert [one["title"] for one in question["options"]] == ["Yes", "No"]
    assert question["multiple"]
    ends_in = dt.datetime.fromisoformat(question["ends_at"]) - clock.now()
    assert dt.timedelta(minutes=55) < ends_in <= dt.timedelta(hours=1)
    answer = await site.member.post("/compose", {**WORDS, "option_1": "Only this", "poll_seconds": "3600"})
    assert answer.status_code == 422
    assert "A poll needs at least two options." in answer.text
    assert 'value="Only this"' in answer.text
    assert "Something to say" in answer.text


async def test_unpublished_posts_are_shown_with_the_reason(site: Site) -> None:
    at = clock.now() + dt.timedelta(hours=5)
    form = {**WORDS, "scheduled_at": f"{at:%Y-%m-%dT%H:%M}"}
    await site.member.post("/compose", form)
    row = await ScheduledPost.objects.aget()
    await scheduled_posts.return_to_author(row, BadInput("Because <b>of</b> it."))
    await ScheduledPost.objects.all().aupdate(state="failed", state_due_at=None)
    page = (await site.member.get("/scheduled")).text
    assert "Something to say" in page
    assert "Because &lt;b&gt;of&lt;/b&gt; it." in page
    told = (await site.member.get("/notifications")).text
    assert 'A <a href="/scheduled">scheduled post</a> could not be published' in told
    assert (await site.member.post(f"/scheduled/{row.pk}/cancel")).status_code == 303
    assert not await ScheduledPost.objects.aexists()


async def test_unpublished_posts_can_be_tried_again(site: Site) -> None:
    at = clock.now() + dt.timedelta(hours=5)
    await site.member.post("/compose", {**WORDS, "scheduled_at": f"{at:%Y-%m-%dT%H:%M}"})
    row = await ScheduledPost.objects.aget()
    again = f"/scheduled/{row.pk}/again"
    assert (await site.member.post(again)).status_code == 404, "nothing failed"
    await ScheduledPost.objects.all().aupdate(state="failed", state_due_at=None, reason="Too long.")
    assert again in (await site.member.get("/scheduled")).text
    assert (await site.moderator.post(again)).status_code == 404
    assert (await site.member.post(again)).status_code == 303
    assert "Too long" not in (await site.member.get("/scheduled")).text
    row = await ScheduledPost.objects.aget()
    assert (row.state, row.reason, row.state_due_at is not None) == ("waiting", "", True)
    assert (await publish(row)).kind is Kind.TO
    assert WORDS["text"] in (await latest()).source


async def test_publishing_later_and_not_after_all(site: Site) -> None:
    at = (clock.now() + dt.timedelta(hours=5)).replace(second=0, microsecond=0)
    form = {
        **WORDS,
        "scheduled_at": f"{at:%Y-%m-%dT%H:%M}",
        "option_1": "A",
        "option_2": "B",
        "poll_seconds": "300",
    }
    answer = await site.member.post("/compose", form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/scheduled")
    assert not await Post.objects.aexists()
    row = await ScheduledPost.objects.aget()
    assert row.scheduled_at == at
    page = (await site.member.get("/scheduled")).text
    assert "Something to say" in page
    shown = re.findall(r'<time datetime="[^"]+" data-shape="full">[^<]+</time>', page)
    assert len(shown) == 2, "in the notice and in the list"
    assert len(set(shown)) == 1, shown
    assert f"{at:%H:%M} UTC" in shown[0]
    assert "Something to say" not in (await site.moderator.get("/scheduled")).text
    cancel = f"/scheduled/{row.pk}/cancel"
    assert (await site.moderator.post(cancel)).status_code == 404
    assert (await site.member.post(cancel)).status_code == 303
    assert not await ScheduledPost.objects.aexists()
    abroad = {**WORDS, "scheduled_at": f"{at:%Y-%m-%dT%H:%M}", "utc_offset": "-120"}
    await site.member.post("/compose", abroad)
    assert (await ScheduledPost.objects.aget()).scheduled_at == at - dt.timedelta(hours=2)
    soon = {**WORDS, "scheduled_at": f"{clock.now():%Y-%m-%dT%H:%M}"}
    answer = await site.member.post("/compose", soon)
    assert answer.status_code == 422
    assert "Choose a time at least five minutes from now." in answer.text
    assert "Something to say" in answer.text


@pytest.mark.slow
async def test_quoting_where_it_is_allowed(site: Site) -> None:
    fan = await rows.make_remote("fan")
    mine = await rows.make_post(site.member.me, Visibility.followers, content="<p>Once I said</p>")
    free = await rows.make_post(site.admin.me, quote_policy=1, content="<p>Quote me</p>")
    closed = await rows.make_post(site.admin.me, quote_policy=0)
    private = await rows.make_post(fan, Visibility.mentioned, mentions=(site.member.me,))
    for post, allowed in ((mine, True), (free, True), (closed, False), (private, False)):
        page = (await site.member.get(f"/@{post.author.handle}/{post.pk}")).text
        assert (f"/compose?quote={post.pk}" in page) == allowed
        answer = await site.member.post("/compose", {**WORDS, "quote": str(post.pk)})
        assert answer.status_code == (303 if allowed else 422)
        if not allowed:
            assert "The author of this post doesn&#x27;t let you quote it." in answer.text
    page = (await site.member.get(f"/compose?quote={free.pk}")).text
    assert "Quote me" in page
    assert 'name="option_1"' not in page
    await site.member.post("/compose", {**WORDS, "quote": str(free.pk)})
    made = await latest()
    assert (made.quote_of_id, made.quote_state) == (free.pk, QuoteState.accepted)
    gone = await site.member.post("/compose", {**WORDS, "quote": "12345"})
    assert (gone.status_code, "Something to say" in gone.text) == (422, True)
    assert "no longer available" in gone.text
    stranger = await rows.make_post(fan, Visibility.followers)
    assert (await site.member.get(f"/compose?quote={stranger.pk}")).status_code == 404


@pytest.mark.slow
async def test_who_may_quote_and_the_language(site: Site) -> None:
    page = (await site.member.get("/compose")).text
    assert '<option value="de">Deutsch</option>' in page
    for label in ("Who can see it", "Who can quote it", "Language"):
        assert re.search(rf'<label class="small" for="\w+">{label}</label>', page), label
    await site.member.post("/compose", {**WORDS, "quote_policy": "0", "language": "zh-TW"})
    post = await latest()
    assert (post.quote_policy, post.language) == (0, "zh-TW")
    assert '<option value="zh-TW" selected>' in (await site.member.get(f"/posts/{post.pk}/edit")).text
    answer = await site.member.post("/compose", {**WORDS, "language": "<x>"})
    assert answer.status_code == 422
    assert "Something to say" in answer.text
    assert (await site.member.post("/compose", {**WORDS, "text": "  "})).status_code == 422


@pytest.mark.parametrize(("at", "offset"), [("9999-12-31T23:59", "900"), ("0001-01-01T00:00", "-900")])
async def test_dates_that_no_time_zone_can_move_are_refused(site: Site, at: str, offset: str) -> None:
    answer = await site.member.post("/compose", {**WORDS, "scheduled_at": at, "utc_offset": offset})
    assert answer.status_code == 422
    assert "Something to say" in answer.text
    assert not await Post.objects.aexists()


async def test_two_presses_of_one_form_make_one_post(site: Site) -> None:
    """A double click without JavaScript: both requests are on their way before the first answer."""
    page = await site.member.get("/compose")
    once = re.search(r'name="once" value="([^"]+)"', page.text)
    assert once
    form = {**WORDS, "text": "Only once", "once": once[1]}
    answers = await asyncio.gather(*(site.member.post("/compose", form) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert await Post.objects.acount() == 1
    other = await site.member.post("/compose", {**form, "text": "From the history, with other words"})
    assert other.status_code == 303
    assert await Post.objects.acount() == 2
    later = {
        **form,
        "scheduled_at": f"{clock.now() + dt.timedelta(days=1):%Y-%m-%dT%H:%M}",
        "utc_offset": "0",
    }
    for _ in range(2):
        assert (await site.member.post("/compose", later)).headers["location"] == "/scheduled"
    assert await ScheduledPost.objects.acount() == 1


async def test_a_direct_post_without_mentions_asks_for_confirmation(site: Site) -> None:
    form = {
        **WORDS,
        "text": "Note to @mia, @nobody-here and myself",
        "visibility": str(Visibility.mentioned.value),
    }
    answer = await site.member.post("/compose", form)
    assert answer.status_code == 422
    assert "mentions nobody" in answer.text
    assert "Note to @mia" in answer.text, "the words are still there"
    assert 'name="alone" value="yes"' in answer.text
    assert not await Post.objects.aexists()
    answer = await site.member.post("/compose", {**form, "text": "Hello @ann"})
    assert answer.status_code == 303
    assert (await latest()).visibility == Visibility.mentioned
    answer = await site.member.post("/compose", {**form, "alone": "yes"})
    assert answer.status_code == 303, "the second press keeps it for oneself"
    assert await Post.objects.acount() == 2


async def test_the_browser_is_told_which_draft_arrived(site: Site) -> None:
    for draft, told in (("12:34::", "12:34::"), ("12:::", "12:::.12:34::")):
        answer = await site.member.post("/compose", {**WORDS, "draft": draft})
        assert answer.cookies["sent_drafts"] == told
    for draft in ("", "a;b", "x" * 101):
        answer = await site.member.post("/compose", {**WORDS, "draft": draft})
        assert "sent_drafts" not in answer.cookies, "and none that was refused"


async def test_files_without_preview_are_called_what_people_call_them(site: Site) -> None:
    """A film made of a GIF is no “gifv” to the person who writes or reads the post."""
    await site.member.post("/compose", WORDS)
    post = await latest()
    for position, kind in enumerate(("image", "gifv", "video", "audio", "unknown")):
        await Attachment.objects.acreate(
            author=site.member.me,
            post=post,
            position=position,
            kind=kind,
            url=f"https://x.example/{position}",
        )
    edit = (await site.member.get(f"/posts/{post.pk}/edit")).text
    named = re.findall(r'class="no-preview soft"\s*>(.*?)</span>', edit)
    assert named == ["Picture", "Animation", "Video", "Audio", "File"]
    shown = (await site.nobody.get(f"/@mia/{post.pk}")).text
    assert re.findall(r'<video[^>]* aria-label="(.*?)"', shown) == ["Animation", "Video"]
    kept = Attachment(author=site.member.me, kind="gifv", url="https://x.example/9")
    await kept.asave()
    again = await site.member.post(
        "/compose", {**WORDS, "text": "", "visibility": "x", "media": str(kept.pk)}
    )
    assert ">gifv<" not in again.text
    assert ">Animation<" in again.text


async def test_a_post_that_may_not_be_quoted_is_refused_before_anything_is_written(site: Site) -> None:
    post = await rows.make_post(site.admin.me, content="<p>Not to be quoted</p>", quote_policy=0)
    page = (await site.member.get(f"/compose?quote={post.pk}")).text
    assert "The author of this post doesn&#x27;t let you quote it." in page
    assert "What you wrote has been kept" not in page
    assert "Not to be quoted" in page
    assert re.findall(r'name="instead"\s+value="(\w+)"', page) == ["link", "nothing"]
    words = {**WORDS, "quote": str(post.pk)}
    link = post.url or post.uri
    for instead, text in (("link", f"{WORDS['text']}\n\n{link}"), ("nothing", WORDS["text"])):
        page = (await site.member.post("/compose", {**words, "instead": instead})).text
        assert re.search(rf"<textarea[^>]*>\s*{re.escape(text)}</textarea>", page)
        assert f'name="quote" value="{post.pk}"' not in page
        assert "let you quote it" not in page
    refused = await site.member.post("/compose", words)
    assert refused.status_code == 422
    assert refused.text.count("let you quote it") == 1
    assert 'name="instead"' in refused.text
    assert not await Post.objects.filter(author=site.member.me).aexists()
    own = await rows.make_post(site.member.me, quote_policy=0)
    assert "let you quote it" not in (await site.member.get(f"/compose?quote={own.pk}")).text


async def test_words_stay_when_the_post_to_be_linked_instead_is_gone_meanwhile(site: Site) -> None:
    post = await rows.make_post(site.admin.me, quote_policy=0)
    await posting.delete_post(author=site.admin.me, post_id=post.pk)
    for quote in (str(post.pk), "9" * 30):
        answer = await site.member.post("/compose", {**WORDS, "quote": quote, "instead": "link"})
        assert answer.status_code == 422
        assert WORDS["text"] in answer.text
        assert "no longer available" in answer.text
        assert f'name="quote" value="{quote}"' not in answer.text


async def test_a_form_that_comes_back_has_the_default_of_today_unless_something_was_chosen(
    site: Site,
) -> None:
    """After a session that ended, the composer begins from what was sent (web/accounts/expired_forms.py)."""
    page = (await site.member.get("/compose")).text
    before = re.search(r'name="quote_policy_was" value="(\d+)"', page)[1]  # type: ignore[index]
    await Identity.objects.filter(pk=site.member.me.pk).aupdate(default_quote_policy=0)
    followers = str(InteractionPolicy.followers.value)
    for sent, shown in ((before, "0"), (followers, followers)):
        form = {**WORDS, "quote_policy": sent, "quote_policy_was": before, "only_upload": "1"}
        page = (await site.member.post("/compose", form)).text
        chosen = re.search(r'<select name="quote_policy".*?value="(\d+)" selected', page, re.DOTALL)
        assert chosen is not None
        assert chosen[1] == shown
        assert 'name="quote_policy_was" value="0"' in page


async def test_a_shared_page_fills_the_composer(site: Site) -> None:
    answer = await site.member.get(
        "/share?title=A+title&text=Words+%26+more&url=https%3A%2F%2Fsite.test%2Fa&other=x"
    )
    page = await site.member.get(answer.headers["location"])
    assert "A title\n\nWords &amp; more\n\nhttps://site.test/a</textarea>" in page.text
    assert len((await site.member.get("/share?text=" + "x" * 9000)).headers["location"]) < 5100
