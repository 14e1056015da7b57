"""Sanitising of HTML from other servers, done once when it arrives: Mastodon's allow list, through nh3, with limits on size and nesting."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from core.texts.html_tags import unescape

if TYPE_CHECKING:
    from nh3 import Cleaner  # 1.5 MB

MAX_HTML = 100_000  # characters, in and out; no post needs more
MAX_TAGS = 5_000
MAX_FORMATTING_TAGS = 16  # formatting elements with attributes, before these are stripped
_PASSES = 4

_TAGS = {
    *(
        "p",
        "br",
        "span",
        "a",
        "del",
        "s",
        "pre",
        "code",
        "blockquote",
        "em",
        "strong",
        "b",
        "i",
        "u",
        "ul",
        "ol",
        "li",
    ),
    *("ruby", "rt", "rp"),
}
_DROPPED_WITH_CONTENT = {
    "script",
    "style",
    "iframe",
    "object",
    "svg",
    "template",
    "title",
    "textarea",
    "noscript",
    "select",
}
_HEADINGS = {f"h{level}" for level in range(1, 7)}
_CELLS = {"td", "th"}
# removed, but their contents are separated from the text around them
_BLOCKS = {
    *(
        "address",
        "article",
        "aside",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
    ),
    *(
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "header",
        "hgroup",
        "hr",
        "legend",
        "main",
        "menu",
    ),
    *("nav", "option", "search", "section", "summary", "table", "tbody", "tfoot", "thead", "tr"),
}
_SCHEMES = {"http", "https", "dat", "dweb", "ipfs", "ipns", "ssb", "gopher", "xmpp", "magnet", "gemini"}
_CLASS = re.compile(r"(?:(?:h|p|u|dt|e)-[\w-]{1,60}|mention|hashtag|ellipsis|invisible|quote-inline)\Z")
_LANG = re.compile(r"[A-Za-z0-9]{1,8}(?:-[A-Za-z0-9]{1,8}){0,6}\Z")
_NUMBER = re.compile(r"-?\d{1,6}\Z")
_ATTRIBUTES = {
    "*": {"lang", "translate"},
    "a": {"href", "class"},
    "span": {"class"},
    "p": {"class"},
    "ol": {"start", "reversed"},
    "li": {"value"},
}


def _keep_attribute(tag: str, name: str, value: str) -> str | None:
    match name:
        case "class":
            kept = [word for word in value.split()[:20] if _CLASS.match(word)]
            return " ".join(kept) or None
        case "lang":
            return value if _LANG.match(value) else None
        case "translate":
            return "no" if value.lower() == "no" else None
        case "start" | "value":
            return value if _NUMBER.match(value) else None
        case "reversed":
            return ""
    return value


@cache
def _cleaner(*more_tags: str) -> Cleaner:
    """Return the allow list, with additional tags. The library is loaded on first use: a web process may never need its 1.5 MB."""
    from nh3 import Cleaner  # 1.5 MB

    return Cleaner(
        tags={*_TAGS, *more_tags},
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=_keep_attribute,
        link_rel="nofollow noopener",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_schemes=_SCHEMES,
        url_relative="deny",
    )


@cache
def _cleaner_to_lines() -> Cleaner:
    from nh3 import Cleaner  # 1.5 MB

    return Cleaner(
        tags={"p", "br", "li", "blockquote", "pre", "ul", "ol"},
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attributes={},
        link_rel=None,
    )


_HEADING_LIKE = re.compile(r"<h[1-6][\s>/]", re.IGNORECASE)
_HEADING = re.compile(r"<(/?)h[1-6](?: [^<>]*)?>")
_BLOCK_NAMES = "|".join(sorted(_BLOCKS | _HEADINGS))
_BLOCK_LIKE = re.compile(rf"<(?:{_BLOCK_NAMES}|td|th)[\s/>]", re.IGNORECASE)
_BLOCK = re.compile(rf"</?(?:{_BLOCK_NAMES})(?: [^<>]*)?>")
_CELL = re.compile(r"<(/?)t[dh](?: [^<>]*)?>")
_STARTS_APART = (
    "<p>",
    "<p ",
    "<ul>",
    "<ul ",
    "<ol>",
    "<ol ",
    "<li>",
    "<li ",
    "<pre>",
    "<pre ",
    "<blockquote",
    "<br",
)
_ENDS_APART = (
    *("</p>", "</ul>", "</ol>", "</li>", "</pre>", "</blockquote>", "<br>"),
    *("<p>", "<ul>", "<ol>", "<li>", "<pre>", "<blockquote>"),
)
_LINK = re.compile(r"<a(?: [^<>]*)?>|</a>")
_FORMATTING = re.compile(
    r"<(b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)[\s/][^>]*(?:>|\Z)", re.IGNORECASE
)
_ANNOTATION = re.compile(
    r"<annotation\s[^<>]{0,200}?\bencoding\s{0,9}=\s{0,9}[\"']?([\w/+-]{1,50})[^<>]{0,200}>([^<]*)<",
    re.IGNORECASE,
)
_OVERLONG_TAG = re.compile(r"<[a-zA-Z][^<>]{4000,}>?")
_TAG = re.compile(r"<[^<>]*>")
_BREAK = re.compile(r"<br[^<>]*>")
_BLOCK_END = re.compile(r"</(p|li)>|</?(?:blockquote|pre|ul|ol)>")
_LINES = re.compile(r"\n{3,}")
_BARE_PARAGRAPHS = re.compile(r"(?:<p>[^<>&\x00-\x09\x0b-\x1f]*</p>)+")


def sanitise(html: str) -> str:
    """Return safe HTML: only known tags, classes and schemes, at most MAX_HTML characters. Idempotent.

    Headings become bold paragraphs, other blocks separate lines, formulas their source text, links with unknown schemes plain text. Input
    that looks like an attack keeps its text and loses its tags.
    """
    html = _defuse(html)
    html = _formulas_to_text(html)
    if _HEADING_LIKE.search(html):
        html = _HEADING.sub(_heading_to_paragraph, _cleaner(*_HEADINGS, *_BLOCKS, *_CELLS).clean(html))
    html = _separate_blocks(html)
    for _ in range(_PASSES):
        # removing a tag can change how the rest is parsed, so repeat until nothing changes
        before, html = html, _without_dead_links(_cleaner().clean(html))
        if len(html) > MAX_HTML or html.count("<") > MAX_TAGS:
            return _words_only(html)
        if html == before:
            return html
    return html if _without_dead_links(_cleaner().clean(html)) == html else _words_only(html)


def to_text(html: str) -> str:
    """Return the plain text of HTML, sanitised or not, with line breaks where paragraphs and `<br>` end."""
    if len(html) <= MAX_HTML and _BARE_PARAGRAPHS.fullmatch(html):  # the usual case needs no parser
        text = html.replace("\n", " ").replace("\xa0", " ").replace("</p>", "\n\n").replace("<p>", "")
        return _LINES.sub("\n\n", text).strip()
    html = _cleaner_to_lines().clean(_separate_blocks(_formulas_to_text(_defuse(html))))
    html = _BREAK.sub("\n", html.replace("\n", " ") if "<" in html else html)
    html = _BLOCK_END.sub(lambda end: "\n\n" if end[1] == "p" else "\n", html)
    text = unescape(_TAG.sub("", html)).replace("\xa0", " ")
    return _LINES.sub("\n\n", text).strip()


def _separate_blocks(html: str) -> str:
    """Put a line break where a removed block begins or ends between words, and a space between the cells of a table."""
    if not _BLOCK_LIKE.search(html):
        return html
    html = _cleaner(*_BLOCKS, *_CELLS, *_HEADINGS).clean(html)
    html = _CELL.sub(lambda cell: " " if cell[1] else "", html)
    kept: list[str] = []
    has_words, ends_apart = False, True
    for piece in map(str.strip, _BLOCK.split(html)):
        if not piece:
            continue
        is_visible = bool(_TAG.sub("", piece).strip())
        if is_visible and has_words and not ends_apart and not piece.startswith(_STARTS_APART):
            kept.append("<br>")
        kept.append(piece)
        has_words = has_words or is_visible
        ends_apart = piece.endswith(_ENDS_APART)
    return "".join(kept)


def _defuse(html: str) -> str:
    """Truncate the text, and make the parser's work linear.

    A parser reopens unclosed formatting elements in every block, but at most three identical ones (the "Noah's Ark clause" of the HTML
    standard); different attributes make them distinct, so if there are many they lose their attributes.
    """
    html = html[:MAX_HTML].replace("\0", "").encode("utf-8", "replace").decode()
    if html.count("<") > MAX_TAGS:
        return escape(_TAG.sub(" ", html).replace("<", " "), quote=False)
    # checking for duplicate attributes takes the parser quadratic time
    html = _OVERLONG_TAG.sub("", html)
    # up to the last ">", so that no search runs to the end in vain
    tagged = html.rfind(">") + 1
    if len(_FORMATTING.findall(html, 0, tagged)) > MAX_FORMATTING_TAGS:
        html = _FORMATTING.sub(r"<\1>", html[:tagged]) + html[tagged:]
    return html


def _words_only(html: str) -> str:
    text = escape(unescape(_TAG.sub(" ", html)), quote=False)
    while len(cleaned := _cleaner().clean(text)) > MAX_HTML:
        text = text[: len(text) * MAX_HTML // len(cleaned) - 10]
    # the cut may have split a character reference, which is parsed differently now
    return _cleaner().clean(cleaned)


def _without_dead_links(html: str) -> str:
    """Return cleaned HTML without links that lost their URL; their text stays."""
    is_dead = False

    def kept(tag: re.Match[str]) -> str:
        nonlocal is_dead
        if tag[0] == "</a>":
            was_dead, is_dead = is_dead, False
            return "" if was_dead else tag[0]
        is_dead = " href=" not in tag[0]
        return "" if is_dead else tag[0]

    return _LINK.sub(kept, html)


def _heading_to_paragraph(tag: re.Match[str]) -> str:
    return "</strong></p>" if tag[1] else "<p><strong>"


def _formulas_to_text(html: str) -> str:
    """Replace each `<math>` by the TeX or plain text in its annotation, or remove it."""
    lowered = html.lower()
    if "<math" not in lowered or len(lowered) != len(html):
        return html
    pieces, at = [], 0
    while (start := lowered.find("<math", at)) >= 0 and (end := lowered.find("</math", start)) >= 0:
        pieces.append(html[at:start])
        found = {match[1].lower(): match[2] for match in _ANNOTATION.finditer(html, start, end + 1)}
        source = found.get("application/x-tex") or found.get("text/plain") or ""
        pieces.append(escape(unescape(source).strip(), quote=False))
        at = html.find(">", end) + 1 or len(html)
    return "".join(pieces) + html[at:]
