"""Bookmarks: all, those of a folder, those matching a search; and the folders."""

from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.bookmarks import queries, services
from activities.posts.models import BookmarkFolder
from activities.posts.queries.posts import get_post
from activities.timelines.queries.candidates import IncompletePage
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import BadInput
from core.pages.addresses import path_to
from web.error_messages import add_error
from web.pages import next_path, page, redirect_with_message, signed_in
from web.paging import next_max_id, requested_page
from web.paths import post_path

_LONGEST = 200


class FolderForm(forms.Form):
    folder_name = forms.CharField(label=gettext_lazy("Name"), max_length=services.MAX_NAME_LENGTH)


class ChooseForm(forms.Form):
    folder = forms.TypedChoiceField(
        label=gettext_lazy("Folder"),
        coerce=int,
        required=False,
        empty_value=None,
        widget=forms.RadioSelect,
    )
    folder_name = forms.CharField(
        label=gettext_lazy("Or a new folder"), max_length=services.MAX_NAME_LENGTH, required=False
    )


@methods("GET")
@signed_in
async def bookmarks(request: Request) -> HttpResponse:
    return await _show(request, None)


@methods("GET")
@signed_in
async def folder(request: Request, folder_id: int) -> HttpResponse:
    return await _show(request, await queries.folder_of(request.identity, folder_id))


async def _show(request: Request, shown: queries.FolderView | None) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:_LONGEST]
    posts = await queries.search_bookmarks(
        request.identity, requested_page(request), text=text, folder_id=shown.id if shown else None
    )
    context = {
        "title": shown.name if shown else _("Bookmarks"),
        "folder": shown,
        "folders": await queries.folders_of(request.identity),
        "q": text,
        "longest": _LONGEST,
        "posts": posts,
        "older": posts.end if isinstance(posts, IncompletePage) else next_max_id(posts),
        "query": urlencode({"q": text}) if text else "",
        "empty": _empty(text, shown),
    }
    return page(request, "timelines/bookmarks/bookmarks.html", context)


def _empty(text: str, shown: queries.FolderView | None) -> str:
    if text:
        return _("No bookmark has these words.")
    if shown is not None:
        return _("Put bookmarks in here with Bookmark folder … in the menu of a post.")
    return _("Posts you bookmark appear here. Nobody else can see them.")


@methods("GET", "POST")
@signed_in
async def folders(request: Request) -> HttpResponse:
    form = FolderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = await _make(request, form.cleaned_data["folder_name"])
        except BadInput as problem:
            add_error(form, problem, otherwise="folder_name")
        else:
            return redirect_with_message(
                request, path_to("bookmarks-folder", folder_id=made.pk), _("Folder created.")
            )
    context = {"form": form, "folders": await queries.folders_of(request.identity)}
    return page(request, "timelines/bookmarks/folders.html", context, status=422 if form.errors else 200)


async def _make(request: Request, name: str) -> BookmarkFolder:
    return await services.create_folder(identity=request.identity, name=name)


@methods("GET", "POST")
@signed_in
async def edit(request: Request, folder_id: int) -> HttpResponse:
    """Rename a folder."""
    shown = await queries.folder_of(request.identity, folder_id)
    form = FolderForm(request.POST or None, initial={"folder_name": shown.name})
    if request.method == "POST" and form.is_valid():
        try:
            await services.rename_folder(
                identity=request.identity, folder_id=folder_id, name=form.cleaned_data["folder_name"]
            )
        except BadInput as problem:
            add_error(form, problem, otherwise="folder_name")
        else:
            return redirect_with_message(
                request, path_to("bookmarks-folder", folder_id=folder_id), _("Saved.")
            )
    context = {"form": form, "folder": shown}
    return page(request, "timelines/bookmarks/folder.html", context, status=422 if form.errors else 200)


@methods("POST")
@signed_in
async def delete(request: Request, folder_id: int) -> HttpResponse:
    await services.delete_folder(identity=request.identity, folder_id=folder_id)
    return redirect_with_message(request, path_to("bookmarks"), _("Folder deleted. Its bookmarks are kept."))


@methods("GET", "POST")
@signed_in
async def choose(request: Request, post_id: int) -> HttpResponse:
    """Ask for the folder of a bookmark."""
    shown = (await get_post(post_id, request.identity)).shown
    now = await queries.folder_of_post(request.identity, shown.id)
    form = ChooseForm(request.POST or None, initial={"folder": now or ""})
    known = await queries.folders_of(request.identity)
    chosen = form.fields["folder"]
    assert isinstance(chosen, forms.TypedChoiceField)
    chosen.choices = [("", _("No folder")), *((one.id, one.name) for one in known)]
    back = next_path(request, post_path(request.domain, shown.author, shown.id))
    if request.method == "POST" and form.is_valid():
        try:
            await _move(request, shown.id, **form.cleaned_data)
        except BadInput as problem:
            add_error(form, problem, otherwise="folder_name")
        else:
            return redirect_with_message(request, back, _("Bookmark moved."))
    context = {"form": form, "shown": shown, "back": back}
    return page(request, "timelines/bookmarks/choose.html", context, status=422 if form.errors else 200)


async def _move(request: Request, post_id: int, *, folder: int | None, folder_name: str) -> None:
    if folder_name.strip():
        folder = int((await _make(request, folder_name)).pk)
    await services.move_bookmark(identity=request.identity, post_id=post_id, folder_id=folder)
