"""Checks of names and titles: something visible, on one line. Pure."""

import unicodedata

_UNSEEN = {"Cc", "Cf", "Cn", "Cs", "Mn", "Zl", "Zp", "Zs"}
_BLANK_LETTERS = set("\u115f\u1160\u2800\u3164\uffa0")  # Hangul fillers and the empty Braille pattern


def is_blank(text: str) -> bool:
    """Return whether the text has no visible character: it is empty, or only spaces, joiners, direction marks and similar ones."""
    return all(char in _BLANK_LETTERS or unicodedata.category(char) in _UNSEEN for char in text)


def if_visible(text: str) -> str:
    """Return the text, or "" if nothing of it is visible."""
    return "" if is_blank(text) else text


def is_one_line(text: str) -> bool:
    """Return whether the text has no line break of any kind in Unicode."""
    return len(text.splitlines()) <= 1
