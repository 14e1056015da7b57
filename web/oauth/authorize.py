"""The page that asks a user to authorize an app, and for which identity (RFC 6749, section 4.1). Works without JavaScript."""

import datetime as dt
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
from django.http import HttpResponse
from django.utils.translation import gettext as _

from api.error_messages import error_message
from api.errors import OAuthProblem
from api.models import App
from api.oauth import scopes as scope_tree
from api.oauth.apps import app_by_client_id
from api.oauth.authorization import CHALLENGE, grant_code, issuer_of
from api.oauth.redirects import OUT_OF_BAND, check_redirect_uri
from api.parameters import collect_parameters, parse_parameters
from core import clock
from core.asgi import Request, methods
from core.asgi.decorators import any_identity
from core.errors import BadInput
from core.pages.addresses import path_to
from users.identities.models import Identity
from users.logins.queries import identities_of, identities_owned_by
from web.pages import choose_identity, page, redirect_with_message

# A browser client opens this page in a pop-up and waits for a message from its redirect URI: the opener must be kept.
_OPENER = "unsafe-none"
_MAX_NONCE = 255


class AuthorizationRequest(msgspec.Struct):
    """The parameters of the request, passed through the form unchanged. `decision` and `identity` come from the form."""

    client_id: str = ""
    redirect_uri: str = ""
    response_type: str = ""
    scope: str = scope_tree.DEFAULT
    state: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""
    nonce: str = ""
    prompt: str = ""
    max_age: int | None = None
    force_login: bool = False
    lang: str = ""
    decision: str = ""
    identity: str = ""

    def kept(self) -> dict[str, str]:
        """Return the parameters that the form and the sign-in preserve."""
        names = (
            "client_id",
            "redirect_uri",
            "response_type",
            "scope",
            "state",
            "code_challenge",
            "code_challenge_method",
            "nonce",
            "lang",
        )
        return {name: getattr(self, name) for name in names if getattr(self, name)}


async def _known_app(asked: AuthorizationRequest) -> App:
    """Return the app. Raises BadInput if the app or its redirect URI is unknown, because then no redirect is safe."""
    app = await app_by_client_id(asked.client_id) if asked.client_id else None
    if app is None:
        raise BadInput(
            _(
                "This app is not registered here. Try again from the app; you may have to remove this server from it first."
            ),
            status=400,
        )
    if asked.redirect_uri not in app.redirect_uris:
        raise BadInput(
            _("The address that this app wants to send you to is not one that it registered."),
            detail=asked.redirect_uri,
            status=400,
        )
    check_redirect_uri(asked.redirect_uri)  # it may have registered under older rules
    return app


def _check(app: App, asked: AuthorizationRequest) -> tuple[str, ...]:
    """Return the requested scopes. Raises OAuthProblem."""
    if asked.response_type != "code":
        raise OAuthProblem("unsupported_response_type", code="oauth_response_type_unknown")
    try:
        wanted = scope_tree.parse(asked.scope) or (scope_tree.DEFAULT,)
    except BadInput as error:
        raise OAuthProblem("invalid_scope", code="oauth_scope_unknown", detail=error.detail) from error
    if not scope_tree.are_covered(wanted, app.scopes):
        raise OAuthProblem("invalid_scope", code="oauth_scope_unknown", detail=asked.scope)
    if asked.code_challenge or asked.code_challenge_method:
        if asked.code_challenge_method != "S256":
            raise OAuthProblem("invalid_request", code="oauth_challenge_method_unknown")
        if not CHALLENGE.fullmatch(asked.code_challenge):
            raise OAuthProblem("invalid_request", code="oauth_challenge_invalid")
    if len(asked.nonce) > _MAX_NONCE:
        raise OAuthProblem("invalid_request", code="oauth_nonce_too_long", most=_MAX_NONCE)
    return wanted


def _send(request: Request, asked: AuthorizationRequest, values: dict[str, str]) -> HttpResponse:
    """Redirect the browser to the app, with `values` and its state added to its URI.

    OpenID Connect's get who answers, too (RFC 9207); of other apps some take all that follows `code=` for the code. Custom schemes are
    fine: the URI is registered.
    """
    uri = asked.redirect_uri
    if asked.state:
        values["state"] = asked.state
    if "openid" in asked.scope.split():
        values["iss"] = issuer_of(request.domain)
    return HttpResponse(
        status=302, headers={"Location": with_query(uri, values), "Cache-Control": "no-store"}
    )


def with_query(uri: str, values: dict[str, str]) -> str:
    """Return the URI of an app with these values added to its query."""
    query = urlencode([*parse_qsl(urlsplit(uri).query, keep_blank_values=True), *values.items()])
    # append as text: urlunsplit would write `app:/path` for `app:///path` and `app:` for `app://`
    return f"{uri.partition('?')[0]}?{query}"


def _refuse(request: Request, asked: AuthorizationRequest, refusal: OAuthProblem) -> HttpResponse:
    """Report an error to the app by a redirect (RFC 6749, 4.1.2.1); on a page if the app has no address."""
    if asked.redirect_uri == OUT_OF_BAND:
        raise BadInput(code=refusal.code, status=400) from refusal
    return _send(request, asked, {"error": refusal.error, "error_description": error_message(refusal)})


