"""The places up to which Home and Notifications were read: shared with apps, shown as a line, and led to."""

import re

import pytest

from activities.markers import queries
from activities.markers import services as markers
from activities.notifications.models import Notification
from activities.timelines.models import HomeEntry
from tests.activities import people as rows
from tests.pages.conftest import Site, Visitor

pytestmark = pytest.mark.anyio

PAGE = {"Accept": "text/html"}


async def _posts(site: Site, count: int) -> list[int]:
    mia = site.member.me
    posts = [(await rows.make_post(mia)).pk for _ in range(count)]
    for post in posts:
        await HomeEntry.objects.acreate(identity=mia, post_id=post)
    return posts[::-1]


async def _after_line(reader: Visitor, path: str) -> int | None:
    page = (await reader.get(path, headers=PAGE)).text
    assert page.count("You read until here") <= 1
    found = re.search(r'You read until here.*?id="post-(\d+)"', page, re.S)
    return int(found[1]) if found else None


async def test_a_line_is_where_somebody_stopped(site: Site) -> None:
    mia, posts = site.member.me, await _posts(site, 5)
    assert await _after_line(site.member, "/home") is None, "nothing was read before"
    await markers.set_marker(identity=mia, timeline="home", last_read_id=posts[2])
    assert await _after_line(site.member, "/home") == posts[2]
    await markers.set_marker(identity=mia, timeline="home", last_read_id=posts[0])
    assert await _after_line(site.member, "/home") is None, "there is nothing new"
    assert await _after_line(site.member, "/local") is None


@pytest.mark.slow
async def test_home_leads_to_the_place_when_much_is_new(site: Site) -> None:
    mia, posts = site.member.me, await _posts(site, 45)
    await markers.set_marker(identity=mia, timeline="home", last_read_id=posts[30])
    page = (await site.member.get("/home", headers=PAGE)).text
    found = re.search(r'href="([^"]+)">Go to where you left off', page)
    assert found
    assert await _after_line(site.member, "/home" + found[1].replace("&amp;", "&")) == posts[30]
    older = re.search(r'hx-get="(\?read=[^"]+)"', page)
    assert older, "older pages are told the place: scripts move the marker meanwhile"
    await markers.set_marker(identity=mia, timeline="home", last_read_id=posts[0])
    path = "/home" + older[1].replace("&amp;", "&")
    assert await _after_line(site.member, path) == posts[30]
    page = (await site.member.get(path, headers=PAGE)).text
    assert 'hx-get="?max_id=' in page, "the line is behind"
    await markers.set_marker(identity=mia, timeline="home", last_read_id=posts[20])
    assert await _after_line(site.member, f"/home?read={posts[20]}&max_id={posts[19]}") == posts[20], (
        "between two pages"
    )


async def test_reading_on_a_page_moves_the_marker_and_never_back(site: Site) -> None:
    mia, posts = site.member.me, await _posts(site, 3)
    page = (await site.member.get("/home", headers=PAGE)).text
    assert f'<noscript><img src="/home/read?post={posts[0]}"' in page
    assert await queries.last_read_id(mia, "home") == 0, "scripts say when it was seen"
    assert (await site.member.get(f"/home/read?post={posts[1]}")).status_code == 204
    assert await queries.last_read_id(mia, "home") == posts[1]
    assert (await site.member.post("/home/read", {"post": str(posts[0])})).status_code == 204
    assert (await site.member.post("/home/read", {"post": str(posts[2])})).status_code == 204
    assert await queries.last_read_id(mia, "home") == posts[0]
    for nonsense in ("", "x", "-1", "9" * 30):
        assert (await site.member.post("/home/read", {"post": nonsense})).status_code == 400
    await site.member.get(f"/home/read?post={2**62}")
    (newer,) = await _posts(site, 1)
    assert await queries.last_read_id(mia, "home") < 2**62
    assert newer
    assert (await site.nobody.get("/home/read?post=1")).status_code == 303


async def _mentions(site: Site, count: int) -> list[int]:
    mia, mo = site.member.me, site.moderator.me
    made = [
        await Notification.objects.acreate(
            identity=mia, kind="mention", actor=mo, post=await rows.make_post(mo, mentions=(mia,))
        )
        for _ in range(count)
    ]
    return [one.pk for one in made][::-1]


def _line_and_new(page: str) -> tuple[int | None, int]:
    """The first notification after the line, and how many are marked as new."""
    found = re.search(r'You read until here.*?data-newest="(\d+)"', page, re.S)
    return int(found[1]) if found else None, page.count('class="dot"')


async def _notified(site: Site, path: str = "/notifications") -> tuple[int | None, int]:
    return _line_and_new((await site.member.get(path, headers=PAGE)).text)


