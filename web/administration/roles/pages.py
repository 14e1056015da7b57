"""Roles: creating, changing, deleting, granting and revoking. users/logins/services/staff.py checks permissions."""

from typing import NamedTuple

from django.http import HttpResponse
from django.utils.translation import gettext as _

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import Invalid, NotFound, Problem
from core.pages.addresses import path_to
from users.logins.models import User
from users.logins.queries import owner_named
from users.logins.services import staff
from users.moderation.queries import identities_held_by
from users.roles.models import Permission, Role, RoleGrant, Scope
from users.roles.queries import grants_in, role_in, roles_in
from users.roles.services import ensure_built_in
from web.administration.overview import operators_page
from web.administration.roles.forms import WORDS, GrantForm, NewRoleForm, RoleForm, offer_places
from web.error_messages import add_error, error_message
from web.pages import for_staff, redirect_with_message


class Holder(NamedTuple):
    """A grant as the reader may see it: by handle, and by address if they may see addresses there."""

    grant: RoleGrant
    handles: list[str]
    email: str


def _held(user: User, scope: Scope) -> Permission:
    """Return all permissions of a login where it grants roles; staff.create_role checks them for the domain."""
    held = user.permissions()
    for domain_id in scope or ():
        held |= user.permissions(domain_id)
    return held


@methods("GET", "POST")
@for_staff(Permission.manage_roles)
async def roles(request: Request) -> HttpResponse:
    scope = request.user.scope(Permission.manage_roles)
    form = NewRoleForm(request.POST or None)
    form.offer(_held(request.user, scope), is_of_server=scope is None)
    await offer_places(form, scope)
    if request.method == "POST" and form.is_valid():
        try:
            made = await staff.create_role(
                by=request.user,
                name=form.cleaned_data["name"],
                permissions=form.chosen,
                domain_id=form.cleaned_data["domain"],
            )
        except Problem as problem:
            add_error(form, problem)
        else:
            return redirect_with_message(request, path_to("admin-role", role_id=made.pk), _("Role created."))
    await ensure_built_in()
    context = {
        "form": form,
        "roles": [(one, _words_of(one)) for one in await roles_in(scope)],
        "holders": await _holders(request.user, scope),
    }
    return operators_page(request, "roles/roles", context, status=422 if form.errors else 200)


def _words_of(role: Role) -> list[str]:
    return [words for one, words in WORDS.items() if role.permissions & one]


async def _holders(user: User, scope: Scope, role: Role | None = None) -> list[Holder]:
    found = await grants_in(scope, role_id=role.pk if role else None)
    people = await identities_held_by([one.user_id for one in found], scope)
    return [
        Holder(
            one,
            [person.handle for person in people[one.user_id]],
            one.user.email if user.may(Permission.manage_user_access, one.domain_id) else "",
        )
        for one in found
    ]


async def _role(request: Request, role_id: int) -> Role:
    found = await role_in(request.user.scope(Permission.manage_roles), role_id)
    if found is None:
        raise NotFound(_("There is no such role."))
    return found


async def _role_page(
    request: Request, role: Role, form: RoleForm | None = None, grant: GrantForm | None = None
) -> HttpResponse:
    scope = request.user.scope(Permission.manage_roles)
    may_change = not role.is_built_in and request.user.may(Permission.manage_roles, role.domain_id)
    if may_change and form is None:
        chosen = [int(one) for one in WORDS if role.permissions & one]
        form = RoleForm(initial={"name": role.name, "permissions": chosen})
        form.offer(request.user.permissions(role.domain_id), is_of_server=role.domain_id is None)
    if grant is None:
        grant = GrantForm()
        await offer_places(grant, scope, role)
    context = {
        "role": role,
        "words": _words_of(role),
        "may_ask": request.user.may(Permission.manage_roles, role.domain_id)
        and not Permission(role.permissions) & ~request.user.permissions(role.domain_id),
        "form": form,
        "grant": grant,
        "holders": await _holders(request.user, scope, role),
        "section": "roles",
    }
    has_errors = any(one is not None and one.errors for one in (form, grant))
    return operators_page(request, "roles/role", context, status=422 if has_errors else 200)


@methods("GET", "POST")
@for_staff(Permission.manage_roles)
async def role(request: Request, role_id: int) -> HttpResponse:
    """Show a role with its holders, and change it."""
    found = await _role(request, role_id)
    if request.method != "POST":
        return await _role_page(request, found)
    form = RoleForm(request.POST)
    form.offer(request.user.permissions(found.domain_id), is_of_server=found.domain_id is None)
    if form.is_valid():
        try:
            await staff.change_role(
                by=request.user, role_id=found.pk, name=form.cleaned_data["name"], permissions=form.chosen
            )
        except Problem as problem:
            add_error(form, problem)
        else:
            return redirect_with_message(request, path_to("admin-role", role_id=role_id), _("Role changed."))
    return await _role_page(request, found, form=form)


@methods("POST")
@for_staff(Permission.manage_roles)
async def factor(request: Request, role_id: int) -> HttpResponse:
    """Set whether a role requires a second factor."""
    found = await _role(request, role_id)
    is_required = request.POST.get("required") == "yes"
    back = path_to("admin-role", role_id=role_id)
    try:
        await staff.require_factor(by=request.user, role_id=found.pk, is_required=is_required)
    except Invalid as problem:
        return redirect_with_message(request, back, error_message(problem), kind="bad")
    return redirect_with_message(request, back, _("Role changed."))


@methods("POST")
@for_staff(Permission.manage_roles)
async def delete(request: Request, role_id: int) -> HttpResponse:
    await _role(request, role_id)
    await staff.delete_role(by=request.user, role_id=role_id)
    return redirect_with_message(request, path_to("admin-roles"), _("Role deleted."))


@methods("POST")
@for_staff(Permission.manage_roles)
async def give(request: Request, role_id: int) -> HttpResponse:
    """Give a role to the login with an address, or to the owner of an identity."""
    found = await _role(request, role_id)
    form = GrantForm(request.POST)
    await offer_places(form, request.user.scope(Permission.manage_roles), found)
    if form.is_valid():
        try:
            user_id = await owner_named(form.cleaned_data["who"])
            await staff.grant(
                by=request.user, user_id=user_id, role_id=role_id, domain_id=form.cleaned_data["domain"]
            )
        except Problem as problem:
            add_error(form, problem, otherwise="who")
        else:
            return redirect_with_message(request, path_to("admin-role", role_id=role_id), _("Role given."))
    return await _role_page(request, found, grant=form)


@methods("POST")
@for_staff(Permission.manage_roles)
async def revoke(request: Request, grant_id: int) -> HttpResponse:
    """Revoke the role of a login on one domain or the server."""
    scope = request.user.scope(Permission.manage_roles)
    grant = next(iter(await grants_in(scope, grant_id=grant_id)), None)
    if grant is None:
        raise NotFound(_("There is no such role."))
    await staff.revoke(by=request.user, user_id=grant.user_id, domain_id=grant.domain_id)
    return redirect_with_message(request, path_to("admin-roles"), _("Role taken away."))
