"""`takahe token`: API tokens. Only the bare token goes to stdout, so that scripts can take it as it is."""

import argparse

from core.errors import BadInput, NotFound
from takahe.cli.environment import command
from takahe.cli.exits import Exit


@command
async def create(options: argparse.Namespace) -> int:
    from api.oauth.scopes import KNOWN
    from api.oauth.tokens import create_token
    from users.identities.queries.identities import by_handle

    identity = await by_handle(options.identity.removeprefix("@"))
    if identity is None or identity.domain_id is None:
        raise NotFound(f"{options.identity} is not an identity of this server.")
    unknown = [scope for scope in options.scopes.replace("+", " ").split() if scope not in KNOWN]
    if unknown:
        raise BadInput(f"There is no scope {', '.join(unknown)}. Those that exist: {', '.join(KNOWN)}.")
    print(await create_token(identity=identity, scopes=options.scopes, app_name=options.app_name))
    return Exit.OK
