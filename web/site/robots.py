"""What robots and browsers ask every host for: `/robots.txt` and `/favicon.ico`."""

from django.http import HttpResponse

from core.asgi.decorators import any_host, methods
from core.asgi.request import Request
from core.pages.static_files import assets

_DAY = "public, max-age=86400"
# pages that are for people, endless or cost another server something; who wants to be found by search engines is said on each page
_ROBOTS = "User-agent: *\n" + "".join(
    f"Disallow: {path}\n"
    for path in ("/admin", "/settings", "/search", "/compose", "/interact", "/authorize_interaction")
)


@methods("GET")
async def robots(request: Request) -> HttpResponse:
    return HttpResponse(_ROBOTS, content_type="text/plain; charset=utf-8", headers={"Cache-Control": _DAY})


@methods("GET")
@any_host
async def favicon(request: Request) -> HttpResponse:
    body = assets().by_path["/static/img/favicon.ico"].body
    return HttpResponse(body, content_type="image/x-icon", headers={"Cache-Control": _DAY})
