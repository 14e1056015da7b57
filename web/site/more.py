"""The rest of the navigation, and the settings' sections, as pages for small screens."""

from django.http import HttpResponse

from core.asgi.decorators import methods
from core.asgi.request import Request
from web.pages import page, with_login


@methods("GET")
@with_login
async def more(request: Request) -> HttpResponse:
    return page(request, "site/more.html")


@methods("GET")
@with_login
async def settings(request: Request) -> HttpResponse:
    return page(request, "site/settings.html")
