"""The texts of our scripts in other languages: a script for each language that hands them to static/js/site.js."""

import re
from collections.abc import Iterator

import msgspec
from django.utils import translation

_MARKED = re.compile(r'\b(tn?)\(\s*("(?:[^"\\\n]|\\.)*")(?:\s*,\s*("(?:[^"\\\n]|\\.)*"))?')
# how many → the plural form's name in Intl.PluralRules, for each language: a number of each form
_EXAMPLES = {
    "ar": {"zero": 0, "one": 1, "two": 2, "few": 3, "many": 11, "other": 100},
    "ja": {"other": 0},
    "uk": {"one": 1, "few": 2, "many": 5, "other": 5},
}
_ONE_AND_OTHER = {"one": 1, "other": 2, "many": 1_000_000}


def texts_of(script: str) -> Iterator[tuple[str, str]]:
    """Yield the texts that a script marks with t() and tn(), each with its plural, empty for t()."""
    for function, text, plural in _MARKED.findall(script):
        if function == "tn" and plural:
            yield msgspec.json.decode(text), msgspec.json.decode(plural)
        elif function == "t":
            yield msgspec.json.decode(text), ""


def words_script(language: str, scripts: list[str], learning: str) -> bytes:
    """Return a module with the translated texts of these scripts for the one at the URL `learning`; empty if there are none."""
    words: dict[str, str | dict[str, str]] = {}
    with translation.override(language):
        for text, plural in sorted({found for script in scripts for found in texts_of(script)}):
            if plural:
                examples = _EXAMPLES.get(language, _ONE_AND_OTHER)
                forms = {form: translation.ngettext(text, plural, count) for form, count in examples.items()}
                if not {text, plural}.issuperset(forms.values()):
                    words[text] = forms
            elif translation.gettext(text) != text:
                words[text] = translation.gettext(text)
    head = f'import {{ learn }} from "{learning}";learn('.encode()
    return head + msgspec.json.encode(words) + b");" if words else b""
