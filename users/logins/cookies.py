"""Names of session cookies, for pages and their streams."""

from core.asgi.request import Request
from users.domains.models import Domain


def cookie_name(domain: Domain | None) -> str:
    return host_cookie("session", domain)


def host_cookie(name: str, domain: Domain | None) -> str:
    """Prefix a cookie's name with `__Host-`, which makes browsers enforce Secure, no Domain attribute and Path=/.

    Not possible with plain HTTP (development).
    """
    return f"__Host-{name}" if is_https(domain) else name


def is_https(domain: Domain | None) -> bool:
    # the domain's own URL decides, not the request's scheme: a proxy without X-Forwarded-Proto must not remove the Secure flag
    return domain is not None and domain.base_url.startswith("https://")


def session_cookie(request: Request) -> str:
    """Return the cookie's value, or "" if the browser sent none."""
    if "HTTP_COOKIE" not in request.META:
        return ""
    return str(request.COOKIES.get(cookie_name(request.domain), ""))
