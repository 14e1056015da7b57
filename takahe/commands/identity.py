"""`takahe identity` and `takahe token`: identities of this server, and API tokens that act as one."""

import argparse

from api.oauth.scopes import KNOWN
from api.oauth.tokens import create_token
from core.errors import BadInput, NotFound
from takahe.cli.exits import Exit
from takahe.cli.lookups import login_named
from users.domains.queries import domain_by_name
from users.identities.models import Identity
from users.identities.names import split_handle
from users.identities.queries.identities import by_handle
from users.identities.services.keys import rotate_key as rotate
from users.identities.services.profiles import delete_identity
from users.logins.models import AccessRole
from users.logins.services.identities import create_identity
from users.moves.services.moving import move_away, undo_move
from users.sharing.queries import accesses_to
from users.sharing.services import end_access, give_access


async def create(options: argparse.Namespace) -> int:
    user = await login_named(options.user)
    username, host = split_handle(options.handle)
    if not host:
        raise BadInput("Enter the handle as name@domain.")
    domain = await domain_by_name(host)
    if domain is None:
        raise NotFound(f"{host} is not a domain of this server. Add it with `takahe domain create {host}`.")
    identity = await create_identity(user=user, domain=domain, username=username, name=options.name or "")
    print(f"{identity.handle}  {identity.uri}")
    return Exit.OK


async def share(options: argparse.Namespace) -> int:
    identity = await _named(options.handle)
    if options.undo:
        return await unshare(options)
    role = AccessRole[options.role]
    await give_access(identity=identity, user=await login_named(options.email), role=role)
    print(f"{options.email} can act as {identity.handle}, with the role {role.name}.")
    return Exit.OK


async def unshare(options: argparse.Namespace) -> int:
    identity = await _named(options.handle)
    user = await login_named(options.email)
    try:
        await end_access(identity=identity, user=user)
    except NotFound as error:
        raise NotFound(f"{options.email} has no access to {identity.handle}.") from error
    print(f"{options.email} can't act as {identity.handle} any more.")
    return Exit.OK


async def accesses(options: argparse.Namespace) -> int:
    identity = await _named(options.handle)
    for one in await accesses_to(identity):
        print(f"{one.role.name:<8}{one.user.email}")
    return Exit.OK


async def delete(options: argparse.Namespace) -> int:
    identity = await _named(options.handle)
    if not options.yes:
        raise BadInput(f"This deletes {identity.handle} permanently, on all servers. Add --yes to confirm.")
    await delete_identity(identity=identity)
    print(f"{identity.handle} is deleted. The worker removes what it left.")
    return Exit.OK


async def move(options: argparse.Namespace) -> int:
    identity = await _named(options.handle)
    if options.undo:
        await undo_move(identity=identity)
        print(f"{identity.handle} works again. The worker tells its followers' servers.")
        return Exit.OK
    if not options.to:
        raise BadInput("Name the new account with --to, or use --undo.")
    if not options.yes:
        raise BadInput(
            f"This moves the followers of {identity.handle} to {options.to}. Add --yes to confirm."
        )
    moved = await move_away(identity=identity, target=options.to)
    print(f"{identity.handle} has moved to {moved.target.handle}. The worker takes the followers along.")
    return Exit.OK


async def rotate_key(options: argparse.Namespace) -> int:
    identity = await rotate(identity=await _named(options.handle), keeps_old=not options.drop_old)
    print(
        f"{identity.handle} has a new key, {identity.public_key_id}. The worker tells its followers' servers."
    )
    return Exit.OK


async def _named(handle: str) -> Identity:
    identity = await by_handle(handle.removeprefix("@"))
    if identity is None or not identity.is_local or identity.deleted_at is not None:
        raise NotFound(f"{handle} is nobody of this server.")
    return identity


async def create_token_of(options: argparse.Namespace) -> int:
    """Print only the token to stdout, for scripts."""
    identity = await by_handle(options.identity.removeprefix("@"))
    if identity is None or identity.domain_id is None:
        raise NotFound(f"{options.identity} is not an identity of this server.")
    unknown = [scope for scope in options.scopes.replace("+", " ").split() if scope not in KNOWN]
    if unknown:
        raise BadInput(f"There is no scope {', '.join(unknown)}. The scopes are: {', '.join(KNOWN)}.")
    print(await create_token(identity=identity, scopes=options.scopes, app_name=options.app_name))
    return Exit.OK
