"""Members of lists and of circles in endpoints: their pages, and the parameters that name accounts."""

from collections.abc import Awaitable, Callable

import msgspec

from api.entities.account import Account
from api.pagination import AccountPage, link_rows
from api.parameters import Id
from api.people import accounts_of
from api.routing import Call
from core.db.paging import Page


class AccountIds(msgspec.Struct):
    account_ids: list[Id] = []


async def page_of_members(
    call: Call, asked: AccountPage, read: Callable[[Page | None], Awaitable[list[tuple[int, int]]]]
) -> list[Account]:
    """Return the requested page of the `[(row id, identity id)]` that `read` returns; with `limit=0` all, without a page."""
    rows = await read(asked.here() if asked.limit else None)
    if asked.limit:
        link_rows(call, [row_id for row_id, _ in rows], limit=asked.limit)
    return await accounts_of(call, [who for _, who in rows])
