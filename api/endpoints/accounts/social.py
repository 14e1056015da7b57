"""Notes, endorsements, familiar followers, suggestions, the directory, blocked hosts
(docs.joinmastodon.org/methods/accounts, endorsements, suggestions, directory, domain_blocks).
"""

from typing import Annotated, Literal

import msgspec

from api.entities.account import Account, account
from api.entities.empty import Empty
from api.entities.relationship import Relationship
from api.entities.suggestion import SOURCES, FamiliarFollowers, Suggestion
from api.pagination import ACCOUNTS, AccountPage, Cursors, link_rows
from api.parameters import Id, Limit
from api.people import accounts_of, profile_for, relationship_with
from api.routing import Call, endpoint
from users.identities.queries.profiles import load_profiles
from users.relations.queries import social as queries
from users.relations.services import social


class Comment(msgspec.Struct):
    comment: str = ""


@endpoint("POST", "/api/v1/accounts/<id>/note", scope="write:accounts", auth="user")
async def note(call: Call, id: Id, asked: Comment) -> Relationship:
    """Set the caller's note about an account; an empty comment deletes it."""
    await social.write_note(source=call.me, target_id=id, text=asked.comment)
    return await relationship_with(call, id)


@endpoint("POST", "/api/v1/accounts/<id>/endorse", scope="write:accounts", auth="user")
async def endorse(call: Call, id: Id) -> Relationship:
    """Feature a followed account on the caller's profile."""
    await social.endorse(source=call.me, target_id=id)
    return await relationship_with(call, id)


@endpoint("POST", "/api/v1/accounts/<id>/unendorse", scope="write:accounts", auth="user")
async def unendorse(call: Call, id: Id) -> Relationship:
    await social.unendorse(source=call.me, target_id=id)
    return await relationship_with(call, id)


@endpoint("POST", "/api/v1/accounts/<id>/pin", scope="write:accounts", auth="user")
async def pin(call: Call, id: Id) -> Relationship:
    """Feature an account. The old name of `endorse`."""
    return await endorse(call, id)


@endpoint("POST", "/api/v1/accounts/<id>/unpin", scope="write:accounts", auth="user")
async def unpin(call: Call, id: Id) -> Relationship:
    """Stop featuring an account. The old name of `unendorse`."""
    return await unendorse(call, id)


async def _endorsed(call: Call, identity_id: int, asked: AccountPage) -> list[Account]:
    rows = await queries.endorsements_of(identity_id, asked.here())
    link_rows(call, [row_id for row_id, _ in rows], limit=asked.limit)
    return await accounts_of(call, [who for _, who in rows])


@endpoint("GET", "/api/v1/endorsements", scope="read:accounts", auth="user")
async def endorsements(call: Call, asked: AccountPage) -> list[Account]:
    return await _endorsed(call, call.me.pk, asked)


@endpoint("GET", "/api/v1/accounts/<id>/endorsements", auth="either")
async def endorsed_by(call: Call, id: Id, asked: AccountPage) -> list[Account]:
    if (await profile_for(call, id)).is_hidden:
        return []
    return await _endorsed(call, id, asked)


class Ids(msgspec.Struct):
    id: list[Id] = []


@endpoint("GET", "/api/v1/accounts/familiar_followers", scope="read:follows", auth="user")
async def familiar_followers(call: Call, asked: Ids) -> list[FamiliarFollowers]:
    """Return for each of these accounts those of its followers that the caller follows."""
    known = await load_profiles(asked.id[:40])
    ids = [one for one in dict.fromkeys(asked.id[:40]) if one in known and not known[one].is_deleted]
    found = await queries.familiar_followers(call.me, ids)
    profiles = await load_profiles({who for people in found.values() for who in people})
    return [
        FamiliarFollowers(str(one), [account(profiles[who], call.domain) for who in found[one]])
        for one in ids
    ]


class SuggestionLimit(msgspec.Struct):
    limit: Annotated[int, ACCOUNTS] = ACCOUNTS.default


@endpoint("GET", "/api/v2/suggestions", scope="read", auth="user")
async def suggestions(call: Call, asked: SuggestionLimit) -> list[Suggestion]:
    """Return follow suggestions with their reasons."""
    found = await queries.suggestions(call.me, limit=asked.limit)
    profiles = await load_profiles([who for who, _ in found])
    return [
        Suggestion(SOURCES[why], [why], account(profiles[who], call.domain))  # type: ignore[list-item]
        for who, why in found
    ]


@endpoint("GET", "/api/v1/suggestions", scope="read", auth="user")
async def v1_suggestions(call: Call, asked: SuggestionLimit) -> list[Account]:
    found = await queries.suggestions(call.me, limit=asked.limit)
    return await accounts_of(call, [who for who, _ in found])


@endpoint("DELETE", "/api/v1/suggestions/<account_id>", scope="read", auth="user")
async def dismiss_suggestion(call: Call, account_id: Id) -> Empty:
    await social.dismiss_suggestion(identity=call.me, target_id=account_id)
    return Empty()


class DirectoryAsked(msgspec.Struct):
    offset: Annotated[int, Limit(0, 10_000)] = 0
    limit: Annotated[int, ACCOUNTS] = ACCOUNTS.default
    order: Literal["active", "new"] = "active"
    local: bool = False


@endpoint("GET", "/api/v1/directory", auth="either")
async def directory(call: Call, asked: DirectoryAsked) -> list[Account]:
    """Return discoverable accounts; with `local` those of this domain."""
    found = await queries.directory(
        call.viewer,
        call.domain,
        is_local=asked.local,
        by_age=asked.order == "new",
        limit=asked.limit,
        offset=asked.offset,
    )
    return await accounts_of(call, found)


class HostPage(Cursors, kw_only=True):
    limit: Annotated[int, Limit(100, 200)] = 100


@endpoint("GET", "/api/v1/domain_blocks", scope="read:blocks|follow", auth="user")
async def blocked_hosts(call: Call, asked: HostPage) -> list[str]:
    rows = await queries.blocked_hosts_of(call.me, asked.page(asked.limit))
    link_rows(call, [row_id for row_id, _ in rows], limit=asked.limit)
    return [host for _, host in rows]


class HostAsked(msgspec.Struct):
    domain: str = ""


class BlockPreview(msgspec.Struct):
    following_count: int
    followers_count: int


@endpoint("GET", "/api/v1/domain_blocks/preview", scope="read:blocks|follow", auth="user")
async def preview_block(call: Call, asked: HostAsked) -> BlockPreview:
    """Count the caller's follows and followers on a host, which a block would hide or remove."""
    return BlockPreview(
        *await queries.count_ties_with_host(call.me, await social.host_to_block(asked.domain))
    )


@endpoint("POST", "/api/v1/domain_blocks", scope="write:blocks|follow", auth="user")
async def block_host(call: Call, asked: HostAsked) -> Empty:
    """Hide everything from this host from the caller, and remove the caller's followers there."""
    await social.block_host(identity=call.me, host=asked.domain)
    return Empty()


@endpoint("DELETE", "/api/v1/domain_blocks", scope="write:blocks|follow", auth="user")
async def unblock_host(call: Call, asked: HostAsked) -> Empty:
    await social.unblock_host(identity=call.me, host=asked.domain)
    return Empty()
