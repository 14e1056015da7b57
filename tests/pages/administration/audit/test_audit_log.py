"""The audit log: who reads what of it, its filters, its export, what was refused, and that it is written with the act or not at all."""

import json

import pytest

from api.oauth.tokens import create_token
from core.db import async_atomic
from core.errors import NotAllowed, NotFound
from tests.pages.conftest import Site
from tests.users.support import give_role, make_domain, make_person, make_user
from users.audit.models import Act, AuditEntry
from users.audit.services import MAX_REFUSALS
from users.identities.models import Restriction
from users.logins.services import staff
from users.moderation import services as moderation
from users.roles.models import ADMIN, MODERATOR, OWNER, Permission

pytestmark = pytest.mark.anyio


async def suspend(site: Site) -> None:
    path = f"/admin/people/{site.member.me.pk}/restrict"
    form = {"restriction": "suspended", "reason": " Sells   watches "}
    assert (await site.moderator.post(path, form)).status_code == 303


async def test_an_act_is_in_the_log_with_who_did_what_to_whom(site: Site) -> None:
    await suspend(site)
    page = (await site.admin.get("/admin/audit")).text
    for words in ("@mo@testserver", "@mia@testserver", "Restrict a person", "suspended", "Sells   watches"):
        assert words in page, words
    entry = await AuditEntry.objects.aget(act=Act.restrict_person)
    assert (entry.actor_id, entry.domain_id) == (site.moderator.user.pk, site.domain.pk)
    assert entry.reason == "Sells   watches"
    assert entry.details == {"restriction": "suspended", "before": "none"}


async def test_filters_pick_entries(site: Site) -> None:
    await suspend(site)
    mia = "@mia@testserver</bdi>"
    for query, is_there in (
        ("who=@MIA@testserver", True),
        ("who=mo@testserver", True),
        ("who=@nobody@testserver", False),
        ("act=restrict_person", True),
        ("act=invite", False),
        (f"domain={site.domain.pk}", True),
        ("since=2026-01-01", True),
        ("until=2020-01-01", False),
        ("refused=on", False),
    ):
        answer = await site.admin.get(f"/admin/audit?{query}")
        assert answer.status_code == 200, query
        assert (mia in answer.text) == is_there, query
    assert (await site.admin.get("/admin/audit?since=yesterday")).status_code == 422
    assert (await site.admin.get("/admin/audit?act=dance")).status_code == 422
    refused = await site.admin.get("/admin/audit/export?act=dance")
    assert (refused.status_code, "attachment" in str(refused.headers)) == (422, False)
    token = await create_token(identity=site.admin.me, scopes="admin:read")
    address, headers = "/api/v1/admin/audit_log?action=", {"Authorization": f"Bearer {token}"}
    for action, count in (("dance", 0), ("restrict_person", 1), ("", 1)):
        assert len((await site.admin.http.get(address + action, headers=headers)).json()) == count, action


async def test_pages_and_exports_go_on_where_the_last_ended(site: Site) -> None:
    for number in range(60):
        await AuditEntry.objects.acreate(act=Act.set_option, target_name=f"n{number}.")
    first = (await site.admin.get("/admin/audit?act=set_option")).text
    assert "n59." in first
    assert "n9." not in first
    older = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "act=set_option" in older
    second = (await site.admin.get(f"/admin/audit{older}")).text
    assert "n9." in second
    assert "n10." not in second
    answer = await site.admin.get("/admin/audit/export?act=set_option")
    assert answer.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["target"]["name"] for line in lines] == [f"n{number}." for number in range(59, -1, -1)]


async def test_staff_of_a_domain_read_of_their_own(site: Site) -> None:
    other = await make_domain("other.test")
    await make_person(other, "zoe", zoe := await make_user("zoe@example.org"))
    await give_role(zoe, OWNER, other)
    await suspend(site)
    await staff.create_role(by=zoe, name="Far", permissions=Permission.manage_users, domain_id=other.pk)
    await give_role(site.member.user, ADMIN, site.domain)
    await moderation.restrict(
        moderator=staff.OPERATOR, identity_id=site.member.me.pk, restriction=Restriction.none
    )
    page = (await site.member.get("/admin/audit")).text
    assert "@mo@testserver" in page
    assert "command line" in page
    for words in ("zoe", "Far", "other.test"):
        assert words not in page, words
    for path in (f"/admin/audit?domain={other.pk}", "/admin/audit?who=zoe@other.test"):
        assert "Create a role</td>" not in (await site.member.get(path)).text
    token = await create_token(identity=site.member.me, scopes="admin:read")
    http, headers = site.member.http, {"Authorization": f"Bearer {token}"}
    found = (await http.get("/api/v1/admin/audit_log", headers=headers)).json()
    assert {one["domain_id"] for one in found} == {str(site.domain.pk)}
    assert (await http.get("/api/v1/admin/audit_log?domain=other.test", headers=headers)).json() == []


