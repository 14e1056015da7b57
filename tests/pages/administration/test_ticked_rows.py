"""Moderators act on all rows that they ticked; what they may not touch stays as it is."""

import asyncio
import re
from html import unescape

import pytest

from core import clock
from federation.models import Peer
from tests.activities.people import make_remote
from tests.pages.conftest import Site
from tests.users.support import make_person
from users.identities.models import Identity, Restriction
from users.logins.models import SignUp, User

pytestmark = pytest.mark.anyio


async def _restrictions(*people: Identity) -> list[Restriction]:
    return [Restriction((await Identity.objects.aget(pk=one.pk)).restriction) for one in people]


async def test_ticked_people_are_restricted_but_never_staff(site: Site) -> None:
    ben, far = await make_person(site.domain, "ben"), await make_remote("far")
    listed = (await site.moderator.get("/admin/people?kind=all")).text
    for one in (ben, far):
        assert f'name="person" value="{one.pk}" form="ticked"' in " ".join(listed.split())
    ticked = [str(one) for one in (ben.pk, far.pk, site.admin.me.pk, 1, "x")]
    form = {"person": ticked, "restriction": "limited", "next": "/admin/people?kind=all"}
    answer = await site.moderator.post("/admin/people/ticked", form)
    assert answer.headers["location"] == "/admin/people?kind=all"
    said = (await site.moderator.get("/admin/people")).text
    assert "Changed: 2. Left as they were: 2." in said
    assert await _restrictions(ben, far, site.admin.me) == [
        Restriction.limited,
        Restriction.limited,
        Restriction.none,
    ]
    await site.moderator.post("/admin/people/ticked", {**form, "restriction": "none"})
    assert await _restrictions(ben, far) == [Restriction.none, Restriction.none]
    assert (await site.moderator.post("/admin/people/ticked", {"restriction": "none"})).status_code == 303
    assert "Tick some rows first." in (await site.moderator.get("/admin/people")).text
    assert (await site.moderator.post("/admin/people/ticked", {"restriction": "eaten"})).status_code == 422


async def test_ticked_sign_ups_are_approved_or_refused(site: Site) -> None:
    logins = []
    for name in ("one", "two", "three"):
        login = await User.objects.acreate(email=f"{name}@far.test", confirmed_at=clock.now())
        await SignUp.objects.acreate(user=login, username=name, domain=site.domain)
        logins.append(login)
    path = "/admin/sign-ups/ticked"
    ids = [str(login.pk) for login in logins]
    await site.moderator.post(path, {"login": ids[:2], "action": "approve"})
    assert await Identity.objects.filter(username__in=("one", "two"), domain=site.domain).acount() == 2
    await site.moderator.post(path, {"login": ids, "action": "refuse"})
    left = {user.pk async for user in User.objects.filter(pk__in=[login.pk for login in logins])}
    assert left == {logins[0].pk, logins[1].pk}, "who is in can't be refused any more"
    assert "Changed: 1. Left as they were: 2." in (await site.moderator.get("/admin/sign-ups")).text
    assert (await site.moderator.post(path, {"login": ids, "action": "eat"})).status_code == 404


async def test_ticked_servers_keep_their_notes(site: Site) -> None:
    noted = await Peer.objects.acreate(host="bad.test", policy="limited", policy_note="Adverts")
    other = await Peer.objects.acreate(host="worse.test")
    path = "/admin/peers/ticked"
    await site.moderator.post(path, {"peer": [str(noted.pk), str(other.pk)], "action": "block"})
    await site.moderator.post(path, {"peer": [str(noted.pk)], "action": "refuse-media"})
    found = {
        peer.host: (peer.policy, peer.policy_note, peer.reject_media)
        async for peer in Peer.objects.filter(host__endswith="test")
    }
    assert found["bad.test"] == ("blocked", "Adverts", True)
    assert found["worse.test"] == ("blocked", "", False)
    await site.moderator.post(path, {"peer": [str(other.pk)], "action": "refuse-reports"})
    await site.moderator.post(path, {"peer": [str(noted.pk)], "action": "open"})
    await noted.arefresh_from_db()
    assert (noted.policy, noted.reject_media, noted.reject_reports) == ("open", True, False)
    await other.arefresh_from_db()
    assert (other.policy, other.reject_reports) == ("blocked", True)
    listed = (await site.moderator.get("/admin/peers?policy=without-reports")).text
    assert "worse.test" in listed
    assert "bad.test" not in listed
    await site.moderator.post(path, {"peer": [str(other.pk)], "action": "accept-reports"})
    assert not await Peer.objects.filter(reject_reports=True).aexists()


async def test_acts_at_once_on_ticked_servers_keep_what_each_changed(site: Site) -> None:
    peer = await Peer.objects.acreate(host="bad.test")
    acts = ("block", "refuse-media", "refuse-reports")
    await asyncio.gather(
        *(site.moderator.post("/admin/peers/ticked", {"peer": [str(peer.pk)], "action": act}) for act in acts)
    )
    await peer.arefresh_from_db()
    assert (peer.policy, peer.reject_media, peer.reject_reports) == ("blocked", True, True)


async def test_no_more_than_a_hundred_rows_and_only_by_moderators(site: Site) -> None:
    many = [await Peer.objects.acreate(host=f"n{number}.test") for number in range(102)]
    ticked = {"peer": [str(peer.pk) for peer in many], "action": "block"}
    for visitor in (site.nobody, site.member):
        for kind in ("people", "sign-ups", "peers"):
            assert (await visitor.post(f"/admin/{kind}/ticked", ticked)).status_code == 404
    assert await Peer.objects.filter(policy="blocked").acount() == 0
    await site.moderator.post("/admin/peers/ticked", ticked)
    assert await Peer.objects.filter(policy="blocked").acount() == 100


async def test_people_are_read_page_by_page(site: Site) -> None:
    people = [await make_person(site.domain, f"many{number}") for number in range(52)]
    first = (await site.moderator.get("/admin/people")).text
    assert f"@{people[-1].handle}" in first
    assert f"@{people[0].handle}<" not in first
    link = re.search(r'rel="next"\s+href="([^"]+)"', first)
    assert link
    second = (await site.moderator.get(f"/admin/people{unescape(link[1])}")).text
    assert f"@{people[0].handle}<" in second
