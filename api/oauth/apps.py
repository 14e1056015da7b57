"""Client applications: registration, and look-up by their credentials."""

import hmac
import secrets
from urllib.parse import urlsplit

from api.errors import OAuthProblem
from api.models import App
from api.oauth import scopes as scope_tree
from api.oauth.bearer import token_hash
from api.oauth.redirects import check_redirect_uri
from core.errors import BadInput, Invalid

MAX_REDIRECTS = 20
MAX_NAME_LENGTH = 60


def _website(text: str) -> str:
    text = text.strip()
    if not text:
        return ""
    try:
        scheme = urlsplit(text).scheme
    except ValueError:  # unbalanced brackets
        scheme = ""
    if scheme not in {"http", "https"} or len(text) > 2000:
        raise Invalid("website", "not_a_url")
    return text


async def register_app(
    *, name: str, redirect_uris: list[str], scopes: str = "", website: str = ""
) -> tuple[App, str]:
    """Register an app. Returns it with its secret, of which only a hash is stored."""
    name = name.strip()
    if not name:
        raise Invalid("app_name", "blank")
    if len(name) > MAX_NAME_LENGTH:
        raise Invalid("app_name", "too_long", most=MAX_NAME_LENGTH)
    uris = [uri for entry in redirect_uris for uri in entry.split()]
    if not uris or len(uris) > MAX_REDIRECTS:
        raise Invalid("redirect_uri", "not_absolute")
    try:
        asked = scope_tree.parse(scopes) or (scope_tree.DEFAULT,)
    except BadInput as error:
        raise Invalid("scopes", "unknown", detail=error.detail) from error
    secret = secrets.token_urlsafe(32)
    app = await App.objects.acreate(
        name=name,
        website=_website(website),
        redirect_uris=[check_redirect_uri(uri) for uri in dict.fromkeys(uris)],
        scopes=" ".join(asked),
        client_id=secrets.token_urlsafe(32),
        client_secret_hash=token_hash(secret),
    )
    return app, secret


async def app_by_client_id(client_id: str) -> App | None:
    """Return the app with this id (unique index)."""
    return await App.objects.filter(client_id=client_id).afirst()


def has_secret(app: App, secret: str) -> bool:
    return hmac.compare_digest(app.client_secret_hash, token_hash(secret))


async def authenticate_app(client_id: str, client_secret: str) -> App:
    """Return the app with these credentials. Raises OAuthProblem."""
    app = await app_by_client_id(client_id)
    if app is None or not has_secret(app, client_secret):
        raise OAuthProblem("invalid_client", code="oauth_client_unknown", status=401)
    return app
