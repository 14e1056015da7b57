"""The `Link` header of lists, and the cursors that clients send (docs.joinmastodon.org/api/guidelines, "Pagination")."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode

import msgspec

from activities.queries.posts import PostView
from api.parameters import Id, Limit
from api.routing import Call
from core.paging import Page

STATUSES = Limit(20, 40)
ACCOUNTS = Limit(40, 80)
NOTIFICATIONS = Limit(40, 80)


class Cursors(msgspec.Struct, kw_only=True):
    """Parameters of a list without its limit, which differs per list."""

    max_id: Id | None = None
    since_id: Id | None = None
    min_id: Id | None = None

    def page(self, limit: int) -> Page:
        return Page(limit=limit, max_id=self.max_id, since_id=self.since_id, min_id=self.min_id)


class StatusPage(Cursors, kw_only=True):
    limit: Annotated[int, STATUSES] = STATUSES.default

    def here(self) -> Page:
        return self.page(self.limit)


class AccountPage(Cursors, kw_only=True):
    limit: Annotated[int, ACCOUNTS] = ACCOUNTS.default

    def here(self) -> Page:
        return self.page(self.limit)


def link(call: Call, *, first: int | None, last: int | None) -> None:
    """Add a `Link` header: `next` is older than `last`, `prev` newer than `first`; nothing for an empty page.

    The ids are those the list is ordered by, which for likes, bookmarks, follows… are not those of the things in it.
    """
    if first is None or last is None:
        return
    kept = [
        (name, value)
        for name, values in call.request.GET.lists()
        if name not in {"max_id", "since_id", "min_id"}
        for value in values
    ]
    base = f"{call.domain.base_url}{call.request.path}"
    older = urlencode([*kept, ("max_id", last)])
    newer = urlencode([*kept, ("min_id", first)])
    call.headers["Link"] = f'<{base}?{older}>; rel="next", <{base}?{newer}>; rel="prev"'


def link_rows(call: Call, ids: list[int]) -> None:
    """`link` for a page whose ordering ids are these, newest first."""
    if ids:
        link(call, first=ids[0], last=ids[-1])


def link_posts(call: Call, posts: Sequence[PostView]) -> None:
    """`link` for a list of posts, ordered by whatever the list is ordered by (the time of a like, not of the post)."""
    link_rows(call, [post.rank for post in posts if post.rank is not None])
