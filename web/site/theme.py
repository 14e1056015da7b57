"""The domain's colours as a stylesheet of its own, so that the content security policy can forbid inline styles."""

from django.http import HttpResponse

from core.asgi.decorators import always, methods
from core.asgi.request import Request
from users.domains.style.services import style_of
from web.frame.colors import COLOR, stylesheet, tint_rules

_MOST = 100


@always
@methods("GET")
async def theme(request: Request) -> HttpResponse:
    color = request.domain.accent_color
    body = stylesheet(color) if COLOR.fullmatch(color) else ""
    return HttpResponse(body, content_type="text/css", headers={"Cache-Control": "public, max-age=86400"})


@always
@methods("GET")
async def style(request: Request) -> HttpResponse:
    """Serve the style sheet that the domain's staff wrote, of which only the allowed part was kept."""
    found = await style_of(request.domain)
    headers = {"Cache-Control": "public, max-age=86400"}
    return HttpResponse(found.css if found else "", content_type="text/css", headers=headers)


@always
@methods("GET")
async def tints(request: Request) -> HttpResponse:
    """Serve the rules for the colours of other domains, `?of=rrggbb`, which a login's identities there have in the account menu."""
    colors = dict.fromkeys(f"#{one}" for one in request.GET.getlist("of")[:_MOST])
    body = "".join(tint_rules(color) for color in colors if COLOR.fullmatch(color))
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return HttpResponse(body, content_type="text/css", headers=headers)
