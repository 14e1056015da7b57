"""Files on disk as responses, with ranges (RFC 9110 section 14), validators and no thread.

Reading 64 kB from the page cache takes about 10 µs, so the loop itself reads, and serves others between two chunks.
"""

import asyncio
import os
import re
import stat
from collections.abc import AsyncIterator
from pathlib import Path

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import http_date, parse_http_date_safe

from core.asgi.request import Request
from core.django_internals import close_with
from core.errors import NotFound

CHUNK_BYTES = 64 * 1024
_AT_ONCE_BYTES = (
    256 * 1024
)  # most pictures: one read and no stream, which needs a task that monitors its client
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


async def _pieces(descriptor: int, start: int, size: int) -> AsyncIterator[bytes]:
    position, end = start, start + size
    while position < end:
        piece = os.pread(descriptor, min(CHUNK_BYTES, end - position), position)
        if not piece:
            return  # the file was truncated in the meantime; the server closes the connection
        position += len(piece)
        yield piece
        await asyncio.sleep(0)


def _asked_range(header: str, size: int) -> tuple[int, int] | None:
    """Parse a Range header into (first byte, length).

    None to send the whole file. Raises ValueError if the range is not satisfiable.
    """
    found = _RANGE.fullmatch(header.strip())
    if not found or found.groups() == ("", ""):
        return None  # several ranges and other units are ignored
    first, last = found.groups()
    if not first:
        length = min(int(last), size)
        start, stop = size - length, size
    else:
        start, stop = int(first), min(int(last) + 1 if last else size, size)
        if last and int(last) < start:
            return None
    if start >= size or start == stop:
        raise ValueError(header)
    return start, stop - start


def requested_range(request: Request, size: int, tag: str = "") -> tuple[int, int] | None:
    """Return the requested range of a file as (first byte, length); None for the whole. Raises ValueError if it is not satisfiable."""
    wanted = request.META.get("HTTP_RANGE", "")
    if not wanted or request.META.get("HTTP_IF_RANGE", tag) != tag:
        return None
    return _asked_range(wanted, size)


def send_file(
    request: Request, path: Path, *, content_type: str, cache_control: str = "private", download_as: str = ""
) -> HttpResponse:
    """Return the file at `path`, which the caller has authorised. Raises NotFound if it doesn't exist.

    `download_as` makes browsers save it under that name (ASCII) instead of showing it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as error:
        raise NotFound(detail=f"{path}: {error.strerror}") from error
    about = os.fstat(descriptor)
    size, tag = about.st_size, _tag_of(about)
    headers = {
        "Content-Type": content_type,
        "ETag": tag,
        "Last-Modified": http_date(about.st_mtime),
        "Accept-Ranges": "bytes",
        "Cache-Control": cache_control,
    }
    if download_as:
        headers["Content-Disposition"] = f'attachment; filename="{re.sub(r"[^\w. -]", "_", download_as)}"'
    if not stat.S_ISREG(about.st_mode):
        os.close(descriptor)
        raise NotFound(detail=f"{path} is not a file")
    if _unchanged(request, tag, about.st_mtime):
        os.close(descriptor)
        return HttpResponse(status=304, headers=headers)
    start, length, status = 0, size, 200
    try:
        part = requested_range(request, size, tag)
    except ValueError:
        os.close(descriptor)
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    if part is not None:
        (start, length), status = part, 206
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{size}"
    headers["Content-Length"] = str(length)
    if length <= _AT_ONCE_BYTES and request.method != "HEAD":
        body = os.pread(descriptor, length, start)
        os.close(descriptor)
        if len(body) == length:
            return HttpResponse(body, status=status, headers=headers)
        raise NotFound(detail=f"{path} was cut meanwhile")
    response = StreamingHttpResponse(_pieces(descriptor, start, length), status=status, headers=headers)
    close_with(response, lambda: os.close(descriptor))
    return response


def version_of(tag: str) -> tuple[int, int]:
    """Parse an ETag of `send_file` into the modification time in ns and the size."""
    time_ns, size = tag.strip('"').split("-")
    return int(time_ns, 16), int(size, 16)


def read_file(path: bytes, version: tuple[int, int]) -> bytes | None:
    """Return the content of a file of which `send_file` sent this version in one piece; None if it has changed."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        about, size = os.fstat(descriptor), version[1]
        if about.st_size != size or about.st_mtime_ns != version[0]:
            return None
        content = os.pread(descriptor, size, 0)
    finally:
        os.close(descriptor)
    return content if len(content) == size else None


def _tag_of(about: os.stat_result) -> str:
    return f'"{about.st_mtime_ns:x}-{about.st_size:x}"'


def _unchanged(request: Request, tag: str, modified: float) -> bool:
    known = request.META.get("HTTP_IF_NONE_MATCH")
    if known is not None:
        return known.strip() == "*" or tag in [part.strip().removeprefix("W/") for part in known.split(",")]
    since = parse_http_date_safe(request.META.get("HTTP_IF_MODIFIED_SINCE", ""))
    return since is not None and int(modified) <= since
