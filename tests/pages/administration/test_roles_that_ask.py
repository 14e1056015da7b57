"""A role that asks for a second factor gives nothing without one, in pages, in the API and in services."""

import pytest

from api.oauth.tokens import create_token
from core.errors import Invalid, NotAllowed
from tests.pages.conftest import Site
from users.audit.models import Act, AuditEntry
from users.logins.models import Session, User
from users.logins.services import staff
from users.moderation import services as moderation
from users.roles.models import MODERATOR, OWNER, Role

pytestmark = pytest.mark.anyio


async def with_factor(site: Site) -> None:
    await User.objects.filter(pk=site.admin.user.pk).aupdate(has_totp=True)


async def ask(site: Site, role_id: int = MODERATOR.id, required: str = "yes") -> None:
    answer = await site.admin.post(f"/admin/roles/{role_id}/factor", {"required": required})
    assert answer.status_code == 303


async def moderator(site: Site) -> User:
    return await User.objects.aget(pk=site.moderator.user.pk)


async def test_a_moderator_is_led_to_set_one_up(site: Site) -> None:
    await with_factor(site)
    await ask(site)
    for path in ("/admin", "/admin/people"):
        answer = await site.moderator.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/settings/security")
    page = (await site.moderator.get("/settings/security")).text
    assert "Your role needs a second factor" in page
    answer = await site.moderator.post(
        f"/admin/people/{site.member.me.pk}/restrict", {"restriction": "suspended"}
    )
    assert answer.headers["location"] == "/settings/security"
    with pytest.raises(NotAllowed, match="Your role needs a second factor"):
        await moderation.warn(moderator=await moderator(site), identity_id=site.member.me.pk, message="Hey")
    token = await create_token(identity=site.moderator.me, scopes="admin:read")
    answer = await site.moderator.http.get(
        "/api/v1/admin/audit_log", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 403
    assert "second factor" in answer.json()["error_description"]


async def test_a_session_that_began_without_it_is_not_enough(site: Site) -> None:
    await with_factor(site)
    await ask(site)
    await User.objects.filter(pk=site.moderator.user.pk).aupdate(has_totp=True)
    assert (await site.moderator.get("/admin/people")).status_code == 303
    assert "Sign out, and sign in with yours" in (await site.moderator.get("/settings/security")).text
    await Session.objects.filter(user=site.moderator.user.pk).aupdate(is_strong=True)
    assert (await site.moderator.get("/admin/people")).status_code == 200
    await ask(site, required="")
    await Session.objects.filter(user=site.moderator.user.pk).aupdate(is_strong=False)
    assert (await site.moderator.get("/admin/people")).status_code == 200
    details = [
        one.details["needs_factor"]
        async for one in AuditEntry.objects.filter(act=Act.change_role).order_by("pk")
    ]
    assert details == [True, False]


async def test_who_asks_has_one_and_could_give_the_role(site: Site) -> None:
    await ask(site)
    assert "Set up a second factor for yourself first" in (await site.admin.get("/admin/roles/1")).text
    assert not (await Role.objects.aget(pk=MODERATOR.id)).needs_factor
    with pytest.raises(NotAllowed):
        await staff.require_factor(by=await moderator(site), role_id=OWNER.id, is_required=True)
    with pytest.raises(Invalid):
        await staff.require_factor(by=site.admin.user, role_id=OWNER.id, is_required=True)
    assert (await site.moderator.post("/admin/roles/1/factor", {"required": "yes"})).status_code == 404
    assert (await site.moderator.get("/admin/people")).status_code == 200


async def test_members_see_nothing_of_it(site: Site) -> None:
    await with_factor(site)
    await ask(site)
    assert (await site.member.get("/admin")).status_code == 404
