"""A pseudo-language that puts every translated text between ⟦ and ⟧, so that untranslated texts are found."""

from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from unittest.mock import patch

from django.utils.translation import trans_real

OPEN, CLOSE = "⟦", "⟧"
_CONTEXT = "\x04"
_SPOKEN = ("title", "aria-label", "placeholder", "alt", "label", "data-confirm")
_OWN = frozenset(["bdi", "code", "kbd", "pre", "script", "style", "textarea"])
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)


class _Catalogue:
    """A fake of Django's catalogue."""

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
    """Replace this language with the pseudo-language."""
    with patch.dict(trans_real._translations, {language: _Catalogue(language)}):
        yield


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.plain: list[str] = []
        self._own: list[str] = []  # open elements, from the outermost one with user content
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        is_own = self._own or tag in _OWN or known.get("dir")
        if is_own and tag != "html" and tag not in _VOID:
            self._own.append(tag)
        for name in _SPOKEN:
            words = known.get(name) or ""
            if any(letter.isalpha() for letter in words) and OPEN not in words and not words.startswith("@"):
                self.plain.append(f"{name}={words}")
        if tag == "input" and known.get("type") == "submit":
            self.plain.append(f"value={known.get('value')}")

    def handle_endtag(self, tag: str) -> None:
        if self._own and tag in self._own:
            while self._own.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        outside = ""
        for letter in data:
            if letter == OPEN:
                self._depth += 1
            elif letter == CLOSE:
                self._depth -= 1
            elif not self._depth:
                outside += letter
        if not self._own and any(letter.isalpha() for letter in outside):
            self.plain.append(outside.strip())


def plain_words(html: str) -> list[str]:
    """Return the untranslated texts of a page, in elements and attributes, except user content."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.plain
