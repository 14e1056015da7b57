"""The notifications page: groups in words, what is new, one kind at a time."""

import re

import pytest

from activities.approvals.models import Approval
from activities.notifications.models import Notification
from activities.posts.models import Post
from activities.reactions.models import Reaction
from core.texts.html import to_text
from tests.activities import people as rows
from tests.pages.conftest import Site
from tests.support.queries import counted
from users.identities.models import Identity

pytestmark = pytest.mark.anyio

PAGE = {"Accept": "text/html"}
_ROW = re.compile(r'<article class="post event[^>]*>.*?</article>', re.DOTALL)


async def people_do(site: Site, kind: str, count: int, post: Post | None = None, start: int = 0) -> None:
    for number in range(start, start + count):
        who = await rows.make_remote(f"fan{number}", name=f"Fan {number}")
        await Notification.objects.acreate(identity=site.member.me, kind=kind, actor=who, post=post)


async def lines(site: Site, path: str = "/notifications") -> list[str]:
    """The sentence of each row."""
    html = (await site.member.get(path, headers=PAGE)).text
    return [
        " ".join(to_text(found[1]).split())
        for row in _ROW.findall(html)
        if (found := re.search(r'<p class="who">(.*?)</p>', row, re.DOTALL))
    ]


async def look(site: Site) -> None:
    """What a page without scripts asks for as it is loaded."""
    page = (await site.member.get("/notifications", headers=PAGE)).text
    told = re.search(r'<noscript><img src="(/notifications/read[^"]+)"', page)
    assert told
    assert (await site.member.get(told[1])).status_code == 200


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "Fan 0 liked your post"),
        (2, "Fan 1 and Fan 0 liked your post"),
        (3, "Fan 2, Fan 1 and Fan 0 liked your post"),
        (9, "Fan 8, Fan 7 and 7 others liked your post"),
    ],
)
async def test_likes_of_a_post_are_grouped(site: Site, count: int, words: str) -> None:
    post = await rows.make_post(site.member.me, content="<p>My post</p>")
    await people_do(site, "favourite", count, post)
    assert await lines(site) == [words]
    html = (await site.member.get("/notifications")).text
    assert html.count('class="avatar small') == min(count, 5)
    assert "My post" in html


async def test_reactions_are_shown_with_their_emoji(site: Site) -> None:
    post = await rows.make_post(site.member.me, content="<p>My post</p>")
    await people_do(site, "favourite", 2, post)
    fans = [who async for who in Identity.objects.filter(username__startswith="fan").order_by("pk")]
    await Reaction.objects.acreate(identity=fans[0], post=post, name="🎉")
    assert await lines(site) == ["Fan 1 and Fan 0 liked your post 🎉"]
    await Reaction.objects.acreate(identity=fans[1], post=post, name="🎉")
    assert await lines(site) == ["Fan 1 and Fan 0 reacted to your post 🎉"]
    other = await rows.make_post(site.member.me, content="<p>Another</p>")
    await Reaction.objects.acreate(identity=fans[1], post=other, name="blob", host="far.test")
    await people_do(site, "favourite", 1, other, start=5)
    assert (await lines(site))[0] == "Fan 5 liked your post", "somebody else's reaction is not theirs"


async def test_a_quote_is_told_in_its_own_words(site: Site) -> None:
    """Quotes of other servers begin with the address of what they quote, for servers that show no quotes."""
    ottos = await rows.make_remote("otto")
    link = '<a href="https://far.test/1">https://far.test/1</a>'
    content = f'<p class="quote-inline">RE: {link}</p><p>Look at this</p>'
    post = await rows.make_post(ottos, content=content)
    await Notification.objects.acreate(identity=site.member.me, kind="quote", actor=ottos, post=post)
    html = (await site.member.get("/notifications", headers=PAGE)).text
    (row,) = _ROW.findall(html)
    assert "Look at this" in row
    assert "RE:" not in row


