"""Access rules for staff in apps: e-mail domains, networks, mailboxes; of a domain by its staff, and nothing of others."""

import datetime as dt
from dataclasses import dataclass

import pytest

from core import clock
from tests.api.admin.test_accounts import staff_member
from tests.api.support.world import Speaker, World
from tests.users import support
from users.access_rules.addresses import email_hash
from users.access_rules.models import IpBlock
from users.audit.models import Act, AuditEntry
from users.domains.models import Domain
from users.logins.services.staff import OPERATOR
from users.moderation.services import access_rules
from users.roles.models import ADMIN, MODERATOR, OWNER

pytestmark = pytest.mark.anyio

DOMAINS = "/api/v1/admin/email_domain_blocks"
NETWORKS = "/api/v1/admin/ip_blocks"
EMAILS = "/api/v1/admin/canonical_email_blocks"
NEW = {
    DOMAINS: {"domain": "spam.example"},
    NETWORKS: {"ip": "198.51.100.0/24", "severity": "no_access"},
    EMAILS: {"email": "j.doe@mail.example"},
}
KINDS = {
    DOMAINS: "Admin::EmailDomainBlock",
    NETWORKS: "Admin::IpBlock",
    EMAILS: "Admin::CanonicalEmailBlock",
}


@dataclass
class Staff:
    """An owner of the server, an administrator of the domain, a moderator of it, and another domain."""

    owner: Speaker
    admin: Speaker
    mod: Speaker
    there: Domain


@pytest.fixture
async def staff(world: World) -> Staff:
    return Staff(
        owner=await staff_member(world, "olga", OWNER),
        admin=await staff_member(world, "ann", ADMIN, world.domain),
        mod=await staff_member(world, "mo", MODERATOR, world.domain),
        there=await support.make_domain("other.test"),
    )


async def test_e_mail_domains_are_listed_shown_blocked_and_unblocked(staff: Staff) -> None:
    made = await staff.owner.post(
        "/api/v1/admin/email_domain_blocks",
        "Admin::EmailDomainBlock",
        data={"domain": "SPAM.example.", "allow_with_approval": "true"},
    )
    assert (made["domain"], made["allow_with_approval"], made["history"]) == ("spam.example", True, [])
    assert await staff.owner.get("/api/v1/admin/email_domain_blocks", "[Admin::EmailDomainBlock]") == [made]
    path = f"/api/v1/admin/email_domain_blocks/{made['id']}"
    assert await staff.owner.get(path, "Admin::EmailDomainBlock") == made
    taken = "Validation failed: Domain has already been taken"
    await staff.owner.refused("POST", DOMAINS, 422, taken, data={"domain": "spam.example"})
    blank = "Validation failed: Domain can't be blank"
    await staff.owner.refused("POST", DOMAINS, 422, blank, data={})
    invalid = "Validation failed: Domain is invalid, Domain is not a valid domain name"
    await staff.owner.refused("POST", DOMAINS, 422, invalid, data={"domain": "https://x"})
    assert await staff.owner.delete(f"/api/v1/admin/email_domain_blocks/{made['id']}") == made
    await staff.owner.refused("GET", path, 404, "Record not found")
    acts = [one.act async for one in AuditEntry.objects.filter(refusal="").order_by("pk")]
    assert acts == [Act.block_email_domain, Act.unblock_email_domain]


