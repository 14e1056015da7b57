"""Blocklists of servers: export as CSV, and import with a preview of the changes."""

from collections.abc import AsyncIterator

import msgspec
from django import forms
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.decorators import body_limit, discards_files, methods
from core.asgi.request import Request
from core.connections import release_connection
from core.errors import NotFound, Problem
from core.media import limits
from core.pages.addresses import path_to
from users.blocklists import queries as reads
from users.blocklists.models import Blocklist, BlocklistGraph, BlocklistRow
from users.blocklists.queries import exported
from users.blocklists.reading import MAX_BYTES, MAX_ROWS, Effect, Ruling, Skip
from users.blocklists.services import uploads
from users.roles.models import Permission
from web.administration.overview import operators_page
from web.error_messages import add_error, error_message
from web.middleware import words_only
from web.pages import for_server_staff, query_number, redirect_with_message, ticked_ids


async def _pieces(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the export in chunks. No database connection is held while one is sent."""
    async for piece in pieces:
        await release_connection()
        yield piece


@methods("GET")
@for_server_staff(Permission.manage_federation)
async def export(request: Request, *, allows: bool = False) -> StreamingHttpResponse:
    """Send the blocked or the allowed servers; with `?notes=yes` including moderators' notes about the blocked ones."""
    kind = "allowed" if allows else "blocked"
    pieces = exported(allows=allows, with_notes=request.GET.get("notes") == "yes")
    response = StreamingHttpResponse(_pieces(pieces), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{kind}_servers.csv"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


EFFECTS: dict[str, str] = {
    Effect.new: gettext_lazy("New"),
    Effect.changed: gettext_lazy("Stricter than now"),
    Effect.kept: gettext_lazy("Stricter here, or allowed"),
    Effect.same: gettext_lazy("Already set"),
    "skipped": gettext_lazy("Skipped"),
}
REASONS: dict[str, str] = {
    Skip.not_a_host: gettext_lazy("not a server"),
    Skip.address: gettext_lazy("an IP address"),
    Skip.wildcard: gettext_lazy("a name with *"),
    Skip.own_domain: gettext_lazy("a domain of this server"),
    Skip.twice: gettext_lazy("named above"),
    Skip.unknown_severity: gettext_lazy("unknown severity"),
}
_WORKING = (BlocklistGraph.applying.name, BlocklistGraph.undoing.name)


class ListForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV of Mastodon, a shared list or FediBlockHole, or one server per line."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
    )
    allows = forms.BooleanField(
        label=gettext_lazy("Allow servers without a severity instead of blocking them"), required=False
    )


@body_limit(MAX_BYTES + limits.MEGABYTE)
@discards_files(words_only)
@methods("GET", "POST")
@for_server_staff(Permission.manage_federation)
async def blocklists(request: Request) -> HttpResponse:
    """Show the uploaded lists, and accept another one, which has no effect yet."""
    form = ListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            stored = await uploads.store_list(
                moderator=request.user,
                name=str(file.name),
                content=file.read(MAX_BYTES + 1),
                allows=form.cleaned_data["allows"],
            )
        except Problem as problem:
            add_error(form, problem, otherwise="file")
        else:
            return redirect_with_message(request, path_to("admin-blocklist", blocklist_id=stored.pk))
    context = {"form": form, "lists": await reads.recent_lists(), "most": MAX_ROWS, "section": "peers"}
    return operators_page(request, "blocklists/lists", context, status=422 if form.errors else 200)


@methods("GET", "POST")
@for_server_staff(Permission.manage_federation)
async def blocklist(request: Request, blocklist_id: int) -> HttpResponse:
    """Show what a list would change or has changed; apply, undo or discard it."""
    stored = await reads.list_by_id(blocklist_id)
    if request.method == "POST":
        try:
            said = await _done(request, stored)
        except Problem as problem:
            here = path_to("admin-blocklist", blocklist_id=stored.pk)
            return redirect_with_message(request, here, error_message(problem), kind="bad")
        is_over = stored.state == BlocklistGraph.shown.name and request.POST.get("action") == "undo"
        back = path_to("admin-blocklists") if is_over else path_to("admin-blocklist", blocklist_id=stored.pk)
        return redirect_with_message(request, back, said)
    counts = await reads.counts_of(stored)
    asked = request.GET.get("effect", "")
    effect = asked if asked in EFFECTS else next((one for one in EFFECTS if counts.get(one)), Effect.new)
    rows = await reads.rows_of(stored, effect, after=query_number(request, "after") or 0)
    known = await reads.rulings_of([row.host for row in rows])
    context = {
        "list": stored,
        "effect": effect,
        "effects": [(one, words, counts.get(one, 0)) for one, words in EFFECTS.items()],
        "counts": counts,
        "rows": [_shown(row, known) for row in rows[: reads.PAGE_SIZE]],
        "older": rows[reads.PAGE_SIZE - 1].place if len(rows) > reads.PAGE_SIZE else None,
        "is_shown": stored.state == BlocklistGraph.shown.name,
        "is_working": stored.state in _WORKING,
        "is_applied": stored.state == BlocklistGraph.applied.name,
        "may_tick": effect in (Effect.new, Effect.changed, Effect.kept),
        "section": "peers",
    }
    return operators_page(request, "blocklists/list", context)


async def _done(request: Request, stored: Blocklist) -> str:
    """Apply, undo or discard a list, depending on the button; return the message to show."""
    action = request.POST.get("action", "")
    if action == "undo":
        await uploads.undo_list(moderator=request.user, blocklist_id=stored.pk)
        return _("Nothing from the list was kept.")
    if action not in {"apply", "apply-ticked"}:
        raise NotFound
    await uploads.apply_list(
        moderator=request.user,
        blocklist_id=stored.pk,
        ticked=ticked_ids(request, "row") if action == "apply-ticked" else None,
        overrides=bool(request.POST.get("overrides")),
    )
    return _("The list is being applied.")


def _shown(row: BlocklistRow, known: dict[str, Ruling]) -> dict[str, object]:
    """Return a row with the policy before and after it, or the reason why it is skipped."""
    stored = row.ruling if row.effect == Effect.kept else row.after or row.ruling
    before = msgspec.json.decode(row.before, type=Ruling) if row.before else known.get(row.host)
    return {
        "row": row,
        "ruling": msgspec.json.decode(stored, type=Ruling) if stored else None,
        "before": before if row.effect in (Effect.changed, Effect.kept) else None,
        "reason": REASONS.get(row.reason, ""),
    }
