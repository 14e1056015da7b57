"""Granting and composing roles: nobody can give, take or compose more permissions than they have."""

from collections.abc import Collection

from core import clock
from core.db import async_atomic
from core.errors import Invalid, NotAllowed, NotFound
from core.logs import get_logger
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.logins import queries as login_reads
from users.logins.models import User
from users.roles import services as grants
from users.roles.models import ALL, EVERYWHERE, Permission, Role, RoleGrant, Scope, is_within

log = get_logger(__name__)

# the command line: no login, and nothing can be done to it
OPERATOR = User(pk=0, email="", rights={EVERYWHERE: int(Permission.administrator)}, is_staff=True)


def require(user: User, permission: Permission, domain_id: int | None = None) -> None:
    """Raise NotAllowed unless the login has a permission on a domain, or without one on the whole server."""
    if not user.may(permission, domain_id):
        raise _refusal(user)


def require_somewhere(user: User, permission: Permission) -> Scope:
    """Return the scope in which a login has a permission. Raises NotAllowed if it has none. Objects outside the scope don't exist for it."""
    scope = user.scope(permission)
    if scope is not None and not scope:
        raise _refusal(user)
    return scope


def _refusal(user: User) -> NotAllowed:
    return NotAllowed(code="factor_needed") if user.lacks_factor else NotAllowed(code="not_permitted")


async def require_rank(by: User, identity_id: int) -> None:
    """Raise NotAllowed if an identity belongs to staff whom `by` does not outrank."""
    team = User.objects.filter(identityaccess__identity=identity_id, is_staff=True)
    if not all(outranks(by, user) for user in [user async for user in team]):
        raise NotAllowed(code="staff_of_admins")


def outranks(user: User, other: User) -> bool:
    """Return whether a login may act against another: against staff only if it may grant everything they hold."""
    return all(
        user.may(Permission.manage_roles, place) and not Permission(int(mask)) & ~user.permissions(place)
        for place, mask in _places(other)
    )


def _places(user: User) -> list[tuple[int | None, int]]:
    return [(None if key == EVERYWHERE else int(key), mask) for key, mask in user.rights.items()]


async def login_to_help(actor: User, user_id: int) -> tuple[User, int | None]:
    """Lock and return another login whose owner lost access, and the domain for the audit log. In a transaction.

    For staff of all its domains who may act on it. Raises NotAllowed and NotFound.
    """
    scope = require_somewhere(actor, Permission.manage_user_access)
    if user_id == actor.pk:
        raise NotAllowed(code="own_login")
    user = await User.objects.select_for_update().filter(pk=user_id).afirst()
    homes: Collection[int | None] = await login_reads.domains_of(user_id) or (None,)
    if user is None or not any(is_within(scope, home) for home in homes):
        raise NotFound(code="no_such_login")
    if not all(is_within(scope, home) for home in homes):
        raise NotAllowed(code="login_of_other_domains")
    if not outranks(actor, user):
        raise NotAllowed(code="staff_of_admins")
    return user, next((one for one in homes if actor.may(Permission.manage_user_access, one)), None)


@audited(Act.grant_role)
async def grant(*, by: User, user_id: int, role_id: int, domain_id: int | None = None) -> User:
    """Give a login a role on a domain, or without one on the whole server, replacing the role it has there.

    Raises NotAllowed for a role with more permissions than one's own, for a login that has more, and for oneself.
    """
    async with async_atomic():
        by, user = await _lock(by, user_id)
        await _check_place(by, user, domain_id)
        await grants.ensure_built_in()
        role = await Role.objects.filter(pk=role_id).afirst()
        if role is None or (role.domain_id is not None and role.domain_id != domain_id):
            raise Invalid("role", "unknown_role")
        if Permission(role.permissions) & ~by.permissions(domain_id):
            raise NotAllowed(code="role_above_own")
        await grants.put_grant(
            user_id=user.pk, role_id=role.pk, domain_id=domain_id, granted_by=by.pk or None
        )
        await record(
            Act.grant_role,
            Target("login", user.pk),
            by=by.pk,
            domain_id=domain_id,
            details={"role": role.name, "role_id": str(role.pk)},
        )
    log.info("role.granted", by=by.pk, user=user.pk, role=role.name, domain=domain_id)
    return await _fresh(user.pk)


