"""The page of columns, and one column's rows for the script that keeps them alive (static/js/reading/columns.js)."""

from django.http import HttpResponse
from django.template.loader import render_to_string

from activities.columns.models import ColumnKind
from activities.columns.queries import column_of, deck_of
from activities.columns.services import MAX_COLUMNS
from activities.lists.queries import lists_of
from activities.tags.queries import followed_tags
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.db.paging import Page
from core.pages.addresses import path_to
from web.columns.sources import KINDS, ColumnShown, load_column
from web.pages import is_htmx, page, redirect_with_message, signed_in
from web.paging import PAGE_SIZE, requested_page
from web.timelines.notifications import GroupShown, see

_ROWS = 40  # of all columns on page load, so that its size does not grow with their number
_FEWEST_ROWS = 4
_OFFERED_TAGS = 10


@methods("GET")
@signed_in
async def columns(request: Request) -> HttpResponse:
    return await show_columns(request)


async def show_columns(request: Request, *, text: str = "", problem: str = "") -> HttpResponse:
    """Return the page of columns; after a failed addition, with the typed input and the error."""
    chosen = (await deck_of(request.identity)).columns
    size = Page(limit=max(_FEWEST_ROWS, min(PAGE_SIZE, _ROWS // max(1, len(chosen)))))
    there = {(one.kind, one.target) for one in chosen}
    context = {
        "columns": [await load_column(request, one, size) for one in chosen],
        "kinds": [(kind, KINDS[kind]) for kind in KINDS if not _has_target(kind) and (kind, "") not in there],
        "lists": [
            one for one in await lists_of(request.identity) if (ColumnKind.list, str(one.pk)) not in there
        ],
        "tags": [
            tag
            for _, tag in await followed_tags(request.identity, Page(limit=_OFFERED_TAGS))
            if (ColumnKind.hashtag, tag.name) not in there
        ],
        "is_full": len(chosen) >= MAX_COLUMNS,
        "most": MAX_COLUMNS,
        "last": len(chosen) - 1,
        "text": text,
        "problem": problem,
    }
    return page(request, "columns/columns.html", context, status=422 if problem else 200)


def _has_target(kind: ColumnKind) -> bool:
    return kind in {ColumnKind.list, ColumnKind.hashtag, ColumnKind.person}


@methods("GET")
@signed_in
async def rows(request: Request, number: int) -> HttpResponse:
    """Return the rows of a column: the newest, or those after `?max_id=`. Without a script, redirect to the timeline's own page."""
    shown = await load_column(request, await column_of(request.identity, number), requested_page(request))
    if not is_htmx(request):
        return redirect_with_message(request, shown.content.path if shown.content else path_to("columns"))
    await _see(request, shown)
    context = {"shown": shown, "at": shown.at, "here": path_to("columns")}
    return HttpResponse(render_to_string("columns/_rows.html", context, request))


async def _see(request: Request, shown: ColumnShown) -> None:
    """Mark notifications as seen when the newest become visible: the script makes its request then."""
    is_newest = shown.column.kind == ColumnKind.notifications and "max_id" not in request.GET
    first = shown.content.rows[0] if is_newest and shown.content and shown.content.rows else None
    if isinstance(first, GroupShown):
        await see(request, first.group.newest_id)
