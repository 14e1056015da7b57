"""Invitations: created for the current domain, listed for all domains where the reader may create them, and revoked."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.pages.addresses import path_to
from users.domains import options
from users.logins import queries as reads
from users.logins.models import Invitation
from users.logins.services import invitations as service
from users.roles.models import Permission
from web.administration.overview import PAGE_SIZE, operators_page
from web.idempotency import IdempotentForm, create_once
from web.pages import for_staff, query_number, redirect_with_message


@methods("GET", "POST")
@for_staff(Permission.manage_invites)
async def invitations(request: Request) -> HttpResponse:
    form = IdempotentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        await create_once(request, form, Invitation, lambda row_id: _invite(request, row_id))
        return redirect_with_message(request, path_to("admin-invitations"), _("Invitation created."))
    scope = request.user.scope(Permission.manage_invites)
    found = await reads.invitations(scope=scope, before=query_number(request, "max_id"), limit=PAGE_SIZE)
    context = {
        "form": form,
        "invitations": [(one, service.link_of(one), _may_read_address(request, one)) for one in found],
        "older": found[-1].pk if len(found) == PAGE_SIZE else None,
        "days": await options.get(options.INVITE_DAYS, domain=request.domain.pk),
    }
    return operators_page(request, "invitations", context)


def _may_read_address(request: Request, one: Invitation) -> bool:
    """Return whether the reader may see the e-mail address of an invitation's creator: their own, or those of the domain."""
    return one.made_by_id == request.user.pk or request.user.may(Permission.manage_user_access, one.domain_id)


async def _invite(request: Request, row_id: int | None) -> int:
    made = await service.invite(domain=request.domain, moderator=request.user, row_id=row_id)
    return int(made.pk)


@methods("POST")
@for_staff(Permission.manage_invites)
async def revoke(request: Request, invitation_id: int) -> HttpResponse:
    await service.revoke(moderator=request.user, invitation_id=invitation_id)
    return redirect_with_message(request, path_to("admin-invitations"), _("Invitation revoked."))
