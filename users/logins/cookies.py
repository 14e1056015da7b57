"""Names of the cookies that hold sessions, for pages and for the streams that pages listen to."""

from core.asgi.request import Request
from users.domains.models import Domain


def cookie_name(domain: Domain | None) -> str:
    return host_cookie("session", domain)


def host_cookie(name: str, domain: Domain | None) -> str:
    """Prefix a cookie's name with `__Host-`, which makes browsers insist on Secure, this host only and the whole site.

    Plain HTTP (development) can't have it.
    """
    return f"__Host-{name}" if is_https(domain) else name


def is_https(domain: Domain | None) -> bool:
    # the domain's own address decides, not the request's scheme: a proxy that forgets to tell must not cost the Secure flag
    return domain is not None and domain.base_url.startswith("https://")


def session_cookie(request: Request) -> str:
    """Return the value that the browser presented, empty when there is none."""
    if "HTTP_COOKIE" not in request.META:
        return ""
    return str(request.COOKIES.get(cookie_name(request.domain), ""))
