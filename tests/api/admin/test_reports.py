"""Reports for staff in apps: lists with filters, one with its posts and rules, assigning, resolving, and nothing of other domains."""

import pytest

from activities.posts.models import Visibility
from tests.api.admin.test_accounts import STAFF_SCOPES, Staff, staff, staff_member
from tests.api.support.world import Speaker, World
from tests.support.queries import counted
from tests.users.support import make_rules
from users.audit.models import Act, AuditEntry
from users.moderation.models import Report
from users.roles.models import MODERATOR

pytestmark = pytest.mark.anyio

__all__ = ["staff"]

PATH = "/api/v1/admin/reports"


async def reported(world: World, **changes: object) -> Report:
    """Ada reports bea, with a post for followers."""
    post = await world.post(world.bea, "buy watches", visibility=Visibility.followers)
    values = {"source": world.ada.me, "target": world.bea.me, "comment": "Spam", "category": "spam"}
    return await Report.objects.acreate(
        **{**values, "post_uris": [post.uri], "post_ids": [post.pk], **changes}
    )


async def test_a_report_has_its_people_posts_and_rules(world: World, staff: Staff) -> None:
    await make_rules(world.domain, "Be kind", "No adverts")
    report = await reported(world, category="violation", rule_ids=["2"])
    shown = await staff.mod.get(f"{PATH}/{report.pk}", "Admin::Report")
    assert (shown["account"]["username"], shown["target_account"]["username"]) == ("ada", "bea")
    assert [one["content"] for one in shown["statuses"]] == ["<p>buy watches</p>"]
    assert [one["text"] for one in shown["rules"]] == ["No adverts"]
    assert (shown["assigned_account"], shown["action_taken_by_account"]) == (None, None)
    private = await Report.objects.acreate(target=world.bea.me, comment="from elsewhere")
    shown = await staff.mod.get(f"{PATH}/{private.pk}", "Admin::Report")
    assert shown["account"]["username"] == "bea"


async def test_lists_have_what_is_asked_for(world: World, staff: Staff) -> None:
    waits, done = await reported(world), await reported(world)
    about = await Report.objects.acreate(source=world.bea.me, target=world.ada.me)
    await staff.mod.post(f"{PATH}/{done.pk}/resolve", "Admin::Report")
    for query, expected in (
        ("", [about, waits]),
        ("resolved=true", [done]),
        ("resolved=true&unresolved=true", [about, done, waits]),
        ("unresolved=true", [about, waits]),
        (f"account_id={world.bea.id}", [about]),
        (f"target_account_id={world.bea.id}", [waits]),
        ("account_id=1", []),
        (f"max_id={about.pk}", [waits]),
        (f"min_id={waits.pk}&limit=1", [about]),
        (f"since_id={waits.pk}", [about]),
    ):
        found = await staff.mod.get(f"{PATH}?{query}", "[Admin::Report]")
        assert [one["id"] for one in found] == [str(one.pk) for one in expected], query
    answer = await staff.mod.ask("GET", f"{PATH}?limit=1")
    assert f"max_id={about.pk}" in answer.headers["link"]


async def test_lists_take_a_fixed_number_of_queries(
    world: World, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    await staff.mod.get(PATH)
    counts = []
    for _ in range(2):
        for _ in range(4):
            report = await reported(world)
            await Report.objects.filter(pk=report.pk).aupdate(assigned_to=world.ada_login.pk)
        await staff.mod.get(PATH)
        async with counted(monkeypatch) as seen:
            await staff.mod.get(PATH)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 13, seen


async def test_reports_are_assigned_resolved_and_changed(world: World, staff: Staff) -> None:
    await make_rules(world.domain, "Be kind")
    report = await reported(world)
    path = f"{PATH}/{report.pk}"
    shown = await staff.mod.post(f"{path}/assign_to_self", "Admin::Report")
    assert shown["assigned_account"]["username"] == "mo"
    assert (await staff.mod.post(f"{path}/unassign", "Admin::Report"))["assigned_account"] is None
    shown = await staff.mod.post(f"{path}/resolve", "Admin::Report")
    assert (shown["action_taken"], shown["action_taken_by_account"]["username"]) == (True, "mo")
    shown = await staff.mod.post(f"{path}/reopen", "Admin::Report")
    assert (shown["action_taken"], shown["action_taken_by_account"]) == (False, None)
    shown = await staff.mod.put(path, "Admin::Report", data={"rule_ids[]": "1"})
    assert (shown["category"], [rule["id"] for rule in shown["rules"]]) == ("violation", ["1"])
    shown = await staff.mod.put(path, "Admin::Report", data={"category": "legal"})
    assert (shown["category"], shown["rules"]) == ("legal", [])
    await staff.mod.refused("PUT", path, 422, data={"category": "odd"})
    await staff.mod.refused("PUT", path, 422, data={"rule_ids[]": "7"})
    acts = [one.act async for one in AuditEntry.objects.exclude(act=Act.add_rule).order_by("id")]
    assert acts == [*[Act.assign_report] * 2, *[Act.resolve_report] * 2, *[Act.change_report] * 2]


async def test_staff_of_a_domain_see_nothing_of_others(world: World, staff: Staff) -> None:
    elsewhere = await Report.objects.acreate(source=staff.zoe, target=staff.zoe, comment="x")
    sent_away = await Report.objects.acreate(source=world.ada.me, target=world.remote, comment="y")
    assert [one["id"] for one in await staff.mod.get(PATH)] == [str(sent_away.pk)]
    path = f"{PATH}/{elsewhere.pk}"
    await staff.mod.refused("GET", path, 404)
    await staff.mod.refused("PUT", path, 404, data={"category": "legal"})
    for act in ("assign_to_self", "unassign", "resolve", "reopen"):
        await staff.mod.refused("POST", f"{path}/{act}", 404)
    await elsewhere.arefresh_from_db()
    assert (elsewhere.resolved_at, elsewhere.assigned_to) == (None, None)
    ada = Speaker(world.http, await world.token(world.ada.me, STAFF_SCOPES), world.ada.me)
    await ada.refused("GET", PATH, 403)
    small = Speaker(world.http, await world.token(staff.mod.me, "admin:read:reports"))
    await small.get(PATH)
    await small.refused("POST", f"{PATH}/{sent_away.pk}/resolve", 403)
    there = await staff_member(world, "ted", MODERATOR, staff.there)
    assert [one["id"] for one in await there.get(PATH)] == [str(elsewhere.pk)]
