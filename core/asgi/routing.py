"""Django's URL patterns, flattened once at start so that finding a view does not walk every include.

A path without parameters is one dictionary look-up; the others are tried in order among those with the same first segment. The first
pattern that matches wins, exactly as in Django. A synchronous view is an error at start.
"""

import re
from collections.abc import Iterator
from inspect import iscoroutinefunction
from typing import Any, NamedTuple

from django.core.exceptions import ImproperlyConfigured
from django.urls import ResolverMatch, URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern, RoutePattern

from core.asgi.request import View
from core.django_internals import regex_of
from core.errors import NotFound


class Route(NamedTuple):
    route: str  # as written, includes joined: "users/<int:id>/"
    regex: re.Pattern[str]
    converters: dict[str, Any]
    defaults: dict[str, Any]
    view: View
    name: str | None
    app_names: list[str]
    namespaces: list[str]

    def match_for(self, kwargs: dict[str, Any]) -> ResolverMatch:
        return ResolverMatch(
            self.view,
            (),
            kwargs,
            self.name,
            self.app_names,
            self.namespaces,
            self.route,
            captured_kwargs=kwargs,
        )


def _check(view: Any, route: str) -> View:
    target = view
    while hasattr(target, "func"):  # functools.partial
        target = target.func
    if iscoroutinefunction(target) or getattr(view, "view_is_async", False):
        return view
    called = iscoroutinefunction(getattr(target, "__call__", None))  # noqa: B004
    if called and not isinstance(target, type):
        return view
    name = (
        f"{getattr(target, '__module__', '?')}.{getattr(target, '__qualname__', type(target).__qualname__)}"
    )
    raise ImproperlyConfigured(
        f'The view {name} (route "{route}") is a plain function, which would need a thread. Write "async def".'
    )


def _source(pattern: Any, *, whole: bool) -> str:
    """Return the regular expression of one pattern, without its anchors unless it is the `whole` end of a route."""
    if isinstance(pattern, RoutePattern):
        text = pattern.regex.pattern
    elif isinstance(pattern, RegexPattern):
        text = regex_of(pattern)
    else:
        raise ImproperlyConfigured(f"{type(pattern).__name__} can't be routed; use path() or re_path().")
    text = text.removeprefix("^")
    if not whole:
        return text.removesuffix("\\Z").removesuffix("$")
    return text


def _flatten(
    resolver: URLResolver,
    regex: str,
    route: str,
    converters: dict[str, Any],
    defaults: dict[str, Any],
    apps: list[str],
    spaces: list[str],
) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        here = route + str(entry.pattern).removeprefix("^")
        known = {**converters, **entry.pattern.converters}
        if isinstance(entry, URLPattern):
            source = regex + _source(entry.pattern, whole=True)
            yield Route(
                here,
                re.compile(source),
                known,
                {**defaults, **entry.default_args},
                _check(entry.callback, here),
                entry.name,
                apps,
                spaces,
            )
        else:
            yield from _flatten(
                entry,
                regex + _source(entry.pattern, whole=False),
                here,
                known,
                {**defaults, **entry.default_kwargs},
                [*apps, entry.app_name] if entry.app_name else apps,
                [*spaces, entry.namespace] if entry.namespace else spaces,
            )


class Router:
    """Finds the view of a path. `urlconf` is a module name, a tuple of patterns, or None for the settings' own."""

    def __init__(self, urlconf: str | tuple[Any, ...] | None = None) -> None:
        self.routes = list(_flatten(get_resolver(urlconf), "", "", {}, {}, [], []))
        self._fixed: dict[str, tuple[Route, ResolverMatch]] = {}
        self._by_segment: dict[str, list[Route]] = {}
        self._anywhere: list[Route] = []
        for route in self.routes:
            self._file(route)

    def _file(self, route: Route) -> None:
        pattern_free = "<" not in route.route and re.escape(route.route) == route.regex.pattern.removesuffix(
            "\\Z"
        )
        if pattern_free:
            if route.route not in self._fixed and not any(
                r.regex.match(route.route) for r in self._seen(route.route)
            ):
                self._fixed[route.route] = (route, route.match_for(route.defaults))
            return
        segment, slash, _ = route.route.partition("/")
        if slash and re.fullmatch(r"[\w.@~-]+", segment):
            bucket = self._by_segment.setdefault(segment, list(self._anywhere))
            bucket.append(route)
        else:
            self._anywhere.append(route)
            for bucket in self._by_segment.values():
                bucket.append(route)

    def _seen(self, path: str) -> list[Route]:
        return self._by_segment.get(path.partition("/")[0], self._anywhere)

    def resolve(self, path: str) -> tuple[View, dict[str, Any], ResolverMatch]:
        """Return the view for `path` (with its leading slash), its keyword arguments, and the match. Raises NotFound."""
        path = path.removeprefix("/")
        fixed = self._fixed.get(path)
        if fixed is not None:
            return fixed[0].view, fixed[0].defaults, fixed[1]
        for route in self._seen(path):
            found = route.regex.match(path)
            if found is None:
                continue
            kwargs: dict[str, Any] = {k: v for k, v in found.groupdict().items() if v is not None}
            try:
                for name, text in kwargs.items():
                    if name in route.converters:
                        kwargs[name] = route.converters[name].to_python(text)
            except ValueError:
                continue  # as in Django: try the next route, else 404
            kwargs.update(route.defaults)
            return route.view, kwargs, route.match_for(kwargs)
        raise NotFound
