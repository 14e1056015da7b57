"""Follows that a block or a suspension costs: counted before, listed and told afterwards, back when it is lifted."""

import pytest

from api.oauth.tokens import create_token
from federation.models import Peer, Policy
from stator.workers.worker import Worker
from tests.activities import people as rows
from tests.federation.conftest import running
from tests.pages.conftest import Site, Visitor
from tests.support.waiting import wait_until
from tests.users.support import make_domain, make_person
from users.identities.models import Identity
from users.relations.models import Follow, HostBlock
from users.severances import services
from users.severances.models import Severance, SeveranceEvent, SeveranceGraph, SeveredFollow

pytestmark = pytest.mark.anyio

PAGE = "/severed_relationships"


async def run_until_idle() -> None:
    async def is_idle() -> bool:
        return not (
            await SeveranceEvent.objects.filter(state__in=("listing", "telling", "purging")).aexists()
            or await HostBlock.objects.filter(state="parting").aexists()
        )

    async with running(Worker([SeveranceEvent, HostBlock], with_jobs=False, poll_s=0.2, drain_s=1)):
        await wait_until(is_idle, 15)


async def events_of(visitor: Visitor) -> list[dict[str, object]]:
    head = {"Authorization": f"Bearer {await create_token(identity=visitor.me, scopes='read')}"}
    single = (await visitor.http.get("/api/v1/notifications", headers=head)).json()
    grouped = (await visitor.http.get("/api/v2/notifications", headers=head)).json()["notification_groups"]
    assert [one["type"] for one in single] == ["severed_relationships"] * len(single)
    assert [one["event"] for one in single] == [one["event"] for one in grouped]
    return [one["event"] for one in single]


async def with_follows(site: Site, host: str = "bad.test") -> list[Identity]:
    """Mia follows two people there, one of whom follows her and the moderator."""
    ann, bob = [await rows.make_remote(name, host) for name in ("ann", "bob")]
    await rows.follow(site.member.me, ann, shows_boosts=False, languages=["de", "fr"])
    await rows.follow(site.member.me, bob)
    await rows.follow(bob, site.member.me)
    await rows.follow(bob, site.moderator.me)
    await rows.follow(ann, site.moderator.me, accepted=False)
    return [ann, bob]


async def test_staff_see_what_a_block_costs_before_it_is_made(site: Site) -> None:
    await with_follows(site, "x.bad.test")
    await Peer.objects.acreate(host="x.bad.test", last_success_at="2026-01-01T00:00:00Z")
    form = {"host": "bad.test", "policy": "blocked", "note": "Spam & more"}
    asked = await site.moderator.post("/admin/peers", form)
    assert asked.status_code == 200
    assert "<dd>2</dd>" in asked.text
    assert 'name="note" value="Spam &amp; more"' in asked.text
    assert not await Peer.objects.filter(policy=Policy.blocked).aexists()
    ticked = {"peer": str((await Peer.objects.aget(host="x.bad.test")).pk), "action": "block"}
    assert "<dd>2</dd>" in (await site.moderator.post("/admin/peers/ticked", ticked)).text
    assert not await Peer.objects.filter(policy=Policy.blocked).aexists()
    answer = await site.moderator.post("/admin/peers", form | {"sure": "yes"})
    assert answer.status_code == 303
    assert await Peer.objects.filter(host="bad.test", policy=Policy.blocked).aexists()
    answer = await site.moderator.post("/admin/peers", {"host": "empty.test", "policy": "blocked"})
    assert answer.status_code == 303, "a block that costs nothing needs no question"


async def test_a_block_by_staff_is_told_listed_and_lifted(site: Site) -> None:
    await with_follows(site)
    far = await rows.make_remote("eve", "other.test")
    await rows.follow(site.member.me, far)
    await site.moderator.post("/admin/peers", {"host": "bad.test", "policy": "blocked", "sure": "yes"})
    await run_until_idle()
    (told,) = await events_of(site.member)
    severance = await Severance.objects.aget(identity=site.member.me)
    assert told | {"created_at": ""} == {
        "id": str(severance.pk),
        "type": "domain_block",
        "purged": False,
        "target_name": "bad.test",
        "followers_count": 1,
        "following_count": 2,
        "created_at": "",
    }
    (other,) = await events_of(site.moderator)
    assert (other["followers_count"], other["following_count"]) == (1, 0)
    page = (await site.member.get(PAGE)).text
    assert "bad.test" in page
    assert "some of your follows</a>" in (await site.member.get("/notifications")).text
    following = await site.member.get(f"{PAGE}/{severance.pk}/following.csv")
    assert following.text == (
        "Account address,Show boosts,Notify on new posts,Languages\n"
        'ann@bad.test,false,false,"de, fr"\nbob@bad.test,true,false,\n'
    )
    followers = await site.member.get(f"{PAGE}/{severance.pk}/followers.csv")
    assert followers.text == "Account address\nbob@bad.test\n"
    assert (await site.moderator.get(f"{PAGE}/{severance.pk}/followers.csv")).status_code == 404
    assert (await site.nobody.get(f"{PAGE}/{severance.pk}/followers.csv")).status_code != 200
    assert "follows are back" not in page
    await site.moderator.post("/admin/peers", {"host": "bad.test", "policy": "open"})
    assert "follows are back" in (await site.member.get(PAGE)).text
    assert await Follow.objects.filter(source=site.member.me).acount() == 3


