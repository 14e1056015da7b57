"""A private conversation read as a chat."""

import re

import pytest

from activities.conversations.models import Conversation
from activities.conversations.services import update_conversations
from activities.posts.models import Post, Visibility
from tests.activities import people as rows
from tests.pages.conftest import Site
from tests.support.queries import counted
from users.identities.models import Identity
from users.relations.models import Mute
from web.timelines.messages import without_mentions

pytestmark = pytest.mark.anyio

PAGE = {"Accept": "text/html"}


async def say(
    author: Identity, *to: Identity, words: str = "psst", after: Post | None = None, public: bool = False
) -> Post:
    """Write to these people, in the thread of `after`."""
    kind = Visibility.public if public else Visibility.mentioned
    post = await rows.make_post(author, kind, mentions=to, content=f"<p>{words}</p>", in_reply_to=after)
    await update_conversations([post.pk])
    return post


async def path_of(who: Identity) -> str:
    return f"/private-mentions/{(await Conversation.objects.aget(identity=who)).pk}"


def said(html: str) -> list[tuple[bool, str]]:
    """Whether each message is one's own, and its words."""
    found = re.findall(
        r'<li\s+class="message( mine)?".*?<div class="content".*?<p>(.*?)</p>', html, re.DOTALL
    )
    return [(bool(mine), words) for mine, words in found]


def newest(html: str) -> str:
    """The message that the page's form answers."""
    found = re.search(r'name="answers" value="(\d+)"', html)
    assert found
    return found[1]


async def test_messages_are_in_order_and_answered_in_place(site: Site) -> None:
    mia, mo = site.member.me, site.moderator.me
    first = await say(mo, mia, words="Tea?")
    second = await say(mia, mo, words="Yes", after=first)
    await say(mo, mia, words="With &lt;b&gt;milk", after=second)
    await say(mo, mia, words="All may read this", after=second, public=True)
    path = await path_of(mia)
    page = (await site.member.get(path, headers=PAGE)).text
    assert said(page) == [
        (False, "Tea?"),
        (True, "Yes"),
        (False, "With &lt;b&gt;milk"),
    ]
    form = {"text": "No, thanks", "once": "abc", "answers": newest(page)}
    for _ in range(2):  # two presses
        sent = await site.member.post(path, data=form)
        assert (sent.status_code, sent.headers["location"]) == (303, f"{path}#newest")
    written = await Post.objects.filter(author=mia).order_by("-id").afirst()
    assert written is not None
    assert (written.visibility, written.conversation_id) == (Visibility.mentioned, first.pk)
    await update_conversations([written.pk])
    assert said((await site.member.get(path, headers=PAGE)).text)[3:] == [(True, "No, thanks")]
    theirs = (await site.moderator.get(await path_of(mo), headers=PAGE)).text
    assert said(theirs)[3:] == [(False, "No, thanks")]


async def test_words_that_cannot_be_sent_are_kept(site: Site) -> None:
    await say(site.moderator.me, site.member.me)
    path = await path_of(site.member.me)
    answers = newest((await site.member.get(path, headers=PAGE)).text)
    for text in ("x" * 20_000, "<script>alert(1)</script>" + "y" * 19_000):
        answer = await site.member.post(path, data={"text": text, "answers": answers}, headers=PAGE)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert "<script>alert" not in answer.text
        assert "at most 500" in answer.text
    assert "y" * 19_000 in answer.text
    assert (
        await site.member.post(path, data={"text": "  ", "answers": answers}, headers=PAGE)
    ).status_code == 422
    assert not await Post.objects.filter(author=site.member.me).aexists()


async def test_an_answer_goes_to_nobody_whom_the_page_did_not_show(site: Site) -> None:
    """Anyone may send a private reply into the thread of a public post, and would be answered by whoever has the page open."""
    mia, mo, ann = site.member.me, site.moderator.me, site.admin.me
    post = await say(mia, words="Hello all", public=True)
    await say(mo, mia, words="Between us", after=post)
    path = await path_of(mia)
    form = {
        "text": "The password is 1234",
        "answers": newest((await site.member.get(path, headers=PAGE)).text),
    }
    await say(ann, mia, words="Me, too", after=post)
    answer = await site.member.post(path, data=form, headers=PAGE)
    assert answer.status_code == 422
    assert "Something new arrived while you were writing" in answer.text
    assert "The password is 1234</textarea>" in answer.text
    assert "Me, too" in answer.text
    for forged in ({}, {"answers": "x"}):
        assert (await site.member.post(path, data={"text": "a"} | forged)).status_code == 422
    assert await Post.objects.filter(author=mia).acount() == 1


