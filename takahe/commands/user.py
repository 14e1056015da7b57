"""`takahe user`: logins."""

import argparse
import json
from typing import TYPE_CHECKING

from core.errors import BadInput
from takahe.cli.environment import command
from takahe.cli.exits import Exit
from takahe.cli.lookups import login_named
from takahe.cli.passwords import chosen
from takahe.cli.tables import print_table

if TYPE_CHECKING:
    from users.logins.models import User


@command
async def create(options: argparse.Namespace) -> int:
    from users.logins.services.logins import create_user

    password, is_new = chosen(options)
    user = await create_user(email=options.email, password=password, role=options.role)
    print(f"login     {user.email}  {user.role}")
    if is_new:
        print(f"password  {password}  (shown only now)")
    return Exit.OK


@command
async def password(options: argparse.Namespace) -> int:
    """Set a login's password and end its sessions."""
    from users.logins.services.logins import set_password

    user = await login_named(options.email)
    new, is_new = chosen(options)
    await set_password(user=user, password=new)
    print(f"password  {new}  (shown only now)" if is_new else "The password is changed.")
    return Exit.OK


@command
async def show(options: argparse.Namespace) -> int:
    """Print a login's state and every identity that it may act as."""
    from users.moderation.queries import identities_held_by

    user = await login_named(options.email)
    people = (await identities_held_by([user.pk]))[user.pk]
    print_table(("login", "role", "state"), [(user.email, user.role, _state(user))])
    if people:
        print()
    print_table(("identity", "state"), [(person.handle, _words(person.restriction)) for person in people])
    return Exit.OK


@command
async def show_list(options: argparse.Namespace) -> int:
    """Print logins and their identities, the newest first, a page at a time."""
    from users.logins.queries import logins_before
    from users.moderation.queries import identities_held_by

    before = None if options.before is None else (await login_named(options.before)).pk
    users = await logins_before(before, staff_only=options.staff, limit=options.limit)
    held = await identities_held_by([user.pk for user in users])
    rows = [
        {
            "email": user.email,
            "role": user.role,
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
                row["role"],
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


def _state(user: "User") -> str:
    states = (
        ("not in yet", not user.is_admitted),
        ("restricted", user.is_restricted),
        ("disabled", user.is_disabled),
    )
    return ", ".join(name for name, so in states if so) or "active"


def _words(restriction: int) -> str:
    from users.identities.models import Restriction

    return "active" if restriction == Restriction.none else Restriction(restriction).name


@command
async def disable(options: argparse.Namespace) -> int:
    from users.moderation.services import OPERATOR, set_disabled

    user = await login_named(options.email)
    await set_disabled(moderator=OPERATOR, user_id=user.pk, is_disabled=not options.undo)
    print("Login enabled." if options.undo else "Login disabled and signed out.")
    return Exit.OK


@command
async def restrict(options: argparse.Namespace) -> int:
    from users.moderation.services import OPERATOR, set_restricted

    user = await login_named(options.email)
    await set_restricted(moderator=OPERATOR, user_id=user.pk, is_restricted=not options.undo)
    print("Login restriction lifted." if options.undo else "Login restricted.")
    return Exit.OK


@command
async def delete(options: argparse.Namespace) -> int:
    from users.logins.services.deletion import delete_login

    user = await login_named(options.email)
    if not options.yes:
        raise BadInput(
            f"This deletes the login {user.email} and its identities for good, everywhere. Say --yes if you mean it."
        )
    await delete_login(user=user)
    print(f"The login {user.email} is deleted. The worker removes what its identities left.")
    return Exit.OK


@command
async def identities(options: argparse.Namespace) -> int:
    from users.domains.models import Level
    from users.domains.options import IDENTITIES_PER_LOGIN, get, put

    user = await login_named(options.email)
    await put(IDENTITIES_PER_LOGIN, options.most, level=Level.user, owner=user.pk)
    print(await get(IDENTITIES_PER_LOGIN, user=user.pk))
    return Exit.OK
