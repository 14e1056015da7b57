"""The languages of pages and mails, and their date formats. The texts are in locale/, one catalogue each (docs/develop/translations.md)."""

import datetime as dt

from django.utils import translation
from django.utils.dateformat import format as format_date
from django.utils.translation.trans_real import parse_accept_lang_header

ENGLISH = "en"
LANGUAGES = {
    ENGLISH: "English",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "pt-br": "Português (Brasil)",
    "uk": "Українська",
    "ar": "العربية",
    "ja": "日本語",
}
"""Language code (as Django writes them) → the language's name in itself."""

_LONGEST_HEADER = 200
# language: a day with its year, the same in short, without the year (the letters are those of Django's `date` filter)
_DAYS = {
    ENGLISH: ("j F Y", "j M Y", "j M"),
    "de": ("j. F Y", "j. M Y", "j. M"),
    "fr": ("j F Y", "j N Y", "j N"),
    "pt-br": (r"j \d\e F \d\e Y", r"j \d\e N \d\e Y", r"j \d\e N"),
    "es": (r"j \d\e F \d\e Y", "j N Y", "j N"),
    "uk": ("j E Y", "j N Y", "j N"),
    "ja": ("Y年n月j日", "Y年n月j日", "n月j日"),
    "ar": ("j F Y", "j F Y", "j F"),
}


def preferred_language(accept_language: str) -> str:
    """Return the supported language that an Accept-Language header prefers (RFC 9110, section 12.5.4); English if there is none."""
    for wanted, weight in parse_accept_lang_header(accept_language[:_LONGEST_HEADER]):
        language = _ours(wanted) if weight else ""
        if language:
            return language
    return ENGLISH


def _ours(wanted: str) -> str:
    if wanted in LANGUAGES:
        return wanted
    base = wanted.partition("-")[0]
    return (
        base if base in LANGUAGES else next((code for code in LANGUAGES if code.startswith(f"{base}-")), "")
    )


def html_language() -> str:
    """Return the active language as the `lang` of an element (RFC 5646), such as pt-BR."""
    return language_tag(translation.get_language() or ENGLISH)


def language_tag(code: str) -> str:
    """Return a language code as RFC 5646 writes it: pt-BR for pt-br."""
    language, _, region = code.partition("-")
    return f"{language}-{region.upper()}" if region else language


def day_words(day: dt.date) -> str:
    """Return a day with its year, such as 5 March 2026."""
    return format_date(day, _shapes()[0])


def short_day_words(day: dt.date, *, with_year: bool) -> str:
    """Return a day such as 5 Mar, or 5 Mar 2026."""
    _, with_its_year, without = _shapes()
    return format_date(day, with_its_year if with_year else without)


def _shapes() -> tuple[str, str, str]:
    return _DAYS.get(translation.get_language() or ENGLISH, _DAYS[ENGLISH])
