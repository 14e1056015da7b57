"""The ASGI application: one request is one task from its first byte to its last, on the event loop's thread."""

import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from django.http import HttpResponse

from core.asgi.failures import respond
from core.asgi.lifespan import Lifespan, Receive, Send
from core.asgi.request import Request, View
from core.asgi.routing import Router
from core.asgi.sending import send_response
from core.asgi.websocket import WebSocketRoute, serve_websocket
from core.db import forget_connection, own_connection
from core.django_internals import close_resources, connection_of_task
from core.errors import BadInput, NotFound
from core.logs import get_logger

Next = Callable[[Request], Awaitable[HttpResponse]]
Middleware = Callable[[Request, Next], Awaitable[HttpResponse]]

log = get_logger(__name__)


def _link(middleware: Middleware, inner: Next) -> Next:
    """Build one link of the middleware chain.

    It never raises: errors become responses where they happen, so that the middleware around it always gets a response.
    """

    async def link(request: Request) -> HttpResponse:
        try:
            return await middleware(request, inner)
        except Exception as error:
            return respond(request, error)

    return link


async def _call_view(request: Request) -> HttpResponse:
    try:
        response = await request.view(request, **request.view_kwargs)
        if not hasattr(response, "status_code"):
            raise TypeError(f"{request.view} returned {type(response).__name__}, not a response")
        return response
    except Exception as error:
        return respond(request, error)


def _refusing(error: Exception) -> View:
    """Return a view that raises: an unknown path still passes through the whole chain (domain, log, headers)."""

    async def refuse(request: Request) -> HttpResponse:
        raise error

    refuse.csrf_exempt = True  # type: ignore[attr-defined]  # what isn't there can't be forged: it gets its 404
    return refuse


class Application:
    """The application. `middleware` is the chain from the outside in; each is `async def (request, next) -> response`.

    `remember` is called with each sent response whose view set `request.kept_body`.
    """

    def __init__(
        self,
        *,
        middleware: Sequence[Middleware] = (),
        urlconf: str | tuple[Any, ...] | None = None,
        websocket_routes: Iterable[WebSocketRoute] = (),
        lifespan: Lifespan | None = None,
        remember: Callable[[Request, HttpResponse], None] | None = None,
    ) -> None:
        self._remember = remember
        self.router = Router(urlconf)
        self.websocket_routes = list(websocket_routes)
        self.lifespan = lifespan or Lifespan()
        chain: Next = _call_view
        for link in reversed(middleware):
            chain = _link(link, chain)
        self._chain = chain

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "lifespan":
            await self.lifespan.serve(receive, send)
            return
        serve = self._serve_http if kind == "http" else self._serve_websocket
        if connection_of_task() is not None:
            # A pipelined request inherits the context of the previous one, and a test that of its fixtures.
            async with own_connection():
                await serve(scope, receive, send)
        else:
            await serve(scope, receive, send)

    async def _serve_websocket(self, scope: Any, receive: Receive, send: Send) -> None:
        try:
            await serve_websocket(self.websocket_routes, scope, receive, send)
        finally:
            await _release()

    async def _serve_http(self, scope: Any, receive: Receive, send: Send) -> None:
        request = response = None
        try:
            request, response = await self._answer(scope, receive)
            await _release()  # before the first byte: a slow reader must not hold a connection
            await send_response(request, response, receive, send)
            if request.kept_body is not None and self._remember is not None:
                self._remember(request, response)
        finally:
            await _release()
            if request is not None:
                await _finish(request, response)

    async def _answer(self, scope: Any, receive: Receive) -> tuple[Request, HttpResponse]:
        started = time.perf_counter()
        try:
            request = Request(scope, started)
            if "\0" in request.path or "%00" in request.META["QUERY_STRING"]:
                raise BadInput(
                    code="unreadable_request", detail="a zero byte", status=400
                )  # Postgres can't hold one
            request.view, request.view_kwargs, request.resolver_match = self.router.resolve(request.path)
        except NotFound as error:
            request.view, request.view_kwargs = _refusing(error), {}
        except (
            Exception
        ) as error:  # a Content-Type that can't be read: the request passes the chain without it
            headers = [header for header in scope["headers"] if header[0] != b"content-type"]
            request = Request({**scope, "headers": headers}, started)
            request.view, request.view_kwargs = _refusing(error), {}
        request.receive = receive
        return request, await self._chain(request)


async def _release() -> None:
    if connection_of_task() is not None:  # saves a call for requests that took none
        await forget_connection()


async def _finish(request: Request, response: HttpResponse | None) -> None:
    request.close()
    if response is not None:
        close_resources(response)
    for finisher in request._finishers:
        try:
            await finisher()
        except Exception:
            log.exception("request.finisher_failed")
    if request._finishers:
        await _release()
