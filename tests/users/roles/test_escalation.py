"""Nobody gives, takes, composes or changes more than they have themselves, and nobody touches who outranks them."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from core.errors import BadInput, NotAllowed, NotFound
from tests.users.support import give_role, make_domain, make_person, make_remote, make_user, sign_in
from users.domains.models import Domain, SignUpMode
from users.identities.models import Identity, Restriction
from users.logins import queries as login_reads
from users.logins.models import Session, User
from users.logins.services import invitations, staff
from users.logins.services.staff import OPERATOR
from users.moderation import services as moderation
from users.roles.models import ADMIN, MODERATOR, OWNER, Permission, Role
from users.roles.queries import all_grants

pytestmark = pytest.mark.anyio
HELPING = Permission.manage_reports | Permission.manage_users


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(NotAllowed) as caught:
        yield
    assert caught.value.code == code


async def login(name: str, *homes: Domain) -> User:
    """A login with an identity on each of the domains."""
    user = await make_user(f"{name}@example.org")
    for home in homes:
        await make_person(home, name, user)
    return user


@pytest.fixture
async def here(db: None) -> Domain:
    return await make_domain()


@pytest.fixture
async def there(db: None) -> Domain:
    return await make_domain("other.test")


async def rights_of(user: User) -> dict[str, int]:
    return dict((await User.objects.aget(pk=user.pk)).rights)


async def test_domain_owners_give_roles_to_people_of_their_domain_only(here: Domain, there: Domain) -> None:
    boss = await give_role(await login("ann", here), OWNER, here)
    mia, zoe = await login("mia", here), await login("zoe", there)
    made = await staff.grant(by=boss, user_id=mia.pk, role_id=MODERATOR.id, domain_id=here.pk)
    assert made.may(Permission.manage_reports, here.pk)
    assert not made.may(Permission.manage_reports, there.pk)
    assert not made.may(Permission.manage_reports)
    for place in (None, there.pk):
        with refused("not_permitted"):
            await staff.grant(by=boss, user_id=mia.pk, role_id=MODERATOR.id, domain_id=place)
        with refused("not_permitted"):
            await staff.revoke(by=boss, user_id=mia.pk, domain_id=place)
    # the list of who holds roles has e-mail addresses: nobody collects those of other domains by giving roles to all ids
    with pytest.raises(NotFound):
        await staff.grant(by=boss, user_id=zoe.pk, role_id=MODERATOR.id, domain_id=here.pk)
    assert await rights_of(zoe) == {}


@pytest.mark.parametrize("place", ["server", "here"])
async def test_nobody_gives_more_than_they_have(here: Domain, place: str) -> None:
    where = here if place == "here" else None
    admin = await give_role(await login("ann", here), ADMIN, where)
    mia = await login("mia", here)
    where_id = where.pk if where else None
    with refused("role_above_own"):
        await staff.grant(by=admin, user_id=mia.pk, role_id=OWNER.id, domain_id=where_id)
    with refused("role_above_own"):
        await staff.create_role(
            by=admin, name="All", permissions=Permission.administrator, domain_id=where_id
        )
    made = await staff.create_role(by=admin, name="Helper", permissions=HELPING, domain_id=where_id)
    with refused("role_above_own"):
        await staff.change_role(
            by=admin, role_id=made.pk, name="Helper", permissions=Permission.administrator
        )
    await staff.grant(by=admin, user_id=mia.pk, role_id=made.pk, domain_id=where_id)
    assert (await Role.objects.aget(pk=made.pk)).permissions == int(HELPING)
    # a moderator hands out nothing, not even what they have
    mo = await give_role(await login("mo", here), MODERATOR, where)
    for by in (mo, mia):
        fresh = await User.objects.aget(pk=by.pk)
        with refused("not_permitted"):
            await staff.grant(
                by=fresh, user_id=(await login(f"x{by.pk}", here)).pk, role_id=made.pk, domain_id=where_id
            )
        with refused("not_permitted"):
            await staff.create_role(by=fresh, name="Mine", permissions=HELPING, domain_id=where_id)


async def test_nobody_changes_their_own_role(here: Domain) -> None:
    boss = await give_role(await login("ann", here), OWNER)
    for call in (
        staff.grant(by=boss, user_id=boss.pk, role_id=MODERATOR.id, domain_id=here.pk),
        staff.grant(by=boss, user_id=boss.pk, role_id=MODERATOR.id),
        staff.revoke(by=boss, user_id=boss.pk),
    ):
        with refused("role_of_yourself"):
            await call
    assert (await User.objects.aget(pk=boss.pk)).is_admin


async def test_nobody_touches_who_outranks_them(here: Domain) -> None:
    owner = await give_role(await give_role(await login("ann", here), OWNER), MODERATOR, here)
    admin = await give_role(await login("bob", here), ADMIN)
    local = await give_role(await login("cat", here), OWNER, here)
    for by, place in ((admin, None), (admin, here.pk), (local, here.pk)):
        before = await rights_of(owner)
        with refused("staff_of_admins"):
            await staff.revoke(by=by, user_id=owner.pk, domain_id=place)
        with refused("staff_of_admins"):
            await staff.grant(by=by, user_id=owner.pk, role_id=MODERATOR.id, domain_id=place)
        assert await rights_of(owner) == before
    # an admin of the server may not end the rights of who owns a domain, nor add to them
    with refused("staff_of_admins"):
        await staff.revoke(by=admin, user_id=local.pk, domain_id=here.pk)
    with refused("staff_of_admins"):
        await staff.grant(by=admin, user_id=local.pk, role_id=MODERATOR.id)
    await staff.revoke(by=owner, user_id=local.pk, domain_id=here.pk)
    assert await rights_of(local) == {}


async def test_roles_of_others_are_changed_by_who_could_give_them_only(here: Domain, there: Domain) -> None:
    owner = await give_role(await login("ann", here), OWNER)
    boss = await give_role(await login("bob", here), ADMIN, here)
    strong = await staff.create_role(
        by=owner, name="Strong", permissions=Permission.administrator, domain_id=here.pk
    )
    global_role = await staff.create_role(by=owner, name="Global", permissions=HELPING)
    foreign = await staff.create_role(by=owner, name="Foreign", permissions=HELPING, domain_id=there.pk)
    for role in (strong, global_role, foreign):
        with pytest.raises((NotAllowed, NotFound)):
            await staff.change_role(by=boss, role_id=role.pk, name="Taken over", permissions=HELPING)
        with pytest.raises((NotAllowed, NotFound)):
            await staff.delete_role(by=boss, role_id=role.pk)
    for built_in in (OWNER, ADMIN, MODERATOR):
        with pytest.raises(NotFound):
            await staff.change_role(by=owner, role_id=built_in.id, name="Mine", permissions=HELPING)
        with pytest.raises(NotFound):
            await staff.delete_role(by=owner, role_id=built_in.id)
    mia = await login("mia", here, there)
    for role, place in ((foreign, here.pk), (foreign, None), (strong, there.pk)):
        with pytest.raises(BadInput):
            await staff.grant(by=owner, user_id=mia.pk, role_id=role.pk, domain_id=place)
    # a weak role that somebody stronger holds besides is theirs, too
    weak = await staff.create_role(by=boss, name="Weak", permissions=HELPING, domain_id=here.pk)
    rex = await give_role(await login("rex", here), OWNER)
    await staff.grant(by=owner, user_id=rex.pk, role_id=weak.pk, domain_id=here.pk)
    with refused("staff_of_admins"):
        await staff.change_role(by=boss, role_id=weak.pk, name="Weak", permissions=Permission.manage_users)
    with refused("staff_of_admins"):
        await staff.delete_role(by=boss, role_id=weak.pk)


async def test_a_changed_role_counts_from_the_next_request_on(here: Domain) -> None:
    owner = await give_role(await login("ann", here), OWNER)
    mia = await login("mia", here)
    role = await staff.create_role(by=owner, name="Helper", permissions=HELPING, domain_id=here.pk)
    await staff.grant(by=owner, user_id=mia.pk, role_id=role.pk, domain_id=here.pk)
    await staff.change_role(by=owner, role_id=role.pk, name="Reader", permissions=Permission.view_dashboard)
    assert await rights_of(mia) == {str(here.pk): int(Permission.view_dashboard)}
    await staff.delete_role(by=owner, role_id=role.pk)
    fresh = await User.objects.aget(pk=mia.pk)
    assert (fresh.rights, fresh.is_staff) == ({}, False)


async def test_a_role_just_lost_gives_no_more_rights(here: Domain) -> None:
    """The request read its login before the other admin took the role away."""
    first = await give_role(await login("ann", here), OWNER)
    second = await give_role(await login("bob", here), OWNER)
    stale = await User.objects.aget(pk=second.pk)
    await staff.revoke(by=first, user_id=second.pk)
    mia = await login("mia", here)
    for call in (
        staff.grant(by=stale, user_id=mia.pk, role_id=OWNER.id),
        staff.revoke(by=stale, user_id=first.pk),
        staff.create_role(by=stale, name="Mine", permissions=HELPING),
    ):
        with refused("not_permitted"):
            await call
    assert await rights_of(mia) == {}
    assert (await User.objects.aget(pk=first.pk)).is_admin


@pytest.mark.parametrize("state", ["is_restricted", "is_disabled"])
async def test_suspended_staff_have_no_rights(here: Domain, state: str) -> None:
    boss = await give_role(await login("ann", here), OWNER)
    await User.objects.filter(pk=boss.pk).aupdate(**{state: True})
    stale_or_not = (boss, await User.objects.aget(pk=boss.pk))
    mia = await login("mia", here)
    for by in stale_or_not:
        with refused("not_permitted"):
            await staff.grant(by=by, user_id=mia.pk, role_id=MODERATOR.id)


async def test_staff_of_a_domain_do_not_reach_people_of_others(here: Domain, there: Domain) -> None:
    mo = await give_role(await login("mo", here), MODERATOR, here)
    zoe, both = await login("zoe", there), await login("mia", here, there)
    far = await make_remote()
    abroad = await Identity.objects.aget(username="zoe")
    for identity in (abroad, far):
        with pytest.raises(NotFound):
            await moderation.restrict(
                moderator=mo, identity_id=identity.pk, restriction=Restriction.suspended
            )
    for call in (moderation.set_disabled, moderation.set_restricted):
        word = "is_disabled" if call is moderation.set_disabled else "is_restricted"
        with pytest.raises(NotFound):
            await call(moderator=mo, user_id=zoe.pk, **{word: True})  # type: ignore[operator]
    with refused("login_of_other_domains"):
        await moderation.set_disabled(moderator=mo, user_id=both.pk, is_disabled=True)
    # restricting holds wherever the login goes, so that those who stopped somebody on one domain are not overruled from another
    await moderation.set_restricted(moderator=OPERATOR, user_id=both.pk, is_restricted=True)
    with refused("login_of_other_domains"):
        await moderation.set_restricted(moderator=mo, user_id=both.pk, is_restricted=False)
    assert (await User.objects.aget(pk=both.pk)).is_restricted


async def test_staff_are_freed_by_who_outranks_them_only(here: Domain) -> None:
    """Else a moderator lets an admin act again who was suspended for what they did."""
    owner = await give_role(await login("ann", here), OWNER)
    bad = await give_role(await login("bad", here), ADMIN)
    mo = await give_role(await login("mo", here), MODERATOR)
    identity = await Identity.objects.aget(username="bad")
    await moderation.restrict(moderator=owner, identity_id=identity.pk, restriction=Restriction.suspended)
    assert not (await User.objects.aget(pk=bad.pk)).acts_as_staff
    with refused("staff_of_admins"):
        await moderation.restrict(moderator=mo, identity_id=identity.pk, restriction=Restriction.none)
    for call in (
        moderation.set_restricted(moderator=mo, user_id=bad.pk, is_restricted=False),
        moderation.set_disabled(moderator=mo, user_id=bad.pk, is_disabled=False),
    ):
        with refused("staff_of_admins"):
            await call
    assert not (await User.objects.aget(pk=bad.pk)).acts_as_staff


async def test_invitations_end_with_the_right_to_make_them(here: Domain, there: Domain) -> None:
    owner = await give_role(await login("ann", here), OWNER)
    await Domain.objects.filter(pk=here.pk).aupdate(sign_up_mode=SignUpMode.invite)
    await here.arefresh_from_db()
    mo = await login("mo", here, there)
    for domain in (here, there):
        await give_role(mo, MODERATOR, domain)
    made = await invitations.invite(domain=here, moderator=mo)
    assert await login_reads.live_invitations().filter(pk=made.pk).aexists()
    await staff.revoke(by=owner, user_id=mo.pk, domain_id=here.pk)
    assert (await User.objects.aget(pk=mo.pk)).is_staff, "on the other domain"
    assert not await login_reads.live_invitations().filter(pk=made.pk).aexists()


async def test_a_role_with_rights_of_the_server_has_none_there_when_held_on_a_domain(here: Domain) -> None:
    boss = await give_role(await login("ann", here), OWNER, here)
    assert boss.may(Permission.view_devops, here.pk)
    assert not boss.may(Permission.view_devops)
    with pytest.raises(NotAllowed):
        await moderation.set_peer_policy(moderator=boss, host="bad.example", policy="blocked")
    with pytest.raises(NotAllowed):
        await moderation.set_federation_mode(moderator=boss, listed_only=True)
    with pytest.raises(NotAllowed):
        await moderation.retry_failed(moderator=boss, model="users.identity")


async def test_the_last_owner_stays(here: Domain) -> None:
    """The command line may take it: it can give it back."""
    owner = await give_role(await login("ann", here), OWNER)
    await staff.revoke(by=OPERATOR, user_id=owner.pk)
    assert not [one for one in await all_grants() if one.user_id == owner.pk]


async def test_sessions_carry_no_rights_of_their_own(here: Domain) -> None:
    boss = await give_role(await login("ann", here), OWNER)
    session, _ = await sign_in(boss, here)
    await staff.revoke(by=OPERATOR, user_id=boss.pk)
    held = await Session.objects.select_related("user").aget(pk=session.pk)
    assert not held.user.acts_as_staff