async def test_networks_are_listed_shown_added_changed_and_removed(staff: Staff) -> None:
    made = await staff.owner.post(
        "/api/v1/admin/ip_blocks",
        "Admin::IpBlock",
        data={
            "ip": "::ffff:198.51.100.7",
            "severity": "sign_up_block",
            "comment": "Bots",
            "expires_in": 3600,
        },
    )
    assert (made["ip"], made["severity"], made["comment"]) == ("198.51.100.7/32", "sign_up_block", "Bots")
    assert made["expires_at"] is not None
    path = f"/api/v1/admin/ip_blocks/{made['id']}"
    assert await staff.owner.get(f"/api/v1/admin/ip_blocks/{made['id']}", "Admin::IpBlock") == made
    changed = await staff.owner.put(
        f"/api/v1/admin/ip_blocks/{made['id']}", "Admin::IpBlock", data={"severity": "no_access"}
    )
    assert changed == {**made, "severity": "no_access"}
    longer = await staff.owner.put(path, data={"expires_in": 7200, "ip": "198.51.100.0/24", "comment": ""})
    assert (longer["ip"], longer["comment"]) == ("198.51.100.0/24", "")
    assert longer["expires_at"] > made["expires_at"]
    with clock.shifted(dt.timedelta(hours=2, seconds=1)):
        assert await staff.owner.get("/api/v1/admin/ip_blocks", "[Admin::IpBlock]") == []
        await staff.owner.refused("GET", path, 404)
        await staff.owner.refused("PUT", path, 404, data={"expires_in": 7200})
    assert await staff.owner.delete(f"/api/v1/admin/ip_blocks/{made['id']}") == longer
    for data, words in (
        ({}, "Ip is invalid"),
        ({"ip": "198.51.100.0/99", "severity": "no_access"}, "Ip is invalid"),
        ({"ip": "198.51.100.0/24"}, "Severity is not included in the list"),
        ({"ip": "198.51.100.0/24", "severity": "all"}, "Severity is not included in the list"),
        ({"ip": "198.51.100.0/24", "severity": "no_access", "expires_in": -1}, "Expires in is invalid"),
        ({"ip": "198.51.100.0/24", "severity": "no_access", "expires_in": 10**12}, "Expires in is invalid"),
    ):
        await staff.owner.refused("POST", NETWORKS, 422, f"Validation failed: {words}", data=data)
    assert not await IpBlock.objects.aexists()


async def test_nobody_shuts_themselves_out_from_an_app(staff: Staff) -> None:
    answer = await staff.owner.refused(
        "POST", NETWORKS, 422, data={"ip": "127.0.0.0/8", "severity": "no_access"}
    )
    assert "Your own address, 127.0.0.1" in answer.json()["error"]
    mild = await staff.owner.post(NETWORKS, data={"ip": "127.0.0.1", "severity": "sign_up_block"})
    await staff.owner.refused("PUT", f"{NETWORKS}/{mild['id']}", 422, data={"severity": "no_access"})


async def test_mailboxes_are_listed_shown_tested_blocked_and_unblocked(staff: Staff) -> None:
    made = await staff.owner.post(
        "/api/v1/admin/canonical_email_blocks",
        "Admin::CanonicalEmailBlock",
        data={"email": "J.Doe+x@MAIL.example"},
    )
    assert made["canonical_email_hash"] == email_hash("jdoe@mail.example")
    listed = await staff.owner.get("/api/v1/admin/canonical_email_blocks", "[Admin::CanonicalEmailBlock]")
    assert listed == [made]
    path = f"/api/v1/admin/canonical_email_blocks/{made['id']}"
    assert await staff.owner.get(path, "Admin::CanonicalEmailBlock") == made
    for email, found in (("jdoe+y@mail.example", [made]), ("joe@mail.example", [])):
        met = await staff.owner.post("/api/v1/admin/canonical_email_blocks/test", data={"email": email})
        assert met == found
    await staff.owner.refused("POST", f"{EMAILS}/test", 422, data={"email": "nobody"})
    taken = "Validation failed: Canonical email hash has already been taken"
    by_hash = {"canonical_email_hash": made["canonical_email_hash"]}
    await staff.owner.refused("POST", EMAILS, 422, taken, data=by_hash)
    blank = "Validation failed: Canonical email hash can't be blank"
    await staff.owner.refused("POST", EMAILS, 422, blank, data={})
    assert await staff.owner.delete(f"/api/v1/admin/canonical_email_blocks/{made['id']}") == made
    assert (await staff.owner.post(EMAILS, data=by_hash))["canonical_email_hash"] == made[
        "canonical_email_hash"
    ]


