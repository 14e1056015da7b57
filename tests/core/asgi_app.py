"""Tiny applications for the tests of core/asgi and core/middleware, and a way to run one with a real uvicorn."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import uvicorn
from django.urls import path, re_path

from core.asgi import Application, Middleware


def make_app(*views: tuple[str, Any], middleware: Sequence[Middleware] = (), **options: Any) -> Application:
    patterns = tuple(re_path(p, v) if p.startswith("^") else path(p, v) for p, v in views)
    return Application(urlconf=patterns, middleware=middleware, **options)


def http_for(app: Application, address: str = "127.0.0.1", **options: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(address, 40000))
    return httpx.AsyncClient(transport=transport, base_url="http://testserver", **options)


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[int]:
    """Run a real uvicorn on this loop; yield its port."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_config=None, access_log=False, ws="websockets-sansio"
    )
    async with running(config) as port:
        yield port


@asynccontextmanager
async def running(config: uvicorn.Config) -> AsyncIterator[int]:
    """Run a server on this loop; yield its port."""
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    ticking = asyncio.create_task(server.main_loop())
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await ticking
        await server.shutdown()
