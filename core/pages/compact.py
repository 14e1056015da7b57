"""A template loader that removes whitespace needed only in the source, so that readable templates make small pages."""

import re

from django.template import Origin
from django.template.loaders import filesystem

_VERBATIM = re.compile(r"(<(pre|textarea|script|style)\b.*?</\2>)", re.DOTALL | re.IGNORECASE)
_BREAK = re.compile(r"\s*\n\s*")
_TAG = re.compile(r"<[a-zA-Z][^<>]*>")
# an attribute or a class that may be missing: the space before it goes with it
_OPTIONAL = re.compile(r" (\{% if [^%]*%\})((?:[^{}%]|\{\{[^{}]*\}\})+\{% endif %\}(?=[ >\"]))")
_IN_SENTENCE = re.compile(r"(?<=[^>}])\n(?!\Z)|\n(?![<{]|\Z)")
# block-level elements: whitespace at their edges is not rendered
_BOXES = (
    "article|aside|blockquote|body|button|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form|h1|h2|h3|head|header|html|legend|li"
    "|main|nav|ol|option|p|section|select|summary|table|tbody|td|th|thead|title|tr|ul|video"
)
# those that always begin and end a line: whitespace around them isn't rendered either
_LINES = "article|aside|div|footer|h1|h2|h3|header|li|main|nav|ol|p|section|ul"
_AROUND_LINES = re.compile(rf"(</(?:{_LINES})>|<(?:meta|link)\b[^<>]*>)\n|\n(?=<(?:{_LINES})\b)")
_AFTER_START = re.compile(rf"(<(?:{_BOXES})\b[^<>]*>)\n")
_BEFORE_END = re.compile(rf"\n(</(?:{_BOXES})>)")
# it says nothing itself: the line break before it is enough
_SILENT = re.compile(r"(?<=\n)(\{%[^%]* as \w+ %\})\n")
_AFTER_CELL = re.compile(r"(</(?:td|th|tr|dt|dd|option)>)\n(?=<)")


def compact(source: str) -> str:
    """Return the source of an HTML template with line breaks and indentation only where they separate words or elements."""
    parts = _VERBATIM.split(source)
    # the pattern has two groups: text, verbatim element, its name, text …
    return "".join(
        part if place % 3 else _compacted(part) for place, part in enumerate(parts) if place % 3 < 2
    )


def _compacted(text: str) -> str:
    text = _BREAK.sub("\n", text).replace("\n>", ">").replace("\n/>", "/>")
    text = _SILENT.sub(r"\1", _TAG.sub(lambda tag: _OPTIONAL.sub(r"\1 \2", tag[0].replace("\n", " ")), text))
    text = _AROUND_LINES.sub(lambda found: found[1] or "", text)
    text = _BEFORE_END.sub(r"\1", _AFTER_START.sub(r"\1", _AFTER_CELL.sub(r"\1", text)))
    return _IN_SENTENCE.sub(" ", text)


class Loader(filesystem.Loader):
    """Django's loader of files; compacts those that are HTML."""

    def get_contents(self, origin: Origin) -> str:
        source = super().get_contents(origin)
        return compact(source) if str(origin.name).endswith(".html") else source
