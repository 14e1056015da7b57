"""A made-up language: every text that is looked up in a catalogue comes back between ⟦ and ⟧, so that what is not stands out."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from django.utils.translation import trans_real

OPEN, CLOSE = "⟦", "⟧"
_CONTEXT = "\x04"


class _Catalogue:
    """Stands for a catalogue of Django's."""

    def __init__(self, language: str) -> None:
        self._language = language

    def gettext(self, text: str) -> str:
        return f"{OPEN}{text.rpartition(_CONTEXT)[2]}{CLOSE}"

    def ngettext(self, one: str, many: str, count: int) -> str:
        return self.gettext(one if count == 1 else many)

    def language(self) -> str:
        return self._language

    to_language = language


@contextmanager
def pseudo_language(language: str) -> Iterator[None]:
    """Put the made-up language in the place of this one."""
    with patch.dict(trans_real._translations, {language: _Catalogue(language)}):
        yield