@audited(Act.revoke_role)
async def revoke(*, by: User, user_id: int, domain_id: int | None = None) -> User:
    """Revoke the role of a login on a domain, or on the whole server. Raises NotFound if it has none there."""
    async with async_atomic():
        by, user = await _lock(by, user_id)
        await _check_place(by, user, domain_id)
        if not await grants.remove_grant(user_id=user.pk, domain_id=domain_id):
            raise NotFound(code="no_such_grant")
        await record(Act.revoke_role, Target("login", user.pk), by=by.pk, domain_id=domain_id)
    log.info("role.revoked", by=by.pk, user=user.pk, domain=domain_id)
    return await _fresh(user.pk)


async def _lock(by: User, user_id: int) -> tuple[User, User]:
    """Lock both logins in a fixed order and reload them, because the permissions of `by` were read before."""
    if user_id == by.pk:
        raise NotAllowed(code="role_of_yourself")
    rows = User.objects.select_for_update().filter(pk__in=(by.pk, user_id)).order_by("pk")
    found = {row.pk: row async for row in rows}
    if user_id not in found:
        raise NotFound(code="no_such_login")
    return _as_now(by, found.get(by.pk)), found[user_id]


async def _lock_self(by: User) -> User:
    return _as_now(by, await User.objects.select_for_update().filter(pk=by.pk).afirst())


def _as_now(by: User, row: User | None) -> User:
    if by is OPERATOR:
        return by
    if row is None:
        raise NotAllowed(code="not_permitted")
    return row


async def _check_place(by: User, user: User, domain_id: int | None) -> None:
    """Check that `by` may grant roles there, that the login is of the domain, and that it has no more permissions there or on the server
    than `by`.

    Staff who grant roles on one domain only may see only its users: the list of role holders contains addresses.
    """
    require(by, Permission.manage_roles, domain_id)
    if not by.may(Permission.manage_roles) and domain_id not in await login_reads.domains_of(user.pk):
        raise NotFound(code="no_such_login")
    _check_held(by, user, domain_id)


def _check_held(by: User, user: User, domain_id: int | None) -> None:
    """Raise NotAllowed if a login holds a role at `domain_id`, or one that applies there, with more permissions than `by`."""
    for place, mask in _places(user):
        counts_there = domain_id is None or place in {None, domain_id}
        if counts_there and Permission(mask) & ~by.permissions(place):
            raise NotAllowed(code="staff_of_admins")


async def _fresh(user_id: int) -> User:
    user = await login_reads.user_by_id(user_id)
    if user is None:
        raise NotFound(code="no_such_login")
    return user


@audited(Act.create_role)
async def create_role(*, by: User, name: str, permissions: Permission, domain_id: int | None = None) -> Role:
    """Create a role for a domain, or without one for the whole server, from permissions that its creator has there."""
    async with async_atomic():
        name = _check_role(await _lock_self(by), name, permissions, domain_id)
        await grants.ensure_built_in()
        if await _name_is_taken(name, domain_id):
            raise Invalid("name", "taken_role")
        role = await Role.objects.acreate(
            name=name, permissions=int(permissions), domain_id=domain_id, created_at=clock.now()
        )
        await _record_role(Act.create_role, role, by)
    log.info("role.created", by=by.pk, role=role.pk, domain=domain_id)
    return role


