"""Remote images, videos and audio under our own URLs: from their copies, or while these are made."""

import os
import time
from collections import OrderedDict
from collections.abc import Callable

import msgspec
from django.http import HttpResponse, StreamingHttpResponse

from core.asgi import Request, methods
from core.asgi.decorators import standalone
from core.asgi.files import read_file, requested_range, send_file, version_of
from core.config import config
from core.django_internals import close_with
from core.errors import NotFound
from core.media.locations import HEADERS, storage
from core.media.names import served_type
from core.server_state import PerServer
from federation import metrics
from federation.documents import host_of
from federation.media import addresses, files
from federation.media.addresses import RequestedFile
from federation.media.errors import FileUnavailable, media_refused
from federation.media.fetching import Flight
from federation.media.flights import copy_or_flight
from federation.media.refusal import is_refused, is_refused_source
from federation.models import RemoteFileKind
from federation.peers import fresh_policies, known_policies

_FOR_EVER = "public, max-age=31536000, immutable"
_MAX_FAILURE_S = 300.0
_REMEMBERED = 4096
_REMEMBERED_FOR_S = 600.0


class _Known(msgspec.Struct, frozen=True):
    """A copy recently found in the database. If it is removed in the meantime, opening it fails."""

    asked: RequestedFile
    file: str
    size: int
    until: float


_known: PerServer[OrderedDict[str, _Known]] = PerServer(OrderedDict)


@standalone  # a CDN may fetch them under another host name, and pages contain many
@methods("GET")
async def remote_media(request: Request, signed: str, coded: str) -> HttpResponse:
    """Return the file, or the failure, both cacheable. The result depends on the URL only, not on the Host header."""
    known = _known().get(request.path)
    asked = known.asked if known is not None else addresses.parse_address(signed, coded)
    if asked is None:
        response = _failure(FileUnavailable("not an address of this server", status=404, is_gone=True))
    elif not config().remote_media_budget:
        response = HttpResponse(
            status=302, headers={"Location": asked.url, "Cache-Control": "public, max-age=300"}
        )
    else:
        try:
            response = await _shown(request, asked, known)
        except FileUnavailable as problem:
            response = _failure(problem)
    for header, value in HEADERS.items():
        response.headers[header] = value
    return response


async def _shown(request: Request, asked: RequestedFile, known: _Known | None) -> HttpResponse:
    if await _is_refused(asked):
        raise media_refused()
    if known is not None and known.until > time.monotonic():
        response = _copy(request, known.file, known.size)
        if response is not None:
            return await _with_shortcut(request, response)
    while True:
        found = await copy_or_flight(asked)
        if isinstance(found, Flight):
            await found.head()
            if found.is_shown and (response := _passing(request, found)) is not None:
                return response
        elif (response := _copy(request, found.file, found.size)) is not None:
            _remember(request.path, asked, found)
            return await _with_shortcut(request, response)
        else:  # removed by hand, or truncated by a power failure
            metrics.count("media", "lost")
            await files.delete_copies([asked.key], [found.file])


async def _is_refused(asked: RequestedFile) -> bool:
    is_of_people = asked.kind != RemoteFileKind.card  # a linked page may be on any website
    return (is_of_people and await is_refused(asked.host)) or await is_refused_source(host_of(asked.url))


async def _with_shortcut(request: Request, response: HttpResponse) -> HttpResponse:
    """Let a copy sent in one piece be served again without the middleware chain (core/middleware/file_cache.py)."""
    if response.status_code == 200 and not response.streaming:
        allowed_by = await known_policies()
        request.kept_body = _again(request.path, response.headers["ETag"], allowed_by)
    return response


def _again(path: str, tag: str, allowed_by: object) -> Callable[[], bytes | None]:
    """Return a function for the bytes of the copy under `path`.

    It returns None unless the copy is still known, complete and unchanged, and the policies are those by which it was allowed: they are
    reloaded after a few seconds, and then the view decides again.
    """
    file, version = b"", version_of(tag)

    def body() -> bytes | None:
        nonlocal file
        known = _known().get(path)
        if known is None or known.until <= time.monotonic() or not config().remote_media_budget:
            return None
        if fresh_policies() is not allowed_by:
            return None
        file = file or os.fsencode(storage().path(known.file))
        content = read_file(file, version)
        if content is not None:
            metrics.count("media", "cached")
        return content

    return body


def _copy(request: Request, file: str, size: int) -> HttpResponse | None:
    """Return the copy, or None if it is not stored as recorded."""
    path = storage().path(file)
    try:
        if path.stat().st_size != size:
            return None
        response = send_file(request, path, content_type=served_type(file) or "", cache_control=_FOR_EVER)
    except (NotFound, OSError):
        return None
    metrics.count("media", "cached")
    return response


def _remember(path: str, asked: RequestedFile, kept: files.CachedCopy) -> None:
    known = _known()
    known[path] = _Known(asked, kept.file, kept.size, time.monotonic() + _REMEMBERED_FOR_S)
    known.move_to_end(path)
    if len(known) > _REMEMBERED:
        known.popitem(last=False)


def _passing(request: Request, flight: Flight) -> HttpResponse | None:
    """Return the file while it is fetched; None if it is already complete. Ranges are supported if its size is known."""
    headers = {"Content-Type": flight.media_type, "Cache-Control": _FOR_EVER}
    start, stop, status = 0, flight.size, 200
    if flight.size is not None:
        headers["Accept-Ranges"] = "bytes"
        try:
            part = requested_range(request, flight.size)
        except ValueError:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{flight.size}"})
        if part is not None:
            start, stop, status = part[0], sum(part), 206
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{flight.size}"
        headers["Content-Length"] = str(flight.size if part is None else part[1])
    descriptor = flight.descriptor()
    if descriptor is None:
        return None
    response = StreamingHttpResponse(flight.pieces(descriptor, start, stop), status=status, headers=headers)
    close_with(response, lambda: os.close(descriptor))
    return response


def _failure(problem: FileUnavailable) -> HttpResponse:
    """Return a short text, cacheable until the next attempt, at most five minutes."""
    wait_s = int(min(max(problem.wait_s, 5.0 if problem.is_ours else 60.0), _MAX_FAILURE_S))
    response = HttpResponse(
        f"There is no such file to show: {problem.reason}.\n",
        status=problem.status,
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "no-store" if problem.is_ours else f"public, max-age={wait_s}"},
    )
    if problem.status == 503:
        response.headers["Retry-After"] = str(wait_s)
    return response
