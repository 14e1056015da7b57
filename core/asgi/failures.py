"""Error responses, rendered once per surface: the API, ActivityPub and pages.

A surface is chosen by the longest matching path prefix; pages are the default. Users see the message and the status of a Problem; detail
and stack go to the log only.
"""

import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import msgspec
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg.errors import DiskFull, LockNotAvailable, QueryCanceled
from psycopg_pool import PoolTimeout

from core.asgi.request import Request
from core.config import config
from core.errors import NotFound, Problem, TooMany, Unavailable
from core.languages import html_language
from core.logs import get_logger

log = get_logger(__name__)

_BUG = gettext_lazy("Something went wrong on our side. It has been logged; try again in a minute.")
_DATABASE = gettext_lazy("The server can't reach its database right now. Try again in a minute.")
_DISK_FULL = gettext_lazy(
    "The disk of this server is full, so nothing was changed. Its staff have to make space; try again later."
)
_TOO_SLOW = gettext_lazy(
    "The database took too long, so this was cancelled. Nothing was changed. Try again in a minute."
)

_TITLES: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: gettext_lazy("Bad Request"),
    HTTPStatus.UNAUTHORIZED: gettext_lazy("Unauthorized"),
    HTTPStatus.FORBIDDEN: gettext_lazy("Forbidden"),
    HTTPStatus.NOT_FOUND: gettext_lazy("Not Found"),
    HTTPStatus.METHOD_NOT_ALLOWED: gettext_lazy("Method Not Allowed"),
    HTTPStatus.REQUEST_TIMEOUT: gettext_lazy("Request Timeout"),
    HTTPStatus.CONFLICT: gettext_lazy("Conflict"),
    HTTPStatus.GONE: gettext_lazy("Gone"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: gettext_lazy("Content Too Large"),
    HTTPStatus.UNPROCESSABLE_ENTITY: gettext_lazy("Unprocessable Content"),
    HTTPStatus.TOO_MANY_REQUESTS: gettext_lazy("Too Many Requests"),
    HTTPStatus.INTERNAL_SERVER_ERROR: gettext_lazy("Internal Server Error"),
    HTTPStatus.SERVICE_UNAVAILABLE: gettext_lazy("Service Unavailable"),
}


@dataclass(frozen=True)
class Failure:
    """A failure as rendered by surfaces: a status, a safe message, extra headers, and the error itself for its type only."""

    status: int
    sentence: str
    error: Exception
    headers: dict[str, str] = field(default_factory=dict)


Surface = Callable[[Request, Failure], HttpResponse]
NoteRefusal = Callable[[Request, Failure], None]


class MethodNotAllowed(Problem):
    """The view exists but does not support this method."""

    status = HTTPStatus.METHOD_NOT_ALLOWED

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__(code="method_not_allowed", methods=" or ".join(allowed))
        self.allowed = allowed


def failure_of(error: Exception) -> Failure:
    """Return the public part of `error`. Unknown errors are a 500 without details."""
    if isinstance(error, Problem):
        headers = {}
        if isinstance(error, TooMany):
            headers["Retry-After"] = str(error.retry_after_s)
        elif isinstance(error, MethodNotAllowed):
            headers["Allow"] = ", ".join(error.allowed)
        elif isinstance(error, Unavailable):
            headers["Retry-After"] = str(error.retry_after_s)
        return Failure(error.status, error.sentence, error, headers)
    if isinstance(error, Http404):
        return Failure(HTTPStatus.NOT_FOUND, NotFound().sentence, error)
    if isinstance(error, PermissionDenied):
        return Failure(HTTPStatus.FORBIDDEN, _("This action is not allowed"), error)
    if isinstance(error, RequestDataTooBig):
        return Failure(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _("The request is too large."), error)
    if isinstance(error, (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError)):
        return Failure(HTTPStatus.BAD_REQUEST, _("The request can't be read."), error)
    if isinstance(error, DataError):  # a NUL in a JSON string, or a number beyond 64 bits
        return Failure(HTTPStatus.UNPROCESSABLE_ENTITY, _("A value in the request can't be used."), error)
    if isinstance(error, (OperationalError, InterfaceError, PoolTimeout)):
        sentence = _DATABASE
        if isinstance(error.__cause__, (QueryCanceled, LockNotAvailable)):
            sentence = _TOO_SLOW
        elif isinstance(error.__cause__, DiskFull):
            sentence = _DISK_FULL
        return Failure(HTTPStatus.SERVICE_UNAVAILABLE, str(sentence), error, {"Retry-After": "30"})
    return Failure(HTTPStatus.INTERNAL_SERVER_ERROR, str(_BUG), error)


