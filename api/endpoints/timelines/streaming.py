"""Streaming as server-sent events (docs.joinmastodon.org/methods/streaming). The WebSocket is api/streaming/sockets.py."""

import msgspec
from django.http import HttpResponse, StreamingHttpResponse

from api.oauth import scopes
from api.routing import Call, endpoint
from api.streaming.client import EventClient
from api.streaming.hub import hub
from api.streaming.streams import find_stream
from core.django_internals import headers_of
from core.errors import NotFound

_SCOPE = "read:statuses"


@endpoint("GET", "/api/v1/streaming/health")
async def health(call: Call) -> HttpResponse:
    """Return OK while the server runs."""
    return HttpResponse("OK", content_type="text/plain; charset=utf-8")


@endpoint("GET", "/api/v1/streaming")
async def nothing(call: Call) -> HttpResponse:
    """Return the WebSocket's URL; without an upgrade there is no response body."""
    raise NotFound


async def _stream(call: Call, name: str, *, tag: str = "", list_id: str = "") -> StreamingHttpResponse:
    caller, request = call.caller, call.request
    assert caller is not None
    found = await find_stream(
        name, identity_id=call.me.pk, domain=call.domain, granted=caller.scopes, tag=tag, list_id=list_id
    )
    client = EventClient(
        identity_id=call.me.pk,
        token_id=caller.token_id,
        scopes=caller.scopes,
        domain=call.domain,
        address=request.client_address,
        hears_notifications=scopes.covers(caller.scopes, "read:notifications"),
        abort=request.scope.get("extensions", {}).get("takahe.abort"),
    )
    hub().join(client)
    hub().subscribe(client, found)

    async def left() -> None:  # also called if the client disconnected before the first byte
        hub().leave(client)

    request.on_finish(left)

    def begin() -> None:
        """Release the request once the head is sent: it would use 3 KB for the duration of the stream."""
        request.META.clear()
        request.scope["headers"].clear()
        headers_of(response).clear()

    response = StreamingHttpResponse(client.lines(begin, hub().leave), content_type="text/event-stream")
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


@endpoint("GET", "/api/v1/streaming/user", scope="read:statuses read:notifications", auth="user")
async def user(call: Call) -> StreamingHttpResponse:
    """Stream the home timeline and notifications."""
    return await _stream(call, "user")


@endpoint("GET", "/api/v1/streaming/user/notification", scope="read:statuses read:notifications", auth="user")
async def user_notification(call: Call) -> StreamingHttpResponse:
    """Stream notifications."""
    return await _stream(call, "user:notification")


class Media(msgspec.Struct):
    only_media: bool = False


def _name(name: str, media: Media) -> str:
    return f"{name}:media" if media.only_media else name


@endpoint("GET", "/api/v1/streaming/public", scope=_SCOPE, auth="user")
async def public(call: Call, media: Media) -> StreamingHttpResponse:
    """Stream public posts of all known authors."""
    return await _stream(call, _name("public", media))


@endpoint("GET", "/api/v1/streaming/public/local", scope=_SCOPE, auth="user")
async def public_local(call: Call, media: Media) -> StreamingHttpResponse:
    """Stream public posts of this domain."""
    return await _stream(call, _name("public:local", media))


@endpoint("GET", "/api/v1/streaming/public/remote", scope=_SCOPE, auth="user")
async def public_remote(call: Call, media: Media) -> StreamingHttpResponse:
    """Stream public posts of other servers."""
    return await _stream(call, _name("public:remote", media))


class Tagged(msgspec.Struct):
    tag: str = ""


@endpoint("GET", "/api/v1/streaming/hashtag", scope=_SCOPE, auth="user")
async def hashtag(call: Call, tagged: Tagged) -> StreamingHttpResponse:
    """Stream public posts with a hashtag."""
    return await _stream(call, "hashtag", tag=tagged.tag)


@endpoint("GET", "/api/v1/streaming/hashtag/local", scope=_SCOPE, auth="user")
async def hashtag_local(call: Call, tagged: Tagged) -> StreamingHttpResponse:
    """Stream public posts with a hashtag, written here."""
    return await _stream(call, "hashtag:local", tag=tagged.tag)


class Listed(msgspec.Struct):
    list: str = ""


@endpoint("GET", "/api/v1/streaming/list", scope=_SCOPE, auth="user")
async def list_stream(call: Call, listed: Listed) -> StreamingHttpResponse:
    """Stream one of the caller's lists."""
    return await _stream(call, "list", list_id=listed.list)


@endpoint("GET", "/api/v1/streaming/direct", scope=_SCOPE, auth="user")
async def direct(call: Call) -> StreamingHttpResponse:
    """Stream conversations."""
    return await _stream(call, "direct")
