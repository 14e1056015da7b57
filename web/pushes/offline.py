"""Pages for browsers without a connection; their worker keeps them (static/js/app/worker.js)."""

from django.http import HttpResponse

from core.asgi.decorators import methods
from core.asgi.request import Request
from web.pages import page, signed_in


@methods("GET")
async def offline(request: Request) -> HttpResponse:
    """Show that there is no connection, in the reader's language and without personal data."""
    request.identity, request.is_signed_out = None, False  # browsers cache it for any later user
    return page(request, "pushes/offline.html")


@methods("GET")
@signed_in
async def waiting(request: Request) -> HttpResponse:
    """Show an empty list: only the browser has the posts that await a connection."""
    return page(request, "pushes/waiting.html")
