"""Follow requests (docs.joinmastodon.org/methods/follow_requests)."""

from api.entities.account import Account
from api.entities.relationship import Relationship
from api.pagination import AccountPage, link_rows
from api.parameters import Id
from api.people import accounts_of, relationship_with
from api.routing import Call, endpoint
from users.relations.queries import relationships
from users.relations.services import following


@endpoint("GET", "/api/v1/follow_requests", scope="read:follows|follow", auth="user")
async def follow_requests(call: Call, asked: AccountPage) -> list[Account]:
    rows = await relationships.follow_requests_of(
        call.me.pk, max_id=asked.max_id, since_id=asked.since_id, min_id=asked.min_id, limit=asked.limit
    )
    link_rows(call, [row_id for row_id, _ in rows], limit=asked.limit)
    return await accounts_of(call, [who for _, who in rows])


@endpoint("POST", "/api/v1/follow_requests/<account_id>/authorize", scope="write:follows|follow", auth="user")
async def authorize(call: Call, account_id: Id) -> Relationship:
    await following.accept_follow(target=call.me, source_id=account_id)
    return await relationship_with(call, account_id)


@endpoint("POST", "/api/v1/follow_requests/<account_id>/reject", scope="write:follows|follow", auth="user")
async def reject(call: Call, account_id: Id) -> Relationship:
    await following.reject_follow(target=call.me, source_id=account_id)
    return await relationship_with(call, account_id)