def as_json(request: Request, failure: Failure) -> HttpResponse:
    """Render a failure as `{"error": sentence}`, as Mastodon's API and ActivityPub peers expect."""
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        # otherwise caches may store 404 and 410, and serve one meant for a blocked signer to everybody
        "Cache-Control": "private, no-store",
        "Vary": "Accept, Cookie, Signature, Signature-Input",
        **failure.headers,
    }
    return HttpResponse(
        msgspec.json.encode({"error": failure.sentence}), status=failure.status, headers=headers
    )


def _page(request: Request, words: dict[str, Any]) -> str:
    if getattr(request, "domain", None) is not None:  # the page has the domain's name and colours
        try:
            return render_to_string("error.html", words)
        except Exception:
            log.exception("error_page.failed")
    return (
        f"<!doctype html><html lang={html_language()}><meta charset=utf-8><title>{escape(words['title'])}</title>"
        f"<h1>{escape(words['title'])}</h1><p>{escape(words['sentence'])}</p><p>{escape(words['request_id'])}</p>"
    )


def as_page(request: Request, failure: Failure) -> HttpResponse:
    """Render a failure with templates/error.html, or as JSON if the client requested it.

    If the template fails, a plain page is rendered.
    """
    if request.wants_json:
        return as_json(request, failure)
    for kind, render in _error_pages.items():
        if isinstance(failure.error, kind) and getattr(request, "domain", None) is not None:
            return render(request, failure)
    words = {
        "status": int(failure.status),
        "title": str(_TITLES.get(failure.status) or HTTPStatus(failure.status).phrase),
        "sentence": failure.sentence,
        "problem": failure.error,
        "request_id": request.request_id,
        "request": request,
        **(_details(request, failure) if config().debug else {}),
    }
    # otherwise caches may store 404 and 410, and serve them to requests for the document at the same URL, or after signing in
    headers = {
        "Cache-Control": "private, no-cache",
        "Vary": "Accept, Accept-Language, Cookie",
        **failure.headers,
    }
    return HttpResponse(_page(request, words), status=failure.status, headers=headers)


def _details(request: Request, failure: Failure) -> dict[str, Any]:
    """Return the development details of an error page: the traceback, the request's SQL, and the query that profiles it."""
    query = request.META["QUERY_STRING"]
    return {
        "detail": "".join(traceback.format_exception(failure.error)),
        "statements": request.statements() if request.statements else [],
        "profile_query": "&".join(filter(None, (query, "profile"))) if request.method == "GET" else "",
    }


_error_pages: dict[type[Problem], Surface] = {}


def register_error_page(kind: type[Problem], render: Surface) -> None:
    """Render problems of this kind on pages with `render` instead of templates/error.html."""
    _error_pages[kind] = render


_surfaces: list[tuple[str, Surface]] = []


def register_surface(prefix: str, surface: Surface) -> None:
    """Render errors under paths that start with `prefix` with `surface`.

    The longest prefix wins; a later call for the same prefix replaces the earlier one.
    """
    _surfaces[:] = [entry for entry in _surfaces if entry[0] != prefix]
    _surfaces.append((prefix, surface))
    _surfaces.sort(key=lambda entry: -len(entry[0]))


for _prefix in (
    "/api/",
    "/oauth/token",
    "/oauth/revoke",
    "/oauth/userinfo",
    "/oauth/jwks",
    "/.well-known/",
    "/nodeinfo",
    "/inbox",
):
    register_surface(_prefix, as_json)


def respond(request: Request, error: Exception) -> HttpResponse:
    """Return the response for `error`, after logging it: 5xx with its stack, others with the detail only, or with the view's own logger."""
    failure = failure_of(error)
    if failure.status >= 500 and not isinstance(error, Unavailable):
        log.failure("request.failed", error, path=request.loggable_path, method=request.method)
    elif failure.status < 500 and (note := getattr(request.view, "note_refusal", None)):
        note(request, failure)
    elif detail := getattr(error, "detail", "") or (not isinstance(error, Problem) and str(error)):
        log.info("request.refused", status=int(failure.status), path=request.loggable_path, detail=detail)
    for prefix, surface in _surfaces:
        if request.path.startswith(prefix):
            return surface(request, failure)
    if request.META.get("HTTP_ACCEPT", "").startswith(("application/activity+json", "application/ld+json")):
        return as_json(request, failure)
    if request.path.endswith("/inbox"):
        return as_json(request, failure)
    return as_page(request, failure)
