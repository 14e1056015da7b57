"""Like, boost, bookmark and pin statuses (docs.joinmastodon.org/methods/statuses).

Given a boost, all of these mean its original.
"""

from typing import Literal

import msgspec

from activities.posts.models import Visibility
from activities.posts.queries.posts import get_post_without_content
from activities.publishing.services import interactions
from api import limits
from api.endpoints.statuses.statuses import shown
from api.entities.status import Status, status
from api.entities.visibility import READ
from api.parameters import Id
from api.routing import Call, endpoint
from core.errors import NotFound


async def undone(call: Call, post_id: int) -> Status:
    """Return the post as the caller sees it; where they may not see it any more, that there is one, and nothing of what it says."""
    try:
        return await shown(call, post_id)
    except NotFound:
        return status(await get_post_without_content(post_id, call.me), call.viewpoint)


@endpoint("POST", "/api/v1/statuses/<id>/favourite", scope="write:favourites", auth="user")
async def favourite(call: Call, id: Id) -> Status:
    return await shown(call, await interactions.like(identity=call.me, post_id=id))


@endpoint("POST", "/api/v1/statuses/<id>/unfavourite", scope="write:favourites", auth="user")
async def unfavourite(call: Call, id: Id) -> Status:
    return await undone(call, await interactions.unlike(identity=call.me, post_id=id))


class BoostOptions(msgspec.Struct):
    visibility: Literal["public", "unlisted", "private"] | None = None


@endpoint("POST", "/api/v1/statuses/<id>/reblog", scope="write:statuses", auth="user")
async def reblog(call: Call, id: Id, options: BoostOptions) -> Status:
    """Boost a post. The answer is the boost; its original is in `reblog`."""
    wanted = Visibility(READ[options.visibility]) if options.visibility else None
    boost = await interactions.boost(identity=call.me, post_id=id, visibility=wanted)
    return await shown(call, boost.pk)


@endpoint(
    "POST", "/api/v1/statuses/<id>/unreblog", scope="write:statuses", auth="user", bucket=limits.DELETES
)
async def unreblog(call: Call, id: Id) -> Status:
    return await undone(call, await interactions.unboost(identity=call.me, post_id=id))


@endpoint("POST", "/api/v1/statuses/<id>/bookmark", scope="write:bookmarks", auth="user")
async def bookmark(call: Call, id: Id) -> Status:
    return await shown(call, await interactions.bookmark(identity=call.me, post_id=id))


@endpoint("POST", "/api/v1/statuses/<id>/unbookmark", scope="write:bookmarks", auth="user")
async def unbookmark(call: Call, id: Id) -> Status:
    return await undone(call, await interactions.unbookmark(identity=call.me, post_id=id))


@endpoint("POST", "/api/v1/statuses/<id>/pin", scope="write:accounts", auth="user")
async def pin(call: Call, id: Id) -> Status:
    return await shown(call, await interactions.pin(identity=call.me, post_id=id))


@endpoint("POST", "/api/v1/statuses/<id>/unpin", scope="write:accounts", auth="user")
async def unpin(call: Call, id: Id) -> Status:
    return await undone(call, await interactions.unpin(identity=call.me, post_id=id))
