"""Accounts that liked or boosted a status, or received one written to a circle (docs.joinmastodon.org/methods/statuses)."""

from typing import Annotated

import msgspec

from activities.posts.queries.reactions import audience_of, identities_that
from api.entities.account import Account
from api.pagination import ACCOUNTS, link_rows
from api.parameters import Id
from api.people import accounts_of
from api.routing import Call, endpoint


class PeoplePage(msgspec.Struct):
    max_id: Id | None = None
    since_id: Id | None = None
    limit: Annotated[int, ACCOUNTS] = ACCOUNTS.default


@endpoint("GET", "/api/v1/statuses/<id>/mentioned_by", scope="read:statuses", auth="user")
async def mentioned_by(call: Call, id: Id, page: PeoplePage) -> list[Account]:
    """Return the recipients of a post that the caller wrote to a circle. An extension, as in kmyblue."""
    rows = await audience_of(id, call.me, limit=page.limit, max_id=page.max_id)
    link_rows(call, [row_id for row_id, _ in rows], limit=page.limit)
    return await accounts_of(call, [who for _, who in rows])


async def _people(call: Call, table: str, post_id: int, page: PeoplePage) -> list[Account]:
    rows = await identities_that(table, post_id, call.viewer, limit=page.limit, max_id=page.max_id)
    if page.since_id is not None:
        rows = [row for row in rows if row[0] > page.since_id]
    link_rows(call, [row_id for row_id, _ in rows], limit=page.limit)
    return await accounts_of(call, [who for _, who in rows])


@endpoint("GET", "/api/v1/statuses/<id>/favourited_by", scope="read:statuses", auth="either")
async def favourited_by(call: Call, id: Id, page: PeoplePage) -> list[Account]:
    return await _people(call, "like", id, page)


@endpoint("GET", "/api/v1/statuses/<id>/reblogged_by", scope="read:statuses", auth="either")
async def reblogged_by(call: Call, id: Id, page: PeoplePage) -> list[Account]:
    return await _people(call, "boost", id, page)
