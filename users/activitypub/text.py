"""Plain text that people type into their profile, as HTML. Pure."""

import re
from html import escape

# A link ends before punctuation that belongs to the sentence.
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]}’”»]", re.IGNORECASE)
_SHOWN = 30


def link(url: str, *, rel: str = "nofollow noopener") -> str:
    """A link that shows its host and the beginning of its path; the rest is there for those who copy it (Mastodon's form)."""
    scheme, separator, rest = url.partition("://")
    rest = rest.removeprefix("www.") if rest.startswith("www.") else rest
    hidden = f"{scheme}{separator}{'www.' if '://www.' in url else ''}"
    shown, tail = rest[:_SHOWN], rest[_SHOWN:]
    kind = "ellipsis" if tail else ""
    return (
        f'<a href="{escape(url)}" target="_blank" rel="{rel}">'
        f'<span class="invisible">{escape(hidden)}</span><span class="{kind}">{escape(shown)}</span>'
        f'<span class="invisible">{escape(tail)}</span></a>'
    )


def _linked(text: str, rel: str) -> str:
    parts, position = [], 0
    for found in _LINK.finditer(text):
        parts += [escape(text[position : found.start()]), link(found.group(), rel=rel)]
        position = found.end()
    parts.append(escape(text[position:]))
    return "".join(parts)


def summary_to_html(text: str) -> str:
    """Paragraphs, line breaks and links; everything else is escaped. Empty text gives an empty string."""
    text = text.replace("\r\n", "\n").strip()
    paragraphs = [part for part in re.split(r"\n{2,}", text) if part.strip()]
    return "".join(
        f"<p>{_linked(part, 'nofollow noopener').replace(chr(10), '<br>')}</p>" for part in paragraphs
    )


def field_to_html(text: str) -> str:
    """One line; its links carry rel=me, so that the other page can answer."""
    return _linked(" ".join(text.split()), "me nofollow noopener")
