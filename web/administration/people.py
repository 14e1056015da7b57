"""Administration of users: search, restrictions, roles, pending sign-ups."""

from collections.abc import Awaitable, Callable
from typing import Any, Literal, NamedTuple
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.measures.queries.progress import DELETING, left_of_person
from activities.remote_profiles.queries import look_of
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.db.paging import Page
from core.errors import BadInput, NotFound
from core.pages.addresses import path_to
from users.factors.services import authenticator
from users.identities.models import Identity, Restriction
from users.identities.queries import identities
from users.identities.queries.profiles import Profile, profile_of_identity
from users.logins.models import User
from users.logins.services import address_change, sign_up, staff
from users.logins.services.staff import outranks
from users.moderation import queries as reads
from users.moderation import services as moderation
from users.moderation.queries.accounts import Status, Wanted, accounts
from users.moderation.queries.desk import desk
from users.roles.models import Permission, Role, RoleGrant, Scope, is_within
from users.roles.queries import roles_for, roles_in
from web.administration.acting.forms import NoteForm, act_on, back_to_person, id_in, message_of
from web.administration.closing.progress import deletion_words
from web.administration.overview import PAGE_SIZE, operators_page
from web.error_messages import error_message
from web.pages import for_server_staff, for_staff, next_path, query_number, redirect_with_message, ticked_ids
from web.templatetags.lengths import MAX_EMAIL, MAX_HANDLE
from web.ticked import MOST_TICKED, act_on_ticked


class _Login(NamedTuple):
    """A user's login, as far as the staff member may see it."""

    user: User
    others: list[Profile]
    held: list[RoleGrant]
    may_act: bool
    may_read: bool

    @property
    def server_role_id(self) -> int | None:
        return next((grant.role_id for grant in self.held if grant.domain_id is None), None)


STATUSES: dict[Status, str] = {
    "active": gettext_lazy("Active"),
    "silenced": gettext_lazy("Limited"),
    "suspended": gettext_lazy("Suspended"),
    "sensitized": gettext_lazy("Media covered"),
    "disabled": gettext_lazy("Login disabled"),
}


@methods("GET")
@for_staff(Permission.manage_users)
async def people(request: Request) -> HttpResponse:
    q, kind = request.GET.get("q", "")[:MAX_HANDLE], request.GET.get("kind", "local")
    scope, before = request.user.scope(Permission.manage_users), query_number(request, "max_id")
    readable = _shared(scope, request.user.scope(Permission.manage_user_access))
    more = {
        name: request.GET.get(name, "").strip()[:MAX_EMAIL] for name in ("email", "address", "role", "status")
    }
    if readable == frozenset():  # without the right to read addresses nothing can be found by them
        more |= {"email": "", "address": ""}
    roles = sorted(await roles_in(scope), key=lambda one: (one.domain_id is not None, one.pk))
    if any(more.values()):
        if more["email"] or more["address"]:
            scope = readable
        views = await accounts(scope, _wanted(q, kind, more, roles), Page(limit=PAGE_SIZE, max_id=before))
        found = [view.profile for view in views]
    else:
        found = await reads.people(scope=scope, q=q, kind=kind, before=before, limit=PAGE_SIZE)
    query = urlencode({"q": q, "kind": kind, **more, "max_id": found[-1].id if found else ""})
    context = {
        "q": q,
        "kind": kind,
        "more": more,
        "people": found,
        "roles": roles,
        "statuses": STATUSES.items(),
        "may_read": readable != frozenset(),
        "is_everywhere": scope is None,
        "older": f"?{query}" if len(found) >= PAGE_SIZE else "",
    }
    return operators_page(request, "people", context)


def _shared(one: Scope, other: Scope) -> Scope:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _wanted(q: str, kind: str, more: dict[str, str], roles: list[Role]) -> Wanted:
    """Return the filter of the search form. Roles that it doesn't offer find nobody, unknown states everybody."""
    name, _at, host = q.strip().removeprefix("@").partition("@")
    role_id = next((one.pk for one in roles if str(one.pk) == more["role"]), 0)
    status: Status | Literal[""] = next((one for one in STATUSES if one == more["status"]), "")
    return Wanted(
        origin="" if host else "local" if kind == "local" or not q else "",
        status=status,
        username=name,
        host=host,
        email=more["email"],
        address=more["address"],
        role_ids=(role_id,) if more["role"] else (),
    )


