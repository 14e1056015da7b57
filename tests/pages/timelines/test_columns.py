"""Columns: timelines side by side, chosen, moved and removed by their owner, without scripts and as the script asks for them."""

import asyncio
import json
import re

import httpx
import pytest

from activities.columns.models import ColumnKind, Deck
from activities.columns.services import MAX_COLUMNS
from activities.lists.models import ListMember, PeopleList
from activities.notifications.models import Notification
from activities.timelines.models import HomeEntry
from tests.activities import people as rows
from tests.pages.conftest import Site, Visitor
from tests.support.queries import counted
from users.identities import events

pytestmark = pytest.mark.anyio

PAGE = {"Accept": "text/html"}
HTMX = {"HX-Request": "true", **PAGE}


def shown(page: str) -> list[str]:
    """Return the kinds of the columns of a page, in their order."""
    return re.findall(r'data-kind="(\w+)"', page)


def titles(page: str) -> list[str]:
    return re.findall(r'<h2 id="title-\d+">.*?<bdi>([^<]*)</bdi>', page, re.DOTALL)


async def columns(visitor: Visitor) -> str:
    answer = await visitor.get("/columns", headers=PAGE)
    assert answer.status_code == 200
    return answer.text


async def add(visitor: Visitor, what: str, text: str = "") -> httpx.Response:
    return await visitor.post("/columns/add", {"what": what, "text": text})


async def test_everyone_begins_with_three(site: Site) -> None:
    page = await columns(site.member)
    assert shown(page) == ["home", "notifications", "local"]
    assert not await Deck.objects.aexists(), "looking stores nothing"


async def test_every_timeline_can_be_added(site: Site) -> None:
    mia, remote = site.member, await rows.make_remote("rita")
    mine = await PeopleList.objects.acreate(identity=mia.me, title="Friends")
    for what, text in (
        ("messages", ""),
        ("federated", ""),
        ("bookmarks", ""),
        (f"list:{mine.pk}", ""),
        ("text", "#Birds"),
        ("text", f"@{remote.handle}"),
        ("text", "@ann"),
    ):
        answer = await add(mia, what, text)
        assert (answer.status_code, answer.headers["location"][:16]) == (303, "/columns#column-"), what
    page = await columns(mia)
    assert shown(page)[3:] == ["messages", "federated", "bookmarks", "list", "hashtag", "person", "person"]
    assert {"Friends", "#birds", site.admin.me.name or "ann"} <= set(titles(page))
    assert "You have the maximum of 10 columns" in page
    refused = await add(mia, "likes")
    assert refused.status_code == 422
    assert "at most 10 columns" in refused.text


@pytest.mark.parametrize(
    ("what", "text", "words"),
    [
        ("text", "birds", "Write a hashtag such as #birds"),
        ("text", "#no hashtag", "can&#x27;t be a hashtag"),
        ("text", "@nobody", "nobody with this name"),
        ("text", "", "Write a hashtag such as #birds"),
        ("person:99", "", "nobody with this name"),
        ("list:99", "", "or you don&#x27;t have permission"),
        ("list:x", "", "no such timeline"),
        ("everything", "", "no such timeline"),
    ],
)
async def test_invalid_columns_are_refused(site: Site, what: str, text: str, words: str) -> None:
    answer = await add(site.member, what, text)
    assert answer.status_code == 422
    assert words in answer.text
    assert shown(answer.text) == ["home", "notifications", "local"]


async def test_another_ones_list_can_not_be_added(site: Site) -> None:
    theirs = await PeopleList.objects.acreate(identity=site.admin.me, title="Secret friends")
    answer = await add(site.member, f"list:{theirs.pk}")
    assert answer.status_code == 422
    assert "Secret" not in answer.text


async def test_two_presses_add_one(site: Site) -> None:
    answers = await asyncio.gather(*(add(site.member, "likes") for _ in range(3)))
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert shown(await columns(site.member)).count("likes") == 1


async def test_columns_are_moved_and_resized(site: Site) -> None:
    mia = site.member
    assert (await mia.post("/columns/3/move?to=0")).headers["location"] == "/columns#column-3"
    assert shown(await columns(mia)) == ["local", "home", "notifications"]
    await mia.post("/columns/3/move?to=99")
    await mia.post("/columns/1/width?to=wide")
    page = await columns(mia)
    assert shown(page) == ["home", "notifications", "local"]
    assert re.search(r'class="column wide"\s+id="column-1"', page)
    answer = await mia.post("/columns/2/move?to=2", headers=HTMX)
    assert json.loads(answer.headers["hx-trigger"]) == {"column": {"number": 2, "place": 2}}
    for path in ("/columns/9/move?to=0", "/columns/9/width?to=wide", "/columns/9/remove"):
        assert (await mia.post(path)).status_code == 404
    assert shown(await columns(site.admin)) == ["home", "notifications", "local"], "each has their own"


