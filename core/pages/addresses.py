"""The path of a page by its name in web/urls.py, so that a URL is written once.

It replaces Django's `reverse`, which searches the resolver each time: 52 µs instead of 9, and a page of posts has hundreds of links. Only
for the processes that serve pages, and for commands: it loads the URLs of every app, which the worker does not need.
"""

from collections.abc import Mapping
from functools import cache
from urllib.parse import quote, urlencode

from django.urls import get_resolver
from django.urls.exceptions import NoReverseMatch


def path_to(page: str, query: Mapping[str, str | int] | None = None, /, **parts: str | int) -> str:
    """Return the path of a page with these arguments, quoted, and this query. Raises NoReverseMatch if there is none."""
    quoted = {key: part if type(part) is int else quote(str(part), safe="@:~") for key, part in parts.items()}
    path = _form(page, frozenset(parts)) % quoted
    return f"{path}?{urlencode(query)}" if query else path


@cache
def _form(name: str, keys: frozenset[str]) -> str:
    """Return the path as a format string, such as `/posts/%(post_id)s/like`."""
    for forms, *_ in get_resolver().reverse_dict.getlist(name):
        for form, names in forms:
            if keys == set(names):
                return f"/{form}"
    raise NoReverseMatch(f"No page is called {name!r} and takes {sorted(keys)}.")
