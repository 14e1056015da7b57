"""The list of a user's authorized apps, and revoking them."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from api.oauth import scopes as scope_tree
from api.oauth import tokens
from core.asgi import Request, methods
from core.pages.addresses import path_to
from web.pages import page, redirect_with_message, with_login


@methods("GET")
@with_login
async def apps(request: Request) -> HttpResponse:
    rows = [
        {"token": token, "sentences": scope_tree.descriptions(token.scopes.split())}
        for token in await tokens.tokens_of(request.user)
    ]
    return page(request, "oauth/apps.html", {"rows": rows, "section": "apps"})


@methods("POST")
@with_login
async def revoke(request: Request, token_id: int) -> HttpResponse:
    await tokens.revoke_token(user=request.user, token_id=token_id)
    return redirect_with_message(request, path_to("settings-apps"), _("The app no longer has access."))