async def test_a_removed_column_comes_back_where_it_was(site: Site) -> None:
    mia = site.member
    await mia.post("/columns/2/width?to=narrow")
    told = json.loads((await mia.post("/columns/2/remove", headers=HTMX)).headers["hx-trigger"])
    assert told["column"] == {"number": 2, "removed": True}
    assert shown(await columns(mia)) == ["home", "local"]
    again = await mia.post(told["toast"]["undo"], headers=HTMX)
    assert again.headers["hx-refresh"] == "true"
    page = await columns(mia)
    assert shown(page) == ["home", "notifications", "local"]
    assert re.search(r'class="column narrow"\s+id="column-4"', page), "no number is given twice"
    for number in (1, 3, 4):
        await mia.post(f"/columns/{number}/remove")
    assert shown(await columns(mia)) == [], "they may have none"


async def test_a_list_that_was_deleted_says_so(site: Site) -> None:
    mine = await PeopleList.objects.acreate(identity=site.member.me, title="Friends")
    await add(site.member, f"list:{mine.pk}")
    await mine.adelete()
    page = await columns(site.member)
    assert shown(page)[3] == "list"
    assert "no longer exists" in page


async def test_rows_for_the_script(site: Site) -> None:
    mia = site.member.me
    posts = [await rows.make_post(mia, content=f"<p>post {number}</p>") for number in range(30)]
    for post in posts:
        await HomeEntry.objects.acreate(identity=mia, post=post)
    page = await columns(site.member)
    assert len(re.findall(r'id="post-\d+-1"', page)) == 13, "forty rows in three columns"
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids)), "a post is in two columns, each with ids of its own"
    older = re.search(r'href="/home\?max_id=(\d+)"\s+hx-get="/columns/1\?max_id=\1"', page)
    assert older
    more = (await site.member.get(f"/columns/1?max_id={older[1]}", headers=HTMX)).text
    assert len(re.findall(r'id="post-\d+-1"\s+data-post', more)) == 17
    assert "<html" not in more
    assert f'formaction="/posts/{posts[0].pk}/like?place={posts[0].pk}-1"' in more
    pressed = await site.member.post(f"/posts/{posts[0].pk}/like?place={posts[0].pk}-1", headers=HTMX)
    assert f'id="like-{posts[0].pk}-1"' in pressed.text
    row = await site.member.get(f"/posts/{posts[0].pk}/row?column=1", headers=HTMX)
    assert f'id="post-{posts[0].pk}-1"' in row.text
    plain = await site.member.get("/columns/1")
    assert (plain.status_code, plain.headers["location"]) == (303, "/home")
    assert (await site.member.get("/columns/9", headers=HTMX)).status_code == 404
    assert (await site.nobody.get("/columns/1", headers=HTMX)).status_code == 303


async def test_notifications_are_seen_when_the_script_asks_for_them(site: Site) -> None:
    mia = site.member.me
    await Notification.objects.acreate(identity=mia, kind="follow", actor=await rows.make_remote("rita"))
    assert 'data-count="1"' in await columns(site.member)
    page = await columns(site.member)
    assert 'data-count="1"' in page, "the column may be out of sight"
    assert "unread" in page
    assert "rita" in (await site.member.get("/columns/2", headers=HTMX)).text
    assert "data-count" not in await columns(site.member)


async def test_only_what_they_may_see(site: Site) -> None:
    mia, eve = site.member, await rows.make_remote("eve")
    mine = await PeopleList.objects.acreate(identity=mia.me, title="Friends")
    await ListMember.objects.acreate(list=mine, identity=eve)
    await rows.follow(mia.me, eve)
    await rows.make_post(eve, content="<p>hidden words</p>")
    for what in (f"list:{mine.pk}", f"person:{eve.pk}", "federated"):
        await add(mia, what)
    assert "hidden words" in await columns(mia)
    await rows.block(eve, mia.me)
    await rows.block(mia.me, eve)
    assert "hidden words" not in await columns(mia)


@pytest.mark.slow
async def test_queries_do_not_grow_with_rows_and_are_few_with_ten_columns(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    mia = site.member.me
    mine = await PeopleList.objects.acreate(identity=mia, title="Friends")
    for kind in ("messages", "federated", "bookmarks", "likes", f"list:{mine.pk}", f"person:{mia.pk}"):
        await add(site.member, kind)
    await add(site.member, "text", "#birds")
    page = await columns(site.member)
    assert len(shown(page)) == MAX_COLUMNS == len(ColumnKind)
    numbers, made = [], 0
    for wanted in (2, 12):
        for _ in range(made, wanted):
            author = await rows.make_remote(f"author{made}")
            made += 1
            post = await rows.make_post(author, mentions=(mia,))
            await HomeEntry.objects.acreate(identity=mia, post=post)
            await Notification.objects.acreate(identity=mia, kind="mention", actor=author, post=post)
        await columns(site.member)
        async with counted(monkeypatch) as seen:
            page = await columns(site.member)
        numbers.append(len(seen))
    assert len(set(numbers)) == 1, numbers
    assert numbers[0] <= 45, seen


async def test_columns_go_with_their_identity(site: Site) -> None:
    await add(site.member, "likes")
    assert await Deck.objects.acount() == 1
    await events.on_identity_deleted.emit(site.member.me)
    assert await Deck.objects.acount() == 0
