"""Pagination of lists: the size of a page, the requested page, and the next one."""

from collections.abc import Sequence

from activities.posts.queries.views import PostView
from core.asgi.request import Request
from core.db.paging import Page
from web.pages import query_number

PAGE_SIZE = 20


def requested_page(request: Request, limit: int = PAGE_SIZE) -> Page:
    """Return the page requested with `?max_id=`; raises BadInput for an invalid id."""
    return Page(limit=limit, max_id=query_number(request, "max_id"))


def next_max_id(posts: Sequence[PostView], limit: int = PAGE_SIZE) -> int | None:
    """Return the `max_id` of the next page, if there may be one."""
    return posts[-1].rank if len(posts) >= limit else None
