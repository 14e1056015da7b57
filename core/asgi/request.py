"""The request object of every view: Django's, built with less work, with a body that the event loop has read."""

import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from io import BytesIO
from types import EllipsisType
from typing import IO, Any
from urllib.parse import parse_qsl

import msgspec
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, QueryDict
from django.http.request import RawPostDataException
from django.utils.datastructures import MultiValueDict

from core.errors import BadInput
from core.logs import HIDDEN, is_secret_field

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Finisher = Callable[[], Awaitable[None]]
View = Callable[..., Awaitable[HttpResponse]]

_META_NAMES: dict[bytes, str] = {}
_MAX_META_NAMES = 256
_BEFORE_TOKENS = {"reset", "confirm"}
# the last part of a value signed by django.core.signing (`payload:time:signature`), its colon possibly encoded twice
_SIGNED = re.compile(r"(?::|%(?:25)*3a)[\w-]{20,}", re.IGNORECASE)
_FORM = "application/x-www-form-urlencoded"


def _meta_name(raw: bytes) -> str:
    """Return the META key of a header: HTTP_ACCEPT_LANGUAGE for `accept-language`.

    Empty for names with an underscore, which could impersonate another header.
    """
    if b"_" in raw:
        return ""
    name = raw.decode("latin-1").upper().replace("-", "_")
    if name not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
        name = f"HTTP_{name}"
    if len(_META_NAMES) < _MAX_META_NAMES:
        _META_NAMES[raw] = name
    return name


def hide_tokens(path: str) -> str:
    """Return a path with the segment after `reset` or `confirm`, and anything that looks like a signed token, hidden.

    A mistyped link (an extra slash, upper case) matches no view but still contains a valid token.
    """
    parts, follows = path.split("/"), False
    for index, part in enumerate(parts):
        if part and (follows or _SIGNED.search(part)):
            parts[index] = HIDDEN
        follows = follows or part.strip().lower() in _BEFORE_TOKENS
    return "/".join(parts)


def split_pairs(query: str) -> list[tuple[str, str]]:
    """Return the names and values of a query or a form in order. Raises BadInput (400) for more than Django accepts."""
    try:
        return parse_qsl(
            query,
            keep_blank_values=True,
            errors="replace",
            max_num_fields=settings.DATA_UPLOAD_MAX_NUMBER_FIELDS,
        )
    except ValueError as error:
        raise BadInput(code="too_many_parameters", detail=str(error), status=400) from error


