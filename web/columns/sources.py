"""Contents of each kind of column: a page of its rows, its title, and its own page."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.bookmarks.queries import search_bookmarks
from activities.columns.models import ColumnKind
from activities.columns.queries import Column
from activities.conversations import queries as conversations
from activities.filters.models import FilterContext
from activities.filters.queries import apply_filters
from activities.lists import queries as lists
from activities.notifications.queries import groups
from activities.posts.queries.views import PostView
from activities.tags.queries import hashtag_named
from activities.timelines.queries import timelines
from activities.timelines.queries.candidates import IncompletePage
from core.asgi.request import Request
from core.db.paging import Page
from core.errors import NotFound
from core.pages.addresses import path_to
from users.identities.queries.profiles import load_profile
from web.paging import next_max_id
from web.paths import profile_path
from web.timelines.notifications import groups_shown
from web.timelines.private_mentions import readable
from web.timelines.repeats import merged


class Content(msgspec.Struct):
    """The rows of a column: posts, groups of notifications or conversations. `stream` is the name of its stream, "" if it has none."""

    title: str
    path: str
    rows: Sequence[Any] = ()
    older: int | None = None
    stream: str = ""


class Kind(NamedTuple):
    icon: str
    title: str
    load: Callable[[Request, str, Page], Awaitable[Content]]


class ColumnShown(msgspec.Struct):
    """A column for its template. `at` distinguishes its ids from those of other columns; without `content` its list or profile was deleted."""

    column: Column
    kind: Kind
    content: Content | None

    @property
    def at(self) -> str:
        return f"-{self.column.number}"

    @property
    def title(self) -> str:
        return self.content.title if self.content else self.kind.title


async def load_column(request: Request, column: Column, page: Page) -> ColumnShown:
    """Return a column with a page of its rows, without them if its source was deleted."""
    kind = KINDS[column.kind]
    try:
        content = await kind.load(request, column.target, page)
    except NotFound:
        content = None
    return ColumnShown(column, kind, content)


async def _of_posts(
    request: Request,
    page: Page,
    posts: Sequence[PostView],
    filters: FilterContext | None,
    title: str,
    path: str,
    stream: str = "",
) -> Content:
    shown = posts if filters is None else await apply_filters(posts, request.identity, filters)
    if filters in {FilterContext.home, FilterContext.public}:
        shown = merged(shown)
    older = posts.end if isinstance(posts, IncompletePage) else next_max_id(posts, page.limit)
    return Content(title, path, shown, older, stream)


async def _home(request: Request, _target: str, page: Page) -> Content:
    posts = await timelines.home(request.identity, page)
    return await _of_posts(request, page, posts, FilterContext.home, _("Home"), path_to("home"), "user")


async def _local(request: Request, _target: str, page: Page) -> Content:
    posts = await timelines.local(request.identity, request.domain, page)
    path = path_to("local")
    return await _of_posts(request, page, posts, FilterContext.public, _("Local"), path, "public:local")


async def _federated(request: Request, _target: str, page: Page) -> Content:
    posts = await timelines.federated(request.identity, page)
    path = path_to("federated")
    return await _of_posts(request, page, posts, FilterContext.public, _("Federated"), path, "public")


async def _bookmarks(request: Request, _target: str, page: Page) -> Content:
    posts = await search_bookmarks(request.identity, page)
    return await _of_posts(request, page, posts, None, _("Bookmarks"), path_to("bookmarks"))


async def _likes(request: Request, _target: str, page: Page) -> Content:
    posts = await timelines.likes(request.identity, page)
    return await _of_posts(request, page, posts, None, _("Likes"), path_to("likes"))


async def _list(request: Request, target: str, page: Page) -> Content:
    people = await lists.list_of(request.identity, int(target))
    posts = await lists.timeline(request.identity, people, page)
    path, stream = path_to("list", list_id=people.pk), f"list {people.pk}"
    return await _of_posts(request, page, posts, FilterContext.home, people.title, path, stream)


async def _hashtag(request: Request, target: str, page: Page) -> Content:
    posts = await timelines.hashtag(target, request.identity, page)
    tag = await hashtag_named(target)
    title, path = f"#{tag.display_name if tag else target}", path_to("tag", name=target)
    return await _of_posts(request, page, posts, FilterContext.public, title, path, f"hashtag {target}")


async def _person(request: Request, target: str, page: Page) -> Content:
    person = await load_profile(int(target))
    if person is None or person.is_deleted:
        raise NotFound
    posts: Sequence[PostView] = ()
    if not person.is_hidden:
        posts = await timelines.profile_posts(person.id, request.identity, page, exclude_replies=True)
    title, path = person.name or person.username, profile_path(request.domain, person)
    return await _of_posts(request, page, posts, FilterContext.account, title, path)


async def _notifications(request: Request, _target: str, page: Page) -> Content:
    found = await groups.groups(request.identity, page)
    older = found[-1].newest_id if len(found) >= page.limit else None
    rows = await groups_shown(request, found, request.seen_notification)
    return Content(_("Notifications"), path_to("notifications"), rows, older, "user:notification")


async def _messages(request: Request, _target: str, page: Page) -> Content:
    found = await conversations.conversations(request.identity, page)
    older = found[-1].last_post_id if len(found) >= page.limit else None
    rows = await readable(request.identity, found)
    return Content(_("Private mentions"), path_to("private-mentions"), rows, older, "direct")


KINDS: dict[ColumnKind, Kind] = {
    ColumnKind.home: Kind("home", gettext_lazy("Home"), _home),
    ColumnKind.notifications: Kind("bell", gettext_lazy("Notifications"), _notifications),
    ColumnKind.messages: Kind("at", gettext_lazy("Private mentions"), _messages),
    ColumnKind.local: Kind("local", gettext_lazy("Local"), _local),
    ColumnKind.federated: Kind("globe", gettext_lazy("Federated"), _federated),
    ColumnKind.bookmarks: Kind("bookmark", gettext_lazy("Bookmarks"), _bookmarks),
    ColumnKind.likes: Kind("heart", gettext_lazy("Likes"), _likes),
    ColumnKind.list: Kind("list", gettext_lazy("List"), _list),
    ColumnKind.hashtag: Kind("hash", gettext_lazy("Hashtag"), _hashtag),
    ColumnKind.person: Kind("person", gettext_lazy("Person"), _person),
}
