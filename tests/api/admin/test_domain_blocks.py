"""Blocks of servers and allowed ones for staff in apps: the policies of the staff pages, by Mastodon's names."""

import pytest

from federation.models import Peer, Policy
from tests.api.admin.test_accounts import STAFF_SCOPES, Staff, staff
from tests.api.support.world import Speaker, World
from users.audit.models import Act, AuditEntry

pytestmark = pytest.mark.anyio

__all__ = ["staff"]

BLOCKS, ALLOWS = "/api/v1/admin/domain_blocks", "/api/v1/admin/domain_allows"


async def test_servers_are_limited_blocked_changed_and_freed(world: World, staff: Staff) -> None:
    owner = staff.owner
    made = await owner.post(
        BLOCKS, "Admin::DomainBlock", data={"domain": "Bad.Example", "private_comment": "Spam"}
    )
    assert (made["domain"], made["severity"], made["private_comment"]) == ("bad.example", "silence", "Spam")
    peer = await Peer.objects.aget(host="bad.example")
    assert (peer.policy, peer.policy_note) == (Policy.limited, "Spam")
    path = f"{BLOCKS}/{made['id']}"
    await owner.refused(
        "POST", BLOCKS, 422, "Validation failed: You have already imposed stricter limits on bad.example.",
        data={"domain": "bad.example", "severity": "suspend"},
    )  # fmt: skip
    changed = await owner.put(
        path, "Admin::DomainBlock", data={"severity": "suspend", "reject_reports": "true"}
    )
    assert (changed["severity"], changed["reject_reports"], changed["private_comment"]) == (
        "suspend",
        True,
        "Spam",
    )
    assert await owner.get(path, "Admin::DomainBlock") == changed
    assert await owner.get(f"{BLOCKS}/", "[Admin::DomainBlock]") == [changed]
    await owner.delete(path, "Admin::DomainBlock")
    await peer.arefresh_from_db()
    assert (peer.policy, peer.reject_reports, peer.policy_note) == (Policy.open, False, "")
    await owner.refused("GET", path, 404, "Record not found")
    assert [one.act async for one in AuditEntry.objects.all()] == [Act.set_peer_policy] * 3


async def test_posts_of_a_server_are_changed_without_a_block(world: World, staff: Staff) -> None:
    """An extension: three fields beside `reject_media`."""
    owner = staff.owner
    given = {"domain": "bad.example", "severity": "noop", "strip_links": "true", "force_unlisted": "true"}
    made = await owner.post(BLOCKS, "Admin::DomainBlock", data=given)
    assert (made["strip_links"], made["force_unlisted"], made["force_sensitive"]) == (True, True, False)
    path = f"{BLOCKS}/{made['id']}"
    changed = await owner.put(path, "Admin::DomainBlock", data={"strip_links": "false"})
    assert (changed["strip_links"], changed["force_unlisted"]) == (False, True)
    assert await owner.get(f"{BLOCKS}/", "[Admin::DomainBlock]") == [changed]
    await owner.refused("PUT", path, 422, data={"force_unlisted": "false"})
    await owner.delete(path, "Admin::DomainBlock")
    assert (await Peer.objects.aget(host="bad.example")).handling == 0


async def test_bad_blocks_are_refused_with_a_reason(world: World, staff: Staff) -> None:
    for given in (
        {},
        {"domain": " "},
        {"domain": "not a host"},
        {"domain": "testserver"},
        {"domain": "bad.example", "severity": "odd"},
        {"domain": "bad.example", "severity": "noop"},
        {"domain": "bad.example", "private_comment": "x" * 1001},
    ):
        await staff.owner.refused("POST", BLOCKS, 422, data=given)
    await staff.owner.refused("POST", ALLOWS, 422, "Validation failed: Domain can't be blank")
    assert await staff.owner.get(BLOCKS) == []
    made = await staff.owner.post(
        BLOCKS, "Admin::DomainBlock", data={"domain": "bad.example", "severity": "noop", "reject_media": "1"}
    )
    assert (made["severity"], made["reject_media"]) == ("noop", True)
    await staff.owner.refused("PUT", f"{BLOCKS}/{made['id']}", 422, data={"reject_media": "false"})


async def test_servers_are_allowed(world: World, staff: Staff) -> None:
    owner = staff.owner
    made = await owner.post(ALLOWS, "Admin::DomainAllow", data={"domain": "good.example"})
    assert await owner.post(ALLOWS, "Admin::DomainAllow", data={"domain": "good.example"}) == made
    path = f"{ALLOWS}/{made['id']}"
    assert await owner.get(path, "Admin::DomainAllow") == made
    assert await owner.get(ALLOWS, "[Admin::DomainAllow]") == [made]
    await owner.refused("GET", f"{BLOCKS}/{made['id']}", 404)
    await owner.delete(path, "Admin::DomainAllow")
    assert await owner.get(ALLOWS) == []


async def test_lists_are_paged(world: World, staff: Staff) -> None:
    for number in range(3):
        await Peer.objects.acreate(host=f"n{number}.example", policy="blocked", state_due_at=None)
    answer = await staff.owner.ask("GET", f"{BLOCKS}?limit=2")
    assert [one["domain"] for one in answer.json()] == ["n2.example", "n1.example"]
    older = answer.headers["link"].partition("<")[2].partition(">")[0]
    assert [one["domain"] for one in await staff.owner.get(older)] == ["n0.example"]


async def test_servers_are_for_staff_of_the_whole_server(world: World, staff: Staff) -> None:
    peer = await Peer.objects.acreate(host="bad.example", policy="blocked", state_due_at=None)
    good = await Peer.objects.acreate(host="good.example", policy="allowed", state_due_at=None)
    ada = Speaker(world.http, await world.token(world.ada.me, STAFF_SCOPES), world.ada.me)
    for speaker in (ada, staff.mod):
        for path, peer_id in ((BLOCKS, peer.pk), (ALLOWS, good.pk)):
            await speaker.refused("GET", path, 403)
            await speaker.refused("GET", f"{path}/{peer_id}", 403)
            await speaker.refused("POST", path, 403, data={"domain": "worse.example"})
            await speaker.refused("DELETE", f"{path}/{peer_id}", 403)
        await speaker.refused("PUT", f"{BLOCKS}/{peer.pk}", 403, data={"severity": "silence"})
    await peer.arefresh_from_db()
    assert peer.policy == Policy.blocked
    reader = Speaker(world.http, await world.token(staff.owner.me, "admin:read:domain_blocks"))
    await reader.get(BLOCKS)
    await reader.refused("GET", ALLOWS, 403)
    await reader.refused("DELETE", f"{BLOCKS}/{peer.pk}", 403)
