"""Reading settings: whether content warnings and sensitive media are expanded automatically."""

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.pages.addresses import path_to
from users.identities.models import MediaReading
from users.identities.services import profiles
from web.pages import page, redirect_with_message, signed_in


class ReadingForm(forms.Form):
    opens_warnings = forms.BooleanField(
        label=gettext_lazy("Open posts with content warnings"),
        required=False,
        help_text=gettext_lazy("The warning is still shown above the post."),
    )
    expands_media = forms.ChoiceField(
        label=gettext_lazy("Pictures and videos"),
        choices=[
            (MediaReading.default.value, gettext_lazy("Hide those marked as sensitive")),
            (MediaReading.show_all.value, gettext_lazy("Show all")),
            (MediaReading.hide_all.value, gettext_lazy("Hide all until clicked")),
        ],
    )


@methods("GET", "POST")
@signed_in
async def reading(request: Request) -> HttpResponse:
    identity = request.identity
    start = {name: getattr(identity, name) for name in ReadingForm.base_fields}
    form = ReadingForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        await profiles.edit_profile(identity=identity, **form.cleaned_data)
        return redirect_with_message(request, path_to("settings-reading"), _("Saved."))
    context = {"form": form, "section": "reading"}
    return page(request, "accounts/reading.html", context, status=422 if form.errors else 200)
