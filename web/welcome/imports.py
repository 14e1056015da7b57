"""Importing follows from another account: a pasted list, or another server's export file."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext_lazy, ngettext

from core.asgi.decorators import body_limit, discards_files, methods
from core.asgi.request import Request
from core.errors import Problem
from core.media import limits
from core.numbers import Number
from core.pages.addresses import path_to
from users.imports import services
from users.imports.queries import import_progress
from web.error_messages import add_error
from web.middleware import words_only
from web.pages import page, redirect_with_message, signed_in


class ImportForm(forms.Form):
    addresses = forms.CharField(
        label=gettext_lazy("Addresses"),
        max_length=services.MAX_BYTES,
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

    def text(self) -> str:
        """Return the list, pasted and from the file."""
        file: Any = self.cleaned_data["file"]
        read = file.read(services.MAX_BYTES + 1).decode("utf-8", "replace") if file else ""
        return f"{self.cleaned_data['addresses']}\n{read}"


async def brought(request: Request, form: ImportForm) -> str:
    """Start the import of a form and return the message to show; "" if the form is invalid, which then contains the errors."""
    if form.is_valid():
        try:
            count = await services.import_follows(identity=request.identity, text=form.text())
        except Problem as problem:
            add_error(form, problem, otherwise="addresses")
        else:
            return ngettext(
                "One account will be looked up and followed.",
                "{count} accounts will be looked up and followed.",
                count,
            ).format(count=Number(count))
    return ""


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
