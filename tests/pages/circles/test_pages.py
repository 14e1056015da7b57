"""The pages of circles: followers are found there, added and removed; nobody else is, and nobody else sees them."""

import re

import pytest

from tests.activities import people as rows
from tests.pages.conftest import Site
from users.circles import services
from users.circles.models import Circle, CircleMember

pytestmark = pytest.mark.anyio


async def make(site: Site, title: str = "Friends") -> Circle:
    return await services.create_circle(identity=site.member.me, title=title)


async def members(circle: Circle) -> set[int]:
    return {one.identity_id async for one in CircleMember.objects.filter(circle=circle)}


async def test_a_circle_is_created_renamed_and_deleted(site: Site) -> None:
    assert "No circles yet" in (await site.member.get("/circles")).text
    refused = await site.member.post("/circles", {"title": " "})
    assert refused.status_code == 422
    answer = await site.member.post("/circles", {"title": "Friends & <b>"})
    circle = await Circle.objects.aget()
    assert (answer.status_code, answer.headers["location"]) == (303, f"/circles/{circle.pk}")
    assert "<bdi>Friends &amp; &lt;b&gt;</bdi>" in (await site.member.get("/circles")).text
    await site.member.post(f"/circles/{circle.pk}", {"title": "Family"})
    assert (await Circle.objects.aget()).title == "Family"
    answer = await site.member.post(f"/circles/{circle.pk}/delete")
    assert (answer.status_code, answer.headers["location"]) == (303, "/circles")
    assert not await Circle.objects.aexists()


async def test_followers_are_found_added_and_removed(site: Site) -> None:
    circle, path = await make(site), ""
    path = f"/circles/{circle.pk}"
    assert "follow you" in (await site.member.get(f"{path}?q=mo")).text
    person = {"person": str(site.moderator.me.pk)}
    assert (await site.member.post(f"{path}/add", person)).status_code == 404
    await rows.follow(site.moderator.me, site.member.me)
    assert f'name="person" value="{site.moderator.me.pk}"' in (await site.member.get(f"{path}?q=mo")).text
    for _ in range(2):
        answer = await site.member.post(f"{path}/add", person)
        assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert await members(circle) == {site.moderator.me.pk}
    page = (await site.member.get(f"{path}?q=mo")).text
    assert 'class="soft small">Added' in page
    assert f"{path}/remove/{site.moderator.me.pk}" in page
    await site.member.post(f"{path}/remove/{site.moderator.me.pk}")
    assert await members(circle) == set()


async def test_members_are_on_pages(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.people.members.MEMBERS", 1)
    circle = await make(site)
    for one in (site.moderator.me, site.admin.me):
        await rows.follow(one, site.member.me)
    ids = [site.moderator.me.pk, site.admin.me.pk]
    await services.add_to_circle(identity=site.member.me, circle_id=circle.pk, member_ids=ids)
    path, seen = f"/circles/{circle.pk}", set[str]()
    page = (await site.member.get(path)).text
    while True:
        here = {name for name in ("mo", "ann") if f">@{name}</" in page.partition('id="adding"')[0]}
        assert len(here) == 1
        seen |= here
        if 'rel="next"' not in page:
            break
        page = (await site.member.get(path + page.partition('rel="next" href="')[2].partition('"')[0])).text
    assert seen == {"mo", "ann"}


async def test_the_number_of_members_is_said(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("users.circles.services.MAX_MEMBERS", 0)
    circle = await make(site)
    await rows.follow(site.moderator.me, site.member.me)
    await site.member.post(f"/circles/{circle.pk}/add", {"person": str(site.moderator.me.pk)})
    assert "at most 0 people" in (await site.member.get(f"/circles/{circle.pk}")).text
    assert await members(circle) == set()


async def test_circles_of_others_are_not_there(site: Site) -> None:
    circle = await make(site)
    await rows.follow(site.admin.me, site.moderator.me)
    path, person = f"/circles/{circle.pk}", {"person": str(site.admin.me.pk)}
    assert (await site.moderator.get(path)).status_code == 404
    for part, form in (
        ("", {"title": "Mine"}),
        ("/add", person),
        (f"/remove/{site.admin.me.pk}", {}),
        ("/delete", {}),
    ):
        assert (await site.moderator.post(path + part, form)).status_code == 404
    assert "Friends" not in (await site.moderator.get("/circles")).text
    assert (await site.nobody.get(path)).status_code == 303
    assert (await Circle.objects.aget()).title == "Friends"


async def test_circles_are_chosen_from_the_menu_of_a_follower(site: Site) -> None:
    one, two = await make(site, "One"), await make(site, "Two")
    path = f"/people/{site.moderator.me.pk}/circles"
    assert path not in (await site.member.get("/@mo")).text
    assert (await site.member.post(path, {"circle": str(one.pk)})).status_code == 404
    await rows.follow(site.moderator.me, site.member.me)
    assert path in (await site.member.get("/@mo")).text
    for chosen in (one, two):
        answer = await site.member.post(path, {"circle": str(chosen.pk)})
        assert (answer.status_code, answer.headers["location"]) == (303, "/@mo")
        assert [row.circle_id async for row in CircleMember.objects.all()] == [chosen.pk]
    page = (await site.member.get(path)).text
    assert re.findall(r'value="(\d+)"\s+checked', page) == [str(two.pk)]
    theirs = await services.create_circle(identity=site.admin.me, title="Theirs")
    await site.member.post(path, {"circle": str(theirs.pk)})
    assert not await CircleMember.objects.aexists(), "a circle of somebody else counts as none"
