"""HTML from text that users type, in the form that Mastodon sends and clients expect."""

import re
from collections.abc import Mapping
from html import escape

from core.texts.hashtags import tag_path
from core.texts.tokens import Handle, Kind, Token, handle_of, tokens

_SHOWN = 30  # the visible length of a link
_PREFIX = re.compile(r"https?://(?:www\.)?|xmpp:", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n{2,}")
_REL = "nofollow noopener"


def to_html(
    text: str, *, own_host: str = "", base_url: str = "", profile_urls: Mapping[Handle, str] | None = None
) -> str:
    """Return the text as HTML: paragraphs, line breaks, links, hashtags of `base_url`, and mentions of the accounts in `profile_urls`.

    Without `base_url` hashtags stay text.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    people = profile_urls or {}
    return "".join(
        f"<p>{inline_html(part, own_host, base_url, people)}</p>"
        for part in _BLANK_LINES.split(text)
        if part.strip()
    )


def field_to_html(
    text: str, *, own_host: str = "", base_url: str = "", profile_urls: Mapping[Handle, str] | None = None
) -> str:
    """Render one line with links as in `to_html`. Those to websites have rel=me, for verification by the other page."""
    return inline_html(" ".join(text.split()), own_host, base_url, profile_urls or {}, rel=f"me {_REL}")


def inline_html(
    text: str, own_host: str, base_url: str, profile_urls: Mapping[Handle, str], *, rel: str = _REL
) -> str:
    """Render text with links, hashtags of `base_url` and mentions; those of unknown accounts stay text."""
    pieces = []
    for token in tokens(text):
        match token.kind:
            case Kind.LINK:
                pieces.append(_link(token, rel))
            case Kind.HASHTAG if base_url:
                href = escape(base_url + tag_path(token.name))
                pieces.append(
                    f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{escape(token.name)}</span></a>'
                )
            case Kind.MENTION:
                pieces.append(_mention(token, profile_urls.get(handle_of(token, own_host))))
            case _:
                pieces.append(escape(token.raw, quote=False).replace("\n", "<br>"))
    return "".join(pieces)


def _mention(token: Token, profile_url: str | None) -> str:
    if profile_url is None:
        return escape(token.raw)
    return (
        f'<span class="h-card" translate="no"><a href="{escape(profile_url)}" class="u-url mention">'
        f"@<span>{escape(token.name)}</span></a></span>"
    )


def _link(token: Token, rel: str) -> str:
    """Return a link whose text is the URL without its scheme, shortened."""
    url = token.raw
    prefix = _PREFIX.match(url)
    start = prefix.end() if prefix else 0
    shown, rest = url[start : start + _SHOWN], url[start + _SHOWN :]
    css = ' class="ellipsis"' if rest else ""
    return (
        f'<a href="{escape(token.name)}" target="_blank" rel="{rel}" translate="no">'
        f'<span class="invisible">{escape(url[:start])}</span><span{css}>{escape(shown)}</span>'
        f'<span class="invisible">{escape(rest)}</span></a>'
    )
