"""Accounts for staff in apps: lists with their filters, acts, sign-ups, and nothing of other domains."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.api.support.world import ALL_SCOPES, Speaker, World
from tests.support.queries import counted
from tests.users import support
from users.audit.models import Act, AuditEntry
from users.domains.models import Domain
from users.identities.models import Identity, Restriction
from users.logins.models import Mail, SignUp, User
from users.moderation.models import AccountWarning, Report, WarningPreset
from users.roles.models import ADMIN, MODERATOR, OWNER, BuiltIn

pytestmark = pytest.mark.anyio

STAFF_SCOPES = f"{ALL_SCOPES} admin:read admin:write"
FIRST, SECOND = "/api/v1/admin/accounts", "/api/v2/admin/accounts"


@dataclass
class Staff:
    """An owner of the server, a moderator of the domain, and another domain with somebody on it."""

    owner: Speaker
    mod: Speaker
    there: Domain
    zoe: Identity


async def staff_member(
    world: World, name: str, role: BuiltIn, domain: Domain | None = None, scopes: str = STAFF_SCOPES
) -> Speaker:
    user = await support.make_user(f"{name}@example.org")
    await support.give_role(user, role, domain)
    identity = await support.make_person(world.domain, name, user)
    return Speaker(world.http, await world.token(identity, scopes), identity)


@pytest.fixture
async def staff(world: World) -> Staff:
    there = await support.make_domain("other.test")
    zoe = await support.make_person(there, "zoe", await support.make_user("zoe@example.org"))
    return Staff(
        owner=await staff_member(world, "olga", OWNER),
        mod=await staff_member(world, "mo", MODERATOR, world.domain),
        there=there,
        zoe=zoe,
    )


async def asks(domain: Domain, name: str, **changes: Any) -> User:
    user = await support.make_user(f"{name}@example.org", approved_at=None, sign_up_reason="Cats", **changes)
    await SignUp.objects.acreate(user=user, domain=domain, username=name)
    return user


def names(found: list[Any]) -> set[str]:
    return {one["username"] for one in found}


async def test_lists_have_what_is_asked_for(world: World, staff: Staff) -> None:
    await Identity.objects.filter(pk=world.bea.me.pk).aupdate(restriction=Restriction.limited)
    await Identity.objects.filter(pk=staff.mod.me.pk).aupdate(is_sensitized=True)
    await User.objects.filter(email="ada@example.org").aupdate(is_disabled=True)
    await asks(world.domain, "newbie")
    await support.sign_in(await User.objects.aget(email="bea@example.org"))
    for path, query, expected in (
        (FIRST, "", {"ada", "bea", "olga", "mo", "zoe"}),
        (FIRST, "local=true&active=true", {"ada", "bea", "olga", "mo", "zoe"}),
        (FIRST, "remote=true", {"rob"}),
        (FIRST, "silenced=1", {"bea"}),
        (FIRST, "suspended=1", set()),
        (FIRST, "sensitized=1", {"mo"}),
        (FIRST, "disabled=1", {"ada"}),
        (FIRST, "pending=1", {"newbie"}),
        (FIRST, "staff=1", {"olga", "mo"}),
        (FIRST, "username=AD", {"ada"}),
        (FIRST, "display_name=Bea", {"bea"}),
        (FIRST, f"by_domain={world.remote.host}", {"rob"}),
        (FIRST, "by_domain=other.test", {"zoe"}),
        (FIRST, "email=Zoe@example.org", {"zoe"}),
        (FIRST, "ip=127.0.0.1", {"bea"}),
        (FIRST, "ip=10.0.0.1", set()),
        (SECOND, "origin=remote", {"rob"}),
        (SECOND, "status=pending", {"newbie"}),
        (SECOND, "status=pending&username=x", set()),
        (SECOND, "status=pending&email=newbie@example.org", {"newbie"}),
        (SECOND, "status=silenced&origin=local", {"bea"}),
        (SECOND, "permissions=staff", {"olga", "mo"}),
        (SECOND, f"role_ids[]={MODERATOR.id}", {"mo"}),
    ):
        found = await staff.owner.get(f"{path}?{query}", "[Admin::Account]")
        assert names(found) == expected, query
    assert await staff.owner.get(f"{SECOND}?invited_by=1") == []
    await staff.owner.refused("GET", f"{SECOND}?status=odd", 422)


async def test_pages_go_on_where_the_last_ended(world: World, staff: Staff) -> None:
    answer = await staff.owner.ask("GET", f"{FIRST}?limit=2")
    first = [one["id"] for one in answer.json()]
    older = answer.headers["link"].partition("<")[2].partition(">")[0]
    second = [one["id"] for one in await staff.owner.get(older)]
    assert first + second == sorted(first + second, key=int, reverse=True)
    newer = await staff.owner.get(f"{FIRST}?min_id={second[0]}&limit=2")
    assert [one["id"] for one in newer] == first
    for number in range(3):
        await asks(world.domain, f"new{number}")
    waiting = await staff.owner.ask("GET", f"{FIRST}?pending=1&limit=2")
    older = waiting.headers["link"].partition("<")[2].partition(">")[0]
    assert [one["username"] for one in await staff.owner.get(older)] == ["new0"]


async def test_lists_take_a_fixed_number_of_queries(
    world: World, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    await staff.owner.get(FIRST)
    counts = []
    for start in (0, 10):
        for number in range(start, start + 10):
            user = await support.make_user(f"p{number}@example.org", role=MODERATOR)
            await support.make_person(world.domain, f"p{number}", user)
            await support.sign_in(user)
        async with counted(monkeypatch) as seen:
            await staff.owner.get(FIRST)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 9, seen


async def test_staff_of_a_domain_see_nothing_of_others(world: World, staff: Staff) -> None:
    waiting = await asks(staff.there, "there")
    assert names(await staff.mod.get(FIRST)) == {"ada", "bea", "olga", "mo"}
    for query in ("remote=true", "pending=1", "by_domain=other.test", "username=zoe"):
        assert await staff.mod.get(f"{FIRST}?{query}") == [], query
    await Identity.objects.filter(pk=staff.zoe.pk).aupdate(restriction=Restriction.suspended)
    for account_id in (staff.zoe.pk, world.remote.pk, waiting.pk, 1234567):
        path = f"{FIRST}/{account_id}"
        await staff.mod.refused("GET", path, 404, "Record not found")
        await staff.mod.refused("DELETE", path, 404, "Record not found")
        await staff.mod.refused("POST", f"{path}/action", 404, data={"type": "suspend"})
        for act in ("approve", "reject", "enable", "unsilence", "unsuspend", "unsensitive"):
            await staff.mod.refused("POST", f"{path}/{act}", 404)
    assert (await support.fresh(staff.zoe)).restriction == Restriction.suspended
    assert await User.objects.filter(pk=waiting.pk).aexists()


async def test_addresses_are_for_those_whose_role_reads_them(world: World, staff: Staff) -> None:
    await support.sign_in(await User.objects.aget(email="ada@example.org"))
    shown = await staff.mod.get(f"{FIRST}/{world.ada.id}", "Admin::Account")
    assert (shown["email"], shown["ip"], shown["ips"]) == ("", None, [])
    await staff.mod.refused("GET", f"{FIRST}?email=ada@example.org", 403)
    await staff.mod.refused("GET", f"{SECOND}?ip=127.0.0.1", 403)
    admin = await staff_member(world, "al", ADMIN, world.domain)
    shown = await admin.get(f"{FIRST}/{world.ada.id}", "Admin::Account")
    assert (shown["email"], shown["ip"]) == ("ada@example.org", "127.0.0.1")
    assert await admin.get(f"{FIRST}?email=zoe@example.org") == []
    everybody = {one["username"]: one["role"]["name"] for one in await admin.get(FIRST)}
    assert everybody == {"ada": "", "bea": "", "olga": "", "mo": "Moderator", "al": "Admin"}


async def test_people_without_a_role_are_refused(world: World) -> None:
    ada = Speaker(world.http, await world.token(world.ada.me, STAFF_SCOPES), world.ada.me)
    await ada.refused("GET", FIRST, 403)
    await ada.refused("GET", f"{FIRST}/{world.bea.id}", 403)
    await ada.refused("POST", f"{FIRST}/{world.bea.id}/action", 403, data={"type": "suspend"})
    assert (await support.fresh(world.bea.me)).restriction == Restriction.none


async def test_granular_scopes_are_enough(world: World, staff: Staff) -> None:
    reader = Speaker(world.http, await world.token(staff.mod.me, "admin:read:accounts"))
    await reader.get(f"{FIRST}/{world.ada.id}")
    await reader.refused("POST", f"{FIRST}/{world.ada.id}/unsilence", 403)
    writer = Speaker(world.http, await world.token(staff.mod.me, "admin:write:accounts"))
    await writer.post(f"{FIRST}/{world.ada.id}/unsilence", "Admin::Account")
    other = Speaker(world.http, await world.token(staff.mod.me, "admin:read:reports admin:write:reports"))
    await other.refused("GET", FIRST, 403)


async def test_acts_are_those_of_the_pages(world: World, staff: Staff) -> None:
    report = await Report.objects.acreate(source=world.ada.me, target=world.bea.me, comment="Spam")
    path = f"{FIRST}/{world.bea.id}"
    given = {"type": "none", "text": "Be kind", "report_id": str(report.pk)}
    await staff.mod.post(f"{path}/action", "{}", data=given)
    await report.arefresh_from_db()
    assert report.resolved_at is not None
    warning = await AccountWarning.objects.aget(identity=world.bea.me)
    assert (warning.action, warning.text, warning.report_id) == ("none", "Be kind", report.pk)

    await staff.mod.post(f"{path}/action", "{}", data={"type": "silence"})
    assert (await staff.mod.get(path))["silenced"]
    assert not (await staff.mod.post(f"{path}/unsuspend", "Admin::Account"))["suspended"]
    assert (await staff.mod.get(path))["silenced"], "lifting a suspension leaves the limits"
    assert not (await staff.mod.post(f"{path}/unsilence", "Admin::Account"))["silenced"]

    await staff.mod.post(f"{path}/action", "{}", data={"type": "suspend"})
    assert (await staff.mod.post(f"{path}/unsilence"))["suspended"], "lifting limits leaves the suspension"
    await staff.mod.refused("POST", f"{path}/action", 422, data={"type": "silence"})
    assert not (await staff.mod.post(f"{path}/unsuspend", "Admin::Account"))["suspended"]

    await staff.mod.post(f"{path}/action", "{}", data={"type": "disable", "text": "Bye"})
    assert (await staff.mod.get(path))["disabled"]
    assert not (await staff.mod.post(f"{path}/enable", "Admin::Account"))["disabled"]
    await staff.mod.post(f"{path}/action", "{}", data={"type": "sensitive", "text": "Too much"})
    assert (await staff.mod.get(path))["sensitized"]
    for _ in range(2):
        assert not (await staff.mod.post(f"{path}/unsensitive", "Admin::Account"))["sensitized"]
    acts = [one.act async for one in AuditEntry.objects.filter(actor_id__isnull=False).order_by("id")]
    assert acts == [
        Act.warn_person,
        Act.resolve_report,
        *[Act.restrict_person] * 4,
        *[Act.disable_login] * 2,
        *[Act.cover_media] * 2,
    ]


async def test_what_can_not_be_done_is_said(world: World, staff: Staff) -> None:
    path = f"{FIRST}/{world.bea.id}/action"
    await staff.mod.refused("POST", path, 422, "Record invalid")
    await staff.mod.refused("POST", path, 422, data={"type": "dance"})
    await staff.mod.refused("POST", path, 422, data={"type": "none"})
    await staff.mod.refused("POST", path, 422, data={"type": "none", "text": "x" * 2001})
    await staff.mod.refused("POST", path, 404, data={"type": "silence", "report_id": "12345"})
    elsewhere = await Report.objects.acreate(source=world.ada.me, target=staff.zoe, comment="x")
    await staff.mod.refused("POST", path, 404, data={"type": "silence", "report_id": str(elsewhere.pk)})
    assert (await support.fresh(world.bea.me)).restriction == Restriction.none
    remote = f"{FIRST}/{world.remote.pk}"
    await staff.owner.refused("POST", f"{remote}/action", 422, data={"type": "disable"})
    await staff.owner.refused("POST", f"{remote}/enable", 422)
    await staff.owner.refused("DELETE", remote, 403)
    await staff.mod.refused("POST", f"{FIRST}/{staff.mod.id}/action", 403, data={"type": "suspend"})
    await staff.mod.refused("POST", f"{FIRST}/{staff.owner.id}/action", 403, data={"type": "suspend"})
    await staff.mod.refused("POST", f"{FIRST}/{world.bea.id}/approve", 403, "This action is not allowed")
    await staff.mod.refused("POST", f"{FIRST}/{world.bea.id}/reject", 403, "This action is not allowed")


async def test_mails_are_sent_unless_the_app_says_no(world: World, staff: Staff) -> None:
    path = f"{FIRST}/{world.bea.id}/action"
    await staff.mod.post(path, data={"type": "silence", "send_email_notification": "false"})
    await staff.mod.post(path, data={"type": "disable", "send_email_notification": "false"})
    assert await Mail.objects.acount() == 0
    assert await AccountWarning.objects.filter(identity=world.bea.me).acount() == 2
    await staff.mod.post(path, data={"type": "none", "text": "Be kind"})
    assert await Mail.objects.acount() == 1


async def test_sign_ups_are_let_in_and_refused(world: World, staff: Staff) -> None:
    one, two, three = [await asks(world.domain, name) for name in ("one", "two", "three")]
    await User.objects.filter(pk=three.pk).aupdate(confirmed_at=None)
    shown = await staff.mod.get(f"{FIRST}/{one.pk}", "Admin::Account")
    assert (shown["approved"], shown["invite_request"], shown["username"]) == (False, "Cats", "one")
    await staff.mod.refused("POST", f"{FIRST}/{one.pk}/action", 403, data={"type": "suspend"})
    admitted = await staff.mod.post(f"{FIRST}/{one.pk}/approve", "Admin::Account")
    identity = await Identity.objects.aget(username="one")
    assert (admitted["id"], admitted["approved"], admitted["confirmed"]) == (str(identity.pk), True, True)
    refused = await staff.mod.post(f"{FIRST}/{two.pk}/reject", "Admin::Account")
    assert refused["username"] == "two"
    assert not await User.objects.filter(pk=two.pk).aexists()
    waits = await staff.mod.post(f"{FIRST}/{three.pk}/approve", "Admin::Account")
    assert (waits["id"], waits["approved"], waits["confirmed"]) == (str(three.pk), True, False)


async def test_suspended_accounts_are_deleted_for_good(world: World, staff: Staff) -> None:
    admin = await staff_member(world, "al", ADMIN, world.domain)
    path = f"{FIRST}/{world.bea.id}"
    await admin.refused("DELETE", path, 403)
    await admin.post(f"{path}/action", data={"type": "suspend"})
    await staff.mod.refused("DELETE", path, 403)
    assert (await support.fresh(world.bea.me)).deleted_at is None
    assert (await admin.delete(path, "Admin::Account"))["suspended"]
    assert (await support.fresh(world.bea.me)).deleted_at is not None
    await admin.refused("GET", path, 404, "Record not found")


async def test_who_invited_an_account_is_shown_where_they_are(world: World, staff: Staff) -> None:
    mod = await User.objects.aget(email="mo@example.org")
    await User.objects.filter(email__in=["ada@example.org", "zoe@example.org"]).aupdate(invited_by=mod.pk)
    shown = await staff.mod.get(f"{FIRST}/{world.ada.id}", "Admin::Account")
    assert shown["invited_by_account_id"] == staff.mod.id
    assert "invited_by_account_id" not in await staff.mod.get(f"{FIRST}/{world.bea.id}")
    assert "invited_by_account_id" not in await staff.owner.get(f"{FIRST}/{staff.zoe.pk}"), (
        "not of another domain"
    )
    assert names(await staff.mod.get(f"{SECOND}?invited_by={staff.mod.id}")) == {"ada"}
    assert names(await staff.owner.get(f"{SECOND}?invited_by={staff.mod.id}")) == {"ada", "zoe"}
    elsewhere = await support.make_person(staff.there, "mo2", mod)
    assert names(await staff.mod.get(f"{SECOND}?invited_by={elsewhere.pk}")) == set()


async def test_texts_that_staff_prepared_stand_above_what_they_write(world: World, staff: Staff) -> None:
    own = await WarningPreset.objects.acreate(text="Read the rules", domain=world.domain)
    far = await WarningPreset.objects.acreate(text="Not yours", domain=staff.there)
    path = f"{FIRST}/{world.bea.id}/action"
    await staff.mod.post(path, data={"type": "none", "text": "Please", "warning_preset_id": str(own.pk)})
    await staff.mod.post(path, data={"type": "none", "warning_preset_id": str(own.pk)})
    texts = [one.text async for one in AccountWarning.objects.order_by("id")]
    assert texts == ["Read the rules\n\nPlease", "Read the rules"]
    for wrong in (far.pk, 12345):
        await staff.mod.refused("POST", path, 404, data={"type": "suspend", "warning_preset_id": str(wrong)})
    assert (await support.fresh(world.bea.me)).restriction == Restriction.none
