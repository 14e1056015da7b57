"""Writes of role grants. users/logins/services/staff.py checks permissions."""

from collections.abc import Collection

from core.db import sql
from users.roles.models import BUILT_IN, Role, RoleGrant


async def ensure_built_in() -> None:
    """Insert missing built-in roles."""
    await Role.objects.abulk_create(
        [
            Role(id=role.id, name=role.name, permissions=int(role.permissions), is_highlighted=True)
            for role in BUILT_IN
        ],
        ignore_conflicts=True,
    )


async def put_grant(
    *, user_id: int, role_id: int, domain_id: int | None, granted_by: int | None = None
) -> None:
    """Give a login a role on a domain, or on the whole server, replacing the one it had there. Runs inside the caller's transaction."""
    await ensure_built_in()
    await sql.run(
        """INSERT INTO users_rolegrant (id, user_id, role_id, domain_id, granted_by) VALUES (%s, %s, %s, %s, %s)
           ON CONFLICT ON CONSTRAINT users_rolegrant_place
           DO UPDATE SET role_id = excluded.role_id, granted_by = excluded.granted_by, created_at = now()""",
        [RoleGrant._meta.pk.get_default(), user_id, role_id, domain_id, granted_by],
    )
    await refresh_rights([user_id])


async def remove_grant(*, user_id: int, domain_id: int | None) -> bool:
    """Remove the role of a login on a domain, or on the whole server. Return whether it had one."""
    removed, _ = await RoleGrant.objects.filter(user=user_id, domain=domain_id).adelete()
    await refresh_rights([user_id])
    return bool(removed)


async def refresh_rights(user_ids: Collection[int]) -> None:
    """Compute the stored permissions of these logins from their grants. Index users_rolegrant_place."""
    await sql.run(
        """UPDATE users_user u SET rights = coalesce(f.rights, '{}'), is_staff = f.rights IS NOT NULL,
               needs_factor = coalesce(f.needs_factor, false)
           FROM unnest(%s::bigint[]) AS w (id) CROSS JOIN LATERAL (
               SELECT jsonb_object_agg(coalesce(g.domain_id::text, '*'), r.permissions) AS rights,
                      bool_or(r.needs_factor) AS needs_factor
               FROM users_rolegrant g JOIN users_role r ON r.id = g.role_id WHERE g.user_id = w.id) f
           WHERE u.id = w.id""",
        [sorted(user_ids)],
    )