async def test_apps_read_the_log_page_by_page(site: Site) -> None:
    for number in range(5):
        await AuditEntry.objects.acreate(act=Act.set_option, target_kind="option", target_name=f"n{number}")
    token = await create_token(identity=site.admin.me, scopes="admin:read")
    http, headers = site.admin.http, {"Authorization": f"Bearer {token}"}
    path, names = "/api/v1/admin/audit_log?action=set_option&limit=2", []
    while path:
        answer = await http.get(path, headers=headers)
        names += [one["target"]["name"] for one in answer.json()]
        path = str(answer.links.get("next", {}).get("url", ""))
    assert names == ["n4", "n3", "n2", "n1", "n0"]
    page = (
        await http.get(f"/api/v1/admin/audit_log?min_id={await first_id()}&limit=2", headers=headers)
    ).json()
    assert [one["target"]["name"] for one in page] == ["n2", "n1"]
    token = await create_token(identity=site.member.me, scopes="admin:read")
    answer = await http.get("/api/v1/admin/audit_log", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403


async def first_id() -> int:
    found = await AuditEntry.objects.order_by("pk").afirst()
    assert found is not None
    return int(found.pk)


async def test_attempts_that_were_refused_are_in_it(site: Site) -> None:
    mo, mia = site.moderator, site.member
    await give_role(mo.user, None)
    await give_role(mo.user, ADMIN, site.domain)
    with pytest.raises(NotAllowed):
        await staff.grant(by=mo.user, user_id=mia.user.pk, role_id=OWNER.id, domain_id=site.domain.pk)
    other = await make_domain("other.test")
    zoe = await make_person(other, "zoe", await make_user("zoe@example.org"))
    with pytest.raises(NotFound):
        await moderation.restrict(moderator=mo.user, identity_id=zoe.pk, restriction=Restriction.suspended)
    with pytest.raises(NotFound):
        await moderation.restrict(moderator=mo.user, identity_id=1, restriction=Restriction.suspended)
    found = [
        (one.act, one.refusal, one.target_name, one.domain_id)
        async for one in AuditEntry.objects.order_by("pk")
    ]
    assert found == [
        (Act.grant_role, "role_above_own", "mia@testserver", site.domain.pk),
        (Act.restrict_person, "no_such_person", "zoe@other.test", other.pk),
    ]
    page = (await site.admin.get("/admin/audit?refused=on")).text
    assert "Refused" in page
    assert "Give a role" in page


async def test_a_refused_attempt_tells_nobody_whose_an_address_is(site: Site) -> None:
    mo = site.moderator
    await give_role(mo.user, None)
    await give_role(mo.user, ADMIN, site.domain)
    other = await make_domain("other.test")
    await make_person(other, "zoe", zoe := await make_user("zoe@example.org"))
    form = {"who": "zoe@example.org", "domain": str(site.domain.pk)}
    assert (await mo.post(f"/admin/roles/{MODERATOR.id}/give", form)).status_code == 422
    entry = await AuditEntry.objects.aget(act=Act.grant_role)
    assert (entry.target_id, entry.refusal, entry.domain_id) == (zoe.pk, "no_such_login", other.pk)
    for path in ("/admin/audit", "/admin/audit/export"):
        assert "zoe" not in (await mo.get(path)).text
        assert "zoe@other.test" in (await site.admin.get(path)).text


async def test_staff_of_a_domain_read_what_was_tried_on_its_logins(site: Site) -> None:
    mo, ann = site.moderator, site.admin.user
    for user, role in ((mo.user, MODERATOR), (ann, OWNER)):
        await give_role(user, None)
        await give_role(user, role, site.domain)
    assert (await mo.post(f"/admin/logins/{ann.pk}/restrict", {"restricted": "yes"})).status_code == 403
    page = (await site.admin.get("/admin/audit?refused=on")).text
    assert "@mo@testserver" in page
    assert "@ann@testserver" in page
    other = await make_domain("other.test")
    await make_person(other, "annie", ann)
    assert (await mo.post(f"/admin/logins/{ann.pk}/restrict", {"restricted": "yes"})).status_code == 403
    entry = await AuditEntry.objects.order_by("-pk").afirst()
    assert entry is not None
    assert entry.domain_id is None, "of two domains, neither reads of the other"


async def test_forms_of_staff_that_others_send_are_in_it_a_bounded_number(site: Site) -> None:
    for _ in range(2):
        assert (
            await site.member.post("/admin/peers", {"host": "bad.example", "policy": "blocked"})
        ).status_code == 404
    found = [one async for one in AuditEntry.objects.all()]
    assert [(one.act, one.refusal, one.target_name) for one in found] == [
        (Act.open_page, "not_permitted", "/admin/peers")
    ] * 2
    for _ in range(MAX_REFUSALS):
        await site.member.post("/admin/federation", {"mode": "listed"})
    assert await AuditEntry.objects.acount() == MAX_REFUSALS
    await site.nobody.post("/admin/federation", {"mode": "listed"})
    assert await AuditEntry.objects.acount() == MAX_REFUSALS


async def test_an_act_that_is_rolled_back_has_no_entry(site: Site) -> None:
    async def give_and_fail() -> None:
        async with async_atomic():
            await staff.grant(by=site.admin.user, user_id=site.member.user.pk, role_id=MODERATOR.id)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await give_and_fail()
    assert not await AuditEntry.objects.aexists()