@audited(Act.change_role)
async def change_role(*, by: User, role_id: int, name: str, permissions: Permission) -> Role:
    """Change a composed role; its holders get the new permissions with their next request."""
    async with async_atomic():
        by = await _lock_self(by)
        role = await _own_role(by, role_id)
        role.name = _check_role(by, name, permissions, role.domain_id)
        role.permissions = int(permissions)
        if await _name_is_taken(role.name, role.domain_id, but_for=role.pk):
            raise Invalid("name", "taken_role")
        await role.asave(update_fields=["name", "permissions"])
        await _record_role(Act.change_role, role, by)
        await grants.refresh_rights(await _holders(role))
    log.info("role.changed", by=by.pk, role=role.pk)
    return role


@audited(Act.delete_role)
async def delete_role(*, by: User, role_id: int) -> None:
    """Delete a composed role. Its holders lose it."""
    async with async_atomic():
        by = await _lock_self(by)
        role = await _own_role(by, role_id)
        holders = await _holders(role)
        await _record_role(Act.delete_role, role, by)
        await RoleGrant.objects.filter(role=role.pk).adelete()
        await role.adelete()
        await grants.refresh_rights(holders)
    log.info("role.deleted", by=by.pk, role=role_id)


@audited(Act.change_role)
async def require_factor(*, by: User, role_id: int, is_required: bool) -> Role:
    """Set whether a role requires a second factor. For those who could grant all its permissions, wherever it may be held.

    Requires that they have a second factor themselves, so that nobody locks everybody out. Raises Invalid otherwise.
    """
    async with async_atomic():
        by = await _lock_self(by)
        role = await Role.objects.select_for_update().filter(pk=role_id).afirst()
        if role is None:
            raise NotFound(code="no_such_role")
        require(by, Permission.manage_roles, role.domain_id)
        if Permission(role.permissions) & ~by.permissions(role.domain_id):
            raise NotAllowed(code="role_above_own")
        if is_required and by is not OPERATOR and not (by.has_totp or by.has_passkey):
            raise Invalid("factor", "own_first")
        role.needs_factor = is_required
        await role.asave(update_fields=["needs_factor"])
        await _record_role(Act.change_role, role, by)
        await grants.refresh_rights(await _holders(role))
    log.info("role.factor_required" if is_required else "role.factor_not_required", by=by.pk, role=role.pk)
    return role


async def _record_role(act: Act, role: Role, by: User) -> None:
    names = [one.name for one in Permission if role.permissions & one]
    await record(
        act,
        Target("role", role.pk, role.name),
        by=by.pk,
        domain_id=role.domain_id,
        details={"permissions": names, "needs_factor": role.needs_factor},
    )


async def _own_role(by: User, role_id: int) -> Role:
    role = await Role.objects.select_for_update().filter(pk=role_id).afirst()
    if role is None or role.is_built_in:
        raise NotFound(code="no_such_role")
    require(by, Permission.manage_roles, role.domain_id)
    if Permission(role.permissions) & ~by.permissions(role.domain_id):
        raise NotAllowed(code="role_above_own")
    held = RoleGrant.objects.filter(role=role.pk).exclude(user=by.pk).select_related("user")
    async for grant in held:
        _check_held(by, grant.user, grant.domain_id)
    return role


def _check_role(by: User, name: str, permissions: Permission, domain_id: int | None) -> str:
    require(by, Permission.manage_roles, domain_id)
    name = name.strip()
    if not name or len(name) > 50 or not name.isprintable():
        raise Invalid("name", "role_name")
    if not permissions or permissions & ~ALL:
        raise Invalid("permissions", "no_permissions")
    if permissions & ~by.permissions(domain_id):
        raise NotAllowed(code="role_above_own")
    return name


async def _name_is_taken(name: str, domain_id: int | None, *, but_for: int = 0) -> bool:
    same = Role.objects.filter(name__iexact=name).exclude(pk=but_for)
    return await same.filter(domain=None).aexists() or await same.filter(domain=domain_id).aexists()


async def _holders(role: Role) -> list[int]:
    return [pk async for pk in RoleGrant.objects.filter(role=role.pk).values_list("user", flat=True)]