class Request(ASGIRequest):
    """An `HttpRequest` whose body is in memory or a spooled file before the view runs, for every method alike.

    Set by us: `request_id`, `client_address`, `view` (the matched view), `scope`, `started` (loop time). `POST` and `FILES` are parsed
    for PUT, PATCH and DELETE too, as Mastodon's clients send them.
    """

    request_id = ""
    client_address = ""
    identity_label = ""
    unread_notifications = 0  # for pages of signed-in users
    open_reports = open_appeals = waiting_sign_ups = waiting_trends = held_posts = 0  # for pages of staff
    seen_notification: int | None = None  # the newest one that they have seen
    read_home = 0  # the post up to which they have read their home timeline
    is_signed_out = False  # asked with no live session: the browser forgets what it kept of an earlier one
    requires_signature = False  # the domain requires signed GETs: the response is for the signer only
    signer: str | EllipsisType | None = ...  # of a signed GET, once verified: the actor's URI
    # of a view that serves a file: returns the same content again, or None if it may not be sent any more
    kept_body: Callable[[], bytes | None] | None = None
    # in development: the SQL statements so far
    statements: Callable[[], list[dict[str, Any]]] | None = None
    endpoint = ""  # of the API, as a pattern: one view answers for all of them
    _order: Sequence[str] = ()
    view: View
    receive: Receive
    view_kwargs: dict[str, Any]

    def __init__(self, scope: MutableMapping[str, Any], started: float = 0.0) -> None:
        # Everything Django's own __init__ does, minus the parts that only WSGI code reads (measured: 14 µs less).
        self.scope = scope
        self.started = started
        self.resolver_match = None
        self.path = self.path_info = scope["path"]
        self.script_name = ""
        self.method = scope.get("method", "GET")
        meta: dict[str, Any] = {
            "REQUEST_METHOD": self.method,
            "QUERY_STRING": scope["query_string"].decode("utf-8", "replace"),
            "SCRIPT_NAME": "",
            "PATH_INFO": self.path,
        }
        client, server = scope.get("client"), scope.get("server")
        if client:
            meta["REMOTE_ADDR"] = self.client_address = client[0]
        if server:
            meta["SERVER_NAME"], meta["SERVER_PORT"] = server[0], str(server[1])
        else:
            meta["SERVER_NAME"], meta["SERVER_PORT"] = "unknown", "0"
        for raw, value in scope["headers"]:
            name = _META_NAMES.get(raw) or _meta_name(raw)
            text = value.decode("latin-1")
            if name in meta:
                text = f"{meta[name]}{'; ' if name == 'HTTP_COOKIE' else ','}{text}"
            meta[name] = text
        meta.pop("", None)
        self.META = meta
        self._post_parse_error = False
        self._read_started = False
        self.has_dropped_files = False
        self._finishers: list[Finisher] = []
        self._stream: IO[bytes] = BytesIO()
        if "CONTENT_TYPE" in meta:
            self._set_content_type_params(meta)
        else:
            self.content_type = ""
            self.content_params: dict[str, str] = {}

    @property
    def route(self) -> str:
        """The pattern that the path matches, for metrics; empty if there is none."""
        return self.endpoint or (f"/{self.resolver_match.route}" if self.resolver_match else "")

    @property
    def secure_scheme(self) -> str:
        return str(self.scope.get("scheme", "http"))

    def is_secure(self) -> bool:
        return bool(self.scope.get("scheme") in {"https", "wss"})

    @property
    def wants_json(self) -> bool:
        """True if the client requested JSON rather than a page."""
        accept = self.META.get("HTTP_ACCEPT", "")
        return "json" in accept and "text/html" not in accept

    @property
    def loggable_path(self) -> str:
        """The path without secrets, for logs: hides what `<str:token>` matched, and anything similar if no view was found."""
        path = str(self.path)
        for name, value in getattr(self, "view_kwargs", {}).items():
            if is_secret_field(name):
                path = path.replace(str(value), HIDDEN)
        return hide_tokens(path)

    def on_finish(self, finisher: Finisher) -> None:
        """Await `finisher` after the response has been sent (also if the client disconnected)."""
        self._finishers.append(finisher)

    # --- the body -----------------------------------------------------------------------------------------------

    def hold_body(self, stream: IO[bytes]) -> None:
        """Take the body that was read into `stream`, which is at its beginning."""
        self._stream = stream

    def hold_form(
        self, fields: QueryDict, files: MultiValueDict, order: list[str], *, has_dropped: bool = False
    ) -> None:
        """Take a multipart form that was parsed while it was received. `order`: the names of its parts. `has_dropped`: files were not stored."""
        self._post, self._files, self._order = fields, files, order
        self.has_dropped_files = has_dropped
        self._read_started = True

    @property
    def body(self) -> bytes:
        if not hasattr(self, "_body"):
            if self._read_started:
                raise RawPostDataException("The body was a multipart form: read POST and FILES.")
            self._body = self._stream.read()
            self._stream.close()
            self._stream = BytesIO(self._body)
        return self._body

    def json(self) -> Any:
        """Return the body as JSON values; an empty body is an empty object. Raises BadInput (400) if it isn't JSON."""
        if not self.body:
            return {}
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadInput(code="body_not_json", detail=str(error), status=400) from error

    def pairs(self) -> list[tuple[str, Any]]:
        """Return the names and values of a form in the order of its body, which POST and FILES don't keep."""
        if self.content_type == _FORM:
            return split_pairs(self.body.decode("utf-8", "replace"))
        given = {name: iter([*self.POST.getlist(name), *self.FILES.getlist(name)]) for name in self._order}
        return [(name, next(given[name])) for name in self._order]

    def _load_post_and_files(self) -> None:
        self._files = MultiValueDict()
        if self.content_type == _FORM:
            self._post = QueryDict(self.body, encoding="utf-8")
        else:
            self._post = QueryDict(encoding=self._encoding)
