"""The page of private mentions: what the API calls conversations, with the same rows and marks."""

import pytest

from activities.conversations.models import Conversation
from activities.conversations.services import update_conversations
from activities.posts.models import Post, Visibility
from tests.activities import people as rows
from tests.pages.conftest import Site
from tests.support.queries import counted
from users.identities.models import Identity

pytestmark = pytest.mark.anyio

PAGE = {"Accept": "text/html"}


async def say(author: Identity, *to: Identity, words: str = "psst") -> Post:
    post = await rows.make_post(author, Visibility.mentioned, mentions=to, content=f"<p>{words}</p>")
    await update_conversations([post.pk])
    return post


async def test_conversations_are_listed_opened_and_marked(site: Site) -> None:
    mia, mo = site.member.me, site.moderator.me
    post = await say(mo, mia, words="between us")
    talk = await Conversation.objects.aget(identity=mia)
    for visitor, unread in ((site.member, True), (site.moderator, False)):
        page = (await visitor.get("/private-mentions", headers=PAGE)).text
        assert "between us" in page
        assert ('class="person talk unread"' in page) == unread
    assert "between us" not in (await site.admin.get("/private-mentions", headers=PAGE)).text
    opened = await site.member.get(f"/private-mentions/{talk.pk}", headers=PAGE)
    assert (opened.status_code, "between us" in opened.text) == (200, True)
    assert f'href="/@mo/{post.pk}"' in opened.text
    await talk.arefresh_from_db()
    assert not talk.is_unread
    await site.member.post(f"/private-mentions/{talk.pk}/unread")
    await talk.arefresh_from_db()
    assert talk.is_unread
    await site.member.post(f"/private-mentions/{talk.pk}/remove")
    assert "No private mentions" in (await site.member.get("/private-mentions", headers=PAGE)).text
    assert await Post.objects.filter(pk=post.pk, deleted_at=None).aexists()


async def test_posts_written_from_messages_are_private(site: Site) -> None:
    page = (await site.member.get("/private-mentions", headers=PAGE)).text
    assert 'href="/compose?private"' in page
    form = (await site.member.get("/compose?private", headers=PAGE)).text
    assert f'<option value="{Visibility.mentioned.value}" selected' in form


async def test_another_users_conversation_is_404(site: Site) -> None:
    await say(site.moderator.me, site.member.me)
    talk = await Conversation.objects.aget(identity=site.member.me)
    assert (await site.admin.get(f"/private-mentions/{talk.pk}", headers=PAGE)).status_code == 404
    for pk in (
        talk.pk,
        talk.pk + 1,
    ):  # who writes there keeps the words, and does not learn whether it is there
        answer = await site.admin.post(f"/private-mentions/{pk}", data={"text": "let me in"})
        assert answer.status_code == 422
        assert "This conversation no longer exists." in answer.text
        assert "psst" not in answer.text
    assert not await Post.objects.filter(content__contains="let me in").aexists()
    for what in ("unread", "remove"):
        assert (await site.admin.post(f"/private-mentions/{talk.pk}/{what}")).status_code == 404
    assert await Conversation.objects.filter(pk=talk.pk, is_unread=True).aexists()
    assert (await site.nobody.get("/private-mentions", headers=PAGE)).status_code == 303


@pytest.mark.slow
async def test_the_list_has_pages_and_as_many_queries_for_many_rows(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    mia, numbers = site.member.me, []
    for wanted in (1, 19, 5):
        for number in range(wanted):
            await say(await rows.make_remote(f"far{len(numbers)}x{number}"), mia)
        await site.member.get("/private-mentions", headers=PAGE)
        async with counted(monkeypatch) as seen:
            page = (await site.member.get("/private-mentions", headers=PAGE)).text
        numbers.append(len(seen))
        assert page.count('class="person talk') == min(20, sum((1, 19, 5)[: len(numbers)]))
    assert len(set(numbers)) == 1, numbers
    oldest = page.rpartition("max_id=")[2].partition('"')[0]
    older = (await site.member.get(f"/private-mentions?max_id={oldest}", headers=PAGE)).text
    assert older.count('class="person talk') == 5
    assert 'rel="next"' not in older


async def test_the_page_is_in_the_navigation(site: Site) -> None:
    for path in ("/home", "/more"):
        assert 'href="/private-mentions"' in (await site.member.get(path, headers=PAGE)).text
