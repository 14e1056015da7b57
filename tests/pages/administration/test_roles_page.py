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


async def test_people_are_found_by_the_roles_of_their_domain_too(site: Site) -> None:
    other = await make_domain("other.test")
    own, foreign = [
        await staff.create_role(by=OPERATOR, name=name, permissions=HELPING, domain_id=place.pk)
        for name, place in (("Helper", site.domain), ("Foreign", other))
    ]
    await staff.grant(by=OPERATOR, user_id=site.member.user.pk, role_id=own.pk, domain_id=site.domain.pk)
    zoe = await make_user("zoe@example.org")
    for place in (site.domain, other):
        await make_person(place, "zoe", zoe)
    await staff.grant(by=OPERATOR, user_id=zoe.pk, role_id=foreign.pk, domain_id=other.pk)
    everywhere = " ".join((await site.admin.get(f"/admin/people?role={own.pk}")).text.split())
    assert f'<option value="{own.pk}" selected>Helper (testserver)</option>' in everywhere
    assert f'<option value="{foreign.pk}">Foreign (other.test)</option>' in everywhere
    assert "@mia@testserver" in everywhere
    assert "@zoe@testserver" not in everywhere
    assert "@zoe@testserver" in (await site.admin.get(f"/admin/people?role={foreign.pk}")).text
    boss = site.moderator
    await give_role(boss.user, None)
    await give_role(boss.user, ADMIN, site.domain)
    here = (await boss.get(f"/admin/people?role={foreign.pk}")).text
    assert "Helper (testserver)" in here
    assert "Foreign" not in here
    assert "@zoe@testserver" not in here, "who holds a role elsewhere is for the staff there"
    assert "@mia@testserver" in (await boss.get(f"/admin/people?role={own.pk}")).text
