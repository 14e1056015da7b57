"""The domain's colours as a stylesheet of its own, so that the content security policy can forbid inline styles."""

from django.http import HttpResponse

from core.asgi.decorators import methods
from core.asgi.request import Request
from web.frame.colors import COLOR, stylesheet


@methods("GET")
async def theme(request: Request) -> HttpResponse:
    color = request.domain.accent_color
    body = stylesheet(color) if COLOR.fullmatch(color) else ""
    return HttpResponse(body, content_type="text/css", headers={"Cache-Control": "public, max-age=86400"})
