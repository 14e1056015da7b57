"""The language of a page: as its reader chose, else as the browser asks; and the languages that forms offer for posts."""

from collections.abc import Awaitable, Callable

from django import forms
from django.http import HttpResponse
from django.utils import translation
from django.utils.translation import gettext_lazy

from core.asgi.request import Request
from core.languages import LANGUAGES, preferred_language
from core.texts.language_names import LANGUAGE_NAMES

_LANGUAGES = sorted(
    ((code, own_name) for code, (_, own_name) in LANGUAGE_NAMES.items()), key=lambda pair: pair[1].casefold()
)
LANGUAGE_CHOICES = [("", gettext_lazy("My default")), *_LANGUAGES]


class LanguageField(forms.RegexField):
    """A language code, chosen by its name. An existing value that is not on the list is kept."""

    def __init__(self, label: str = gettext_lazy("Language")) -> None:
        super().__init__(
            r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*\Z",
            label=label,
            max_length=35,
            required=False,
            widget=forms.Select(choices=LANGUAGE_CHOICES),
        )


def keep_language(form: forms.Form, name: str) -> None:
    """Offer the value of a LanguageField also if it is not on the list."""
    chosen = str(form[name].value() or "")
    if chosen not in dict(LANGUAGE_CHOICES):
        form.fields[name].widget.choices = [*LANGUAGE_CHOICES, (chosen, chosen)]


Next = Callable[[Request], Awaitable[HttpResponse]]


def language_middleware(english_under: tuple[str, ...]) -> Callable[[Request, Next], Awaitable[HttpResponse]]:
    """Return middleware that activates the language of each request, except for paths with these prefixes, whose responses apps compare."""

    async def language_of_reader(request: Request, next: Next) -> HttpResponse:
        if request.path.startswith(english_under):
            return await next(request)
        with translation.override(_language(request)):
            return await next(request)

    return language_of_reader


def _language(request: Request) -> str:
    chosen = request.user.language if request.user else ""
    return chosen if chosen in LANGUAGES else preferred_language(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
