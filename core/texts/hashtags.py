"""Hashtags: valid names, their normal form, and the paths of their pages."""

import re
import unicodedata
from urllib.parse import quote

from core.texts.short_cache import cached_if_short

MAX_TAG = 100
_MAX_NORMAL_TAG = 200  # the column's width; normalisation expands some characters
_JOINING = "·・\u200c\u200d"  # inside a hashtag, not at its end
_EXTRAS = frozenset("_" + _JOINING)
# Latin letters that Unicode does not decompose into a letter and an accent, folded as in Mastodon
_MARKS = frozenset(("Mn", "Mc"))
_VARIANTS = frozenset(map(chr, range(0xFE00, 0xFE10)))  # of emoji
_FOLDED = str.maketrans("ðđħıĸłŀŋøŧ", "ddhikllnot")
_LATIN_WITH_MARKS = re.compile(r"([a-z])[\u0300-\u036f]+")


def is_tag_char(char: str) -> bool:
    """Return whether a character can be inside a hashtag: letters, marks and digits of every script, and their joiners."""
    if char.isascii():
        return char.isalnum() or char == "_"
    return (
        char.isalnum() or char in _EXTRAS or (unicodedata.category(char) in _MARKS and char not in _VARIANTS)
    )


@cached_if_short(longest=_MAX_NORMAL_TAG, maxsize=8192)
def normal_tag(name: str) -> str:
    """Return the form of a hashtag used for comparison and storage: without `#`, case, width and the accents of Latin letters (`#Català`
    is `catala`).
    """
    name = unicodedata.normalize("NFKC", name.strip().lstrip("#＃")).casefold()
    if name.isascii():
        return name
    plain = _LATIN_WITH_MARKS.sub(r"\1", unicodedata.normalize("NFD", name)).translate(_FOLDED)
    return unicodedata.normalize("NFC", plain)


def is_hashtag(name: str) -> bool:
    """Return whether a name can be a hashtag: allowed characters, not too long, not digits alone."""
    return (
        len(name) <= MAX_TAG
        and all(map(is_tag_char, name))
        and any(not (char.isdigit() or char in _EXTRAS) for char in name)
        and 0 < len(normal_tag(name)) <= _MAX_NORMAL_TAG
    )


def clean_tag(name: str) -> str:
    """Return a remote hashtag without invalid characters, as cleaned by Mastodon; "" if nothing is left."""
    name = "".join(filter(is_tag_char, name[: 10 * MAX_TAG])).strip(_JOINING)
    return name if is_hashtag(name) else ""


def tag_path(name: str) -> str:
    """Return the path of a hashtag's page, percent-encoded."""
    return f"/tags/{quote(normal_tag(name), safe='')}"
