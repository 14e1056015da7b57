"""The list of a user's authorized apps, and revoking them."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from api.oauth import scopes as scope_tree
from api.oauth import tokens
from core.asgi import Request, methods
from core.pages.addresses import path_to
from web.pages import page, redirect_with_message, with_login
from web.paging import requested_page


@methods("GET")
@with_login
async def apps(request: Request) -> HttpResponse:
    asked = requested_page(request)
    found = await tokens.tokens_of(request.user, asked)
    rows = [{"token": token, "sentences": scope_tree.descriptions(token.scopes.split())} for token in found]
    older = found[-1].pk if len(found) == asked.limit else None
    return page(request, "oauth/apps.html", {"rows": rows, "older": older, "section": "apps"})


@methods("POST")
@with_login
async def revoke(request: Request, token_id: int) -> HttpResponse:
    await tokens.revoke_token(user=request.user, token_id=token_id)
    return redirect_with_message(request, path_to("settings-apps"), _("The app no longer has access."))


@methods("POST")
@with_login
async def revoke_all(request: Request) -> HttpResponse:
    count = await tokens.revoke_tokens_of(user=request.user)
    said = ngettext("{count} app no longer has access.", "{count} apps no longer have access.", count)
    return redirect_with_message(request, path_to("settings-apps"), said.format(count=count))
