"""In development, `?profile` on any page or endpoint shows where its time went and every SQL statement it sent.

Error pages show the statements, too.
"""

import cProfile
import pstats
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from django.db import DEFAULT_DB_ALIAS
from django.http import HttpResponse
from django.utils.html import escape
from django_async_backend.db import async_connections

from core.asgi.application import Next
from core.asgi.request import Request
from core.django_internals import close_resources

_MAX_FUNCTIONS = 60
Execute = Callable[[str, Any, bool, dict[str, Any]], Awaitable[Any]]


class Statements:
    """Every SQL statement of one request: how often it ran, and how long in all."""

    def __init__(self) -> None:
        self.by_text: dict[str, list[float]] = {}

    async def __call__(
        self, execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        started = time.perf_counter()
        try:
            return await execute(sql, params, many, context)
        finally:
            self.by_text.setdefault(str(sql), []).append((time.perf_counter() - started) * 1000)

    @property
    def total_ms(self) -> float:
        return sum(sum(times) for times in self.by_text.values())

    def rows(self) -> list[dict[str, Any]]:
        return [
            {"sql": text, "times": len(times), "ms": round(sum(times), 3), "slowest_ms": round(max(times), 3)}
            for text, times in sorted(self.by_text.items(), key=lambda entry: -sum(entry[1]))
        ]


def _functions(profile: cProfile.Profile) -> list[dict[str, Any]]:
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    rows = [
        {
            "function": f"{'/'.join(file.split('/')[-2:])}:{line} {name}",
            "calls": calls,
            "own_ms": round(own * 1000, 3),
            "with_callees_ms": round(total * 1000, 3),
        }
        for (file, line, name), (_, calls, own, total, _) in stats.items()
    ]
    return sorted(rows, key=lambda row: -row["with_callees_ms"])[:_MAX_FUNCTIONS]


async def profiling(request: Request, call: Next) -> HttpResponse:
    """Record the statements of every request. With `?profile` in the query, return its profile (JSON if requested)."""
    statements = Statements()
    request.statements = statements.rows
    wrappers = async_connections[DEFAULT_DB_ALIAS].execute_wrappers
    wrappers.append(statements)
    try:
        names = {part.partition("=")[0] for part in request.META["QUERY_STRING"].split("&")}
        return await (_profiled(request, call, statements) if "profile" in names else call(request))
    finally:
        wrappers.remove(statements)


async def _profiled(request: Request, call: Next, statements: Statements) -> HttpResponse:
    profile = cProfile.Profile()
    started, cpu = time.perf_counter(), time.thread_time()
    try:
        profile.enable()
    except ValueError:  # one profile at a time; another is running
        return HttpResponse("Another request is being profiled. Try again.", status=409)
    try:
        response = await call(request)
    finally:
        profile.disable()
    account = {
        "path": request.path,
        "view": request.resolver_match.view_name if request.resolver_match else "",
        "status": response.status_code,
        "ms": round((time.perf_counter() - started) * 1000, 3),
        "cpu_ms": round((time.thread_time() - cpu) * 1000, 3),
        "sql_ms": round(statements.total_ms, 3),
        "sql_statements": sum(len(times) for times in statements.by_text.values()),
        "statements": statements.rows(),
        "functions": _functions(profile),
    }
    close_resources(response)
    if request.wants_json:
        return HttpResponse(msgspec.json.encode(account), content_type="application/json")
    return HttpResponse(_page(account))


def _table(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "<p>None.</p>"
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(value)}</td>" for value in row.values()) + "</tr>" for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _page(account: dict[str, Any]) -> str:
    summary = [{name: value for name, value in account.items() if not isinstance(value, list)}]
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Profile of {escape(account['path'])}</title>"
        f"<h1>Where the time went</h1>{_table(summary)}<h2>SQL statements</h2>{_table(account['statements'])}"
        f"<h2>Functions</h2>{_table(account['functions'])}</html>"
    )
