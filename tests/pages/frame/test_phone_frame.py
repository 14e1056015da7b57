"""Tabs of Home and the arrow that leads back, both of which phones show."""

import re

import pytest

from activities.lists.models import PeopleList
from core.pages.addresses import path_to
from tests.activities import people as rows
from tests.pages.conftest import Site

pytestmark = pytest.mark.anyio


async def test_local_federated_and_lists_are_tabs_of_home(site: Site) -> None:
    for path in ("/home", "/local", "/federated", "/lists"):
        tabs = re.search(r'<nav class="tabs home-tabs".*?</nav>', (await site.member.get(path)).text, re.S)
        assert tabs, path
        assert re.findall(r'href="([^"]+)"', tabs[0]) == ["/home", "/local", "/federated", "/lists"]
        assert re.findall(r'href="([^"]+)" aria-current="page"', tabs[0]) == [path]
    assert "home-tabs" not in (await site.member.get("/likes")).text
    assert "home-tabs" not in (await site.nobody.get("/local")).text


async def test_own_lists_are_tabs_of_home(site: Site) -> None:
    """Also on wide screens, where the navigation has the others."""
    assert 'class="tabs home-tabs"' in (await site.member.get("/home")).text
    titles = ["Birds", "<b>Trains"]
    lists = [await PeopleList.objects.acreate(identity=site.member.me, title=title) for title in titles]
    await PeopleList.objects.acreate(identity=site.moderator.me, title="Not mine")
    own = [f"/lists/{one.pk}" for one in lists]
    for path in ("/home", "/local", "/lists", *own):
        page = (await site.member.get(path)).text
        tabs = re.search(r'<nav class="tabs home-tabs own".*?</nav>', page, re.S)
        assert tabs, path
        assert re.findall(r'href="([^"]+)"', tabs[0]) == ["/home", "/local", "/federated", *own, "/lists"]
        assert re.findall(r'href="([^"]+)" aria-current="page"', tabs[0]) == [path]
        assert "<bdi>&lt;b&gt;Trains</bdi>" in tabs[0]
        assert 'class="back"' not in page, path
    for number in range(20):
        await PeopleList.objects.acreate(identity=site.member.me, title=f"More {number}")
    assert (await site.member.get("/home")).text.count('"/lists/') == 12, "the page of lists has all"


async def test_the_arrow_leads_to_the_page_above(site: Site) -> None:
    post = await rows.make_post(site.admin.me)
    people = await PeopleList.objects.acreate(identity=site.member.me, title="Friends")
    above = {
        "/home": None,
        "/notifications": None,
        "/search?q=a": None,
        "/more": None,
        "/compose": None,
        "/likes": "/more",
        path_to("settings-list"): "/more",
        "/settings/posting": path_to("settings-list"),
        f"/lists/{people.pk}/edit": "/lists",
        "/@ann": "/",
        f"/@ann/{post.pk}": "/@ann",
        "/@ann/followers": "/@ann",
    }
    for path, wanted in above.items():
        found = re.search(r'<a class="back" href="([^"]+)"', (await site.member.get(path)).text)
        assert (found and found[1]) == wanted, path
    assert 'class="back" href="/"' in (await site.nobody.get("/explore")).text


async def test_the_administration_has_a_list_of_its_pages_for_phones(site: Site) -> None:
    page = (await site.moderator.get("/admin/reports")).text
    assert '<a class="back" href="/admin/sections" aria-label="All sections">' in page
    assert 'href="/admin/sections"' in (await site.moderator.get("/more")).text
    listed = (await site.moderator.get("/admin/sections")).text.partition("<main")[2]
    for path in ("/admin", "/admin/reports", "/admin/people"):
        assert f'href="{path}"' in listed, path
    assert "/admin/roles" not in listed, "not for moderators"
    assert (await site.member.get("/admin/sections")).status_code == 404
