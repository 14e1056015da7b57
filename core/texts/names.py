"""What a name or title must be to be seen: something visible, on one line. Pure."""

import unicodedata

_UNSEEN = {"Cc", "Cf", "Cn", "Cs", "Mn", "Zl", "Zp", "Zs"}
_BLANK_LETTERS = set("\u115f\u1160\u2800\u3164\uffa0")  # Hangul fillers and the empty Braille pattern


def is_blank(text: str) -> bool:
    """Whether nothing of the text can be seen: it is empty, or all spaces, joiners, marks of direction and the like."""
    return all(char in _BLANK_LETTERS or unicodedata.category(char) in _UNSEEN for char in text)


def is_one_line(text: str) -> bool:
    """Whether the text has no line break of any kind, of Unicode's, too."""
    return len(text.splitlines()) <= 1
