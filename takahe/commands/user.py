"""`takahe user`: logins."""

import argparse

from core.errors import NotFound
from takahe.commands.environment import command
from takahe.commands.exits import Exit
from takahe.commands.passwords import chosen


@command
async def create(options: argparse.Namespace) -> int:
    from users.services.logins import create_user

    password, is_new = chosen(options)
    user = await create_user(email=options.email, password=password, role=options.role)
    print(f"login     {user.email}  {user.role}")
    if is_new:
        print(f"password  {password}  (shown only now)")
    return Exit.OK


@command
async def password(options: argparse.Namespace) -> int:
    """The login has the new password; its sessions are over."""
    from users.queries.logins import user_by_email
    from users.services.logins import set_password

    user = await user_by_email(options.email)
    if user is None:
        raise NotFound(f"There is no login with the e-mail address {options.email}.")
    new, is_new = chosen(options)
    await set_password(user=user, password=new)
    print(f"password  {new}  (shown only now)" if is_new else "The password is changed.")
    return Exit.OK
