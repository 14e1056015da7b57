"""Unicode emoji for the picker, in groups, and searchable by words of their names. Flags and keycaps are left out; skin tones are added
when they are shown.
"""

import re
import unicodedata
from functools import cache

import msgspec
from django.utils.translation import gettext, gettext_noop

from core.texts.unicode_emojis import single_emoji


class Group(msgspec.Struct, frozen=True):
    """A group by its blocks of code points, first and last."""

    slug: str
    english: str
    blocks: tuple[tuple[int, int], ...]

    @property
    def name(self) -> str:
        return gettext(self.english)

    @property
    def emojis(self) -> tuple[tuple[str, str], ...]:
        """Return `(emoji, name)` of all."""
        return _of_group(self)


GROUPS = (
    Group(
        "faces",
        gettext_noop("Faces"),
        ((0x1F600, 0x1F64F), (0x1F910, 0x1F917), (0x1F920, 0x1F92F), (0x1F970, 0x1F97A), (0x1FAE0, 0x1FAE9)),
    ),
    Group(
        "people",
        gettext_noop("People and hands"),
        ((0x1F440, 0x1F487), (0x1F48B, 0x1F48F), (0x1F90C, 0x1F93E), (0x1F9B4, 0x1F9BB), (0x1F9D0, 0x1F9E6), (0x1FAC0, 0x1FAC5), (0x1FAF0, 0x1FAF8)),
    ),
    Group("hearts", gettext_noop("Hearts and stars"), ((0x2763, 0x2764), (0x1F493, 0x1F49F), (0x1F90D, 0x1F90F), (0x1F4A0, 0x1F4AF), (0x2B50, 0x2B50))),
    Group(
        "nature",
        gettext_noop("Animals and plants"),
        ((0x1F400, 0x1F43F), (0x1F330, 0x1F344), (0x1F490, 0x1F490), (0x1F980, 0x1F9AE), (0x1FAB0, 0x1FABF)),
    ),
    Group("food", gettext_noop("Food and drink"), ((0x1F345, 0x1F37F), (0x1F950, 0x1F96F), (0x1F9C0, 0x1F9CB), (0x1FAD0, 0x1FADB))),
    Group("play", gettext_noop("Play and celebrations"), ((0x1F380, 0x1F3DF), (0x1F93F, 0x1F94F), (0x1F9E7, 0x1F9EF), (0x1FA80, 0x1FA89))),
    Group("places", gettext_noop("Weather and places"), ((0x1F300, 0x1F32C), (0x1F3E0, 0x1F3F0), (0x1F5FA, 0x1F5FF), (0x1F680, 0x1F6FF), (0x2600, 0x2604))),
    Group("things", gettext_noop("Things"), ((0x1F451, 0x1F462), (0x1F488, 0x1F48A), (0x1F4B0, 0x1F4FF), (0x1F526, 0x1F53D), (0x1F56F, 0x1F5F3), (0x1FA70, 0x1FA7C), (0x1FA90, 0x1FAAF))),
    Group("signs", gettext_noop("Signs"), ((0x1F170, 0x1F251), (0x1F500, 0x1F525), (0x1F549, 0x1F567), (0x1F7E0, 0x1F7F0), (0x203C, 0x2B55), (0x3030, 0x3299))),
)  # fmt: skip
_MAX_WORDS = 5


@cache
def _of_group(group: Group) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for first, last in group.blocks:
        for point in range(first, last + 1):
            name, emoji = unicodedata.name(chr(point), ""), single_emoji(chr(point))
            if name and emoji:
                found[emoji] = name.lower()
    return tuple(found.items())


def emojis_named(words: str) -> list[tuple[str, str]]:
    """Return `(emoji, name)` of all whose name contains all of these words or word prefixes."""
    wanted = [f" {word}" for word in re.findall(r"\w+", words.lower())[:_MAX_WORDS]]
    if not wanted:
        return []
    found = {
        emoji: name
        for group in GROUPS
        for emoji, name in group.emojis
        if all(word in f" {name}" for word in wanted)
    }
    return list(found.items())
