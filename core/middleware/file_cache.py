"""Recently sent files, served again by the connection itself: without a task, a request object or the middleware chain.

Only responses of the complete chain are cached, with their headers. Only GETs without conditions, ranges and queries are answered from
here; they are logged and counted like all others.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from http import HTTPStatus

import msgspec
from django.http import HttpResponse

from core.asgi.request import Request
from core.asgi.sending import raw_headers
from core.logs import Fixed
from core.middleware.access import asker_fields, file_fields, log_file, new_request_id
from core.middleware.proxies import ForwardedBy
from core.server_state import PerServer

type Headers = Sequence[tuple[bytes, bytes]]
type Answer = tuple[bytes, bytes]

MAX_FILES = 1024  # about 1 kB each
_MAX_ASKERS = 256
_MAX_HEADERS_LENGTH = 2048
_GET = b"GET "
_ID = b"x-request-id"
_FORWARDED = {b"x-forwarded-for": 0, b"x-forwarded-proto": 1, b"x-forwarded-host": 2}
# with one of these headers another response is due, or the request has a body
_OTHERWISE = frozenset(
    (
        b"range", b"if-range", b"if-match", b"if-none-match", b"if-modified-since", b"if-unmodified-since",
        b"content-length", b"transfer-encoding", b"expect", b"upgrade",
    )
)  # fmt: skip


class _KeptFile(msgspec.Struct, frozen=True):
    head: bytes
    body: Callable[[], bytes | None]
    line: Fixed


class Asker(msgspec.Struct, frozen=True):
    """The scheme of a request, and its client, host and user agent for the log."""

    is_secure: bool
    line: Fixed
    client: str


# by path and whether it was asked for over HTTPS, those sent last at the end
_kept: PerServer[OrderedDict[tuple[bytes, bool], _KeptFile]] = PerServer(OrderedDict)
# by what follows the path in a request, the peer's address, and whether the connection is encrypted
_askers: PerServer[OrderedDict[tuple[bytes, str, bool], Asker]] = PerServer(OrderedDict)


def _nobody(client: str) -> bool:
    return False


class FileCache:
    """The cache of files whose paths begin with `prefix`. Clients for which `asks_chain` is true are answered by the chain."""

    def __init__(
        self, prefix: str, forwarded_by: ForwardedBy, asks_chain: Callable[[str], bool] = _nobody
    ) -> None:
        self.prefix = prefix.encode()
        self._forwarded_by = forwarded_by
        self._asks_chain = asks_chain

    def remember(self, request: Request, response: HttpResponse) -> None:
        """Cache a response whose view has set `request.kept_body`, which returns the same bytes again, or None if they may not be sent any more."""
        is_plain = (
            request.method == "GET" and response.status_code == HTTPStatus.OK and not response.streaming
        )
        path = request.scope.get("raw_path") or b""
        if request.kept_body is None or not is_plain or response.cookies or not path.startswith(self.prefix):
            return
        lines = [b"%b: %b\r\n" % (name, value) for name, value in raw_headers(response) if name != _ID]
        kept, place = _kept(), (path, request.is_secure())
        kept[place] = _KeptFile(b"".join(lines), request.kept_body, file_fields(request.loggable_path))
        kept.move_to_end(place)
        if len(kept) > MAX_FILES:
            kept.popitem(last=False)

    def asker(self, headers: Headers, *, peer: str, is_tls: bool) -> Asker | None:
        """Return the client of a request; None if the headers request more than a GET of the whole file."""
        forwarded: list[str | None] = [None, None, None]
        host = agent = ""
        for name, value in headers:
            if name in _OTHERWISE:
                return None
            if name == b"host":
                host = value.decode("latin-1")
            elif name == b"user-agent":
                agent = value.decode("latin-1")
            elif (index := _FORWARDED.get(name)) is not None:
                before, text = forwarded[index], value.decode("latin-1")
                forwarded[index] = text if before is None else f"{before},{text}"
        client, scheme, forwarded_host = self._forwarded_by(peer, *forwarded)
        is_secure = scheme == "https" if scheme else is_tls
        return Asker(is_secure, asker_fields(client=client, host=forwarded_host or host, agent=agent), client)

    def answer(self, path: bytes, asker: Asker) -> Answer | None:
        """Return the headers and the body for a GET of `path`, as in the request; None if the chain has to answer."""
        started = time.perf_counter()
        file = _kept().get((path, asker.is_secure))
        body = file.body() if file is not None and not self._asks_chain(asker.client) else None
        if file is None or body is None:
            return None
        name, spent = new_request_id(), time.perf_counter() - started
        log_file(file.line, seconds=spent, size=len(body), asker=asker.line, request=name)
        return b"%bx-request-id: %b\r\n" % (file.head, name.encode()), body

    def remember_asker(self, read: bytes, path: bytes, asker: Asker, *, peer: str, is_tls: bool) -> None:
        """Keep the client that requested `path` with the bytes `read`, if they are one complete request: clients repeat everything
        but the path.
        """
        start = len(_GET) + len(path)
        if len(read) - start > _MAX_HEADERS_LENGTH or not read.startswith(
            b"%b%b HTTP/1.1\r\n" % (_GET, path)
        ):
            return
        if read.find(b"\r\n\r\n") == len(read) - 4:
            askers = _askers()
            askers[read[start:], peer, is_tls] = asker
            if len(askers) > _MAX_ASKERS:
                askers.popitem(last=False)

    def answer_repeated(self, read: bytes, *, peer: str, is_tls: bool) -> Answer | None:
        """Return the response to an unparsed request, if all but its path was in an earlier one answered from here."""
        if not read.startswith(_GET):
            return None
        end = read.find(b" ", len(_GET))
        asker = _askers().get((read[end:], peer, is_tls))
        return None if asker is None else self.answer(read[len(_GET) : end], asker)
