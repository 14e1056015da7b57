"""The WebSocket at /api/v1/streaming: one connection, any number of streams, subscribed and unsubscribed by messages."""

from typing import Any

import msgspec
from django.http import HttpResponse

from api.error_messages import error_message
from api.oauth.bearer import caller_with_token, check_login
from api.oauth.scopes import covers
from api.streaming.client import SocketClient
from api.streaming.hub import hub
from api.streaming.streams import find_stream
from core.asgi import Middleware, Request, WebSocket
from core.config import config
from core.db import forget_connection
from core.errors import BadInput, NotAllowed, NotFound, Paused, Problem, Unauthenticated
from core.middleware.proxies import trusted_proxies
from core.server_state import PerServer
from users.access_rules.queries import is_refused
from users.domains.queries import domain_for_host
from users.logins.cookies import session_cookie
from users.logins.queries import session_by_cookie

PATH = r"/api/v1/streaming/?"
MAX_STREAMS = 60  # per connection

_proxies: PerServer[Middleware] = PerServer(lambda: trusted_proxies(config().trusted_proxies))


class ClientMessage(msgspec.Struct):
    """A message from a client: `{"type": "subscribe", "stream": "hashtag", "tag": "cats"}`.

    `post` identifies a conversation by one of its posts.
    """

    type: str = ""
    stream: str = ""
    tag: str = ""
    list: str = ""
    post: str = ""


async def stream(socket: WebSocket) -> None:
    """Serve one socket until it ends."""
    try:
        client = await _welcome(socket)
    except Problem as problem:
        await socket.refuse(int(problem.status), error_message(problem))
        return
    query = socket.request.GET
    first = ClientMessage("subscribe", query.get("stream", ""), query.get("tag", ""), query.get("list", ""))
    # an idle socket keeps only the headers of its request
    socket.forget_request()
    try:
        if first.stream:
            await _obey(client, first)
        while True:
            order = _read(await socket.receive())
            if order is not None:
                await _obey(client, order)
    finally:
        client.stop()
        hub().leave(client)


async def _welcome(socket: WebSocket) -> SocketClient:
    """Accept the socket and register its client, or raise the Problem that prevents it."""
    request = socket.request
    await _proxies()(request, _nothing)
    domain = await domain_for_host(request.META.get("HTTP_HOST", ""))
    if domain is None or domain.is_removed:
        raise NotFound
    if is_refused(request.client_address, domain.pk):
        raise NotAllowed(code="no_access")
    if domain.is_paused:
        raise Paused(code="domain_paused", domain=domain.name)
    request.domain = domain
    who, protocol = await _listener(socket)
    client = SocketClient(
        socket,
        identity_id=who.identity_id,
        token_id=who.token_id,
        session_id=who.session_id,
        scopes=who.scopes,
        domain=domain,
        address=request.client_address,
        hears_notifications=covers(who.scopes, "read:notifications"),
        abort=request.scope.get("extensions", {}).get("takahe.abort"),
    )
    await forget_connection()  # before tasks of the client start in this one's context
    hub().join(client)
    try:
        await socket.accept(protocol)
    except BaseException:
        hub().leave(client)
        raise
    return client


async def _nothing(request: Request) -> HttpResponse:
    return HttpResponse()


class Listener(msgspec.Struct):
    """An identity that subscribes, by an app's token or by the session of one of our pages."""

    identity_id: int
    scopes: str
    token_id: int = 0
    session_id: int = 0


async def _listener(socket: WebSocket) -> tuple[Listener, str | None]:
    """Authenticate by the header, the protocol field (which is echoed), the query or the session's cookie.

    Also returns the protocol of the response.
    """
    request = socket.request
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    protocol = socket.protocols[0] if socket.protocols else None
    plain = token.strip() if scheme.lower() == "bearer" else ""
    plain = plain or request.GET.get("access_token", "") or protocol or ""
    if not plain:
        return await _page_of(request), None
    try:
        caller = await caller_with_token(plain, request)
    except Unauthenticated as error:
        raise Unauthenticated(code="stream_token_invalid") from error
    check_login(caller)
    assert caller.identity is not None
    return Listener(caller.identity.pk, caller.scopes, token_id=caller.token_id), protocol


async def _page_of(request: Request) -> Listener:
    """Return the listener of a session. Browsers send the cookie with sockets opened by any site, so the origin must be this domain."""
    if request.META.get("HTTP_ORIGIN", "") != request.domain.base_url:
        raise Unauthenticated(code="stream_without_token")
    cookie = session_cookie(request)
    session = await session_by_cookie(cookie) if cookie else None
    if session is None or session.identity is None:
        raise Unauthenticated(code="stream_without_token")
    return Listener(session.identity.pk, "read", session_id=session.pk)


def _read(text: str | bytes) -> ClientMessage | None:
    """Parse a client's message; None if it is invalid, which Mastodon ignores as well."""
    try:
        raw: Any = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(raw, dict):
        return None
    words = {name: raw.get(name) for name in ClientMessage.__struct_fields__}
    return ClientMessage(
        **{n: str(w) for n, w in words.items() if isinstance(w, str | int) and not isinstance(w, bool)}
    )


async def _obey(client: SocketClient, order: ClientMessage) -> None:
    try:
        if order.type not in {"subscribe", "unsubscribe"}:
            return
        if order.type == "subscribe" and len(client.streams) >= MAX_STREAMS:
            raise BadInput(code="too_many_streams", status=400)
        found = await find_stream(
            order.stream,
            identity_id=client.identity_id,
            domain=client.domain,
            granted=client.scopes,
            tag=order.tag,
            list_id=order.list,
            post_id=order.post,
        )
        (hub().subscribe if order.type == "subscribe" else hub().unsubscribe)(client, found)
    except Problem as problem:
        client.say(
            msgspec.json.encode({"error": error_message(problem), "status": int(problem.status)}).decode()
        )
