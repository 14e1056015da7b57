"""Like, boost, bookmark and pin statuses (docs.joinmastodon.org/methods/statuses).

Given a boost, all of these apply to its original.
"""

from typing import Literal

import msgspec

from activities.posts.models import Visibility
from activities.posts.queries.posts import get_post_without_content
from activities.publishing.services import interactions
from api import limits
from api.endpoints.statuses.statuses import status_for_caller
from api.entities.status import Status, status
from api.entities.visibility import FROM_API
from api.parameters import Id
from api.routing import Call, endpoint
from core.errors import NotFound


async def status_after_undo(call: Call, post_id: int) -> Status:
    """Render the post for the caller. A post that they may no longer see is rendered without its content."""
    try:
        return await status_for_caller(call, post_id)
    except NotFound:
        return status(await get_post_without_content(post_id, call.me), call.viewpoint)


@endpoint("POST", "/api/v1/statuses/<id>/favourite", scope="write:favourites", auth="user")
async def favourite(call: Call, id: Id) -> Status:
    return await status_for_caller(call, await interactions.like(identity=call.me, post_id=id))


@endpoint("POST", "/api/v1/statuses/<id>/unfavourite", scope="write:favourites", auth="user")
async def unfavourite(call: Call, id: Id) -> Status:
    return await status_after_undo(call, await interactions.unlike(identity=call.me, post_id=id))


class BoostOptions(msgspec.Struct):
    visibility: Literal["public", "unlisted", "private"] | None = None


@endpoint("POST", "/api/v1/statuses/<id>/reblog", scope="write:statuses", auth="user")
async def reblog(call: Call, id: Id, options: BoostOptions) -> Status:
    """Boost a post. The response is the boost; its original is in `reblog`."""
    wanted = Visibility(FROM_API[options.visibility]) if options.visibility else None
    boost = await interactions.boost(identity=call.me, post_id=id, visibility=wanted)
    return await status_for_caller(call, boost.pk)


@endpoint(
    "POST", "/api/v1/statuses/<id>/unreblog", scope="write:statuses", auth="user", bucket=limits.DELETES
)
async def unreblog(call: Call, id: Id) -> Status:
    return await status_after_undo(call, await interactions.unboost(identity=call.me, post_id=id))


@endpoint("POST", "/api/v1/statuses/<id>/bookmark", scope="write:bookmarks", auth="user")
async def bookmark(call: Call, id: Id) -> Status:
    return await status_for_caller(call, await interactions.bookmark(identity=call.me, post_id=id))


@endpoint("POST", "/api/v1/statuses/<id>/unbookmark", scope="write:bookmarks", auth="user")
async def unbookmark(call: Call, id: Id) -> Status:
    return await status_after_undo(call, await interactions.unbookmark(identity=call.me, post_id=id))


@endpoint("POST", "/api/v1/statuses/<id>/pin", scope="write:accounts", auth="user")
async def pin(call: Call, id: Id) -> Status:
    return await status_for_caller(call, await interactions.pin(identity=call.me, post_id=id))


@endpoint("POST", "/api/v1/statuses/<id>/unpin", scope="write:accounts", auth="user")
async def unpin(call: Call, id: Id) -> Status:
    return await status_after_undo(call, await interactions.unpin(identity=call.me, post_id=id))
