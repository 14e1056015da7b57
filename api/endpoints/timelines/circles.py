"""Circles of followers, an extension: paths and fields as in Fedibird and kmyblue, with the shape of Mastodon's lists."""

import msgspec

from api.endpoints.timelines.members import AccountIds, page_of_members
from api.entities.account import Account
from api.entities.circle import Circle, circle
from api.entities.empty import Empty
from api.pagination import AccountPage
from api.parameters import Id
from api.people import profile_for
from api.routing import Call, endpoint
from users.circles import queries
from users.circles import services as circles


@endpoint("GET", "/api/v1/circles", scope="read:lists", auth="user")
async def index(call: Call) -> list[Circle]:
    return [circle(one) for one in await queries.circles_of(call.me)]


class CircleDraft(msgspec.Struct):
    title: str = ""


@endpoint("POST", "/api/v1/circles", scope="write:lists", auth="user")
async def create(call: Call, draft: CircleDraft) -> Circle:
    return circle(await circles.create_circle(identity=call.me, title=draft.title))


@endpoint("GET", "/api/v1/circles/<id>", scope="read:lists", auth="user")
async def show(call: Call, id: Id) -> Circle:
    return circle(await queries.circle_of(call.me, id))


@endpoint("PUT", "/api/v1/circles/<id>", scope="write:lists", auth="user")
async def update(call: Call, id: Id, draft: CircleDraft) -> Circle:
    return circle(await circles.rename_circle(identity=call.me, circle_id=id, title=draft.title))


@endpoint("DELETE", "/api/v1/circles/<id>", scope="write:lists", auth="user")
async def delete(call: Call, id: Id) -> Empty:
    await circles.delete_circle(identity=call.me, circle_id=id)
    return Empty()


@endpoint("GET", "/api/v1/circles/<id>/accounts", scope="read:lists", auth="user")
async def accounts(call: Call, id: Id, asked: AccountPage) -> list[Account]:
    """Return the members of the circle, last added first; `limit=0` returns all."""
    await queries.circle_of(call.me, id)
    return await page_of_members(call, asked, lambda page: queries.members_of(id, page))


@endpoint("POST", "/api/v1/circles/<id>/accounts", scope="write:lists", auth="user")
async def add(call: Call, id: Id, asked: AccountIds) -> Empty:
    await circles.add_to_circle(identity=call.me, circle_id=id, member_ids=asked.account_ids)
    return Empty()


@endpoint("DELETE", "/api/v1/circles/<id>/accounts", scope="write:lists", auth="user")
async def remove(call: Call, id: Id, asked: AccountIds) -> Empty:
    await circles.remove_from_circle(identity=call.me, circle_id=id, member_ids=asked.account_ids)
    return Empty()


@endpoint("GET", "/api/v1/accounts/<id>/circles", scope="read:lists", auth="user")
async def with_account(call: Call, id: Id) -> list[Circle]:
    """Return the caller's circles that contain an account."""
    await profile_for(call, id)
    return [circle(one) for one in await queries.circles_with(call.me, id)]