async def test_one_kind_at_a_time(site: Site) -> None:
    post = await rows.make_post(site.member.me)
    await people_do(site, "favourite", 2, post)
    await people_do(site, "reblog", 1, post, start=2)
    await people_do(site, "follow", 2, start=3)
    assert await lines(site) == [
        "Fan 4 and Fan 3 follow you",
        "Fan 2 boosted your post",
        "Fan 1 and Fan 0 liked your post",
    ]
    assert await lines(site, "/notifications?show=likes") == ["Fan 1 and Fan 0 liked your post"]
    assert await lines(site, "/notifications?show=boosts") == ["Fan 2 boosted your post"]
    assert await lines(site, "/notifications?show=follows") == ["Fan 4 and Fan 3 follow you"]
    assert await lines(site, "/notifications?show=polls") == []
    assert len(await lines(site, "/notifications?show=<script>")) == 3


async def test_unread_notifications_are_marked_once(site: Site) -> None:
    await people_do(site, "follow", 1)
    assert 'class="dot"' in (await site.member.get("/notifications?show=follows", headers=PAGE)).text
    assert 'class="dot"' in (await site.member.get("/notifications", headers=PAGE)).text
    assert 'class="dot"' in (await site.member.get("/notifications", headers=PAGE)).text, "nobody looked yet"
    await look(site)
    assert 'class="dot"' not in (await site.member.get("/notifications", headers=PAGE)).text


async def test_a_new_mention_is_marked_as_well(site: Site) -> None:
    mia, mo = site.member.me, site.moderator.me
    await Notification.objects.acreate(
        identity=mia, kind="mention", actor=mo, post=await rows.make_post(mo, mentions=(mia,))
    )
    for is_new in (True, False):
        if not is_new:
            await look(site)
        page = (await site.member.get("/notifications", headers=PAGE)).text
        assert ('class="post unread"' in page) is is_new
        assert ('class="dot"' in page) is is_new


async def test_markup_in_names_is_escaped(site: Site) -> None:
    who = await rows.make_remote("evil", name="<script>alert(1)</script>")
    await Notification.objects.acreate(identity=site.member.me, kind="follow", actor=who)
    html = (await site.member.get("/notifications")).text
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


