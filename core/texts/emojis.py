"""Custom emoji in texts: valid shortcodes, those used in a text, and their replacement by pictures. Pure, in linear time."""

import re
from collections.abc import Mapping

MAX_SHORTCODE_LENGTH = 64
MAX_PER_TEXT = 50
_OWN = re.compile(rf"[A-Za-z0-9_]{{2,{MAX_SHORTCODE_LENGTH}}}")
# not inside of a word or a time of day (10:30:15); the closing colon may open the next one
_USED = re.compile(rf"(?<![A-Za-z0-9_]):([A-Za-z0-9_]{{2,{MAX_SHORTCODE_LENGTH}}})(?=:)")
# code, and a tag with its attributes, which are left alone, or what may be a shortcode of any software
_TAG_OR_SHORTCODE = re.compile(
    rf'<code>[^<]*|<[^<>"]*(?:"[^"]*"[^<>"]*)*>|:([A-Za-z0-9_.+-]{{1,{MAX_SHORTCODE_LENGTH}}})(?=:)'
)


def is_shortcode(text: str) -> bool:
    """Return whether the text is a valid shortcode of this server, without colons."""
    return _OWN.fullmatch(text) is not None


def used_shortcodes(*texts: str) -> list[str]:
    """Return the possible shortcodes of custom emoji in plain texts, without duplicates, in order; at most MAX_PER_TEXT."""
    found: dict[str, None] = {}
    for text in texts:
        if text.count(":") > 1:
            found |= dict.fromkeys(match[1] for match in _USED.finditer(text))
    return list(found)[:MAX_PER_TEXT]


def replace_shortcodes(html: str, pictures: Mapping[str, str]) -> str:
    """Replace `:shortcode:` in the text of sanitised HTML, never within a tag or code, by the HTML in `pictures`; unknown ones stay."""
    if not pictures or ":" not in html:
        return html
    parts, done = [], 0
    for match in _TAG_OR_SHORTCODE.finditer(html):
        if match.start() < done or match[1] is None:
            continue
        picture = pictures.get(match[1])
        if picture is not None:
            parts += [html[done : match.start()], picture]
            done = match.end() + 1
    return "".join([*parts, html[done:]])
