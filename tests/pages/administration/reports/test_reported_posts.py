"""Moderators open what was reported, delete it in the author's place, and settle the report or not."""

import datetime as dt
import re

import pytest

from activities.posts.activitypub.post_document import PostDocument
from activities.posts.models import Post, Revision, Visibility
from activities.publishing.handlers.fan_out import publish_deletion
from activities.publishing.services import receiving
from core import clock
from tests.activities import people as rows
from tests.pages.conftest import Site
from tests.users.support import make_person, sent
from users.identities.models import Identity
from users.moderation.models import Report

pytestmark = pytest.mark.anyio


async def _report(target: Identity, *uris: str) -> tuple[Report, str]:
    made = await Report.objects.acreate(target=target, post_uris=list(uris))
    return made, f"/admin/reports/{made.pk}"


@pytest.mark.slow
async def test_a_reported_post_is_read_and_deleted_as_its_author_would(site: Site) -> None:
    ben = await make_person(site.domain, "ben")
    await rows.follow(await rows.make_remote("fay"), ben)
    post = await rows.make_post(ben, Visibility.followers, content="<p>Buy this</p>")
    other = await rows.make_post(ben, content="<p>Harmless</p>")
    report, path = await _report(ben, post.uri, other.uri)
    assert path in (await site.moderator.get("/admin/reports")).text
    page = (await site.moderator.get(path)).text
    assert "Buy this" in page
    assert "Harmless" in page
    assert " checked" not in page, "nothing is chosen for the moderator"
    answer = await site.moderator.post(path, {"post": str(post.pk)})
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    await post.arefresh_from_db()
    assert (post.content, post.state) == ("", "deleted")
    await publish_deletion([post])
    [(kind, inboxes, activity)] = await sent()
    assert (kind, inboxes) == ("Delete", ["https://far.test/inbox"])
    assert (activity["actor"], activity["object"]["id"]) == (ben.uri, post.uri)
    page = (await site.moderator.get(path)).text
    assert "Buy this" not in page
    assert "1 more is not available" in page
    await report.arefresh_from_db()
    assert report.resolved_at is None, "the moderator did not say that this is all"
    answer = await site.moderator.post(path, {"post": str(other.pk), "resolves": "yes"})
    assert answer.headers["location"] == "/admin/reports"
    await report.arefresh_from_db()
    assert report.resolved_at is not None
    assert await Post.objects.filter(author=ben, deleted_at=None).acount() == 0


async def test_the_first_report_is_open_beside_the_list(site: Site) -> None:
    """Posts and links, not addresses; only what the reported person wrote."""
    ben, eve = await make_person(site.domain, "ben"), await make_person(site.domain, "eve")
    loud = await rows.make_post(ben, Visibility.followers, content="<p>Buy <b>this</b></p>")
    hers = await rows.make_post(eve, content="<p>Not reported</p>")
    _, ours = await _report(ben, loud.uri, hers.uri)
    page = (await site.moderator.get("/admin/reports")).text
    assert "Buy <b>this</b>" in page
    assert f'href="/@ben/{loud.pk}"' in page
    _, theirs = await _report(eve, "https://far.test/posts/1")
    page = (await site.moderator.get("/admin/reports")).text
    assert "What was reported is not available" in page
    assert f'href="{ours}"' in page
    assert f'href="{theirs}"' in page
    for hidden in ("Buy <b>this</b>", loud.uri, hers.uri, "Not reported", "https://far.test/posts/1"):
        assert hidden not in page
    opened = (await site.moderator.get(ours)).text
    assert "Buy <b>this</b>" in opened
    assert "Not reported" not in opened
    assert f'href="{theirs}"' in opened, "the others stay beside it"


async def test_an_open_report_tells_of_others_about_the_same_person(site: Site) -> None:
    ben, eve = await make_person(site.domain, "ben"), await make_person(site.domain, "eve")
    await Report.objects.acreate(target=ben, comment="Long ago", resolved_at=clock.now())
    await Report.objects.acreate(target=eve, comment="About eve", resolved_at=clock.now())
    _, path = await _report(ben)
    page = (await site.moderator.get(path)).text
    _, heading, others = page.partition("Other reports about this person")
    assert heading
    assert "Long ago" in others
    assert "About eve" not in page
    answer = await site.moderator.post(
        f"/admin/people/{ben.pk}/restrict", {"restriction": "limited", "next": path}
    )
    assert answer.headers["location"] == path, "acts on the person come back to the report"


async def test_moderators_read_what_was_reported_and_what_an_edit_made_of_it(site: Site) -> None:
    post = await rows.make_post(site.member.me, content="<p>Early</p>", source="Early")
    edit = f"/posts/{post.pk}/edit"
    await site.member.post(edit, {"text": "Vile words", "content_warning": "Beware"})
    await site.admin.post(
        f"/people/{site.member.me.pk}/report?post={post.pk}", {"category": "other", "comment": "Look"}
    )
    report = await Report.objects.aget()
    path = f"/admin/reports/{report.pk}"
    page = (await site.moderator.get(path)).text
    assert "Vile words" in page
    assert "When it was reported" not in page, "it was edited before only"
    for words in ("Sweet words", "Even sweeter <3"):
        assert (await site.member.post(edit, {"text": words})).status_code == 303
    page = (await site.moderator.get(path)).text
    then, now = page.partition("edited since")[::2]
    assert "When it was reported" in then
    assert "Beware" in then
    assert "Vile words" in then
    assert "Even sweeter &lt;3" in now
    assert "Early" not in page
    assert "Sweet words" not in page
    # a later report is about the new words
    await site.admin.post(f"/people/{site.member.me.pk}/report?post={post.pk}", {"category": "other"})
    assert "edited since" not in (await site.moderator.get("/admin/reports")).text