@methods("GET")
@for_staff(Permission.manage_users)
async def person(request: Request, person_id: int) -> HttpResponse:
    identity = await identities.by_id(person_id)
    scope = request.user.scope(Permission.manage_users)
    if identity is None or not is_within(scope, identity.domain_id):
        raise NotFound(_("There is no such person."))
    if identity.deleted_at is not None:
        return await _deleted(request, identity)
    read = await desk(
        request.user,
        person_id,
        domain_id=identity.domain_id,
        permission=Permission.manage_users,
        shares=False,
    )
    context = {
        "person": profile_of_identity(identity),
        "warnings": await reads.warnings_about(person_id) if identity.is_local else [],
        "note_form": NoteForm(),
        "notes": read.notes,
        "owner": read.owner,
        "look": None if identity.is_local else await look_of(person_id),
        "logins": [
            _Login(
                user,
                others,
                held,
                may_act=outranks(request.user, user),
                may_read=request.user.may(Permission.manage_user_access, identity.domain_id),
            )
            for user, others, held in await reads.logins_with_access_to(person_id, scope)
        ],
        "roles": await roles_for(None) if request.user.may(Permission.manage_roles) else [],
        "presets": read.presets,
        "may_erase": request.user.may(Permission.delete_user_data, identity.domain_id),
        "may_block": request.user.may(Permission.manage_blocks, identity.domain_id),
        "section": "people",
    }
    return operators_page(request, "person", context)


async def _deleted(request: Request, identity: Identity) -> HttpResponse:
    """Show what is left of a deleted person while the worker deletes it. Raises NotFound afterwards."""
    if identity.state not in DELETING:
        raise NotFound(_("There is no such person."))
    words = deletion_words(identity.handle, await left_of_person(identity))
    context = {"handle": identity.handle, "words": words, "section": "people"}
    return operators_page(request, "acting/deleted", context)


def _chosen_restriction(request: Request) -> Restriction:
    wanted = request.POST.get("restriction", "")
    if wanted not in Restriction.__members__:
        raise BadInput(_("A person must be limited, suspended or neither."))
    return Restriction[wanted]


@methods("POST")
@for_staff(Permission.manage_users)
async def restrict(request: Request, person_id: int) -> HttpResponse:
    wanted = _chosen_restriction(request)
    await moderation.restrict(
        restriction=wanted,
        reason=request.POST.get("reason", ""),
        **await act_on(request, person_id),
    )
    sentence = {
        Restriction.none: _("Restriction removed."),
        Restriction.limited: _("This person is now limited."),
        Restriction.suspended: _("This person is now suspended, and their login is restricted."),
    }
    return back_to_person(request, person_id, sentence[wanted])


@methods("POST")
@for_server_staff(Permission.manage_roles)
async def role(request: Request, user_id: int) -> HttpResponse:
    """Set the role of a login on the whole server, or remove it."""
    chosen = request.POST.get("role", "")
    if chosen:
        role_id = int(chosen) if chosen.isdecimal() and len(chosen) < 20 else 0
        await staff.grant(by=request.user, user_id=user_id, role_id=role_id)
    else:
        await staff.revoke(by=request.user, user_id=user_id)
    return _back_to_people(request, _("Role changed."))


@methods("POST")
@for_staff(Permission.manage_users)
async def disable(request: Request, user_id: int) -> HttpResponse:
    is_disabled = request.POST.get("disabled") == "yes"
    await moderation.set_disabled(
        moderator=request.user,
        user_id=user_id,
        is_disabled=is_disabled,
        message=await message_of(request),
    )
    return _back_to_people(
        request, _("Login disabled and signed out.") if is_disabled else _("Login enabled.")
    )


@methods("POST")
@for_staff(Permission.manage_user_access)
async def reset_factor(request: Request, user_id: int) -> HttpResponse:
    """Remove the second factor of a login whose owner lost it, so that the password is sufficient."""
    await authenticator.reset(by=request.user, user_id=user_id)
    return _back_to_people(request, _("Second factor reset."))


