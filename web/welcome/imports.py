"""Importing follows from another account: a pasted list, or another server's export file."""

import json
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.asgi.decorators import body_limit, discards_files, methods
from core.asgi.request import Request
from core.errors import Problem
from core.media import limits
from core.numbers import Number
from core.pages.addresses import path_to
from users.imports import reading, services
from users.imports.queries import import_progress
from web.error_messages import add_error
from web.middleware import words_only
from web.pages import page, redirect_with_message, signed_in

_LINE_BYTES, _MOST_BYTES = 40, 2000  # "line 7", escaped quotation marks; a cookie has 4 KB


class ImportForm(forms.Form):
    addresses = forms.CharField(
        label=gettext_lazy("Addresses"),
        max_length=reading.MAX_BYTES,
        required=False,
        strip=False,
        help_text=gettext_lazy("One per line, such as name@example.com."),
        widget=forms.Textarea(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    file = forms.FileField(
        label=gettext_lazy("Or a file"),
        required=False,
        help_text=gettext_lazy("following_accounts.csv, as Mastodon and others export it."),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv,text/plain"}),
    )

    def content(self) -> bytes:
        """Return the bytes of the file, at most one more than allowed."""
        file: Any = self.cleaned_data["file"]
        return bytes(file.read(reading.MAX_BYTES + 1)) if file else b""


async def brought(request: Request, form: ImportForm) -> str:
    """Start the import of a form and return the message to show; "" if the form is invalid, which then contains the errors."""
    if not form.is_valid():
        return ""
    try:
        found = await services.import_follows(
            identity=request.identity, text=form.cleaned_data["addresses"], file=form.content()
        )
    except Problem as problem:
        add_error(form, problem, otherwise="addresses")
        return ""
    count = len(found.addresses)
    words = ngettext(
        "One account will be looked up and followed.",
        "{count} accounts will be looked up and followed.",
        count,
    ).format(count=Number(count))
    return f"{words} {skipped_lines(found)}" if found.skipped else words


def skipped_lines(found: reading.FollowList) -> str:
    """Return which lines were skipped, as far as the notice has room: it travels in a cookie."""
    lines, size = [], 0
    for one in found.skipped:
        size += len(json.dumps(one.text)) + _LINE_BYTES
        if size <= _MOST_BYTES:
            lines.append(_("line {line} “{text}”").format(line=Number(one.line), text=one.text))
    if more := found.skipped_count - len(lines):
        lines.append(ngettext("{count} more", "{count} more", more).format(count=Number(more)))
    return _("Skipped: {lines}.").format(lines=", ".join(lines))


@body_limit(limits.MEGABYTE + limits.MEGABYTE)
@discards_files(words_only)
@methods("GET", "POST")
@signed_in
async def imported(request: Request) -> HttpResponse:
    """Show the progress of an import, and start another one."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and (words := await brought(request, form)):
        return redirect_with_message(request, path_to("settings-import"), words)
    context = {"form": form, "section": "import", "progress": await import_progress(request.identity)}
    return page(request, "welcome/import.html", context, status=422 if form.errors else 200)
