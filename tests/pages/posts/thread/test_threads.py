"""A thread is a tree on its page: straight lines, branches, folds, and pages about a post beside it."""

import re

import pytest

from activities.posts.models import Like, Post, Visibility
from tests.activities import people as rows
from tests.pages.conftest import Site, Visitor
from tests.support.queries import counted
from users.identities.models import Identity

pytestmark = pytest.mark.anyio

_SHAPE = re.compile(r'<(/?)div(?: class="(branch|replies[^"]*)")?|<article class="post[^"]*" id="post-(\d+)"')


async def others(count: int) -> list[Identity]:
    return [await rows.make_remote(f"other{number}") for number in range(count)]


async def line(root: Post, authors: list[Identity], length: int) -> list[Post]:
    """Posts that each answer the one before."""
    made = [root]
    for number in range(length):
        made.append(await rows.make_post(authors[number % len(authors)], in_reply_to=made[-1]))
    return made[1:]


def indents(html: str) -> dict[int, int]:
    """Post id → how many steps it is indented under the post whose page this is. The only reply to a post goes straight on."""
    found: dict[int, int] = {}
    stack: list[str] = []
    for closes, css, post in _SHAPE.findall(html[html.index('class="replies trunk"') - 5 :]):
        if post:
            found[int(post)] = stack.count("branch") - 1
        elif closes:
            if not stack:
                break
            stack.pop()
        else:
            stack.append(css)
    return found


async def page_of(visitor: Visitor, post: Post, rest: str = "") -> str:
    who = post.author.username + (f"@{post.author.host}" if post.author.domain_id is None else "")
    answer = await visitor.get(f"/@{who}/{post.pk}{rest}")
    assert answer.status_code == 200
    return answer.text


async def test_a_line_is_straight_and_branches_are_indented_to_three_levels(site: Site) -> None:
    mia, (one, two) = site.member.me, await others(2)
    root = await rows.make_post(mia)
    straight = await line(root, [one, two], 8)
    seen = indents(await page_of(site.nobody, root))
    assert list(seen.values()) == [0] * 8
    parent, deep = straight[-1], []
    for _ in range(5):
        deep.append(await rows.make_post(one, in_reply_to=parent))
        await rows.make_post(two, in_reply_to=parent)
        parent = deep[-1]
    html = await page_of(site.nobody, straight[-1])
    assert "Show 8 replies" in html  # under the first, as it has more than five
    seen = indents(await page_of(site.nobody, deep[0]))
    assert [seen.get(post.pk) for post in deep[1:]] == [0, 1, 2, 3]
    fragment = await site.nobody.get(f"/posts/{deep[0].pk}/replies?level=2")
    assert str(deep[1].pk) in fragment.text
    assert (await site.nobody.get(f"/posts/{deep[0].pk}/replies?level=4")).status_code == 400


async def test_deeper_replies_continue_on_their_own_page(site: Site) -> None:
    one, two = await others(2)
    parent = await rows.make_post(site.member.me)
    path = [parent]
    for _ in range(5):
        path.append(await rows.make_post(one, in_reply_to=path[-1]))
        await rows.make_post(two, in_reply_to=path[-2])
    html = (await site.nobody.get(f"/posts/{path[0].pk}/replies?level=3")).text
    assert "Show 8 replies" in html
    html = (await site.nobody.get(f"/posts/{path[2].pk}/replies?level=3")).text
    assert f'href="/@{one.handle}/{path[3].pk}"' in html
    assert "Continue the thread" in html
    assert str(path[4].pk) not in html


async def test_a_branch_of_more_than_five_is_folded_and_opens_in_place(site: Site) -> None:
    mia, authors = site.member.me, await others(3)
    root = await rows.make_post(mia)
    first = await rows.make_post(authors[0], in_reply_to=root)
    await rows.make_post(authors[1], in_reply_to=root)
    replies = await line(first, authors, 5)
    assert "Show " not in await page_of(site.nobody, root)
    replies += await line(replies[-1], authors, 1)
    html = await page_of(site.nobody, root)
    link = re.search(r'<a[^>]*class="more-replies"[^>]*>Show 6 replies</a>', html)
    assert link
    assert f'href="/@{authors[0].handle}/{first.pk}"' in link[0]  # without scripts
    opened = re.search(r'hx-get="([^"]+)"', link[0])
    assert opened
    answer = (await site.nobody.get(opened[1].replace("&amp;", "&"))).text
    assert re.findall(r'id="post-(\d+)"', answer) == [str(post.pk) for post in replies]
    assert not set(re.findall(r'id="post-(\d+)"', html)) & {str(post.pk) for post in replies}


async def test_the_authors_own_continuation_comes_first_and_whole(site: Site) -> None:
    mia, authors = site.member.me, await others(2)
    root = await rows.make_post(mia)
    await rows.make_post(authors[0], in_reply_to=root)
    own = await line(root, [mia], 9)
    html = await page_of(site.nobody, root)
    shown = re.findall(r'id="post-(\d+)"', html)
    assert shown[1:10] == [str(post.pk) for post in own]
    assert 'href="/@mia/' in html
    assert "Reader view" in html
    reader = await page_of(site.nobody, own[4], "/reader")
    assert re.findall(r'data-post="(\d+)"', reader) == [str(post.pk) for post in (root, *own)]
    assert "Reader view" not in await page_of(site.nobody, await rows.make_post(mia))