def allow_redirect(response: HttpResponse, redirect_uri: str = "") -> HttpResponse:
    """Set a policy that allows the page's form to redirect to the app's URI, and the pop-up to keep its opener."""
    target = urlsplit(redirect_uri)
    if target.scheme in {"http", "https"}:
        allowed = f"'self' {target.scheme}://{target.netloc}"
    elif redirect_uri and redirect_uri != OUT_OF_BAND:
        allowed = f"'self' {target.scheme}:"
    else:
        allowed = "'self'"
    response.security_policy = {"form_action": allowed, "opener": _OPENER}
    return response


def _check_prompt(request: Request, asked: AuthorizationRequest) -> None:
    """Refuse to answer without asking the person, which `prompt=none` wants (OpenID Connect Core 1.0, section 3.1.2.1)."""
    if "none" in asked.prompt.split():
        error = "interaction_required" if request.user is not None else "login_required"
        raise OAuthProblem(error, code="oauth_interaction_required")


def _is_recent(request: Request, asked: AuthorizationRequest) -> bool:
    """Return whether the session is as young as the app wants it to be."""
    if asked.force_login or "login" in asked.prompt.split():
        return False
    return asked.max_age is None or clock.now() - request.session.created_at <= dt.timedelta(
        seconds=asked.max_age
    )


def _sign_in_first(request: Request, asked: AuthorizationRequest) -> HttpResponse | None:
    """Return the redirect to the sign-in page, or None if it is not needed.

    `force_login`, `prompt=login` and `max_age` ask for the password again. The existing session ends only when the new one begins: this is a GET, which any site can
    trigger.
    """
    if request.user is not None and _is_recent(request, asked):
        return None
    way = {"next": path_to("oauth-authorize", asked.kept())}
    if request.user is not None:
        way["again"] = "1"
    return allow_redirect(redirect_with_message(request, path_to("sign-in", way)))


@any_identity
@methods("GET", "POST", "DELETE")
async def authorize(request: Request) -> HttpResponse:
    """Show the authorization form (GET) and handle the decision (POST; DELETE denies, as in Mastodon)."""
    asked = parse_parameters(AuthorizationRequest, collect_parameters(request))
    app = await _known_app(asked)
    try:
        wanted = _check(app, asked)
        if request.method == "GET":
            _check_prompt(request, asked)
    except OAuthProblem as refusal:
        return _refuse(request, asked, refusal)
    if request.method in {"POST", "DELETE"}:
        if request.user is None:
            return _sign_in_first(request, asked) or redirect_with_message(request, path_to("front"))
        return allow_redirect(await _decide(request, asked, app, wanted), asked.redirect_uri)
    elsewhere = _sign_in_first(request, asked)
    if elsewhere is not None:
        return elsewhere
    return allow_redirect(await _ask(request, asked, app, wanted), asked.redirect_uri)


async def _usable(request: Request, wanted: tuple[str, ...]) -> list[Identity]:
    """Return the identities that an app may use: those that are not suspended, and to sign in elsewhere those that the login owns."""
    found = [one for one in await identities_of(request.user) if not one.is_suspended]
    if "openid" not in wanted:
        return found
    owned = await identities_owned_by(request.user)
    return [one for one in found if one.pk in owned]


def _destination(uri: str) -> str:
    """Return the redirect's destination as text for the page: a host, or the scheme that opens an app."""
    parts = urlsplit(uri)
    if uri == OUT_OF_BAND:
        return ""
    return parts.netloc if parts.scheme in {"http", "https"} else f"{parts.scheme}:"


async def _ask(
    request: Request, asked: AuthorizationRequest, app: App, wanted: tuple[str, ...]
) -> HttpResponse:
    identities = await _usable(request, wanted)
    if not identities:
        return choose_identity(request)
    here = [i for i in identities if i.domain_id == request.domain.pk]
    chosen = request.identity if request.identity in identities else (here or identities)[0]
    context = {
        "app": app,
        "kept": asked.kept().items(),
        "identities": identities,
        "chosen": chosen,
        "sentences": scope_tree.descriptions(wanted),
        "goes_to": _destination(asked.redirect_uri),
    }
    return page(request, "oauth/authorize.html", context)


def _chosen(asked: AuthorizationRequest, identities: list[Identity]) -> Identity:
    for identity in identities:
        if str(identity.pk) == asked.identity:
            return identity
    raise BadInput(_("Choose which of your identities the app may act for."))


async def _decide(
    request: Request, asked: AuthorizationRequest, app: App, wanted: tuple[str, ...]
) -> HttpResponse:
    if asked.decision != "allow" or request.method == "DELETE":
        return _refuse(request, asked, OAuthProblem("access_denied", code="oauth_access_denied"))
    identity = _chosen(asked, await _usable(request, wanted))
    code = await grant_code(
        app=app,
        session=request.session,
        identity=identity,
        redirect_uri=asked.redirect_uri,
        scopes=" ".join(wanted),
        challenge=asked.code_challenge,
        nonce=asked.nonce,
    )
    if asked.redirect_uri == OUT_OF_BAND:
        return redirect_with_message(request, path_to("oauth-authorize-native", {"code": code}))
    return _send(request, asked, {"code": code})


@methods("GET")
async def native(request: Request) -> HttpResponse:
    """Show the code to copy, for apps without a redirect URI."""
    response = page(request, "oauth/native_code.html", {"code": request.GET.get("code", "")[:100]})
    response.headers["Cache-Control"] = "no-store"
    return allow_redirect(response)
