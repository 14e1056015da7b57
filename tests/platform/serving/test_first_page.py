"""Whoever opens the first page after "Ready" does not wait for modules and templates, and nobody else waits meanwhile."""

import asyncio
import json
import os
import sys

import pytest

from tests.support.servers import ROOT, running_server

pytestmark = [pytest.mark.anyio, pytest.mark.servers, pytest.mark.slow]

# A web process without a socket: what it imports for each page after it has started and told the supervisor that it is well.
_WEB = """
import asyncio, json, os, sys
from takahe.cli import environment
environment.set_up_django()
from django.template.base import Template
from takahe import urls
from takahe.asgi import application

async def get(path):
    sent = []
    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}
    async def send(message):
        sent.append(message)
    host = sys.argv[1].encode()
    await application({"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "headers": [(b"host", host), (b"accept", b"text/html")],
        "client": ("127.0.0.1", 5), "server": ("127.0.0.1", 80), "root_path": ""}, receive, send)
    return sent[0]["status"]

async def main():
    await application.lifespan.start()
    assert await get("/health") == 200
    parsed = []
    compile_nodelist = Template.compile_nodelist
    Template.compile_nodelist = lambda self: parsed.append(self.name) or compile_nodelist(self)
    for path in sys.argv[2:]:
        known = set(sys.modules)
        status = await get(path)
        print(json.dumps([path, status, sorted(set(sys.modules) - known), parsed]))
        parsed.clear()
    await application.lifespan.stop()

asyncio.run(main())
"""


async def test_pages_import_and_parse_nothing_after_ready() -> None:
    async with running_server() as server:
        fresh = await _pages(server.env, server.domain, "/", "/setup")
        await server.set_up()
        pages = await _pages(
            server.env, server.domain, "/", "/sign-in", "/about", "/local", "/search", "/nowhere"
        )
    assert [status for _, status, _, _ in fresh][-1] in {200, 403}
    assert [status for _, status, _, _ in pages] == [200, 200, 200, 200, 200, 404]
    for path, _, imported, parsed in [*fresh, *pages]:
        assert (imported, parsed) == ([], []), path


async def _pages(env: dict[str, str], host: str, *paths: str) -> list[tuple[str, int, list[str], list[str]]]:
    """(path, status, modules that were imported, templates that were parsed) of each page, in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _WEB, host, *paths,
        cwd=ROOT, env={**os.environ, **env, "DJANGO_SETTINGS_MODULE": "takahe.settings", "TAKAHE_LOG_LEVEL": "ERROR"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return [tuple(json.loads(line)) for line in out.decode().splitlines() if line.startswith("[")]
