"""Sentences about the work that acts of staff left to the worker: on the overview, at the server and at the person."""

import pytest

from activities.measures.queries import progress
from core import clock
from tests.activities import people as rows
from tests.pages.administration.test_overview import words
from tests.pages.conftest import Site
from tests.support.queries import counted
from tests.users.support import give_role, make_domain, make_person
from users.domains.models import Domain
from users.identities.models import Identity, IdentityGraph, Restriction
from users.relations.services.social import block_host
from users.roles.models import MODERATOR
from users.severances.models import SeveranceEvent

pytestmark = pytest.mark.anyio

TITLE = "What the worker still does"


async def erase(site: Site, person: Identity) -> None:
    await Identity.objects.filter(pk=person.pk).aupdate(restriction=Restriction.suspended)
    answer = await site.admin.post(f"/admin/people/{person.pk}/erase", {"sure": "yes"})
    assert answer.status_code == 303


def linked(page: str, sentence: str) -> str:
    """The path that a sentence leads to."""
    before, found, _ = page.partition(f"<span>{sentence}</span>")
    assert found, sentence
    return before.rpartition('<a href="')[2].partition('"')[0]


async def test_the_posts_of_an_erased_person_are_counted_while_they_are_deleted(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert TITLE not in (await site.admin.get("/admin")).text
    mia = site.member.me
    posts = [await rows.make_post(mia) for _ in range(3)]
    await erase(site, mia)
    path, sentence = f"/admin/people/{mia.pk}", f"The posts of @{mia.handle} are being deleted. Left: 3."
    overview = words((await site.admin.get("/admin")).text)
    assert TITLE in overview
    assert linked(overview, sentence) == path
    assert sentence in words((await site.admin.get(path)).text)
    await Identity.objects.filter(pk=mia.pk).aupdate(state="emptying", emptied_to=posts[0].pk)
    assert "Left: 2." in (await site.admin.get(path)).text
    monkeypatch.setattr(progress, "_LEFT", progress._LEFT.replace("1000", "2"))
    assert "Left: 2 or more." in (await site.admin.get(path)).text
    await Identity.objects.filter(pk=mia.pk).aupdate(emptied_to=posts[2].pk)
    sentence = f"@{mia.handle} is being deleted. No posts are left."
    assert sentence in words((await site.admin.get(path)).text)
    assert sentence in words((await site.admin.get("/admin")).text)
    await Identity.objects.filter(pk=mia.pk).aupdate(state=IdentityGraph.gone.name, state_due_at=None)
    assert (await site.admin.get(path)).status_code == 404
    assert TITLE not in (await site.admin.get("/admin")).text


async def test_three_erased_people_are_named_and_the_others_counted(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with counted(monkeypatch) as before:
        await site.admin.get("/admin")
    for number in range(5):
        person = await make_person(site.domain, f"gone{number}")
        await erase(site, person)
    page = words((await site.admin.get("/admin")).text)
    assert page.count("is being deleted. No posts are left.") == 3
    assert linked(page, "2 more accounts are being deleted.") == "/admin/queues"
    async with counted(monkeypatch) as after:
        await site.admin.get("/admin")
    assert len(after) == len(before) <= 12


async def test_a_blocked_server_says_what_its_block_still_costs(site: Site) -> None:
    far = await rows.make_remote("far", "evil.example")
    await rows.follow(site.member.me, far)
    await site.admin.post("/admin/peers", {"host": "evil.example", "policy": "blocked", "sure": "yes"})
    event = await SeveranceEvent.objects.aget()
    for state, sentence in (
        ("listing", "The follows lost by blocking evil.example are being listed."),
        ("telling", "The people who lost follows by blocking evil.example are being told."),
    ):
        await SeveranceEvent.objects.filter(pk=event.pk).aupdate(state=state)
        assert linked(words((await site.admin.get("/admin")).text), sentence) == "/admin/peers?q=evil.example"
        assert sentence in words((await site.admin.get("/admin/peers?q=evil")).text)
    await SeveranceEvent.objects.filter(pk=event.pk).aupdate(state="told", state_due_at=None)
    assert "evil.example" not in (await site.admin.get("/admin")).text
    assert "follows" not in words((await site.admin.get("/admin/peers?q=evil")).text).partition("<table")[2]


async def test_suspensions_and_domains_are_told_and_blocks_by_users_are_not(site: Site) -> None:
    await rows.follow(site.moderator.me, site.member.me)
    await site.admin.post(f"/admin/people/{site.member.me.pk}/restrict", {"restriction": "suspended"})
    await block_host(identity=site.moderator.me, host="private.example")
    assert await SeveranceEvent.objects.filter(target_name="private.example", state="listing").aexists()
    red = await make_domain("red.test")
    await Domain.objects.filter(pk=red.pk).aupdate(state="emptying", state_due_at=clock.now())
    page = words((await site.admin.get("/admin")).text)
    path = f"/admin/people/{site.member.me.pk}"
    assert linked(page, f"The follows lost by suspending @{site.member.me.handle} are being listed.") == path
    assert linked(page, "red.test is being removed.") == f"/admin/domains/{red.pk}"
    assert "private.example" not in page


async def test_staff_of_a_domain_see_its_work_only(site: Site) -> None:
    red = await make_domain("red.test")
    stranger = await make_person(red, "stranger")
    await give_role(site.member.user, MODERATOR, site.domain)
    own = await make_person(site.domain, "own")
    for person in (stranger, own):
        await erase(site, person)
    await SeveranceEvent.objects.acreate(kind="domain_block", target_name="evil.example")
    await Domain.objects.filter(pk=red.pk).aupdate(state="emptying", state_due_at=clock.now())
    page = (await site.member.get("/admin")).text
    assert "@own@" in page
    for hidden in ("stranger", "evil.example", "red.test"):
        assert hidden not in page
    assert (await site.member.get(f"/admin/people/{own.pk}")).status_code == 200
    assert (await site.member.get(f"/admin/people/{stranger.pk}")).status_code == 404
