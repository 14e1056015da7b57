"""Every private attribute of Django and django-async-backend that we use, each behind a function.

tests/core/test_django_internals.py fails if one of them changes, or if another module uses one. The exception is core/asgi/request.py,
which has to set the attributes of the request class that it inherits from.

Child processes load this, so it imports no more of Django than they need.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS
from django_async_backend.db import async_connections

if TYPE_CHECKING:
    from django.db.models import Model
    from django.db.models.base import ModelState
    from django.http import HttpResponse, QueryDict
    from django.urls.resolvers import RegexPattern


# --- connections --------------------------------------------------------------------------------------------------


def connection_of_task() -> Any:
    """Return this task's connection wrapper, or None. `async_connections[alias]` would create one."""
    return getattr(async_connections._connections, DEFAULT_DB_ALIAS, None)


def drop_connection_of_task() -> None:
    """Forget this task's connection wrapper, which must be closed already."""
    delattr(async_connections._connections, DEFAULT_DB_ALIAS)


def task_of(wrapper: Any) -> Any:
    """Return the task that a connection wrapper belongs to."""
    return wrapper._task


def let_any_task_use(wrapper: Any) -> None:
    """Transfer ownership of a connection wrapper to the next task that uses it."""
    wrapper._task = None


# --- responses ----------------------------------------------------------------------------------------------------

type Headers = dict[str, tuple[str, str]]  # lower case → (as written, value)


def headers_of(response: "HttpResponse") -> Headers:
    """Return the headers themselves, not a copy. Setting eight one by one costs 9 µs, all at once 1 µs."""
    store: Headers = response.headers._store
    return store


def set_headers(response: "HttpResponse", headers: Headers) -> None:
    """Replace all headers."""
    response.headers._store = headers


def parts_of(response: Any) -> Iterable[Any] | AsyncIterator[Any]:
    """Return the content given to a streaming response. Its public iterators use a thread for the other kind."""
    parts: Iterable[Any] | AsyncIterator[Any] = response._iterator
    return parts


def close_with(response: "HttpResponse", closer: Callable[[], None]) -> None:
    """Call `closer` when the response is done."""
    response._resource_closers.append(closer)


def close_resources(response: "HttpResponse") -> None:
    """Close a response's resources, without the signal of `response.close()`, whose receivers need a thread."""
    for closer in response._resource_closers:
        closer()


# --- forms, routes, models ----------------------------------------------------------------------------------------


def make_immutable(fields: "QueryDict") -> None:
    """Make a filled QueryDict refuse changes, as that of a request does."""
    fields._mutable = False


def regex_of(pattern: "RegexPattern") -> str:
    """Return the source of a re_path() pattern."""
    return str(pattern._regex)


def set_model_state(instance: "Model", state: "ModelState") -> None:
    """Set the state of an object that was created without its `__init__`."""
    instance._state = state


def csrf_functions() -> tuple[Callable[[str], None], Callable[[str, str], bool], Callable[[str], str]]:
    """Return Django's functions for tokens of forms: check the format, compare with a secret, unmask."""
    from django.middleware.csrf import (  # loads Django's forms and templates, which a worker does not need
        _check_token_format,
        _does_token_match,
        _unmask_cipher_token,
    )

    return _check_token_format, _does_token_match, _unmask_cipher_token


# --- query sets ---------------------------------------------------------------------------------------------------


def hash_columns_cheaply() -> None:
    """Hash a column of a query by its table and name.

    Django binds the arguments of its constructor to the signature each time, 15 µs, and an ordered query hashes every column that it
    selects.
    """
    from django.db.models.expressions import Col  # child processes load this module without models

    Col.__hash__ = lambda column: hash((column.alias, column.target.attname))


def asks_for_rows_alone(queryset: Any) -> bool:
    """Return whether a query set selects only rows of a table, optionally with related rows, without order or computed values."""
    from django_async_backend.db.models.query import ModelIterable  # as above

    query = queryset.query
    return (
        queryset._iterable_class is ModelIterable
        and not queryset._fetch_mode.track_peers
        and not queryset._prefetch_related_lookups
        and not queryset._known_related_objects
        and query.default_cols
        and query.deferred_loading == (frozenset(), True)
        and query.select_related is not True
        and not (query.annotations or query.extra or query.distinct or query.is_sliced or query.combinator)
    )


def populators_of(queryset: Any, compiler: Any) -> list[Any]:
    """Return the populators of related rows, after a query was compiled."""
    from django_async_backend.db.models.query import get_related_populators  # as above

    made: list[Any] = get_related_populators(
        compiler.klass_info, compiler.select, queryset.db, queryset._fetch_mode
    )
    return made


def row_of(queryset: Any, names: tuple[str, ...], values: list[Any]) -> Any:
    """Return a row as the query set would make it."""
    return queryset.model.from_db(queryset.db, names, values, fetch_mode=queryset._fetch_mode)
