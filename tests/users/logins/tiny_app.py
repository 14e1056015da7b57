"""An application with only the two middleware of web and a view that returns who is signed in."""

from typing import Any

import msgspec
from django.http import HttpResponse
from django.urls import path

from core.asgi import Application
from core.asgi.request import Request
from tests.users.support import make_user
from users.logins.cookies import session_cookie
from users.logins.services import logins
from web.middleware import clear_session_cookie, domain_middleware, session_middleware, set_session_cookie


async def who(request: Request) -> HttpResponse:
    found: dict[str, Any] = {
        "domain": request.domain.name,
        "user": request.user.email if request.user else None,
        "identity": request.identity.handle if request.identity else None,
    }
    return HttpResponse(msgspec.json.encode(found), content_type="application/json")


async def enter(request: Request) -> HttpResponse:
    """Do what the sign-in page does after a correct password."""
    user = await make_user()
    session, cookie = await logins.open_session(
        user=user,
        address="127.0.0.1",
        user_agent="x",
        domain=request.domain,
        replaces=session_cookie(request),
    )
    response = HttpResponse(status=204)
    set_session_cookie(request, response, session, cookie)
    return response


async def leave(request: Request) -> HttpResponse:
    response = HttpResponse(status=204)
    if request.session is not None:
        await logins.sign_out(session=request.session)
    clear_session_cookie(request, response)
    return response


urlpatterns = [path("who", who), path("enter", enter), path("leave", leave)]


def application() -> Application:
    return Application(middleware=[domain_middleware, session_middleware], urlconf=__name__)
