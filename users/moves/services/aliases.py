"""Aliases: the accounts whose followers may move to a local one."""

from collections.abc import Sequence

from core.errors import Invalid, Problem
from users.identities.models import Identity
from users.identities.services.profiles import edit_profile
from users.identities.services.remote_actors import look_up

MAX_ALIASES = 10
FIELD = "also_known_as_uris"


async def set_aliases(*, identity: Identity, names: Sequence[str]) -> Identity:
    """Replace the aliases of a local identity and tell followers' servers. Each name is a handle or URL, looked up unless it is known.

    Not inside a transaction. Raises Invalid for too many, for unknown ones and for the identity itself.
    """
    wanted = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if len(wanted) > MAX_ALIASES:
        raise Invalid(FIELD, "too_many", most=MAX_ALIASES)
    uris = [name if name in identity.also_known_as else (await _account(name)).uri for name in wanted]
    if identity.uri in uris:
        raise Invalid(FIELD, "own")
    return await edit_profile(identity=identity, also_known_as=list(dict.fromkeys(uris)))


async def _account(name: str) -> Identity:
    try:
        return await look_up(name)
    except Problem as problem:
        raise Invalid(FIELD, "unknown_account", given=name[:200]) from problem
