"""Django's private attributes that we use work as expected, and only one module uses them."""

import ast
import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.db import DEFAULT_DB_ALIAS
from django.db.models.base import ModelState
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.middleware.csrf import InvalidTokenFormat, get_token
from django.urls import re_path
from django.urls.resolvers import RegexPattern
from django_async_backend.db import async_connections

from core import django_internals as internals
from core.connections import own_connection
from core.db import sql
from tests.support.servers import ROOT
from users.domains.models import Domain

_ROOMS = ("core", "stator", "federation", "users", "activities", "api", "web", "takahe")
# Other objects' private attributes: ours is one, the others are of the standard library, aiohttp and psycopg_pool.
_ALLOWED = {
    ("core/asgi/application.py", "_finishers"),
    ("core/diagnostics/loop_watch.py", "_getframe"),
    ("core/media/child/main.py", "_exit"),
    ("core/http/transport.py", "_retry_connection"),  # tests/core/http/test_http_transport.py
    ("core/db/pool.py", "_check"),  # tests/platform/serving/test_database_faults.py
}
# Of the base class, which core/asgi/request.py fills.
_INHERITED = ("_set_content_type_params", "_encoding")


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for room in _ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:  # they use names of each other
                yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__") and name != "_meta"  # _meta is documented


def _names_set_in(nodes: list[ast.AST]) -> set[str]:
    """The functions of a module, and what it assigns on any object."""
    names = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    for node in nodes:
        if isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.attr if isinstance(node, ast.Attribute) else node.id)
    return names


@pytest.mark.slow
def test_no_other_module_reaches_for_private_attributes() -> None:
    modules = {path: list(ast.walk(tree)) for path, tree in _modules()}
    ours = set().union(*(_names_set_in(nodes) for nodes in modules.values()))
    wrong = []
    for path, nodes in modules.items():
        if path == "core/django_internals.py":
            continue
        for node in nodes:
            if isinstance(node, ast.ImportFrom):
                wrong += [(path, node.lineno, name.name) for name in node.names if _is_private(name.name)]
            if not isinstance(node, ast.Attribute) or not _is_private(node.attr):
                continue
            is_own = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}
            if is_own and (node.attr in ours or (path == "core/asgi/request.py" and node.attr in _INHERITED)):
                continue
            if (path, node.attr) not in _ALLOWED:
                wrong.append((path, node.lineno, node.attr))
    assert not wrong


@pytest.mark.anyio
async def test_a_tasks_connection_is_found_and_forgotten(db: None) -> None:
    async with own_connection():
        assert await sql.value("SELECT 1") == 1
        wrapper = internals.connection_of_task()
        assert wrapper is async_connections[DEFAULT_DB_ALIAS]
        assert internals.task_of(wrapper) is asyncio.current_task()

        async def ask() -> Any:
            async_connections[DEFAULT_DB_ALIAS] = wrapper
            return await sql.value("SELECT 2")

        with pytest.raises(Exception, match="task"):
            await asyncio.create_task(ask())
        internals.let_any_task_use(wrapper)
        assert await asyncio.create_task(ask()) == 2
        await wrapper.close()
        internals.drop_connection_of_task()
        assert internals.connection_of_task() is None


def test_headers_are_read_and_replaced_as_they_are_sent() -> None:
    response = HttpResponse(headers={"X-Old": "1"})
    assert internals.headers_of(response)["x-old"] == ("X-Old", "1")
    internals.set_headers(response, {"x-new": ("X-New", "2")})
    assert list(response.headers.items()) == [("X-New", "2")]
    internals.headers_of(response).clear()
    assert not response.headers


def test_parts_and_resources_of_a_response() -> None:
    async def parts() -> Any:
        yield b"one"

    given = parts()
    response = StreamingHttpResponse(given)
    assert internals.parts_of(response) is given
    closed: list[int] = []
    internals.close_with(response, lambda: closed.append(1))
    internals.close_resources(response)
    assert closed == [1]
    assert list(internals.parts_of(StreamingHttpResponse([b"x"]))) == [b"x"]  # type: ignore[arg-type]


def test_forms_routes_and_model_states() -> None:
    fields = QueryDict(mutable=True)
    fields["a"] = "1"
    internals.make_immutable(fields)
    with pytest.raises(AttributeError, match="immutable"):
        fields["a"] = "2"
    pattern = re_path("^a(b)c$", lambda request: HttpResponse()).pattern
    assert isinstance(pattern, RegexPattern)
    assert internals.regex_of(pattern) == "^a(b)c$"
    domain, state = Domain.__new__(Domain), ModelState()
    state.db, state.adding = "elsewhere", False
    internals.set_model_state(domain, state)
    assert domain._state is state


def test_tokens_of_forms() -> None:
    check, matches, unmask = internals.csrf_functions()
    with pytest.raises(InvalidTokenFormat):
        check("short")
    request = ASGIRequest(
        {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}, None
    )
    token = get_token(request)
    secret = request.META["CSRF_COOKIE"]
    check(token)
    assert unmask(token) == secret
    assert matches(token, secret)
    assert not matches(token, secret[::-1])


def test_the_attributes_that_our_request_fills_are_still_those_of_its_base() -> None:
    source = Path(ASGIRequest.__init__.__code__.co_filename).read_text()
    base = Path(ASGIRequest.__mro__[1].__init__.__code__.co_filename).read_text()
    for name in ("_read_started", "_stream", "_post_parse_error"):
        assert f"self.{name} = " in source, name
    for name in ("_post", "_files", "_body", "_encoding", "_load_post_and_files", "_set_content_type_params"):
        assert name in source + base, name
