"""The `Link` header of lists, and the cursors that clients send (docs.joinmastodon.org/api/guidelines, "Pagination")."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from urllib.parse import urlencode

import msgspec

from activities.posts.queries.views import PostView
from activities.timelines.queries.candidates import IncompletePage
from api.parameters import Id, Limit
from api.routing import Call
from core.db.paging import Page

type Cursor = list[tuple[str, int | None]]

_PAGING = {"max_id", "since_id", "min_id", "offset"}
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
    """Add a `Link` header: `next` is older than `last`, `prev` newer than `first`; a relation without id is omitted.

    The ids are those that order the list. For likes, bookmarks and follows they differ from those of the listed objects.
    """
    cursors = {"next": ("max_id", last), "prev": ("min_id", first)}
    _add(call, {rel: [cursor] for rel, cursor in cursors.items() if cursor[1] is not None})


def link_rows(call: Call, ids: list[int], *, limit: int) -> None:
    """Set `Link` for a page with these ordering ids, newest first. An incomplete page is the last."""
    if ids:
        link(call, first=ids[0], last=ids[-1] if len(ids) >= limit else None)


def link_posts(call: Call, posts: Sequence[PostView], *, limit: int) -> None:
    """Set `Link` for a list of posts, by the list's own order (the time of a like, not of the post)."""
    ids = [post.rank for post in posts if post.rank is not None]
    if isinstance(posts, IncompletePage):  # there may be more, even if the page is short
        link(call, first=ids[0] if ids else None, last=posts.end)
    else:
        link_rows(call, ids, limit=limit)


def link_offsets(call: Call, *, limit: int, offset: int, count: int) -> None:
    """Set `Link` for a list paged by `offset`, of which `count` items are shown."""
    cursors: dict[str, Cursor] = {}
    if count and count >= limit:
        cursors["next"] = [("offset", offset + limit)]
    if offset:
        cursors["prev"] = [("offset", max(0, offset - limit))]
    _add(call, cursors)


def _add(call: Call, relations: Mapping[str, Cursor]) -> None:
    """Add the requested URL for each relation, with these parameters instead of its paging parameters."""
    kept = [
        (name, value) for name, values in call.request.GET.lists() if name not in _PAGING for value in values
    ]
    base = f"{call.domain.base_url}{call.request.path}"
    links = [f'<{base}?{urlencode([*kept, *cursor])}>; rel="{rel}"' for rel, cursor in relations.items()]
    if links:
        call.headers["Link"] = ", ".join(links)
