"""Security headers on every response: a Content Security Policy without inline code, and the usual others."""

from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse

from core.asgi.application import Next
from core.asgi.request import Request
from core.config import config
from core.django_internals import headers_of, set_headers

_CSP: dict[str, str] = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "media-src": "'self'",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
_OTHERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_HEADER_NAMES = {"opener": "Cross-Origin-Opener-Policy", "referrer": "Referrer-Policy"}
_HSTS = ("Strict-Transport-Security", "max-age=31536000")


def _media_hosts() -> str:
    """Return the other hosts from which pages may load images and videos: the operator's cache, and all hosts if no copies are kept."""
    settings = config()
    if not settings.remote_media_budget:
        return " https:"
    address = urlsplit(settings.media_url)
    return f" {address.scheme}://{address.netloc}" if settings.media_url else ""


def _headers(overrides: dict[str, str], media_hosts: str) -> dict[str, tuple[str, str]]:
    """Return the headers as Django stores them: lower-case name → (name, value)."""
    csp, others = dict(_CSP), dict(_OTHERS)
    for name in ("img-src", "media-src"):
        csp[name] += media_hosts
    for name, value in overrides.items():
        if name in _HEADER_NAMES:
            others[_HEADER_NAMES[name]] = value
        else:
            csp[name.replace("_", "-")] = value
    if csp["frame-ancestors"] != "'none'":
        del others["X-Frame-Options"]
    policy = "; ".join(f"{name} {value}" for name, value in csp.items())
    named = {"Content-Security-Policy": policy, **others}
    return {name.lower(): (name, value) for name, value in named.items()}


@cache
def _default(media_hosts: str) -> dict[str, tuple[str, str]]:
    return _headers({}, media_hosts)


async def security_headers(request: Request, call: Next) -> HttpResponse:
    """Add the security headers that a view has not set itself.

    `@policy(form_action="…", opener="…")` on the view or a dict `response.security_policy` changes single directives.
    """
    response = await call(request)
    overrides: dict[str, Any] | None = getattr(response, "security_policy", None) or getattr(
        request.view, "security_policy", None
    )
    hosts = _media_hosts()
    prepared = _default(hosts) if overrides is None else _headers(overrides, hosts)
    store = headers_of(response)
    store = {**prepared, **store} if store else dict(prepared)
    set_headers(response, store)
    if request.is_secure():
        store.setdefault("strict-transport-security", _HSTS)
    return response
