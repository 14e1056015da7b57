"""Async refreshes (docs.joinmastodon.org/methods/async_refreshes): replies being fetched. A refresh has the id of the opened status."""

from activities.posts.queries.posts import get_post
from activities.threads.services.requests import progress_of
from api.entities.async_refresh import AsyncRefresh, AsyncRefreshAnswer
from api.parameters import Id
from api.routing import Call, endpoint
from core.errors import NotFound


@endpoint("GET", "/api/v1_alpha/async_refreshes/<id>", scope="read", auth="user")
async def show(call: Call, id: Id) -> AsyncRefreshAnswer:
    """Return whether replies to a status are being fetched, and how many arrived so far."""
    post = await get_post(id, call.viewer)
    progress = await progress_of(post.shown.id)
    if progress is None:
        raise NotFound
    return AsyncRefreshAnswer(
        AsyncRefresh(str(id), "running" if progress.is_running else "finished", progress.posts)
    )
