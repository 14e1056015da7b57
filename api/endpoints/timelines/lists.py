"""Lists of accounts and their timelines (docs.joinmastodon.org/methods/lists)."""

import msgspec

from activities.lists import queries
from activities.lists import services as lists
from api.endpoints.timelines.members import AccountIds, page_of_members
from api.entities.account import Account
from api.entities.empty import Empty
from api.entities.list import List, people_list
from api.entities.status import Status, statuses
from api.pagination import AccountPage, StatusPage, link_posts
from api.parameters import Id
from api.people import profile_for
from api.routing import Call, endpoint


@endpoint("GET", "/api/v1/lists", scope="read:lists", auth="user")
async def index(call: Call) -> list[List]:
    return [people_list(one) for one in await queries.lists_of(call.me)]


class ListDraft(msgspec.Struct):
    title: str = ""
    replies_policy: str | None = None
    exclusive: bool = False


@endpoint("POST", "/api/v1/lists", scope="write:lists", auth="user")
async def create(call: Call, draft: ListDraft) -> List:
    made = await lists.create_list(
        identity=call.me,
        title=draft.title,
        replies_policy=draft.replies_policy,
        is_exclusive=draft.exclusive,
    )
    return people_list(made)


@endpoint("GET", "/api/v1/lists/<id>", scope="read:lists", auth="user")
async def show(call: Call, id: Id) -> List:
    return people_list(await queries.list_of(call.me, id))


class ListEdit(msgspec.Struct):
    title: str | None = None
    replies_policy: str | None = None
    exclusive: bool | None = None


@endpoint("PUT", "/api/v1/lists/<id>", scope="write:lists", auth="user")
async def update(call: Call, id: Id, edit: ListEdit) -> List:
    changed = await lists.edit_list(
        identity=call.me,
        list_id=id,
        title=edit.title,
        replies_policy=edit.replies_policy,
        is_exclusive=edit.exclusive,
    )
    return people_list(changed)


@endpoint("DELETE", "/api/v1/lists/<id>", scope="write:lists", auth="user")
async def delete(call: Call, id: Id) -> Empty:
    await lists.delete_list(identity=call.me, list_id=id)
    return Empty()


@endpoint("GET", "/api/v1/lists/<id>/accounts", scope="read:lists", auth="user")
async def accounts(call: Call, id: Id, asked: AccountPage) -> list[Account]:
    """Return the members of the list, last added first; `limit=0` returns all."""
    await queries.list_of(call.me, id)
    return await page_of_members(call, asked, lambda page: queries.members_of(id, page))


@endpoint("POST", "/api/v1/lists/<id>/accounts", scope="write:lists", auth="user")
async def add(call: Call, id: Id, asked: AccountIds) -> Empty:
    await lists.add_to_list(identity=call.me, list_id=id, member_ids=asked.account_ids)
    return Empty()


@endpoint("DELETE", "/api/v1/lists/<id>/accounts", scope="write:lists", auth="user")
async def remove(call: Call, id: Id, asked: AccountIds) -> Empty:
    await lists.remove_from_list(identity=call.me, list_id=id, member_ids=asked.account_ids)
    return Empty()


@endpoint("GET", "/api/v1/accounts/<id>/lists", scope="read:lists", auth="user")
async def with_account(call: Call, id: Id) -> list[List]:
    """Return the caller's lists that contain an account."""
    await profile_for(call, id)
    return [people_list(one) for one in await queries.lists_with(call.me, id)]


@endpoint("GET", "/api/v1/timelines/list/<list_id>", scope="read:lists", auth="user")
async def timeline(call: Call, list_id: Id, page: StatusPage) -> list[Status]:
    found = await queries.timeline(call.me, await queries.list_of(call.me, list_id), page.here())
    link_posts(call, found, limit=page.limit)
    return statuses(found, call.viewpoint)
