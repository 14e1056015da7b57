"""Text folding for search: case, width, accents and invisible marks are removed from both the index and the query. Pure.

The same everywhere: PostgreSQL's own lower(), pg_trgm and text search parser depend on the locale of the database, and in the C locale
(the embedded database's) they know ASCII letters only.
"""

import re
import unicodedata
from itertools import chain

MAX_CHARS = 50_000  # of a text; the rest is not searched

# Soft hyphen, joiners, zero-width spaces, direction marks and variation selectors
_INVISIBLE = re.compile(
    "[\x00\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘‛ʼʻʹ′`´", "'"))
# Letters of their own in Cyrillic; any other mark there is an accent
_KEPT = {"и\u0306": "й", "у\u0306": "ў", "і\u0308": "ї"}
_KEPT_LETTERS = re.compile("|".join(_KEPT))
_ACCENTS = re.compile("[\u0300-\u036f]+")
_VOWEL_POINTS = re.compile(  # of Hebrew and Arabic, which most people leave out, and the Arabic stretching line
    "[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]"
)
_LATIN = str.maketrans(dict(zip("ðđħıĸłŀŋøŧ", "ddhikllnot", strict=True)) | {"æ": "ae", "œ": "oe", "þ": "th"})

# Scripts that are written without spaces, and Hangul, whose endings grow onto the word: any part of these is found
_SPACELESS = (
    "\u0e01-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3131-\u318e"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
_SPACELESS_CHAR = re.compile(f"[{_SPACELESS}]")
# Not in ideographs, Hangul and private use: to ask for each of them took 13 ms of every start
_WITH_MARKS = (range(0x300, 0x3400), range(0xA000, 0xAC00), range(0xF900, 0x10000))
_MARKS = "".join(
    char for char in map(chr, chain.from_iterable(_WITH_MARKS)) if unicodedata.category(char) in ("Mn", "Mc")
)
_PIECE = re.compile(
    rf"(?P<run>[{_SPACELESS}]+)|(?P<word>(?:[^\W_{_SPACELESS}]|[{_MARKS}])+)|(?P<sign>[\u2190-\u2bff\U0001f000-\U0001faff])"
)


def fold(text: str, most: int = MAX_CHARS) -> str:
    """Return the form of a text used for comparison: `Ｍüller` is `muller`, `Ёлка` is `елка`, `don’t` is `don't`.

    Of a longer text only the first `most` characters, also after some of them became several.
    """
    text = unicodedata.normalize("NFKC", text[:most].translate(_APOSTROPHES))
    text = without_invisible(text[:most].casefold())  # one character can become eighteen
    if text.isascii():
        return text
    text = _KEPT_LETTERS.sub(lambda found: _KEPT[found[0]], unicodedata.normalize("NFD", text))
    text = _VOWEL_POINTS.sub("", _ACCENTS.sub("", text)).translate(_LATIN)
    return unicodedata.normalize("NFC", text)


def without_invisible(text: str) -> str:
    """Return the text without marks of direction, joiners and the like, and without NUL."""
    return _INVISIBLE.sub("", text)


def is_spaceless(char: str) -> bool:
    """Return whether a character belongs to a script that is written without spaces, or to Hangul."""
    return _SPACELESS_CHAR.match(char) is not None


def fold_name(text: str) -> str:
    """Return the form of a name used for comparison: folded, without apostrophes, with single spaces."""
    return " ".join(fold(text).replace("'", "").split())


def index_grams(name: str) -> list[str]:
    """Return the index entries of a folded name: word prefixes (`^m`, `^mu`), trigrams; single characters and pairs in scripts without spaces."""
    grams: dict[str, None] = {}
    for piece in _PIECE.finditer(name):
        found = piece[0]
        if piece["word"] is None:
            grams |= dict.fromkeys(found)
            grams |= dict.fromkeys(found[at : at + 2] for at in range(len(found) - 1))
        else:
            grams |= dict.fromkeys((f"^{found[0]}", f"^{found[:2]}"))
            grams |= dict.fromkeys(found[at : at + 3] for at in range(len(found) - 2))
    return list(grams)


def query_grams(name: str) -> list[str]:
    """Return the minimal grams contained in every name that contains this folded text: fewer than three letters match word prefixes only."""
    grams: dict[str, None] = {}
    for piece in _PIECE.finditer(name):
        found, size = piece[0], 3 if piece["word"] else 2
        if len(found) >= size:
            grams |= dict.fromkeys(found[at : at + size] for at in range(len(found) - size + 1))
        else:
            grams[f"^{found}" if piece["word"] else found] = None
    return list(grams)
