"""Two short-lived cookies: what a browser asked a provider, and who chooses a username after coming back."""

from datetime import timedelta

from django.http import HttpResponse

from core.asgi.request import Request
from users.logins.cookies import host_cookie, is_https

ASKED, NEWCOMER = "asked-provider", "newcomer"


def get_cookie(request: Request, name: str) -> str:
    return str(request.COOKIES.get(host_cookie(name, request.domain), ""))


def set_cookie(
    request: Request, response: HttpResponse, name: str, value: str, lifetime: timedelta = timedelta(0)
) -> None:
    """Set a cookie; without a lifetime, delete it. Lax: the browser has to send it when a provider's page sends somebody back."""
    response.set_cookie(
        host_cookie(name, request.domain),
        value,
        max_age=int(lifetime.total_seconds()),
        path="/",
        secure=is_https(request.domain),
        httponly=True,
        samesite="Lax",
    )