async def test_an_edit_can_not_be_dated_before_the_report(site: Site) -> None:
    """The other server says when it edited; what counts is when the edit came. Of versions without that time, what the server says."""
    rob = await rows.make_remote("rob")
    early = clock.now() - dt.timedelta(days=3)
    post = await rows.make_post(rob, content="<p>Vile words</p>", created_at=early)
    report, path = await _report(rob, post.uri)
    document = PostDocument(
        uri=post.uri,
        author_uri=rob.uri,
        published=early,
        updated=early + dt.timedelta(days=1),
        visibility=Visibility.public,
        content_html="<p>Sweet words</p>",
    )
    await receiving.receive_edit(author=rob, document=document)
    page = (await site.moderator.get(path)).text
    assert "Vile words" in page.partition("edited since")[0]
    await Revision.objects.aupdate(replaced_at=None)
    assert "Vile words" not in (await site.moderator.get(path)).text
    await Report.objects.filter(pk=report.pk).aupdate(created_at=early + dt.timedelta(hours=1))
    assert "Vile words" in (await site.moderator.get(path)).text


async def test_a_post_of_another_server_is_deleted_here_only(site: Site) -> None:
    rob = await rows.make_remote("rob")
    post = await rows.make_post(rob)
    _, path = await _report(rob, post.uri)
    page = (await site.moderator.get(path)).text
    assert "deleted on this server only" in page
    [box] = re.findall(r'<input type="checkbox" name="post"[^>]*>', page)
    assert "checked" not in box, "deleting is always somebody's choice"
    await site.moderator.post(path, {"post": str(post.pk)})
    await post.arefresh_from_db()
    await publish_deletion([post])
    assert post.deleted_at is not None
    assert await sent() == []


@pytest.mark.slow
async def test_only_reported_posts_of_the_reported_person_are_shown(site: Site) -> None:
    """A Flag from another server may name any post; it must not open somebody else's letters to moderators."""
    ben = await make_person(site.domain, "ben")
    own, unnamed = await rows.make_post(ben), await rows.make_post(ben)
    letter = await rows.make_post(site.member.me, Visibility.mentioned, content="<p>A secret</p>")
    _, path = await _report(ben, own.uri, letter.uri)
    assert "A secret" not in (await site.moderator.get(path)).text
    for chosen in (letter.pk, unnamed.pk):
        for ids in ([str(chosen)], [str(own.pk), str(chosen)]):
            assert (await site.moderator.post(path, {"post": ids})).status_code in (404, 422)
    for nonsense in ("", "x", "9" * 30, "-1", "²"):
        answer = await site.moderator.post(path, {"post": nonsense})
        assert (answer.status_code, "deleted already" in answer.text) == (422, True)
    answer = await site.moderator.post(path)
    assert (answer.status_code, "Tick the posts that you want to delete or mark." in answer.text) == (
        422,
        True,
    )
    assert f'name="post" form="delete-reported" value="{own.pk}"' in answer.text, "the page is there to go on"
    assert await Post.objects.filter(deleted_at=None).acount() == 3


async def test_staff_without_the_permission_are_refused(site: Site) -> None:
    post = await rows.make_post(site.admin.me)
    _, path = await _report(site.admin.me, post.uri)
    for visitor in (site.member, site.nobody):
        assert (await visitor.get(path)).status_code == 404
        assert (await visitor.post(path, {"post": str(post.pk)})).status_code == 404
    assert (await site.moderator.post(path, {"post": str(post.pk)})).status_code == 403
    for wrong in ("/admin/reports/1",):
        assert (await site.moderator.get(wrong)).status_code == 404
        assert (await site.moderator.post(wrong, {"post": "1"})).status_code == 404
    assert await Post.objects.filter(deleted_at=None).acount() == 1


async def test_a_report_without_a_post_shows_what_the_person_wrote_last(site: Site) -> None:
    ben = await make_person(site.domain, "ben")
    await rows.make_post(ben, content="<p>Buy this</p>")
    await rows.make_post(ben, Visibility.mentioned, content="<p>In confidence</p>")
    _, path = await _report(ben)
    page = (await site.moderator.get(path)).text
    assert "Their newest posts" in page
    assert "Buy this" in page
    assert "In confidence" not in page
    for action in ("Warn", "Cover all media", "Limit", "Suspend"):
        button = re.search(
            rf'aria-describedby="([\w-]+)"[^>]*>\s*{action}\s*</button>\s*<p class="soft small" id="\1">',
            page,
        )
        assert button, action


async def test_what_a_reported_post_answers_is_read_beside_it(site: Site) -> None:
    """If the moderator may see it, or the reported person wrote it."""
    ben = await make_person(site.domain, "ben")
    open_one = await rows.make_post(site.member.me, content="<p>What do you think?</p>")
    private = await rows.make_post(site.member.me, Visibility.followers, content="<p>Among us</p>")
    own = await rows.make_post(ben, Visibility.followers, content="<p>My first words</p>")
    answers = [
        await rows.make_post(ben, content=f"<p>Rude {number}</p>", in_reply_to=parent)
        for number, parent in enumerate((open_one, private, own))
    ]
    for answer, shown in zip(answers, ("What do you think?", "", "My first words"), strict=True):
        _, path = await _report(ben, answer.uri)
        page = (await site.moderator.get(path)).text
        assert "Rude" in page
        assert "Among us" not in page
        for words in ("What do you think?", "My first words"):
            assert (words in page) == (words == shown), (words, shown)
        assert ("In answer to a post that is not available to you." in page) == (not shown)
        assert page.count('type="checkbox" name="post"') == 1, "what was answered is not acted on"
