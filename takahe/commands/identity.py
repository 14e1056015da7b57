"""`takahe identity`: identities of this server."""

import argparse

from core.errors import BadInput, NotFound
from takahe.commands.environment import command
from takahe.commands.exits import Exit


@command
async def create(options: argparse.Namespace) -> int:
    from users.names import split_handle
    from users.queries.domains import domain_by_name
    from users.queries.logins import user_by_email
    from users.services.identities import create_identity

    user = await user_by_email(options.user)
    if user is None:
        raise NotFound(f"There is no login with the e-mail address {options.user}.")
    username, host = split_handle(options.handle)
    if not host:
        raise BadInput("Write the handle as name@domain.")
    domain = await domain_by_name(host)
    if domain is None:
        raise NotFound(f"{host} is not a domain of this server. Add it with `takahe domain create {host}`.")
    identity = await create_identity(user=user, domain=domain, username=username, name=options.name or "")
    print(f"{identity.handle}  {identity.uri}")
    return Exit.OK
