"""Aliases, and moving the caller's account to another one. Paths and parameters are GoToSocial's, as Mastodon has none."""

import msgspec

from api.endpoints.accounts.profile_editing import own_account
from api.entities.credential_account import CredentialAccount
from api.routing import Call, endpoint
from users.moves.services import aliases, moving


class Aliases(msgspec.Struct):
    also_known_as_uris: list[str] = []


@endpoint("POST", "/api/v1/accounts/alias", scope="write:accounts", auth="user")
async def alias(call: Call, asked: Aliases) -> CredentialAccount:
    """Replace the aliases, given as URLs or handles: the accounts that may move here."""
    return await own_account(
        call, await aliases.set_aliases(identity=call.me, names=asked.also_known_as_uris)
    )


class MoveRequest(msgspec.Struct):
    moved_to_uri: str
    password: str


class Accepted(msgspec.Struct):
    message: str = "accepted"


@endpoint("POST", "/api/v1/accounts/move", scope="write:accounts", auth="user")
async def move(call: Call, asked: MoveRequest) -> Accepted:
    """Move the caller's account to one that lists it as an alias. The worker moves the followers, hence 202."""
    assert call.caller is not None
    assert call.caller.user is not None
    await moving.move_own(
        user=call.caller.user, identity=call.me, password=asked.password, target=asked.moved_to_uri
    )
    call.status = 202
    return Accepted()
