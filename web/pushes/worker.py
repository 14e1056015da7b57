"""The service worker of our pages (static/js/app/worker.js). Served at the root, because its scope is its own folder."""

from django.http import HttpResponse

from core.asgi.conditional import conditional
from core.asgi.decorators import methods, without_session
from core.asgi.request import Request
from core.pages.static_files import PREFIX, assets


@methods("GET")
@without_session
async def worker(request: Request) -> HttpResponse:
    body = assets().by_path[f"{PREFIX}js/app/worker.js"].body
    headers = {"Cache-Control": "no-cache"}
    return conditional(request, HttpResponse(body, content_type="text/javascript", headers=headers))
