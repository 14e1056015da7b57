"""The links of a post's text: removing those of posts whose links operators turn into text."""

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from core.texts.html_tags import read_links
from federation.documents import host_of

_ANCHOR = re.compile(r'<a(?: [\w-]+="[^"]*")*>|</a>')


def without_links(html: str, *, host: str, people: Iterable[str], tags: Iterable[str]) -> str:
    """Return sanitised HTML whose links are text, except those to the hashtags and to the people that the post names.

    A link that only calls itself a mention or hashtag is text, too. `host` is the author's; `people` are addresses, `tags` names.
    """
    mentioned = {(host_of(one), _end(one)) for one in people}
    tagged = {(host, name.lstrip("#").casefold()) for name in tags}
    is_kept = False

    def rewrite(found: re.Match[str]) -> str:
        nonlocal is_kept
        if found[0] != "</a>":
            link = next(read_links(found[0]), None)
            words = link.classes | link.relations if link else frozenset()
            is_kept = link is not None and bool(
                (words & {"hashtag", "tag"} and (host_of(link.href), _end(link.href)) in tagged)
                or ("mention" in words and (host_of(link.href), _end(link.href)) in mentioned)
            )
        return found[0] if is_kept else ""

    return _ANCHOR.sub(rewrite, html)


def _end(address: str) -> str:
    """Return the last part of an address without @, for comparison; "" if it has a query, which says what a page shows."""
    parts = urlsplit(address)
    return "" if parts.query else unquote(parts.path.rstrip("/").rpartition("/")[2]).lstrip("@").casefold()
