"""People who write as the same account: inviting, roles, leaving; and answering invitations to other accounts."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.decorators import any_identity, methods
from core.asgi.request import Request
from core.errors import NotAllowed, NotFound, Problem
from core.pages.addresses import path_to
from users.logins.access import Doing, may
from users.logins.models import AccessRole
from users.logins.services import logins
from users.sharing import queries as reads
from users.sharing import services
from web.accounts import fields
from web.error_messages import add_error, error_message
from web.pages import page, redirect_with_message, signed_in, with_login

ROLES = (
    (AccessRole.author.name, gettext_lazy("Author: writes posts, and changes what they wrote themselves")),
    (
        AccessRole.editor.name,
        gettext_lazy("Editor: also posts of the others, the profile, follows and lists"),
    ),
    (AccessRole.owner.name, gettext_lazy("Owner: also who writes here, moving and deleting")),
)


class RoleForm(forms.Form):
    role = forms.ChoiceField(
        label=gettext_lazy("Role"), choices=ROLES, initial=AccessRole.author.name, widget=forms.RadioSelect
    )
    password = fields.own_password(gettext_lazy("Your password"))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["password"].required = False
        self.fields["password"].help_text = _("Needed only to make somebody an owner.")

    @property
    def chosen(self) -> AccessRole:
        """The role of a valid form."""
        return AccessRole[self.cleaned_data["role"]]


class InvitationForm(RoleForm):
    invitee = forms.CharField(
        label=gettext_lazy("Who"),
        max_length=300,
        help_text=gettext_lazy("An e-mail address, or a username of this server with an @ in front."),
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}
        ),
    )
    field_order = ("invitee", "role", "password")


def _field_of(problem: Problem, otherwise: str) -> str:
    return "password" if problem.code == "wrong_password" else otherwise


@methods("GET", "POST")
@signed_in
async def sharing(request: Request) -> HttpResponse:
    """Show who writes as the identity, and let owners invite others."""
    owns = may(request.role, Doing.own)
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = await services.invite(
                user=request.user,
                identity=request.identity,
                invitee=form.cleaned_data["invitee"],
                role=form.chosen,
                password=form.cleaned_data["password"],
            )
        except Problem as problem:
            if not owns:
                raise
            add_error(form, problem, otherwise=_field_of(problem, "invitee"))
        else:
            said = _("Invited {name}. They get an e-mail.").format(name=made.label)
            return redirect_with_message(request, path_to("settings-sharing"), said)
    accesses = await reads.accesses_to(request.identity)
    context = {
        "form": form,
        "owns": owns,
        "accesses": accesses,
        "invitations": await reads.invitations_to(request.identity) if owns else [],
        "section": "sharing",
    }
    return page(request, "accounts/sharing/sharing.html", context, status=422 if form.errors else 200)


@methods("GET", "POST")
@signed_in
async def access(request: Request, access_id: int) -> HttpResponse:
    """Change somebody's role, or one's own."""
    shown = await reads.access_named(request.identity, access_id) if may(request.role, Doing.own) else None
    if shown is None:
        raise NotFound
    form = RoleForm(request.POST or None, initial={"role": shown.role.name})
    if request.method == "POST" and form.is_valid():
        try:
            await services.change_role(
                user=request.user,
                identity=request.identity,
                access_id=access_id,
                role=form.chosen,
                password=form.cleaned_data["password"],
            )
        except NotAllowed as problem:
            add_error(form, problem, otherwise=_field_of(problem, "role"))
        else:
            return redirect_with_message(request, path_to("settings-sharing"), _("Role changed."))
    context = {"form": form, "shown": shown, "section": "sharing"}
    return page(request, "accounts/sharing/access.html", context, status=422 if form.errors else 200)


@methods("POST")
@signed_in
async def remove(request: Request, access_id: int) -> HttpResponse:
    try:
        await services.remove(user=request.user, identity=request.identity, access_id=access_id)
    except NotAllowed as problem:
        if problem.code != "last_owner":
            raise
        return redirect_with_message(request, path_to("settings-sharing"), error_message(problem), kind="bad")
    return redirect_with_message(request, path_to("settings-sharing"), _("They can no longer write here."))


@methods("POST")
@signed_in
async def take_back(request: Request, invitation_id: int) -> HttpResponse:
    await services.take_back(user=request.user, identity=request.identity, invitation_id=invitation_id)
    return redirect_with_message(request, path_to("settings-sharing"), _("Invitation revoked."))


@methods("GET", "POST")
@signed_in
async def leave(request: Request) -> HttpResponse:
    """Ask, and end the login's own access to the identity."""
    problem: Problem | None = None
    if request.method == "POST":
        try:
            await services.leave(user=request.user, identity=request.identity)
        except NotAllowed as refused:
            problem = refused
        else:
            said = _("You no longer write as @{handle}.").format(handle=request.identity.handle)
            return redirect_with_message(request, path_to("settings-identities"), said)
    context = {"section": "sharing", "problem": error_message(problem) if problem else ""}
    return page(request, "accounts/sharing/leave.html", context, status=422 if problem else 200)


@any_identity
@methods("POST")
@with_login
async def accept(request: Request, invitation_id: int) -> HttpResponse:
    """Accept an invitation, and speak as the account at once."""
    identity = await services.accept(user=request.user, invitation_id=invitation_id)
    await logins.switch_identity(session=request.session, identity_id=identity.pk)
    said = _("You are now @{handle}.").format(handle=identity.handle)
    return redirect_with_message(request, path_to("home"), said)


@any_identity
@methods("POST")
@with_login
async def refuse(request: Request, invitation_id: int) -> HttpResponse:
    await services.refuse(user=request.user, invitation_id=invitation_id)
    return redirect_with_message(request, path_to("settings-identities"), _("Invitation refused."))
