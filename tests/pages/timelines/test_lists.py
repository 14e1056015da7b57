"""The page of a list: people are found there, added, followed and removed."""

import pytest

from activities.lists import services
from activities.lists.models import ListMember, PeopleList
from tests.activities import people as rows
from tests.pages.conftest import Site
from users.relations.models import Follow

pytestmark = pytest.mark.anyio


async def make(site: Site) -> PeopleList:
    return await services.create_list(identity=site.member.me, title="Friends")


async def members(people: PeopleList) -> set[int]:
    return {one.identity_id async for one in ListMember.objects.filter(list=people)}


async def test_people_are_found_and_added_on_the_lists_page(site: Site) -> None:
    people = await make(site)
    path = f"/lists/{people.pk}/edit"
    await rows.follow(site.member.me, site.moderator.me)
    found = (await site.member.get(f"{path}?q=mo")).text
    assert f'name="person" value="{site.moderator.me.pk}"' in found
    assert "Follow and add" not in found
    answer = await site.member.post(f"/lists/{people.pk}/add", {"person": str(site.moderator.me.pk)})
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    again = await site.member.post(f"/lists/{people.pk}/add", {"person": str(site.moderator.me.pk)})
    assert again.status_code == 303
    assert await members(people) == {site.moderator.me.pk}
    assert 'class="soft small">Added' in (await site.member.get(f"{path}?q=mo")).text
    await site.member.post(f"/lists/{people.pk}/remove/{site.moderator.me.pk}")
    assert await members(people) == set()


async def test_adding_to_a_list_follows_after_confirmation(site: Site) -> None:
    people = await make(site)
    person = {"person": str(site.admin.me.pk)}
    assert "Follow and add" in (await site.member.get(f"/lists/{people.pk}/edit?q=ann")).text
    answer = await site.member.post(f"/lists/{people.pk}/add", person)
    assert answer.status_code == 404, "nobody is followed by accident"
    assert not await Follow.objects.aexists()
    await site.member.post(f"/lists/{people.pk}/add", {**person, "follow": "yes"})
    assert await Follow.objects.filter(source=site.member.me, target=site.admin.me).aexists()
    assert await members(people) == {site.admin.me.pk}


async def test_oneself_can_be_in_a_list(site: Site) -> None:
    people = await make(site)
    assert "Follow and add" not in (await site.member.get(f"/lists/{people.pk}/edit?q=mia")).text
    await site.member.post(f"/lists/{people.pk}/add", {"person": str(site.member.me.pk)})
    assert await members(people) == {site.member.me.pk}


async def test_lists_of_others_take_nobody(site: Site) -> None:
    people = await make(site)
    form = {"person": str(site.admin.me.pk), "follow": "yes"}
    assert (await site.moderator.post(f"/lists/{people.pk}/add", form)).status_code == 404
    assert not await Follow.objects.aexists(), "and nobody is followed on the way"
    for wrong in ("", "x", "9" * 30):
        answer = await site.member.post(f"/lists/{people.pk}/add", {"person": wrong})
        assert answer.status_code == 400
    assert await members(people) == set()
