"""`takahe role`: the roles of staff, on a domain or on the whole server."""

import argparse
import json

from core.errors import Invalid, NotFound
from takahe.cli.exits import Exit
from takahe.cli.lookups import domain_named, login_named
from takahe.cli.tables import print_table
from users.logins.services import staff
from users.logins.services.staff import OPERATOR
from users.roles.models import Permission, Role
from users.roles.queries import all_grants, grants_of, role_named, roles_for
from users.roles.services import ensure_built_in


async def grant(options: argparse.Namespace) -> int:
    """Give a login a role, replacing the one it has on that domain or on the server."""
    user = await login_named(options.user)
    domain = await domain_named(options.domain) if options.domain else None
    role = await _role(options.role, domain.pk if domain else None)
    await staff.grant(by=OPERATOR, user_id=user.pk, role_id=role.pk, domain_id=domain.pk if domain else None)
    print(f"{user.email} is {role.name} on {domain.name if domain else 'the whole server'}.")
    return Exit.OK


async def revoke(options: argparse.Namespace) -> int:
    """Revoke the role of a login on a domain, or on the server."""
    user = await login_named(options.user)
    domain = await domain_named(options.domain) if options.domain else None
    place = domain.pk if domain else None
    if options.role:
        role = await _role(options.role, place)
        held = (await grants_of([user.pk])).get(user.pk, [])
        if not any(one.role_id == role.pk and one.domain_id == place for one in held):
            raise NotFound(code="no_such_grant")
    await staff.revoke(by=OPERATOR, user_id=user.pk, domain_id=place)
    print(f"{user.email} holds no role on {domain.name if domain else 'the whole server'} any more.")
    return Exit.OK


async def require_factor(options: argparse.Namespace) -> int:
    """Set whether a role requires a second factor."""
    domain = await domain_named(options.domain) if options.domain else None
    role = await _role(options.role, domain.pk if domain else None)
    await staff.require_factor(by=OPERATOR, role_id=role.pk, is_required=not options.off)
    print(f"{role.name} {'no longer requires' if options.off else 'requires'} a second factor.")
    return Exit.OK


async def _role(name: str, domain_id: int | None) -> Role:
    await ensure_built_in()
    role = await role_named(name, domain_id)
    if role is None:
        raise Invalid("role", "unknown_role")
    return role


async def show_list(options: argparse.Namespace) -> int:
    """Print the holders of roles, then the roles with their permissions."""
    domain = await domain_named(options.domain) if options.domain else None
    user = await login_named(options.user) if options.user else None
    await ensure_built_in()
    found = await all_grants(user_id=user.pk if user else None, domain_id=domain.pk if domain else None)
    grants = [
        {
            "user": one.user.email,
            "role": one.role.name,
            "domain": one.domain.name if one.domain else None,
            "since": one.created_at.isoformat(timespec="seconds"),
        }
        for one in found
    ]
    roles = [
        {"name": one.name, "permissions": _words(one.permissions)}
        for one in await roles_for(domain.pk if domain else None)
    ]
    if options.json:
        print(json.dumps({"grants": grants, "roles": roles}, indent=2))
        return Exit.OK
    print_table(
        ("login", "role", "domain", "since"),
        [(row["user"], row["role"], row["domain"] or "the whole server", row["since"]) for row in grants],
    )
    print()
    print_table(("role", "permits"), [(row["name"], ", ".join(row["permissions"])) for row in roles])
    return Exit.OK


def _words(permissions: int) -> list[str]:
    return [one.name for one in Permission if permissions & one and one.name]
