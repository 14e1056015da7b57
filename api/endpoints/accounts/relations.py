"""Lists of followers, followed, blocked and muted accounts (docs.joinmastodon.org/methods/accounts, blocks, mutes)."""

from api.entities.account import Account, MutedAccount, muted_account
from api.pagination import AccountPage, link_rows
from api.parameters import Id
from api.people import accounts_of, profile_for
from api.routing import Call, endpoint
from users.identities.queries.profiles import load_profiles
from users.relations.queries import relationships

_Rows = list[tuple[int, int]]


def _cursors(asked: AccountPage) -> relationships.Cursor:
    return {
        "max_id": asked.max_id,
        "since_id": asked.since_id,
        "min_id": asked.min_id,
        "limit": asked.limit,
    }


async def _shown(call: Call, rows: _Rows, asked: AccountPage) -> list[Account]:
    link_rows(call, [row_id for row_id, _ in rows], limit=asked.limit)
    return await accounts_of(call, [identity_id for _, identity_id in rows])


async def _hides_from(call: Call, owner_id: int) -> bool:
    """Return whether the owner hides these lists from the viewer."""
    profile = await profile_for(call, owner_id)
    viewer = call.viewer
    if viewer is not None and viewer.pk == owner_id:
        return False
    if profile.hides_follows or profile.is_hidden:
        return True
    return viewer is not None and await relationships.has_block_between(viewer.pk, owner_id)


@endpoint("GET", "/api/v1/accounts/<id>/followers", scope="read:accounts", auth="either")
async def followers(call: Call, id: Id, asked: AccountPage) -> list[Account]:
    if await _hides_from(call, id):
        return []
    return await _shown(call, await relationships.followers_of(id, **_cursors(asked)), asked)


@endpoint("GET", "/api/v1/accounts/<id>/following", scope="read:accounts", auth="either")
async def followed(call: Call, id: Id, asked: AccountPage) -> list[Account]:
    if await _hides_from(call, id):
        return []
    return await _shown(call, await relationships.following_of(id, **_cursors(asked)), asked)


@endpoint("GET", "/api/v1/blocks", scope="read:blocks", auth="user")
async def blocks(call: Call, asked: AccountPage) -> list[Account]:
    return await _shown(call, await relationships.blocks_of(call.me.pk, **_cursors(asked)), asked)


@endpoint("GET", "/api/v1/mutes", scope="read:mutes|follow", auth="user")
async def mutes(call: Call, asked: AccountPage) -> list[MutedAccount]:
    """Return muted accounts, each with the end of the mute."""
    rows = await relationships.mutes_of(call.me.pk, **_cursors(asked))
    link_rows(call, [row_id for row_id, _ in rows], limit=asked.limit)
    profiles = await load_profiles([identity_id for _, identity_id in rows])
    until = await relationships.ends_of_mutes(call.me.pk, [who for _, who in rows])
    return [muted_account(profiles[who], call.domain, until.get(who)) for _, who in rows]
