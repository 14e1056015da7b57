"""The chosen skin tone of emoji, remembered by the browser for each identity, on the page of reactions and in the picker."""

from typing import Any

import msgspec
from django.http import HttpResponse
from django.utils.translation import gettext_lazy

from core.asgi.request import Request
from core.texts.unicode_emojis import takes_tone, with_tone

_NAMES = (
    gettext_lazy("No skin tone"),
    gettext_lazy("Light skin tone"),
    gettext_lazy("Medium-light skin tone"),
    gettext_lazy("Medium skin tone"),
    gettext_lazy("Medium-dark skin tone"),
    gettext_lazy("Dark skin tone"),
)
_HAND = "\u270b"
_REMEMBERED_S = 400 * 86400  # the maximum of browsers


class Offered(msgspec.Struct, frozen=True):
    """An emoji to choose; `plain` is its spelling without a tone, empty if it supports none."""

    sign: str
    name: str
    plain: str = ""


class Tone(msgspec.Struct, frozen=True):
    number: int
    sign: str
    name: str
    is_chosen: bool


def _cookie(request: Request) -> str:
    return f"skin_tone_{request.identity.pk}"


def chosen_tone(request: Request) -> int:
    """Return the tone requested with `?tone=`, else the remembered one; 0 is none."""
    for text in (request.GET.get("tone", ""), request.COOKIES.get(_cookie(request), "")):
        if text in {"0", "1", "2", "3", "4", "5"}:
            return int(text)
    return 0


def with_tones(emojis: list[tuple[str, str]] | tuple[tuple[str, str], ...], tone: int) -> list[Offered]:
    """Return emoji with their names in a tone, if they support one."""
    return [
        Offered(with_tone(emoji, tone), name, emoji) if takes_tone(emoji) else Offered(emoji, name)
        for emoji, name in emojis
    ]


def tone_context(emojis: list[Offered], tone: int) -> dict[str, Any]:
    """Return the template context: the emoji, and the available tones if any of them supports one."""
    tones = [
        Tone(number, with_tone(_HAND, number), str(name), number == tone)
        for number, name in enumerate(_NAMES)
    ]
    return {"emojis": emojis, "tones": tones if any(one.plain for one in emojis) else []}


def remember_tone(request: Request, response: HttpResponse) -> HttpResponse:
    """Store the requested tone."""
    if "tone" in request.GET:
        response.set_cookie(
            _cookie(request),
            str(chosen_tone(request)),
            max_age=_REMEMBERED_S,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure(),
        )
    return response
