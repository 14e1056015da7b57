"""Adding, moving, resizing and removing columns: by forms, and by htmx, which changes the open page (static/js/reading/columns.js)."""

import json
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from activities.columns import services
from activities.columns.models import ColumnKind, ColumnWidth
from activities.lists.queries import list_of
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import BadInput, NotFound
from core.pages.addresses import path_to
from core.texts import is_hashtag, normal_tag
from users.identities.models import Identity
from users.identities.queries import identities
from users.identities.queries.profiles import load_profile
from web.columns.deck import show_columns
from web.columns.sources import KINDS
from web.error_messages import error_message
from web.pages import is_htmx, query_number, redirect_with_message, signed_in


@methods("POST")
@signed_in
async def add(request: Request) -> HttpResponse:
    """Add a column: `what` is its kind, followed by a colon and the target of a list, hashtag or profile, or "text" for typed input."""
    text = request.POST.get("text", "").strip()
    asked = request.POST.get("what") or request.GET.get("what") or "text"
    try:
        kind, target = await (_typed(request, text) if asked == "text" else _named(request, asked))
        made = await services.add_column(
            identity=request.identity,
            kind=kind,
            target=target,
            width=_width(request.GET.get("width", "")),
            place=_place(request, "place"),
        )
    except (BadInput, NotFound) as problem:
        return await show_columns(request, text=text, problem=error_message(problem))
    if is_htmx(request):  # an undo: return the whole column
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return redirect_with_message(request, f"{path_to('columns')}#column-{made.number}")


@methods("POST")
@signed_in
async def move(request: Request, number: int) -> HttpResponse:
    """Move a column to the position `?to=`, counted from 0."""
    place = await services.move_column(identity=request.identity, number=number, place=_place(request, "to"))
    return _changed(request, number, place=place)


@methods("POST")
@signed_in
async def resize(request: Request, number: int) -> HttpResponse:
    width = _width(request.GET.get("to", ""))
    await services.resize_column(identity=request.identity, number=number, width=width)
    return _changed(request, number, width=width)


@methods("POST")
@signed_in
async def remove(request: Request, number: int) -> HttpResponse:
    column, place = await services.remove_column(identity=request.identity, number=number)
    what = f"{column.kind}:{column.target}" if column.target else str(column.kind)
    undo = path_to("columns-add", {"what": what, "width": column.width, "place": place})
    words = _("Column removed: {title}").format(title=KINDS[column.kind].title)
    if not is_htmx(request):
        return redirect_with_message(request, path_to("columns"), words, undo=undo)
    return _changed(request, number, toast={"text": words, "undo": undo}, removed=True)


def _changed(
    request: Request, number: int, toast: dict[str, str] | None = None, **change: Any
) -> HttpResponse:
    """Tell the page's script what changed, or redirect to the column."""
    if not is_htmx(request):
        return redirect_with_message(request, f"{path_to('columns')}#column-{number}")
    # the toast first: a removed element receives no events
    events = ({"toast": toast} if toast else {}) | {"column": {"number": number, **change}}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(events)})


async def _typed(request: Request, text: str) -> tuple[ColumnKind, str]:
    """Return the column for `#birds`, `@name` or `@name@host`. Raises NotFound, or BadInput for anything else."""
    if text.startswith(("#", "＃")):
        return _hashtag(text[1:])
    handle = text.removeprefix("@")
    if not text.startswith("@") and "@" not in text:
        raise BadInput(_("Write a hashtag such as #birds, or a name such as @name@example.org."))
    found = await _person(request, handle)
    if found is None or found.deleted_at is not None:
        raise NotFound(_("There is nobody with this name here. Search for them first."))
    return ColumnKind.person, str(found.pk)


async def _person(request: Request, handle: str) -> Identity | None:
    if "@" in handle:
        return await identities.by_handle(handle)
    return await identities.local_by_username(request.domain, handle)


async def _named(request: Request, asked: str) -> tuple[ColumnKind, str]:
    """Return the column of a button. Raises NotFound for an unknown one or another user's."""
    name, _colon, target = asked.partition(":")
    kind = next((one for one in ColumnKind if one.value == name), None)
    if kind is None:
        raise NotFound(_("There is no such timeline."))
    if kind == ColumnKind.hashtag:
        return _hashtag(target)
    if kind == ColumnKind.list:
        return kind, str((await list_of(request.identity, _id(target))).pk)
    if kind == ColumnKind.person:
        person = await load_profile(_id(target))
        if person is None or person.is_deleted:
            raise NotFound(_("There is nobody with this name here. Search for them first."))
        return kind, str(person.id)
    return kind, ""


def _hashtag(text: str) -> tuple[ColumnKind, str]:
    if not is_hashtag(text):
        raise BadInput(_("This can't be a hashtag."))
    return ColumnKind.hashtag, normal_tag(text)


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFound(_("There is no such timeline."))
    return int(text)


def _place(request: Request, name: str) -> int:
    place = query_number(request, name)
    return services.MAX_COLUMNS if place is None else min(place, services.MAX_COLUMNS)


def _width(text: str) -> ColumnWidth:
    return next((one for one in ColumnWidth if one.value == text), ColumnWidth.normal)