@methods("POST")
@for_staff(Permission.manage_user_access)
async def change_address(request: Request, user_id: int) -> HttpResponse:
    """Send a link to the new address of a login whose owner lost the old mailbox."""
    email = request.POST.get("email", "")[:254]
    try:
        is_done = await address_change.request_change_for(
            by=request.user, user_id=user_id, email=email, domain=request.domain
        )
    except BadInput as problem:
        back = next_path(request, path_to("admin-people"))
        return redirect_with_message(request, back, error_message(problem), kind="bad")
    sent = _("A link was sent to the new address. The change is made when it is opened.")
    return _back_to_people(request, _("E-mail address changed.") if is_done else sent)


@methods("POST")
@for_staff(Permission.manage_users)
async def restrict_login(request: Request, user_id: int) -> HttpResponse:
    is_restricted = request.POST.get("restricted") == "yes"
    await moderation.set_restricted(
        moderator=request.user,
        user_id=user_id,
        is_restricted=is_restricted,
        message=await message_of(request),
        report_id=id_in(request, "report"),
    )
    return _back_to_people(
        request, _("Login restricted.") if is_restricted else _("Login restriction lifted.")
    )


def _back_to_people(request: Request, done: str) -> HttpResponse:
    return redirect_with_message(request, next_path(request, path_to("admin-people")), done)


@methods("GET")
@for_staff(Permission.manage_users)
async def sign_ups(request: Request) -> HttpResponse:
    return operators_page(
        request,
        "sign_ups",
        {"waiting": await reads.sign_ups_waiting(request.user.scope(Permission.manage_users))},
    )


@methods("POST")
@for_staff(Permission.manage_users)
async def approve(request: Request, user_id: int) -> HttpResponse:
    await sign_up.approve(moderator=request.user, user_id=user_id)
    return redirect_with_message(request, path_to("admin-sign-ups"), _("Sign-up approved."))


@methods("POST")
@for_staff(Permission.manage_users)
async def refuse(request: Request, user_id: int) -> HttpResponse:
    await moderation.refuse_sign_up(
        moderator=request.user, user_id=user_id, message=request.POST.get("message", "")
    )
    return redirect_with_message(
        request, path_to("admin-sign-ups"), _("Sign-up rejected. The login and the username were deleted.")
    )


@methods("POST")
@for_staff(Permission.manage_users)
async def confirm(request: Request, user_id: int) -> HttpResponse:
    """Confirm the address of a sign-up in place of its owner."""
    await sign_up.confirm_for(moderator=request.user, user_id=user_id)
    return redirect_with_message(request, path_to("admin-sign-ups"), _("E-mail address confirmed."))


@methods("POST")
@for_staff(Permission.manage_users)
async def resend(request: Request, user_id: int) -> HttpResponse:
    """Send the mail with the confirmation link again."""
    await sign_up.resend_for(moderator=request.user, user_id=user_id)
    return redirect_with_message(request, path_to("admin-sign-ups"), _("The mail was sent again."))


@methods("POST")
@for_staff(Permission.delete_user_data)
async def erase(request: Request, person_id: int) -> HttpResponse:
    """Erase a suspended person for good."""
    if not request.POST.get("sure"):
        return back_to_person(request, person_id, _("Tick the box if you are sure."), kind="bad")
    await moderation.erase_suspended(moderator=request.user, identity_id=person_id)
    return redirect_with_message(request, path_to("admin-people"), _("This person is being erased."))


@methods("POST")
@for_staff(Permission.manage_users)
async def restrict_ticked(request: Request) -> HttpResponse:
    """Limit, suspend or free users."""
    wanted = _chosen_restriction(request)

    async def restrict_one(person_id: int) -> None:
        await moderation.restrict(moderator=request.user, identity_id=person_id, restriction=wanted)

    return await act_on_ticked(
        request, ticked_ids(request, "person", most=MOST_TICKED), restrict_one, "admin-people"
    )


@methods("POST")
@for_staff(Permission.manage_users)
async def decide_ticked(request: Request) -> HttpResponse:
    """Approve or refuse sign-ups."""
    decisions: dict[str, Callable[..., Awaitable[Any]]] = {
        "approve": sign_up.approve,
        "refuse": moderation.refuse_sign_up,
    }
    decide = decisions.get(request.POST.get("action", ""))
    if decide is None:
        raise NotFound

    async def decide_one(user_id: int) -> None:
        await decide(moderator=request.user, user_id=user_id)

    return await act_on_ticked(
        request, ticked_ids(request, "login", most=MOST_TICKED), decide_one, "admin-sign-ups"
    )
