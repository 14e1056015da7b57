"""Queries on roles and their holders. Callers check that the reader is staff."""

from collections.abc import Collection

from django.db.models import Q
from django.db.models.functions import Lower

from users.roles.models import EVERYWHERE, Permission, Role, RoleGrant, Scope

MAX_ROLES = 100
MAX_GRANTS = 1000


def has_right_in_sql(row: str, permission: Permission, domain: str = "NULL") -> str:
    """Return the condition that the login with the alias `row` has a permission on the domain whose id is the expression `domain`."""
    masks = [f"coalesce(({row}.rights ->> '{EVERYWHERE}')::bigint, 0)"]
    if domain != "NULL":
        masks.append(f"coalesce(({row}.rights ->> ({domain})::text)::bigint, 0)")
    return (
        f"({row}.is_staff AND NOT {row}.is_restricted AND NOT {row}.is_disabled AND {row}.leaves_at IS NULL"
        f" AND NOT ({row}.needs_factor AND NOT {row}.has_totp AND NOT {row}.has_passkey)"
        f" AND ({' | '.join(masks)}) & {int(permission | Permission.administrator)} <> 0)"
    )


async def role_named(name: str, domain_id: int | None = None) -> Role | None:
    """Return the role with this name, case-insensitively: the domain's own, else the server's. Index users_role_name."""
    found = Role.objects.alias(lower=Lower("name")).filter(lower=name.strip().lower())
    return (
        await found.filter(Q(domain=None) | Q(domain=domain_id)).order_by("domain_id").afirst()
    )  # NULL sorts last


async def grants_of(user_ids: Collection[int]) -> dict[int, list[RoleGrant]]:
    """Return the grants of these logins, with `role` and `domain`: those on the whole server first. Index users_rolegrant_place."""
    grants = RoleGrant.objects.select_related("role", "domain").filter(user__in=user_ids)
    found: dict[int, list[RoleGrant]] = {}
    async for grant in grants.order_by("-domain_id", "pk"):
        found.setdefault(grant.user_id, []).append(grant)
    return found


async def all_grants(*, user_id: int | None = None, domain_id: int | None = None) -> list[RoleGrant]:
    """Return grants with `user`, `role` and `domain`: of one login, of one domain, or all, at most MAX_GRANTS."""
    grants = RoleGrant.objects.select_related("user", "role", "domain").order_by("pk")
    if user_id is not None:
        grants = grants.filter(user=user_id)
    if domain_id is not None:
        grants = grants.filter(domain=domain_id)
    return [grant async for grant in grants[:MAX_GRANTS]]


async def role_held(user_id: int, domain_id: int) -> Role | None:
    """Return the role of a login on a domain, else on the whole server. Index users_rolegrant_place."""
    grants = RoleGrant.objects.select_related("role").filter(
        Q(domain=domain_id) | Q(domain=None), user=user_id
    )
    grant = await grants.order_by("domain_id").afirst()  # NULL sorts last
    return grant.role if grant is not None else None


async def roles_in(scope: Scope) -> list[Role]:
    """Return the roles of the server and those composed for these domains, with `domain`. Index users_role_name."""
    found = Role.objects.select_related("domain").order_by("domain_id", "id")
    if scope is not None:
        found = found.filter(Q(domain=None) | Q(domain__in=scope))
    return [role async for role in found[:MAX_ROLES]]


async def role_in(scope: Scope, role_id: int) -> Role | None:
    """Return a role of the server or of these domains, with `domain`."""
    found = Role.objects.select_related("domain").filter(pk=role_id)
    return await (found if scope is None else found.filter(Q(domain=None) | Q(domain__in=scope))).afirst()


async def grants_in(
    scope: Scope, *, role_id: int | None = None, grant_id: int | None = None
) -> list[RoleGrant]:
    """Return grants on these domains, or everywhere, with `user`, `role` and `domain`: at most MAX_GRANTS, or those of one role, or one grant."""
    found = RoleGrant.objects.select_related("user", "role", "domain").order_by("domain_id", "pk")
    if scope is not None:
        found = found.filter(domain__in=scope)
    if role_id is not None:
        found = found.filter(role=role_id)
    if grant_id is not None:
        found = found.filter(pk=grant_id)
    return [grant async for grant in found[:MAX_GRANTS]]


async def roles_for(domain_id: int | None) -> list[Role]:
    """Return the roles that can be granted on a domain, or without one on the whole server: the built-in ones first. Index users_role_name."""
    own = Q(domain=None) if domain_id is None else Q(domain=None) | Q(domain=domain_id)
    return [role async for role in Role.objects.filter(own).order_by("id")[:MAX_ROLES]]