async def test_a_reply_to_what_a_reader_may_not_see_stands_under_what_they_see(site: Site) -> None:
    mia, (one, two) = site.member.me, await others(2)
    root = await rows.make_post(mia)
    hidden = await rows.make_post(one, in_reply_to=root, visibility=Visibility.mentioned)
    beneath = await rows.make_post(two, in_reply_to=hidden)
    assert indents(await page_of(site.nobody, root)) == {beneath.pk: 0}
    assert (await site.nobody.get(f"/posts/{hidden.pk}/replies")).status_code == 404
    for rest in ("/likes", "/boosts", "/quotes", "/reader"):
        assert (await site.nobody.get(f"/@{one.handle}/{hidden.pk}{rest}")).status_code == 404
        assert (await site.nobody.get(f"/@mia/{beneath.pk}{rest}")).status_code == 404  # not by her


async def test_many_replies_come_fifty_at_a_time(site: Site) -> None:
    root = await rows.make_post(site.member.me)
    [author] = await others(1)
    made = [await rows.make_post(author, in_reply_to=root) for _ in range(53)]
    html = await page_of(site.member, root)
    assert html.count('class="branch"') == 50
    assert "Show 3 more replies" in html
    html = await page_of(site.member, root, f"?after={made[49].pk}")
    assert list(indents(html)) == [post.pk for post in made[50:]]
    fragment = (await site.member.get(f"/posts/{root.pk}/replies?level=0&after={made[49].pk}")).text
    assert fragment.count('class="branch"') == 3


async def test_only_the_nearest_posts_above_are_shown(site: Site) -> None:
    authors = await others(2)
    root = await rows.make_post(site.member.me)
    made = [root, *await line(root, authors, 23)]
    html = await page_of(site.nobody, made[-1])
    assert re.findall(r'id="post-(\d+)"', html) == [str(post.pk) for post in made[-21:]]
    earlier = re.search(r'<a class="more-replies" href="([^"]+)">Show earlier posts', html)
    assert earlier
    assert earlier[1].endswith(f"/{made[-22].pk}")


async def test_the_post_of_a_page_says_when_from_where_and_who(site: Site) -> None:
    mia = site.member.me
    post = await rows.make_post(mia, application="Sparrow", likes_count=2, boosts_count=1, quotes_count=1)
    for who in (site.admin.me, site.moderator.me):
        await Like.objects.acreate(post=post, identity=who)
    await rows.make_post(site.admin.me, boost_of=post)
    await rows.make_post(
        site.admin.me,
        content="<p>Look at this</p>",
        quote_of=post,
        quote_uri=post.uri,
        quote_state="accepted",
    )
    html = await page_of(site.nobody, post)
    for words in ("Sparrow", "Public", "UTC", "<b>1</b> boost<", "<b>2</b> likes<", "<b>1</b> quote<"):
        assert words in html, words
    assert html.index("<b>1</b> boost<") < html.index("<b>2</b> likes<") < html.index("<b>1</b> quote<")
    assert '"/@ann"' in await page_of(site.nobody, post, "/likes")
    assert "@mo@" in await page_of(site.nobody, post, "/likes")
    boosts = await page_of(site.nobody, post, "/boosts")
    assert '"/@ann"' in boosts
    assert "@mo@" not in boosts
    assert "Look at this" in await page_of(site.nobody, post, "/quotes")
    assert "Look at this" in await page_of(site.member, post, "/quotes")


async def test_a_reply_is_written_under_the_post(site: Site) -> None:
    post = await rows.make_post(site.moderator.me, content_warning="Spiders")
    html = await page_of(site.member, post)
    form = re.search(r'<form class="reply-box".*?</form>', html, re.DOTALL)
    assert form
    values = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
    assert values["content_warning"] == "Spiders"
    values.pop("csrfmiddlewaretoken")
    handle = site.moderator.me.handle
    assert ">@mo </textarea>" in form[0]
    answer = await site.member.post("/compose", {**values, "text": f"@{handle} Eight legs!"})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/@mo/{post.pk}"
    html = await page_of(site.member, post)
    assert "Eight legs!" in html
    assert "reply-box" not in await page_of(site.nobody, post)


@pytest.mark.slow
async def test_pages_about_a_post_ask_as_much_for_many_as_for_few(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await rows.make_post(site.member.me)
    asked: dict[str, list[int]] = {}
    people = await others(12)
    for count in (1, 12):
        for who in people[: count if count > 1 else 1][-11:]:
            await Like.objects.aget_or_create(post=post, identity=who)
            await rows.make_post(who, boost_of=post)
            await rows.make_post(who, quote_of=post, quote_uri=post.uri, quote_state="accepted")
            await rows.make_post(site.member.me, in_reply_to=post)
        for rest in ("", "/likes", "/boosts", "/quotes", "/reader"):
            async with counted(monkeypatch) as seen:
                await page_of(site.member, post, rest)
            asked.setdefault(rest, []).append(len(seen))
    assert all(len(set(numbers)) == 1 for numbers in asked.values()), asked
    assert all(numbers[0] <= 11 for numbers in asked.values()), asked
