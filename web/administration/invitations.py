"""Invitations: created for the current domain, listed for all domains where the reader may create them, and revoked."""

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import Invalid
from core.pages.addresses import path_to
from users.domains import options
from users.logins import queries as reads
from users.logins.models import Invitation
from users.logins.services import invitations as service
from users.roles.models import Permission
from web.administration.overview import PAGE_SIZE, operators_page
from web.idempotency import IdempotentForm, create_from
from web.pages import for_staff, query_number, redirect_with_message


class InvitationForm(IdempotentForm):
    """The limits of a new invitation; an empty field leaves it to the option, or sets none."""

    all_optional = True

    days = forms.IntegerField(
        label=gettext_lazy("Valid for days"), min_value=1, max_value=service.MAX_DAYS, required=False
    )
    max_sign_ups = forms.IntegerField(
        label=gettext_lazy("For how many people"),
        help_text=gettext_lazy("Empty: for any number."),
        min_value=1,
        max_value=service.MAX_SIGN_UPS,
        required=False,
    )


@methods("GET", "POST")
@for_staff(reads.MAY_INVITE)
async def invitations(request: Request) -> HttpResponse:
    form = InvitationForm(request.POST or None)
    if await create_from(
        request,
        form,
        Invitation,
        lambda row_id: _invite(request, form, row_id),
        expected=Invalid,
        otherwise="days",
    ):
        return redirect_with_message(request, path_to("admin-invitations"), _("Invitation created."))
    scope = request.user.scope(Permission.manage_invites)
    found = await reads.invitations(
        scope=scope, made_by=request.user.pk, before=query_number(request, "max_id"), limit=PAGE_SIZE
    )
    context = {
        "form": form,
        "invitations": [(one, service.link_of(one), _may_read_address(request, one)) for one in found],
        "older": found[-1].pk if len(found) == PAGE_SIZE else None,
        "days": await options.get(options.INVITE_DAYS, domain=request.domain.pk),
    }
    return operators_page(request, "invitations", context, status=422 if form.errors else 200)


def _may_read_address(request: Request, one: Invitation) -> bool:
    """Return whether the reader may see the e-mail address of an invitation's creator: their own, or those of the domain."""
    return one.made_by_id == request.user.pk or request.user.may(Permission.manage_user_access, one.domain_id)


async def _invite(request: Request, form: InvitationForm, row_id: int | None) -> int:
    made = await service.invite(
        domain=request.domain,
        moderator=request.user,
        days=form.cleaned_data["days"],
        max_sign_ups=form.cleaned_data["max_sign_ups"],
        row_id=row_id,
    )
    return int(made.pk)


@methods("POST")
@for_staff(reads.MAY_INVITE)
async def revoke(request: Request, invitation_id: int) -> HttpResponse:
    await service.revoke(moderator=request.user, invitation_id=invitation_id)
    return redirect_with_message(request, path_to("admin-invitations"), _("Invitation revoked."))
