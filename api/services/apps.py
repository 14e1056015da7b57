"""Client applications: registering one, and knowing one again."""

import hmac
import re
import secrets
from urllib.parse import urlsplit

from api import scopes as scope_tree
from api.auth import token_hash
from api.errors import OAuthProblem
from api.models import App
from core.errors import BadInput

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
MOST_REDIRECTS = 20

# No app answers these: a browser would run them, show files or its own pages, or they are something else than a way back to an app.
_FORBIDDEN_SCHEMES = frozenset({
    "about", "blob", "callto", "chrome", "chrome-error", "chrome-search", "chrome-untrusted", "content", "data", "devtools",
    "edge", "file", "filesystem", "ftp", "intent", "jar", "javascript", "jscript", "ldap", "livescript", "mailto", "mhtml",
    "mocha", "ms-its", "res", "resource", "sftp", "sms", "smsto", "tel", "telnet", "vbs", "vbscript", "view-source", "ws", "wss",
    "wyciwyg",
})  # fmt: skip
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*", re.IGNORECASE | re.ASCII)
_CONTROL = re.compile(r"[\x00-\x20\x7f\\]")


def check_redirect_uri(uri: str) -> str:
    """Return the URI as given. Raises BadInput unless it is absolute, without fragment, and of a scheme that leads to an app.

    An app's own scheme needs nothing after it: `icecubesapp://` and `myapp:` are what apps register.
    """
    if uri == OUT_OF_BAND:
        return uri
    try:
        parts = urlsplit(uri)
    except ValueError:
        parts = urlsplit("")
    scheme = parts.scheme.lower()
    is_absolute = bool(_SCHEME.fullmatch(scheme))
    if scheme in {"http", "https"}:
        is_absolute = bool(parts.hostname)
    if not is_absolute or scheme in _FORBIDDEN_SCHEMES or _CONTROL.search(uri) or len(uri) > 2000:
        raise BadInput("Validation failed: Redirect URI must be an absolute URI.")
    if "#" in uri:
        raise BadInput("Validation failed: Redirect URI cannot contain a fragment.")
    return uri


def _website(text: str) -> str:
    text = text.strip()
    if not text:
        return ""
    if urlsplit(text).scheme.lower() not in {"http", "https"} or len(text) > 2000:
        raise BadInput("Validation failed: Website must be a valid URL")
    return text


async def register_app(
    *, name: str, redirect_uris: list[str], scopes: str = "", website: str = ""
) -> tuple[App, str]:
    """A new app and its secret, which is not stored readably and shown this once."""
    name = name.strip()
    if not name:
        raise BadInput("Validation failed: Application name can't be blank")
    if len(name) > 60:
        raise BadInput("Validation failed: Application name is too long (maximum is 60 characters)")
    uris = [uri for entry in redirect_uris for uri in entry.split()]
    if not uris or len(uris) > MOST_REDIRECTS:
        raise BadInput("Validation failed: Redirect URI must be an absolute URI.")
    try:
        asked = scope_tree.parse(scopes) or (scope_tree.DEFAULT,)
    except BadInput as error:
        raise BadInput(
            "Validation failed: Scopes doesn't match configured on the server.", detail=error.detail
        ) from error
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
    """The app with this id (unique index)."""
    return await App.objects.filter(client_id=client_id).afirst()


def has_secret(app: App, secret: str) -> bool:
    return hmac.compare_digest(app.client_secret_hash, token_hash(secret))


async def identified_app(client_id: str, client_secret: str) -> App:
    """The app that shows these credentials."""
    app = await app_by_client_id(client_id)
    if app is None or not has_secret(app, client_secret):
        raise OAuthProblem(
            "invalid_client",
            "Client authentication failed due to unknown client, no client authentication included,"
            " or unsupported authentication method.",
            status=401,
        )
    return app
