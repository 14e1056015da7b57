"""The languages of pages and mails. Their texts are in locale/, a catalogue each (docs/develop/translations.md)."""

from django.utils import translation
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


def preferred_language(accept_language: str) -> str:
    """Return the language of ours that an Accept-Language header likes best (RFC 9110, section 12.5.4); English for none."""
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
    language, _, region = (translation.get_language() or ENGLISH).partition("-")
    return f"{language}-{region.upper()}" if region else language
