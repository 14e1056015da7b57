"""Signing out here at the wish of a site where somebody signed in with this server (OpenID Connect RP-Initiated Logout 1.0)."""

from urllib.parse import urlsplit

from django.http import HttpResponse

from api.oauth.apps import app_by_client_id
from core.asgi import Request, methods
from core.asgi.decorators import any_identity
from core.pages.addresses import path_to
from users.logins.services import logins
from web.oauth.authorize import allow_redirect, with_query
from web.pages import forget_session, page, redirect_with_message

_PARAMETERS = ("client_id", "post_logout_redirect_uri", "state")


@any_identity
@methods("GET", "POST")
async def end_session(request: Request) -> HttpResponse:
    """Ask whether to sign out here, too (GET), do it (POST), and lead back to the site.

    An `id_token_hint` is not needed: people see and press.
    """
    given = request.POST if request.method == "POST" else request.GET
    asked = {name: given.get(name, "") for name in _PARAMETERS}
    way_back = await _way_back(**asked)
    if request.user is None:
        return redirect_with_message(request, way_back or path_to("front"))
    if request.method == "GET":
        context = {"asked": asked.items(), "way_back": way_back}
        return allow_redirect(page(request, "oauth/end_session.html", context), way_back)
    await logins.sign_out(session=request.session)
    return forget_session(request, redirect_with_message(request, way_back or path_to("front")))


async def _way_back(client_id: str, post_logout_redirect_uri: str, state: str) -> str:
    """Return the address on the app's own site to which it wants people to come back; empty for any other, which would be an open redirect."""
    app = await app_by_client_id(client_id) if client_id else None
    if app is None:
        return ""
    try:
        site = _site(post_logout_redirect_uri)
        known = {_site(uri) for uri in app.redirect_uris}
    except ValueError:
        return ""
    if site not in known or site[0] not in {"https", "http"}:
        return ""
    if not state:
        return post_logout_redirect_uri
    return with_query(post_logout_redirect_uri, {"state": state})


def _site(uri: str) -> tuple[str, str]:
    parts = urlsplit(uri)
    return parts.scheme, parts.netloc