async def _rule_of(domain: Domain, path: str) -> int:
    if path == DOMAINS:
        return (
            await access_rules.block_email_domain(moderator=OPERATOR, name="far.example", domain=domain)
        ).pk
    if path == EMAILS:
        return (
            await access_rules.block_email(moderator=OPERATOR, email="far@mail.example", domain=domain)
        ).pk
    made = await access_rules.add_ip_rule(
        moderator=OPERATOR, network="10.0.0.0/8", severity="no_access", address="", domain=domain
    )
    return made.pk


@pytest.mark.parametrize("path", NEW)
async def test_staff_of_a_domain_see_and_change_its_own_only(world: World, staff: Staff, path: str) -> None:
    hidden = await _rule_of(staff.there, path)
    wide = await staff.owner.post(path, data=NEW[path])
    own = await staff.admin.post(path, KINDS[path], data=NEW[path])  # the same rule, of the domain
    assert [one["id"] for one in await staff.admin.get(path)] == [own["id"]]
    assert {one["id"] for one in await staff.owner.get(path)} == {own["id"], wide["id"], str(hidden)}
    for number in (hidden, wide["id"], 1234567):
        await staff.admin.refused("GET", f"{path}/{number}", 404, "Record not found")
        await staff.admin.refused("DELETE", f"{path}/{number}", 404, "Record not found")
        if path == NETWORKS:
            await staff.admin.refused(
                "PUT", f"{path}/{number}", 404, "Record not found", data={"comment": "x"}
            )
    for speaker in (staff.mod, world.ada):  # moderators have no right to it
        await speaker.refused("GET", path, 403)
        await speaker.refused("POST", path, 403, data=NEW[path])
        await speaker.refused("DELETE", f"{path}/{own['id']}", 403)
    if path == EMAILS:
        assert [one["id"] for one in await staff.admin.post(f"{EMAILS}/test", data=NEW[path])] == [own["id"]]


@pytest.mark.parametrize("path", NEW)
async def test_scopes_are_granular(world: World, path: str) -> None:
    noun = path.rpartition("/")[2]
    reader = await staff_member(world, "rea", OWNER, scopes=f"admin:read:{noun}")
    writer = await staff_member(world, "wri", OWNER, scopes=f"admin:write:{noun}")
    others = "admin:write:accounts admin:write:domain_blocks admin:read:reports read write"
    other = await staff_member(world, "oth", OWNER, scopes=others)
    made = await writer.post(path, data=NEW[path])
    assert await reader.get(path) == [made]
    for speaker, method in ((writer, "GET"), (other, "GET"), (reader, "DELETE"), (other, "DELETE")):
        await speaker.refused(method, f"{path}/{made['id']}", 403)
    await writer.delete(f"{path}/{made['id']}")


@pytest.mark.parametrize("path", NEW)
async def test_long_lists_have_pages(staff: Staff, path: str) -> None:
    made = []
    for number in range(5):
        new = {"domain": f"n{number}.example"} if path == DOMAINS else {"email": f"n{number}@mail.example"}
        if path == NETWORKS:
            new = {"ip": f"10.{number}.0.0/16", "severity": "sign_up_block"}
        made.append((await staff.owner.post(path, data=new))["id"])
    first = await staff.owner.ask("GET", f"{path}?limit=2")
    assert [one["id"] for one in first.json()] == [made[4], made[3]]
    older = first.headers["link"].partition("<")[2].partition(">")[0]
    assert [one["id"] for one in await staff.owner.get(older)] == [made[2], made[1]]
    newer = await staff.owner.get(f"{path}?min_id={made[0]}&limit=2")
    assert [one["id"] for one in newer] == [made[2], made[1]]
