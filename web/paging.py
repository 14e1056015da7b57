"""Pages of a list that goes on: how many rows each has, which one is asked for, and what is next."""

from collections.abc import Sequence

from activities.posts.queries.views import PostView
from core.asgi.request import Request
from core.db.paging import Page
from web.pages import query_number

PAGE_SIZE = 20


def requested_page(request: Request, limit: int = PAGE_SIZE) -> Page:
    """Return the page that `?max_id=` asks for; raises BadInput for what is no id."""
    return Page(limit=limit, max_id=query_number(request, "max_id"))


def next_max_id(posts: Sequence[PostView], limit: int = PAGE_SIZE) -> int | None:
    """Return the `max_id` of the next page, when there may be one."""
    return posts[-1].rank if len(posts) >= limit else None
