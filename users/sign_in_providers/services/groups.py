"""Roles by groups at a provider: given and taken on each sign-in. A role that staff gave by hand stays as it is."""

from core.logs import get_logger
from users.audit.models import Act
from users.audit.services import Target, record
from users.logins import queries as login_reads
from users.logins.models import User
from users.logins.services.staff import OPERATOR
from users.roles import services as grants
from users.roles.models import Permission, Role, RoleGrant
from users.sign_in_providers.models import ExternalLogin, SignInProvider

log = get_logger(__name__)


def may_give(by: User, role: Role, domain_id: int) -> bool:
    """Return whether somebody could give a role on a domain by hand: only then may groups give it for them."""
    is_here = role.domain_id in {None, domain_id}
    has_all = not Permission(role.permissions) & ~by.permissions(domain_id)
    return is_here and has_all and by.may(Permission.manage_roles, domain_id)


async def apply(*, provider: SignInProvider, link: ExternalLogin, groups: list[str]) -> None:
    """Give a login the role of its first group that has one, and take away one whose group is gone. Inside the caller's transaction."""
    if not provider.roles and link.role is None:
        return
    await User.objects.select_for_update().aget(pk=link.user_id)
    wanted = next((role for group, role in provider.roles if group in groups), None)
    held = await RoleGrant.objects.filter(user=link.user_id, domain=provider.domain_id).afirst()
    if held is not None and held.role_id != link.role:
        if link.role is not None:  # staff replaced it
            await _note(link, None)
        return
    if held is not None and wanted != held.role_id:
        await _take(provider, link)
        held = None
    if held is None and wanted is not None and (role := await _to_give(provider, wanted)) is not None:
        await grants.put_grant(
            user_id=link.user_id, role_id=role.pk, domain_id=provider.domain_id, granted_by=provider.roles_by
        )
        await _note(link, role.pk)
        await _record(Act.grant_role, provider, link, role.name)
    elif held is None and link.role is not None:  # staff took it away
        await _note(link, None)


async def take_back(provider: SignInProvider, link: ExternalLogin) -> None:
    """Take the role away that a provider gave, because the account is no longer connected. Inside the caller's transaction."""
    if link.role is not None:
        await User.objects.select_for_update().aget(pk=link.user_id)
        held = RoleGrant.objects.filter(user=link.user_id, domain=provider.domain_id, role=link.role)
        if await held.aexists():
            await _take(provider, link)


async def _to_give(provider: SignInProvider, role_id: int) -> Role | None:
    """Return a mapped role if the one who mapped it could still give it."""
    await grants.ensure_built_in()
    role = await Role.objects.filter(pk=role_id).afirst()
    by = OPERATOR if provider.roles_by is None else await login_reads.user_by_id(provider.roles_by)
    if role is None or by is None or not may_give(by, role, provider.domain_id):
        log.warning("provider.role_not_given", provider=provider.pk, role=role_id, by=provider.roles_by)
        return None
    return role


async def _take(provider: SignInProvider, link: ExternalLogin) -> None:
    await grants.remove_grant(user_id=link.user_id, domain_id=provider.domain_id)
    await _note(link, None)
    await _record(Act.revoke_role, provider, link, "")


async def _note(link: ExternalLogin, role_id: int | None) -> None:
    link.role = role_id
    await ExternalLogin.objects.filter(pk=link.pk).aupdate(role=role_id)


async def _record(act: Act, provider: SignInProvider, link: ExternalLogin, role: str) -> None:
    """Record it as done by this server; the details name the provider."""
    details = {"role": role, "name": provider.name, "provider": str(provider.pk)}
    await record(act, Target("login", link.user_id), domain_id=provider.domain_id, details=details)
