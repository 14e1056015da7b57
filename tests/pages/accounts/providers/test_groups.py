"""Roles by groups at a provider: given and taken on each sign-in, and never more than whoever chose them could give by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from core.errors import NotAllowed
from tests.pages.accounts.providers.conftest import Door
from tests.users.support import give_role, make_domain, make_person, make_user
from users.audit.models import Act, AuditEntry
from users.logins.models import User
from users.logins.services.staff import OPERATOR, grant
from users.roles.models import ADMIN, MODERATOR, OWNER, Permission, Role, RoleGrant
from users.roles.services import ensure_built_in
from users.sign_in_providers.models import ExternalLogin
from users.sign_in_providers.services import providers as service

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
People = Callable[..., dict[str, Any]]


def wanted(**changes: Any) -> service.Wanted:
    return service.Wanted(**{"name": "House", "client_id": "takahe", **changes})


@pytest.fixture
async def ada(door: Door) -> User:
    await ensure_built_in()
    user = await make_user()
    await make_person(door.domain, "ada", user)
    await ExternalLogin.objects.acreate(provider=door.row, subject="id-of-ada", user=user)
    return user


async def role_of(user: User) -> int | None:
    return await RoleGrant.objects.filter(user=user.pk).values_list("role", flat=True).afirst()


async def enter_with(door: Door, people: People, groups: object) -> None:
    door.provider.person = people(groups=groups)
    assert (await door.enter(await door.browser())).status_code == 303


async def test_the_first_group_with_a_role_gives_it_and_without_it_the_role_is_gone(
    door: Door, people: People, ada: User
) -> None:
    roles = [("admins", ADMIN.id), ("mods", MODERATOR.id)]
    await service.change(by=OPERATOR, provider_id=door.row.pk, wanted=wanted(roles=roles))
    for groups, role in [
        (["mods", "others"], MODERATOR.id),
        (["mods", "admins"], ADMIN.id),
        (["mods"], MODERATOR.id),
        (["others"], None),
        ("mods", MODERATOR.id),
        ({"mods": True}, None),
        (["mods"], MODERATOR.id),
        (None, None),
    ]:
        await enter_with(door, people, groups)
        assert await role_of(ada) == role, groups
    assert not (await User.objects.aget(pk=ada.pk)).is_staff
    acts = [entry.act async for entry in AuditEntry.objects.filter(target_id=ada.pk, actor_id=None)]
    assert (acts.count(Act.grant_role), acts.count(Act.revoke_role)) == (5, 5)
    said = await AuditEntry.objects.filter(act=Act.grant_role, target_id=ada.pk).afirst()
    assert said is not None
    assert (said.details["name"], said.domain_id) == ("House", door.domain.pk)


async def test_a_role_by_hand_stays(door: Door, people: People, ada: User) -> None:
    await service.change(by=OPERATOR, provider_id=door.row.pk, wanted=wanted(roles=[("mods", MODERATOR.id)]))
    await grant(by=OPERATOR, user_id=ada.pk, role_id=ADMIN.id, domain_id=door.domain.pk)
    for groups in (["mods"], []):
        await enter_with(door, people, groups)
        assert await role_of(ada) == ADMIN.id


async def test_a_path_leads_to_groups_inside_a_claim(door: Door, people: People, ada: User) -> None:
    roles = [("mods", MODERATOR.id)]
    await service.change(
        by=OPERATOR,
        provider_id=door.row.pk,
        wanted=wanted(roles=roles, groups_claim="realm_access.roles"),
    )
    door.provider.person = people(realm_access={"roles": ["mods"]})
    await door.enter(await door.browser())
    assert await role_of(ada) == MODERATOR.id


async def test_nobody_maps_a_role_that_they_could_not_give(door: Door) -> None:
    await ensure_built_in()
    other = await make_domain("other.test")
    helper = await Role.objects.acreate(name="Helper", permissions=int(Permission.manage_user_access))
    theirs = await Role.objects.acreate(
        name="Theirs", permissions=int(Permission.manage_reports), domain=other
    )
    admin = await give_role(await make_user("admin@example.org"), ADMIN, door.domain)
    low = await make_user("low@example.org")
    await grant(by=OPERATOR, user_id=low.pk, role_id=helper.pk, domain_id=door.domain.pk)
    low = await User.objects.aget(pk=low.pk)
    pairs = [(admin, OWNER.id), (low, MODERATOR.id), (low, helper.pk)]
    for by, role in pairs:
        with pytest.raises(NotAllowed):
            await service.change(by=by, provider_id=door.row.pk, wanted=wanted(roles=[("g", role)]))
    with pytest.raises(Exception, match="role"):
        await service.change(by=OPERATOR, provider_id=door.row.pk, wanted=wanted(roles=[("g", theirs.pk)]))
    await service.change(by=admin, provider_id=door.row.pk, wanted=wanted(roles=[("g", ADMIN.id)]))
    # whoever could change its groups, its client or remove it would have the role
    with pytest.raises(NotAllowed):
        await service.change(by=low, provider_id=door.row.pk, wanted=wanted(groups_claim="email"))
    with pytest.raises(NotAllowed):
        await service.remove(by=low, provider_id=door.row.pk)
    assert await AuditEntry.objects.filter(act=Act.change_provider, refusal="role_above_own").acount() == 4


async def test_whoever_may_no_longer_give_a_role_gives_none_by_groups(
    door: Door, people: People, ada: User
) -> None:
    admin = await give_role(await make_user("admin@example.org"), ADMIN, door.domain)
    await service.change(by=admin, provider_id=door.row.pk, wanted=wanted(roles=[("mods", MODERATOR.id)]))
    await give_role(admin, None, door.domain)
    await enter_with(door, people, ["mods"])
    assert await role_of(ada) is None


async def test_removing_a_provider_takes_its_roles_away_and_keeps_the_logins(
    door: Door, people: People, ada: User
) -> None:
    await service.change(by=OPERATOR, provider_id=door.row.pk, wanted=wanted(roles=[("mods", MODERATOR.id)]))
    await enter_with(door, people, ["mods"])
    assert await role_of(ada) == MODERATOR.id
    await service.remove(by=OPERATOR, provider_id=door.row.pk)
    assert await role_of(ada) is None
    assert await User.objects.filter(pk=ada.pk).aexists()
    assert not await ExternalLogin.objects.aexists()