async def test_a_line_is_where_somebody_stopped_reading_notifications(site: Site) -> None:
    mia, ids = site.member.me, await _mentions(site, 4)
    assert await _notified(site) == (None, 4), "nothing was read before"
    await markers.set_marker(identity=mia, timeline="notifications", last_read_id=ids[2])
    assert await _notified(site) == (ids[2], 2)
    assert await _notified(site) == (ids[2], 2), "opening the page is not reading it"
    assert await _notified(site, "/notifications?show=mentions") == (None, 2)
    assert (await site.member.post("/notifications/read", {"notification": str(ids[1])})).json() == {
        "unread": 1
    }
    assert await _notified(site) == (ids[1], 1)
    unread = await site.member.get("/notifications/unread", headers=PAGE)
    assert unread.json() == {"unread": 1, "identity": str(mia.pk)}, "the open page may be another identity's"
    assert unread.headers["cache-control"] == "private, no-store"
    assert (await site.member.get(f"/notifications/read?notification={2**62}")).json() == {"unread": 0}
    assert await queries.last_read_id(mia, "notifications") == ids[0], "no further than what there is"
    older = await site.member.post("/notifications/read", {"notification": str(ids[3])})
    assert await queries.last_read_id(mia, "notifications") == ids[0], "never back"
    assert older.json() == {"unread": 0}, "more was read elsewhere"
    assert await _notified(site) == (None, 0)
    for nonsense in ("", "x", "-1", "9" * 30):
        assert (await site.member.post("/notifications/read", {"notification": nonsense})).status_code == 400
        assert (
            await site.member.post("/notifications/read-all", {"notification": nonsense})
        ).status_code == 400
    for path in ("/notifications/read?notification=1", "/notifications/unread"):
        assert (await site.nobody.get(path)).status_code == 303


async def test_a_link_in_a_post_marks_nothing_as_read(site: Site) -> None:
    """Pictures of pages ask for these addresses; somebody who presses a link to one loses no place."""
    mia, posts, ids = site.member.me, await _posts(site, 1), await _mentions(site, 1)
    links = (f"/home/read?post={posts[0]}", f"/notifications/read?notification={ids[0]}")
    for link in links:
        answer = await site.member.get(link, headers={"Sec-Fetch-Dest": "document"})
        assert answer.status_code == 400
    assert await queries.last_read_ids(mia) == {"home": 0, "notifications": 0}
    for link in links:
        assert (await site.member.get(link, headers={"Sec-Fetch-Dest": "image"})).is_success
    assert await queries.last_read_ids(mia) == {"home": posts[0], "notifications": ids[0]}


@pytest.mark.slow
async def test_notifications_lead_to_the_place_when_much_is_new(site: Site) -> None:
    mia, ids = site.member.me, await _mentions(site, 45)
    await markers.set_marker(identity=mia, timeline="notifications", last_read_id=ids[30])
    page = (await site.member.get("/notifications", headers=PAGE)).text
    assert _line_and_new(page) == (None, 20)
    found = re.search(r'href="([^"]+)">Go to where you left off', page)
    assert found
    assert await _notified(site, "/notifications" + found[1].replace("&amp;", "&")) == (ids[30], 0)
    older = re.search(r'rel="next"\s+href="([^"]+)"', page)
    assert older
    await markers.set_marker(identity=mia, timeline="notifications", last_read_id=ids[0])
    path = "/notifications" + older[1].replace("&amp;", "&")
    assert await _notified(site, path) == (ids[30], 10), "scripts move the marker meanwhile"
    await markers.set_marker(identity=mia, timeline="notifications", last_read_id=ids[20])
    assert await _notified(site, f"/notifications?read={ids[20]}&max_id={ids[19]}") == (ids[20], 0)


@pytest.mark.slow
async def test_all_that_a_page_knew_of_is_marked_as_read(site: Site) -> None:
    mia, ids = site.member.me, await _mentions(site, 22)
    assert "Mark all as read" not in (await site.member.get("/notifications", headers=PAGE)).text
    await markers.set_marker(identity=mia, timeline="notifications", last_read_id=ids[21])
    page = (await site.member.get("/notifications", headers=PAGE)).text
    button = re.search(r'name="notification"\s+value="(\d+)"[^>]*>Mark all as read', page)
    assert button
    (newer,) = await _mentions(site, 1)
    answer = await site.member.post("/notifications/read-all", {"notification": button[1]})
    assert (answer.status_code, answer.headers["location"]) == (303, "/notifications")
    page = (await site.member.get("/notifications", headers=PAGE)).text
    assert "All notifications are marked as read." in page
    assert _line_and_new(page) == (ids[0], 1)
    assert newer > int(button[1])
