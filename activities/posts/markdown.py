"""A safe subset of Markdown in posts, as HTML. Pure; the time is linear in the length of the text, which is limited for posts.

Bold, italic, strikethrough, code, code blocks, lists, quotations and links; HTML is shown as text, and pictures and headings are not
supported. Links, mentions and hashtags outside code are converted as in plain text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from core.texts.links import find_link
from core.texts.markup import inline_html
from core.texts.tokens import Handle, Kind, tokens

type Words = Callable[[str], str]

if TYPE_CHECKING:
    from markdown_it import MarkdownIt  # 2 MB, only for users who write Markdown
    from markdown_it.token import Token

_RULES = (
    "fence",
    "blockquote",
    "list",
    "newline",
    "escape",
    "backticks",
    "emphasis",
    "strikethrough",
    "link",
)
_MAX_NESTING = 20
_WORDS = ("text", "text_special")
_REL = "nofollow noopener"
_TAGS = {
    "blockquote": "blockquote",
    "bullet_list": "ul",
    "ordered_list": "ol",
    "list_item": "li",
    "em": "em",
    "strong": "strong",
    "s": "del",
}
# Markdown characters in URLs and names are replaced by private-use characters during parsing.
_HIDDEN = {ord(sign): 0xE000 + place for place, sign in enumerate("_*~`[]\\")}
_SHOWN = {private: chr(sign) for sign, private in _HIDDEN.items()}


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # 2 MB, only for users who write Markdown

    parser = MarkdownIt("zero", {"maxNesting": _MAX_NESTING}).enable(list(_RULES))
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]  # `_address` does
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser


def markdown_to_html(
    text: str, *, own_host: str = "", base_url: str = "", profile_urls: Mapping[Handle, str] | None = None
) -> str:
    """Return the text as HTML, with links, hashtags and mentions as in `to_html`."""

    def words(said: str) -> str:
        return inline_html(said, own_host, base_url, profile_urls or {})

    pieces: list[str] = []
    for token in _parser().parse(_hidden(text)):
        if token.type == "inline":
            pieces.extend(_inline(token.children or [], words))
        elif token.type == "fence":
            pieces.append(f"<pre><code>{escape(_shown(token.content), quote=False)}</code></pre>")
        elif token.type.startswith("paragraph"):
            pieces.append("" if token.hidden else _tag("p", token))
        else:
            pieces.append(_tag(_TAGS[token.type.rpartition("_")[0]], token))
    return "".join(pieces)


def spoken(text: str) -> str:
    """Return the text outside code and links, in which mentions and hashtags count."""
    lines: list[str] = []
    for token in _parser().parse(_hidden(text)):
        links: list[bool] = []
        for one in token.children or [] if token.type == "inline" else []:
            if one.type == "link_open":
                links.append(bool(_href(one)))
            elif one.type == "link_close":
                links.pop()
            lines.append(_shown(one.content) if one.type in _WORDS and not any(links) else "\n")
        lines.append("\n")
    return "".join(lines)


def _inline(children: list[Token], words: Words) -> Iterator[str]:
    """Yield the HTML of a paragraph. Adjacent pieces of text are converted together."""
    said, links = "", list[bool]()

    def flushed() -> str:
        return escape(said, quote=False) if any(links) else words(said)

    for token in children:
        if token.type in _WORDS:
            said += _shown(token.content)
            continue
        if said:
            yield flushed()
            said = ""
        match token.type:
            case "softbreak" | "hardbreak":
                yield "<br>"
            case "code_inline":
                yield f"<code>{escape(_shown(token.content), quote=False)}</code>"
            case "link_open":
                href = _href(token)
                links.append(bool(href))
                if href:
                    yield f'<a href="{escape(href)}" target="_blank" rel="{_REL}">'
            case "link_close":
                if links.pop():
                    yield "</a>"
            case kind:
                yield _tag(_TAGS[kind.rpartition("_")[0]], token)
    if said:
        yield flushed()


def _tag(name: str, token: Token) -> str:
    start = token.attrs.get("start", 1)  # a sentence may begin with a year, which looks like a list item
    more = f' start="{start}"' if start != 1 else ""
    return f"</{name}>" if token.nesting < 0 else f"<{name}{more}>"


def _href(token: Token) -> str:
    return _address(_shown(str(token.attrGet("href") or "")))


def _address(url: str) -> str:
    """Return a web address to link to; "" for anything else."""
    scheme = next((one for one in ("https://", "http://") if url.lower().startswith(one)), "")
    link = find_link(url, 0, scheme) if scheme else None
    return link.href if link is not None and link.end == len(url) else ""


def _hidden(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(dict.fromkeys(_SHOWN, "\ufffd"))
    return "".join(
        token.raw if token.kind is Kind.TEXT else token.raw.translate(_HIDDEN) for token in tokens(text)
    )


def _shown(text: str) -> str:
    return text.translate(_SHOWN)