async def test_a_block_that_is_lifted_before_the_worker_comes_is_not_told(site: Site) -> None:
    await with_follows(site)
    for policy in ("blocked", "blocked", "open"):
        await site.moderator.post("/admin/peers", {"host": "bad.test", "policy": policy, "sure": "yes"})
    assert await SeveranceEvent.objects.acount() == 1, "the second block changed nothing"
    await run_until_idle()
    assert (await SeveranceEvent.objects.aget()).state == SeveranceGraph.ended
    assert await events_of(site.member) == []


async def test_a_suspension_that_is_lifted_before_the_worker_comes_is_not_told(site: Site) -> None:
    far = await rows.make_remote("gone", "far.test")
    await rows.follow(site.member.me, far)
    for restriction in ("suspended", "none"):
        await site.admin.post(f"/admin/people/{far.pk}/restrict", {"restriction": restriction})
    await run_until_idle()
    assert (await SeveranceEvent.objects.aget()).state == SeveranceGraph.ended
    assert await events_of(site.member) == []


@pytest.mark.parametrize("is_local", [True, False])
async def test_a_suspension_is_told_to_people_of_all_domains(site: Site, is_local: bool) -> None:
    other = await make_domain("elsewhere.test")
    gone = await make_person(other, "gone") if is_local else await rows.make_remote("gone", "far.test")
    await rows.follow(site.member.me, gone)
    await rows.follow(gone, site.member.me)
    path = f"/admin/people/{gone.pk}/restrict"
    await site.admin.post(path, {"restriction": "suspended"})
    await run_until_idle()
    (told,) = await events_of(site.member)
    assert (told["type"], told["target_name"]) == ("account_suspension", gone.handle)
    assert (told["followers_count"], told["following_count"]) == (1, 1)
    await site.admin.post(path, {"restriction": "none"})
    assert "follows are back" in (await site.member.get(PAGE)).text


async def test_ones_own_block_lists_what_it_removes_and_hides(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("users.relations.services.social.FOLLOWERS_REMOVED", 1)
    ann, bob = await with_follows(site)
    await rows.follow(ann, site.member.me)
    head = {"Authorization": f"Bearer {await create_token(identity=site.member.me, scopes='read write')}"}
    for is_first in (True, False):  # a repeated block continues the list
        blocked = await site.member.http.post(
            "/api/v1/domain_blocks", data={"domain": "bad.test"}, headers=head
        )
        assert blocked.status_code == 200
        if is_first:
            assert "bad.test" not in (await site.member.get(PAGE)).text, "the list is not complete yet"
        await run_until_idle()
        (told,) = await events_of(site.member)
        assert (told["type"], told["target_name"]) == ("user_domain_block", "bad.test")
        assert (told["followers_count"], told["following_count"]) == (2, 2)
        await site.member.http.delete("/api/v1/domain_blocks?domain=bad.test", headers=head)
    assert await SeveranceEvent.objects.acount() == 1
    assert await events_of(site.moderator) == []
    assert await Follow.objects.filter(target=site.member.me).acount() == 0
    assert "you follow people there again" in (await site.member.get(PAGE)).text
    assert {pk async for pk in SeveredFollow.objects.values_list("other_id", flat=True)} == {ann.pk, bob.pk}


async def test_lists_come_in_pieces_and_are_deleted_after_a_year(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "IDENTITIES_AT_ONCE", 2)
    monkeypatch.setattr(services, "FOLLOWS_AT_ONCE", 1)
    monkeypatch.setattr(services, "TOLD_AT_ONCE", 1)
    for name in ("a", "b", "c", "d", "e"):
        far = await rows.make_remote(name, "bad.test")
        await rows.follow(site.member.me, far)
        await rows.follow(far, site.moderator.me)
        sub = await rows.make_remote(name, "sub.bad.test")
        await rows.follow(sub, site.member.me)
    await Peer.objects.acreate(host="sub.bad.test", last_received_at="2026-01-01T00:00:00Z")
    await Peer.objects.acreate(host="notbad.test", last_received_at="2026-01-01T00:00:00Z")
    await rows.follow(site.member.me, await rows.make_remote("x", "notbad.test"))
    await site.moderator.post("/admin/peers", {"host": "bad.test", "policy": "blocked", "sure": "yes"})
    await run_until_idle()
    (told,) = await events_of(site.member)
    assert (told["followers_count"], told["following_count"]) == (5, 5)
    (told,) = await events_of(site.moderator)
    assert (told["followers_count"], told["following_count"]) == (5, 0)
    await SeveranceEvent.objects.aupdate(state="purging", state_due_at="2026-01-01T00:00:00Z")
    await run_until_idle()
    assert not await SeveredFollow.objects.aexists()
    (told,) = await events_of(site.member)
    assert (told["purged"], told["following_count"]) == (True, 5)
    assert "following.csv" not in (await site.member.get(PAGE)).text
