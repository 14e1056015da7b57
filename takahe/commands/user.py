"""`takahe user`: logins."""

import argparse
import json

from core.errors import BadInput
from takahe.cli.exits import Exit
from takahe.cli.lookups import login_named
from takahe.cli.passwords import choose_password
from takahe.cli.tables import print_table
from users.domains.models import Level
from users.domains.options import IDENTITIES_PER_LOGIN, get, set_value
from users.factors.services import authenticator
from users.identities.models import Restriction
from users.logins.models import User
from users.logins.queries import logins_before
from users.logins.services.address_change import set_address
from users.logins.services.deletion import delete_login
from users.logins.services.logins import create_user, set_password
from users.logins.services.staff import OPERATOR
from users.moderation.queries import identities_held_by
from users.moderation.services import set_disabled, set_restricted
from users.roles.models import BUILT_IN, RoleGrant
from users.roles.queries import grants_of


async def create(options: argparse.Namespace) -> int:
    password, is_new = choose_password(options)
    role = next((one for one in BUILT_IN if one.name.lower() == options.role), None)
    user = await create_user(email=options.email, password=password, role=role)
    print(f"login     {user.email}  {role.name if role else 'member'}")
    if is_new:
        print(f"password  {password}  (shown only now)")
    return Exit.OK


async def password(options: argparse.Namespace) -> int:
    """Set a login's password and end its sessions."""
    user = await login_named(options.email)
    new, is_new = choose_password(options)
    await set_password(user=user, password=new)
    print(f"password  {new}  (shown only now)" if is_new else "Password changed.")
    return Exit.OK


async def address(options: argparse.Namespace) -> int:
    """Change a login's e-mail address, and notify both."""
    user = await set_address(user=await login_named(options.email), email=options.new)
    print(f"The login now has the address {user.email}.")
    return Exit.OK


async def show(options: argparse.Namespace) -> int:
    """Print a login's state and every identity that it may use."""
    user = await login_named(options.email)
    people = (await identities_held_by([user.pk]))[user.pk]
    held = await grants_of([user.pk])
    print_table(("login", "role", "state"), [(user.email, _role_words(held, user), _state(user))])
    if people:
        print()
    print_table(("identity", "state"), [(person.handle, _words(person.restriction)) for person in people])
    return Exit.OK


async def show_list(options: argparse.Namespace) -> int:
    """Print logins and their identities, newest first, in pages."""
    before = None if options.before is None else (await login_named(options.before)).pk
    users = await logins_before(before, staff_only=options.staff, limit=options.limit)
    held = await identities_held_by([user.pk for user in users])
    granted = await grants_of([user.pk for user in users])
    rows = [
        {
            "email": user.email,
            "roles": _roles(granted, user),
            "state": _state(user),
            "created_at": user.created_at.isoformat(timespec="seconds"),
            "last_seen_at": user.last_seen_at.isoformat(timespec="seconds") if user.last_seen_at else None,
            "identities": [person.handle for person in held.get(user.pk, [])],
        }
        for user in users
    ]
    if options.json:
        print(json.dumps(rows, indent=2))
        return Exit.OK
    print_table(
        ("login", "role", "state", "since", "last seen", "identities"),
        [
            (
                row["email"],
                _role_words(granted, user),
                row["state"],
                user.created_at.date(),
                user.last_seen_at.date() if user.last_seen_at else "never",
                ", ".join(person.handle for person in held.get(user.pk, [])) or "none",
            )
            for row, user in zip(rows, users, strict=True)
        ],
    )
    if len(users) == options.limit:
        print(f"\nThere may be more: --before {users[-1].email}")
    return Exit.OK


def _roles(granted: dict[int, list[RoleGrant]], user: User) -> list[str]:
    return [
        f"{grant.role.name} on {grant.domain.name}" if grant.domain else grant.role.name
        for grant in granted.get(user.pk, [])
    ]


def _role_words(granted: dict[int, list[RoleGrant]], user: User) -> str:
    return ", ".join(_roles(granted, user)) or "member"


def _state(user: User) -> str:
    states = (
        ("not in yet", not user.is_admitted),
        ("restricted", user.is_restricted),
        ("disabled", user.is_disabled),
    )
    return ", ".join(name for name, so in states if so) or "active"


def _words(restriction: int) -> str:
    return "active" if restriction == Restriction.none else Restriction(restriction).name


async def disable(options: argparse.Namespace) -> int:
    user = await login_named(options.email)
    await set_disabled(moderator=OPERATOR, user_id=user.pk, is_disabled=not options.undo)
    print("Login enabled." if options.undo else "Login disabled and signed out.")
    return Exit.OK


async def restrict(options: argparse.Namespace) -> int:
    user = await login_named(options.email)
    await set_restricted(moderator=OPERATOR, user_id=user.pk, is_restricted=not options.undo)
    print("Login restriction lifted." if options.undo else "Login restricted.")
    return Exit.OK


async def reset_factor(options: argparse.Namespace) -> int:
    """Remove the second factor of a login whose owner lost it, and mail them."""
    user = await login_named(options.email)
    await authenticator.reset(by=OPERATOR, user_id=user.pk)
    print(f"Signing in as {user.email} now requires only the password.")
    return Exit.OK


async def delete(options: argparse.Namespace) -> int:
    user = await login_named(options.email)
    if not options.yes:
        raise BadInput(
            f"This deletes the login {user.email} and its identities permanently, on all servers. Add --yes to confirm."
        )
    await delete_login(user=user)
    print(f"The login {user.email} is deleted. The worker is removing the data of its identities.")
    return Exit.OK


async def identities(options: argparse.Namespace) -> int:
    user = await login_named(options.email)
    await set_value(IDENTITIES_PER_LOGIN, options.most, level=Level.user, owner=user.pk)
    print(await get(IDENTITIES_PER_LOGIN, user=user.pk))
    return Exit.OK
