"""Registration of apps (docs.joinmastodon.org/methods/apps)."""

import msgspec

from api import limits
from api.entities.application import Application, CredentialApplication, application, credential_application
from api.models import App
from api.oauth import scopes
from api.oauth.apps import register_app
from api.push.vapid import push_key
from api.routing import Call, endpoint
from core.errors import Unauthenticated


class Registration(msgspec.Struct):
    """Parameters. `redirect_uris`: a text with one URI per line, or a list."""

    client_name: str
    redirect_uris: str | list[str]
    scopes: str = scopes.DEFAULT
    website: str = ""


@endpoint("POST", "/api/v1/apps", bucket=limits.APPS)
async def register(call: Call, registration: Registration) -> CredentialApplication:
    """Register an app and return it with its secret, which is shown only once."""
    app, secret = await register_app(
        name=registration.client_name,
        redirect_uris=list(registration.redirect_uris),
        scopes=registration.scopes,
        website=registration.website,
    )
    return credential_application(app, secret, await push_key())


@endpoint("GET", "/api/v1/apps/verify_credentials", auth="app")
async def verify_credentials(call: Call) -> Application:
    """Return the app of this token."""
    assert call.caller is not None
    app = await App.objects.filter(pk=call.caller.app_id).afirst()
    if app is None:
        raise Unauthenticated(code="token_invalid")
    return application(app, await push_key())
