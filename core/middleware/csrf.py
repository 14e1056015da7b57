"""CSRF protection: a request that changes something and is authenticated by a cookie must come from our own pages.

Two checks. `Sec-Fetch-Site` or `Origin`, which the browser sets, must be ours. And Django's token, which `{% csrf_token %}` writes
into forms and htmx sends as `X-CSRFToken`, must match the cookie. Views marked `no_csrf` authenticate their callers by other means.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.middleware.csrf import CSRF_SECRET_LENGTH, InvalidTokenFormat

from core.asgi.application import Next
from core.asgi.request import Request
from core.django_internals import csrf_functions
from core.errors import NotAllowed, Problem, StaleForm

_check_token_format, _does_token_match, _unmask_cipher_token = csrf_functions()
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_YEAR_S = 365 * 24 * 3600


def _refuse(reason: str) -> NotAllowed:
    return NotAllowed(code="form_of_another_site", detail=f"csrf: {reason}")


def _expired(request: Request, reason: str) -> Problem:
    """Return a wrong token in a form that the browser says is ours: it may be submitted again. Otherwise it may be forged."""
    if request.META.get("HTTP_SEC_FETCH_SITE") == "same-origin":
        return StaleForm(code="form_expired", detail=f"csrf: {reason}", status=403)
    return _refuse(reason)


def _check_origin(request: Request) -> None:
    meta = request.META
    site = meta.get("HTTP_SEC_FETCH_SITE")
    if site is not None and site not in {"same-origin", "none"}:
        raise _refuse(f"Sec-Fetch-Site {site}")
    if site is not None:
        return  # the browser itself confirms it, even behind a proxy that hides scheme and host
    ours = (request.secure_scheme, meta.get("HTTP_HOST", "").lower())
    source = meta.get("HTTP_ORIGIN")
    if source is None and request.is_secure():
        source = meta.get("HTTP_REFERER")
        if source is None:
            raise _refuse("neither Origin nor Referer")
    if source is not None:
        try:
            parts = urlsplit(source)
        except ValueError as error:
            raise _refuse("an Origin that can't be read") from error
        if (parts.scheme, parts.netloc.lower()) != ours:
            raise _refuse(f"Origin {source}")


def _cookie_secret(request: Request) -> str | None:
    token = request.COOKIES.get(settings.CSRF_COOKIE_NAME)
    if token is None:
        return None
    try:
        _check_token_format(token)
    except InvalidTokenFormat:
        return None
    return token if len(token) == CSRF_SECRET_LENGTH else str(_unmask_cipher_token(token))


def _check_token(request: Request, secret: str | None) -> None:
    if secret is None:
        raise _expired(request, "no cookie")
    token = request.META.get(settings.CSRF_HEADER_NAME) or request.POST.get("csrfmiddlewaretoken", "")
    try:
        _check_token_format(token)
    except InvalidTokenFormat as error:
        raise _expired(request, "no usable token") from error
    if not _does_token_match(token, secret):
        raise _expired(request, "the token does not match the cookie")


async def csrf_cookie(request: Request, call: Next) -> HttpResponse:
    """Give the response's forms the secret of the browser's cookie, or the browser the cookie of its forms. It surrounds everything that
    may respond with a page, including error pages.
    """
    if "HTTP_COOKIE" in request.META and (secret := _cookie_secret(request)) is not None:
        request.META["CSRF_COOKIE"] = secret
    response = await call(request)
    # set by Django's get_token, which {% csrf_token %} calls
    if "CSRF_COOKIE_NEEDS_UPDATE" in request.META and _is_from_here(request) and _is_navigation(request):
        _set_cookie(request, response)
    return response


def _is_from_here(request: Request) -> bool:
    """Return whether a request is read-only or comes from our own pages.

    Another site must not replace the cookie of our open pages.
    """
    if request.method not in _SAFE:
        try:
            _check_origin(request)
        except NotAllowed:
            return False
    return True


def _is_navigation(request: Request) -> bool:
    """Return whether the browser shows the response as a page; true for browsers that don't say (`Sec-Fetch-Mode`).

    What a script of an open page requests after its session ended is redirected to the sign-in page. If that response replaced the cookie,
    the sign-in form that the user has open would be refused.
    """
    return bool(request.META.get("HTTP_SEC_FETCH_MODE", "navigate") == "navigate")


async def csrf(request: Request, call: Next) -> HttpResponse:
    """Check origin and token of unsafe requests to views that are not exempt. Runs inside `csrf_cookie`."""
    if request.method not in _SAFE and not getattr(request.view, "csrf_exempt", False):
        _check_origin(request)
        _check_token(request, request.META.get("CSRF_COOKIE"))
    return await call(request)


def _set_cookie(request: Request, response: HttpResponse) -> None:
    response.set_cookie(
        settings.CSRF_COOKIE_NAME,
        request.META["CSRF_COOKIE"],
        max_age=_YEAR_S,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    vary = response.headers.get("Vary", "")
    if "cookie" not in vary.lower():
        response.headers["Vary"] = f"{vary}, Cookie" if vary else "Cookie"