@pytest.mark.slow
async def test_groups_ask_as_much_for_many_as_for_few(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    for start, count in ((0, 1), (1, 12)):
        for number in range(start, start + count):
            post = await rows.make_post(site.member.me)
            await people_do(site, "favourite", 1, post, start=number)
        await site.member.get("/notifications")
        async with counted(monkeypatch) as seen:
            await site.member.get("/notifications")
        asked.append(len(seen))
    assert asked[0] == asked[1] <= 8, asked


async def filter_from(site: Site, name: str, count: int) -> None:
    who = await rows.make_remote(name, name=f"<b>{name}")
    for _ in range(count):
        post = await rows.make_post(who, content=f"<p>Hello from {name}</p>")
        await Notification.objects.acreate(
            identity=site.member.me, kind="mention", actor=who, post=post, is_filtered=True
        )


async def test_filtered_ones_are_a_row_that_leads_to_those_who_wait(site: Site) -> None:
    assert "Filtered:" not in (await site.member.get("/notifications", headers=PAGE)).text
    await filter_from(site, "nell", 2)
    await filter_from(site, "otto", 1)
    page = (await site.member.get("/notifications", headers=PAGE)).text
    assert "Filtered: 2 people" in page
    assert "Hello from nell" not in page
    waiting = (await site.member.get("/notifications/filtered", headers=PAGE)).text
    assert "2 notifications" in waiting
    assert "Hello from nell" in waiting
    assert "<b>nell" not in waiting
    accept, dismiss = (
        re.findall(rf'formaction="(/notifications/filtered/\d+/{what})"', waiting)
        for what in ("accept", "dismiss")
    )
    assert (await site.admin.post(accept[0])).status_code == 404, "somebody else's"
    await site.member.post(dismiss[0])  # the newest
    await site.member.post(accept[1])
    assert "Nothing is filtered" in (await site.member.get("/notifications/filtered", headers=PAGE)).text
    after = (await site.member.get("/notifications", headers=PAGE)).text
    assert "Hello from nell" in after
    assert "Hello from otto" not in after
    assert (await site.nobody.get("/notifications/filtered", headers=PAGE)).status_code == 303


async def test_the_row_of_what_waits_is_there_while_something_waits(site: Site) -> None:
    assert "Waiting for your answer" not in (await site.member.get("/notifications")).text
    rob = await rows.make_remote("rob")
    asking = await rows.follow(rob, site.member.me, accepted=False)
    page = (await site.member.get("/notifications")).text
    row = page.partition("Waiting for your answer")[2].partition("</nav>")[0]
    assert re.findall(r'<a href="([^"]+)"', row) == ["/follow-requests"]
    await asking.adelete()
    post = await rows.make_post(site.member.me)
    await Approval.objects.acreate(
        kind="like", target=post, author_id=post.author_id, identity=rob, uri="https://far.test/l"
    )
    page = (await site.member.get("/notifications")).text
    row = page.partition("Waiting for your answer")[2].partition("</nav>")[0]
    assert re.findall(r'<a href="([^"]+)"', row) == ["/requests"]


async def test_one_row_is_dismissed_and_the_others_stay(site: Site) -> None:
    post, other = [await rows.make_post(site.member.me, content=f"<p>{word}</p>") for word in ("One", "Two")]
    await people_do(site, "favourite", 3, post)
    await people_do(site, "favourite", 1, other, start=3)
    page = (await site.member.get("/notifications", headers=PAGE)).text
    keys = re.findall(
        r'formaction="/notifications/dismiss" +name="group" +value="([^"]+)"', " ".join(page.split())
    )
    assert len(keys) == 2
    answer = await site.member.post("/notifications/dismiss", {"group": keys[1]})
    assert answer.headers["location"] == "/notifications"
    assert await lines(site) == ["Fan 3 liked your post"]
    answer = await site.member.post(
        "/notifications/dismiss", {"group": keys[0]}, headers={"HX-Request": "true"}
    )
    assert (answer.status_code, answer.text) == (200, "")
    assert "Notification dismissed." in answer.headers["HX-Trigger"]
    assert await lines(site) == []
    assert (await site.member.post("/notifications/dismiss", {"group": "nothing"})).status_code == 404


async def test_nobody_dismisses_what_is_anothers(site: Site) -> None:
    await people_do(site, "follow", 1)
    page = " ".join((await site.member.get("/notifications", headers=PAGE)).text.split())
    key = re.search(r'name="group" value="([^"]+)"', page)
    assert key
    for visitor in (site.admin, site.nobody):
        assert (await visitor.post("/notifications/dismiss", {"group": key[1]})).status_code == 303
    assert await Notification.objects.acount() == 1


async def test_a_mention_is_dismissed_in_the_menu_of_its_post(site: Site) -> None:
    """Its row is the post itself."""
    post = await rows.make_post(site.admin.me, mentions=(site.member.me,), content="<p>Hey</p>")
    await Notification.objects.acreate(
        identity=site.member.me, kind="mention", actor=site.admin.me, post=post
    )
    page = (await site.member.get("/notifications", headers=PAGE)).text
    link = re.search(rf'href="(/posts/{post.pk}/menu\?group=[^"]+)"', page)
    assert link
    menu = " ".join((await site.member.get(link[1])).text.split())
    key = re.search(r'formaction="/notifications/dismiss" name="group" value="([^"]+)"', menu)
    assert key
    assert 'name="next" value="/notifications"' in menu
    await site.member.post("/notifications/dismiss", {"group": key[1]})
    assert not await Notification.objects.aexists()
    assert "Dismiss notification" not in (await site.member.get(f"/posts/{post.pk}/menu")).text
