"""The language of a page: as its reader chose, else as the browser asks; and the languages that forms offer for posts."""

from collections.abc import Awaitable, Callable

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
