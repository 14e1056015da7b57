"""Texts that staff prepare: of a domain by its staff, offered in the forms of acts on people, above what is written there."""

import pytest

from tests.pages.conftest import Site
from tests.users.support import give_role, make_domain
from users.audit.models import Act, AuditEntry
from users.moderation.models import AccountWarning, WarningPreset
from users.roles.models import MODERATOR

pytestmark = pytest.mark.anyio
PATH = "/admin/presets"


async def test_a_text_is_added_used_and_deleted(site: Site) -> None:
    form = {"title": "Kind", "text": "Be <b>kind</b>", "domain": ""}
    assert (await site.admin.post(PATH, form)).status_code == 303
    page = (await site.admin.get(PATH)).text
    assert "Be &lt;b&gt;kind" in page
    made = await WarningPreset.objects.aget()
    person = f"/admin/people/{site.member.me.pk}"
    assert f'<option value="{made.pk}">Kind</option>' in (await site.moderator.get(person)).text
    await site.moderator.post(f"{person}/warn", {"preset": str(made.pk), "message": "Thanks"})
    await site.moderator.post(f"{person}/restrict", {"restriction": "limited", "preset": str(made.pk)})
    texts = [one.text async for one in AccountWarning.objects.order_by("pk")]
    assert texts == ["Be <b>kind</b>\n\nThanks", "Be <b>kind</b>"]
    for _ in range(2):
        answer = await site.admin.post(f"{PATH}/{made.pk}/remove")
        assert answer.status_code in {303, 404}
    assert not await WarningPreset.objects.aexists()
    acts = [one.act async for one in AuditEntry.objects.filter(target_kind="preset").order_by("pk")]
    assert acts == [Act.add_preset, Act.delete_preset]
    assert (await site.admin.post(PATH, {"title": "", "text": " ", "domain": ""})).status_code == 422


async def test_staff_of_a_domain_use_those_of_all_and_change_their_own(site: Site) -> None:
    there = await make_domain("other.test")
    wide = await WarningPreset.objects.acreate(text="For everybody")
    far = await WarningPreset.objects.acreate(text="Of elsewhere", domain=there)
    await give_role(site.moderator.user, None)
    await give_role(site.moderator.user, MODERATOR, site.domain)
    page = (await site.moderator.get(PATH)).text
    assert "For everybody" in page
    assert "Of elsewhere" not in page
    assert f"{PATH}/{wide.pk}/remove" not in page
    for one in (wide, far):
        assert (await site.moderator.post(f"{PATH}/{one.pk}/remove")).status_code == 404
    for place in ("", str(there.pk)):
        assert (await site.moderator.post(PATH, {"text": "New", "domain": place})).status_code == 422
    assert (
        await site.moderator.post(PATH, {"text": "New", "domain": str(site.domain.pk)})
    ).status_code == 303
    person = f"/admin/people/{site.member.me.pk}/warn"
    for number in (str(far.pk), "x", "9" * 30):
        answer = await site.moderator.post(person, {"preset": number, "message": "Hello"})
        assert answer.status_code == 404, number
    assert not await AccountWarning.objects.aexists()
    assert (await site.member.get(PATH)).status_code == 404
