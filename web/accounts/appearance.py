"""Settings of appearance: language, theme, size of text, density."""

from django import forms
from django.http import HttpResponse

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.languages import LANGUAGES
from core.pages.addresses import path_to
from users.logins.models import TextSize, Theme
from users.logins.services.appearance import choose_appearance
from web.pages import page, redirect_with_message, with_login


class AppearanceForm(forms.Form):
    language = forms.ChoiceField(
        label="Language",
        choices=[("", "As my browser asks"), *LANGUAGES.items()],
        required=False,
        help_text="Of pages and e-mails. Posts stay in the language that they were written in.",
    )
    theme = forms.TypedChoiceField(
        label="Theme",
        coerce=Theme,
        choices=[
            (Theme.system.value, "As my device: light or dark"),
            (Theme.light.value, "Light"),
            (Theme.dark.value, "Dark"),
            (Theme.contrast.value, "High contrast, light or dark as my device"),
        ],
        help_text="A device that asks for more contrast gets it with every theme.",
    )
    text_size = forms.TypedChoiceField(
        label="Text size",
        coerce=TextSize,
        choices=[
            (TextSize.small.value, "Small"),
            (TextSize.normal.value, "Normal"),
            (TextSize.large.value, "Large"),
            (TextSize.largest.value, "Largest"),
        ],
        help_text="Beside the zoom of your browser.",
    )
    is_compact = forms.BooleanField(
        label="Compact", required=False, help_text="Smaller gaps, so that more posts fit on the screen."
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
        return redirect_with_message(request, path_to("settings-appearance"), "Saved.")
    context = {"form": form, "section": "appearance"}
    return page(request, "accounts/appearance.html", context, status=422 if form.errors else 200)
