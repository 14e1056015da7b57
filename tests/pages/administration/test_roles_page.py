"""The pages of roles: created, given, changed, taken away and deleted by those who may, each in their own place."""

import pytest

from tests.pages.conftest import Site
from tests.users.support import give_role, make_domain, make_person, make_user
from users.logins.models import User
from users.logins.services import staff
from users.logins.services.staff import OPERATOR
from users.roles.models import ADMIN, MODERATOR, OWNER, Permission, Role, RoleGrant

pytestmark = pytest.mark.anyio
HELPING = Permission.manage_reports | Permission.manage_users


async def rights_of(user: User) -> dict[str, int]:
    return dict((await User.objects.aget(pk=user.pk)).rights)


async def test_a_role_is_created_given_changed_taken_and_deleted(site: Site) -> None:
    here, mia = str(site.domain.pk), site.member.user
    form = {"name": "Helper", "domain": here, "permissions": [str(int(one)) for one in HELPING]}
    answer = await site.admin.post("/admin/roles", form)
    assert answer.status_code == 303
    role = await Role.objects.aget(name="Helper")
    assert (role.permissions, role.domain_id) == (int(HELPING), site.domain.pk)
    path = f"/admin/roles/{role.pk}"
    assert (await site.admin.post("/admin/roles", form)).status_code == 422, "the name is taken"
    for who in ("@mia@testserver", "mia@example.org"):
        answer = await site.admin.post(f"{path}/give", {"who": who, "domain": here})
        assert answer.status_code == 303, who
    assert await rights_of(mia) == {here: int(HELPING)}
    page = (await site.admin.get(path)).text
    assert "mia@testserver" in page
    assert "mia@example.org" in page
    change = {"name": "Reader", "permissions": [str(int(Permission.view_dashboard))]}
    assert (await site.admin.post(path, change)).status_code == 303
    assert await rights_of(mia) == {here: int(Permission.view_dashboard)}
    grant = await RoleGrant.objects.aget(user=mia)
    assert (await site.admin.post(f"/admin/grants/{grant.pk}/take")).status_code == 303
    assert await rights_of(mia) == {}
    assert (await site.admin.post(f"{path}/delete")).status_code == 303
    assert not await Role.objects.filter(pk=role.pk).aexists()


async def test_domain_owners_see_roles_and_staff_of_their_domain_only(site: Site) -> None:
    other = await make_domain("other.test")
    zoe = await make_user("zoe@example.org")
    await make_person(other, "zoe", zoe)
    await give_role(zoe, MODERATOR, other)
    foreign = await staff.create_role(by=OPERATOR, name="Foreign", permissions=HELPING, domain_id=other.pk)
    zoes = await RoleGrant.objects.aget(user=zoe)
    boss = site.member
    await give_role(boss.user, ADMIN, site.domain)
    page = (await boss.get("/admin/roles")).text
    for words in (
        "Foreign",
        "zoe",
        "ann@",
        "other.test",
        "Set policies for other servers",
        "Everything, like",
    ):
        shown = page.partition("New role")[2] if "Every" in words or "Set" in words else page
        assert words not in shown, words
    assert (await boss.get(f"/admin/roles/{foreign.pk}")).status_code == 404
    assert (await boss.post(f"/admin/grants/{zoes.pk}/take")).status_code == 404
    here = str(site.domain.pk)
    give = {"who": "zoe@example.org", "domain": here}
    assert (await boss.post(f"/admin/roles/{MODERATOR.id}/give", give)).status_code == 422
    for domain in ("", str(other.pk)):
        give = {"who": "@ann@testserver", "domain": domain}
        assert (await boss.post(f"/admin/roles/{MODERATOR.id}/give", give)).status_code == 422, domain
    give = {"who": "@mo@testserver", "domain": here}
    assert (await boss.post(f"/admin/roles/{OWNER.id}/give", give)).status_code == 422, "above their own"
    form = {"name": "All", "domain": here, "permissions": ["1"]}
    assert (await boss.post("/admin/roles", form)).status_code == 422
    helper = await make_user("helper@example.org")
    await make_person(site.domain, "helper", helper)
    give = {"who": "@helper@testserver", "domain": here}
    assert (await boss.post(f"/admin/roles/{MODERATOR.id}/give", give)).status_code == 303
    assert await rights_of(helper) == {here: int(MODERATOR.permissions)}
    assert await rights_of(zoe) == {str(other.pk): int(MODERATOR.permissions)}