async def test_people_who_are_muted_are_left_out(site: Site) -> None:
    mia, mo, ann = site.member.me, site.moderator.me, site.admin.me
    first = await say(mo, mia, ann, words="One")
    second = await say(ann, mia, mo, words="Two", after=first)
    await say(mo, mia, ann, words="Three", after=second)
    await say(mo, ann, words="Not for her", after=second)
    await Mute.objects.acreate(source=mia, target=ann)
    page = (await site.member.get(await path_of(mia), headers=PAGE)).text
    assert said(page) == [(False, "One"), (False, "Three")]


@pytest.mark.slow
async def test_earlier_messages_are_pages_with_as_many_queries(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = await say(site.moderator.me, site.member.me, words="0")
    path, numbers = await path_of(site.member.me), []
    for wanted in (2, 33):
        for number in range(1, wanted):
            last = await say(site.moderator.me, site.member.me, words=str(number), after=last)
        await site.member.get(path, headers=PAGE)
        async with counted(monkeypatch) as seen:
            page = (await site.member.get(path, headers=PAGE)).text
        numbers.append(len(seen))
    assert len(set(numbers)) == 1, numbers
    newest = said(page)
    assert len(newest) == 30
    found = re.search(r'href="(\?max_id=\d+)#newest"', page)
    assert found is not None
    before = (await site.member.get(path + found[1], headers=PAGE)).text
    assert len(said(before)) == 4
    assert "Newest messages" in before


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<p>Hello</p>", "<p>Hello</p>"),
        (
            '<p><span class="h-card"><a href="https://a.test/@mo" class="u-url mention">@<span>mo</span></a></span> Hello</p>',
            "<p>Hello</p>",
        ),
        (
            '<p><a class="mention" href="/a">@a</a> <a class="u-url mention" href="/b">@b@b.test</a> Hi <a class="mention" href="/a">@a</a></p>',
            '<p>Hi <a class="mention" href="/a">@a</a></p>',
        ),
        ('<p><a class="mention" href="/a">@a</a></p>', '<p><a class="mention" href="/a">@a</a></p>'),
        (
            '<p><a class="mention" href="/z">@z</a> is late</p>',
            '<p><a class="mention" href="/z">@z</a> is late</p>',
        ),
        (
            '<p><a class="mention hashtag" href="/a">#a</a> x</p>',
            '<p><a class="mention hashtag" href="/a">#a</a> x</p>',
        ),
    ],
)
def test_mentions_before_the_first_word_are_left_out(content: str, expected: str) -> None:
    assert without_mentions(content, {"mo", "a", "b"}) == expected


def test_mentions_without_end_take_linear_time() -> None:
    for piece in ('<a class="mention" href="/a">@a</a> ', "<a class=", " ", '<a class="mention">@<span>'):
        content = f"<p>{piece * (200_000 // len(piece))}"
        assert len(without_mentions(content, {"a"})) <= len(content)


async def test_a_first_message_leads_to_its_conversation(site: Site) -> None:
    fields = {"text": "@mo Tea?", "visibility": str(Visibility.mentioned.value)}
    answer = await site.member.post("/compose", fields)
    assert answer.status_code == 303
    own = answer.headers["location"]
    answer = await site.member.get(own)
    path = await path_of(site.member.me)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}#newest")
    page = (await site.member.get(path)).text
    assert [mine for mine, _ in said(page)] == [True]
    assert "Message sent." in page
    assert f"&amp;next={path}".replace("/", "%2F") in page, "more of it leads back here"
    assert (await site.moderator.get(own)).headers["location"].startswith(await path_of(site.moderator.me))
    assert (await site.admin.get(own)).status_code == 404
    assert (await site.member.get("/private-mentions/of/99")).status_code == 404
