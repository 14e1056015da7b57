"""Application and CredentialApplication: docs.joinmastodon.org/entities/Application"""

from typing import Any

import msgspec

from api.models import App


class Application(msgspec.Struct, kw_only=True):
    id: str
    name: str
    website: str | None
    scopes: list[str]
    redirect_uris: list[str]
    redirect_uri: str
    vapid_key: str = ""


class CredentialApplication(Application, kw_only=True):
    """An app with its secret. `client_secret_expires_at` is 0: never."""

    client_id: str
    client_secret: str
    client_secret_expires_at: int = 0


def application(app: App, vapid_key: str) -> Application:
    return Application(**_common(app), vapid_key=vapid_key)


def credential_application(app: App, secret: str, vapid_key: str) -> CredentialApplication:
    """Render the app with its secret, which is shown only once."""
    return CredentialApplication(
        **_common(app), client_id=app.client_id, client_secret=secret, vapid_key=vapid_key
    )


def _common(app: App) -> dict[str, Any]:
    return {
        "id": str(app.pk),
        "name": app.name,
        "website": app.website or None,
        "scopes": app.scopes.split(),
        "redirect_uris": list(app.redirect_uris),
        "redirect_uri": "\n".join(app.redirect_uris),
    }
