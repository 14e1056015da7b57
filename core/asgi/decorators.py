"""Decorators for views: allowed methods, body limits, hosts, CSRF, security headers."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse

from core.asgi.failures import MethodNotAllowed, NoteRefusal
from core.asgi.request import Request, View

MEGABYTE = 1024 * 1024


def methods(*allowed: str) -> Callable[[View], View]:
    """Restrict a view to these methods (HEAD where GET is); others get 405 with `Allow`, OPTIONS gets 204."""
    spoken = (*allowed, "HEAD") if "GET" in allowed and "HEAD" not in allowed else allowed

    def decorate(view: View) -> View:
        @wraps(view)
        async def only(request: Request, **kwargs: Any) -> HttpResponse:
            if request.method in spoken:
                return await view(request, **kwargs)
            if request.method == "OPTIONS":
                response = HttpResponse(status=204)
                response.headers["Allow"] = ", ".join((*spoken, "OPTIONS"))
                return response
            raise MethodNotAllowed(spoken)

        return only

    return decorate


def _mark(name: str, value: object) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        setattr(view, name, value)
        return view

    return decorate


def body_limit(limit_bytes: int | Callable[[Request], int]) -> Callable[[View], View]:
    """Limit the bodies accepted by a view (never more than TAKAHE_MAX_BODY_MB); larger ones get 413. Default: 2 MB.

    A function decides per request, for a view with several kinds of requests.
    """
    return _mark("body_limit", limit_bytes)


def discards_files(field_of: Callable[[Request], str]) -> Callable[[View], View]:
    """Read files in the view's forms without storing them, if `field_of` returns the name of a field.

    `request.has_dropped_files` tells whether there were any. A form with this field before its files may be as large as
    TAKAHE_MAX_BODY_MB, any other as large as `body_limit`.
    """
    return _mark("discards_files", field_of)


def uploads(view: View) -> View:
    """Let a view accept bodies up to TAKAHE_MAX_BODY_MB, including files."""
    return _mark("body_limit", 1 << 62)(view)


def any_identity(view: View) -> View:
    """Run a view also for forms of another identity than the session's: the form states the identity, or the view does not depend on it."""
    return _mark("any_identity", True)(view)


def no_csrf(view: View) -> View:
    """Exempt a view from the CSRF check: it authenticates by a bearer token, a signature or not at all, never by a cookie."""
    return _mark("csrf_exempt", True)(view)


def any_host(view: View) -> View:
    """Let a view answer for any Host header (health checks by address)."""
    return _mark("any_host", True)(view)


def standalone(view: View) -> View:
    """Serve a view without domain, session or database look-ups, so that it responds even if the pool is exhausted."""
    return _mark("standalone", True)(any_host(view))


def while_paused(view: View) -> View:
    """Let a view also answer for a paused domain: its staff need it to sign in."""
    return _mark("while_paused", True)(view)


def always(view: View) -> View:
    """Let a view also answer for a paused or removed domain: error pages, other domains or other servers need it."""
    return _mark("when_removed", True)(while_paused(view))


def without_session(view: View) -> View:
    """Run a view as for an anonymous visitor: the session's cookie isn't read, and none is set."""
    return _mark("without_session", True)(view)


def without_media(view: View) -> View:
    """Mark a view whose response contains no remote media, so that media policies are not loaded."""
    return _mark("without_media", True)(view)


def policy(**directives: Any) -> Callable[[View], View]:
    """Loosen the security headers of this view: `form_action`, `img_src`… (CSP) or `opener`, `referrer`, `frame_ancestors`."""
    return _mark("security_policy", directives)


def on_refusal(note: NoteRefusal) -> Callable[[View], View]:
    """Call `note(request, failure)` for each 4xx of the view's requests, instead of writing the usual log line.

    This includes refusals by middleware. `note` must not block, because it delays the response.
    """
    return _mark("note_refusal", note)
