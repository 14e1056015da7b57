"""Changing a login's e-mail address: requested in the settings, confirmed with links in mails."""

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.decorators import any_identity, methods
from core.asgi.request import Request
from core.errors import NotAllowed, Problem
from core.pages.addresses import path_to
from users.logins.services import address_change
from users.logins.services.address_change import Mailbox
from web.accounts import fields
from web.error_messages import add_error
from web.pages import page, redirect_with_message, with_login


class AddressForm(forms.Form):
    email = fields.email()
    password = fields.own_password(gettext_lazy("Your password"))

    def __init__(self, data: object = None) -> None:
        super().__init__(data)
        self.fields["email"].label = gettext_lazy("New e-mail address")
        self.fields["email"].widget.attrs["autocomplete"] = "email"


@any_identity
@methods("GET", "POST")
@with_login
async def address(request: Request) -> HttpResponse:
    """Request a change of the address, with the password."""
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            is_made = await address_change.request_change(
                user=request.user, domain=request.domain, **form.cleaned_data
            )
        except Problem as problem:
            add_error(form, problem, otherwise="password" if isinstance(problem, NotAllowed) else "email")
        else:
            message = (
                _("Your e-mail address was changed.")
                if is_made
                else _("Open the link that we just sent to {email}.").format(email=request.user.email)
            )
            return redirect_with_message(request, path_to("settings-security"), message)
    context = {"form": form, "section": "security"}
    return page(request, "accounts/address/ask.html", context, status=422 if form.errors else 200)


@any_identity
@methods("GET", "POST")
async def confirm(request: Request, token: str) -> HttpResponse:
    """Show the change that a link requests, with a button: opening it confirms nothing, because mail scanners open links, too."""
    if request.method == "GET":
        change = await address_change.open_link(token)
        is_old = change.mailbox is Mailbox.old
        context = {"old": change.user.email, "new": change.email, "is_old": is_old}
        return page(request, "accounts/address/confirm.html", context)
    change = await address_change.confirm(token=token, domain=request.domain, address=request.client_address)
    message = (
        _("Now open the link that we just sent to {email}.").format(email=change.email)
        if change.mailbox is Mailbox.old
        else _("Your e-mail address was changed.")
    )
    is_theirs = request.user is not None and request.user.pk == change.user.pk
    return redirect_with_message(request, path_to("settings-security" if is_theirs else "sign-in"), message)
