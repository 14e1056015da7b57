"""Appearance settings: language, theme, text size, density."""

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.languages import LANGUAGES
from core.pages.addresses import path_to
from users.logins.models import TextSize, Theme
from users.logins.services.appearance import choose_appearance
from web.pages import page, redirect_with_message, with_login


class AppearanceForm(forms.Form):
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=[("", gettext_lazy("Same as my browser")), *LANGUAGES.items()],
        required=False,
        help_text=gettext_lazy(
            "Used for pages and e-mails. Posts stay in the language that they were written in."
        ),
    )
    theme = forms.TypedChoiceField(
        label=gettext_lazy("Theme"),
        coerce=Theme,
        choices=[
            (Theme.system.value, gettext_lazy("Same as my device: light or dark")),
            (Theme.light.value, gettext_lazy("Light")),
            (Theme.dark.value, gettext_lazy("Dark")),
            (Theme.contrast.value, gettext_lazy("High contrast, light or dark like my device")),
        ],
        help_text=gettext_lazy("A device that asks for more contrast gets it with every theme."),
    )
    text_size = forms.TypedChoiceField(
        label=gettext_lazy("Text size"),
        coerce=TextSize,
        choices=[
            (TextSize.small.value, gettext_lazy("Small")),
            (TextSize.normal.value, gettext_lazy("Normal")),
            (TextSize.large.value, gettext_lazy("Large")),
            (TextSize.largest.value, gettext_lazy("Largest")),
        ],
        help_text=gettext_lazy("In addition to the zoom of your browser."),
    )
    is_compact = forms.BooleanField(
        label=gettext_lazy("Compact"),
        required=False,
        help_text=gettext_lazy("Smaller gaps, so that more posts fit on the screen."),
    )


@methods("GET", "POST")
@with_login
async def appearance(request: Request) -> HttpResponse:
    user = request.user
    form = AppearanceForm(
        request.POST or None, initial={name: getattr(user, name) for name in AppearanceForm.base_fields}
    )
    if request.method == "POST" and form.is_valid():
        await choose_appearance(user=user, **form.cleaned_data)
        return redirect_with_message(request, path_to("settings-appearance"), _("Saved."))
    context = {"form": form, "section": "appearance"}
    return page(request, "accounts/appearance.html", context, status=422 if form.errors else 200)
