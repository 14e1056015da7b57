"""Administration of people: search, restrictions, roles, pending sign-ups."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from activities.remote_profiles.queries import look_of
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import BadInput, NotFound
from core.pages.addresses import path_to
from users.identities.models import Restriction
from users.identities.queries import identities
from users.identities.queries.profiles import profile_of_identity
from users.logins.models import Role
from users.logins.services import sign_up
from users.moderation import queries as reads
from users.moderation import services as moderation
from web.administration.overview import operators_page
from web.pages import for_admins, for_moderators, next_path, redirect_with_message


@methods("GET")
@for_moderators
async def people(request: Request) -> HttpResponse:
    q, kind = request.GET.get("q", "")[:320], request.GET.get("kind", "local")
    context = {"q": q, "kind": kind, "people": await reads.people(q=q, kind=kind)}
    return operators_page(request, "people", context)


@methods("GET")
@for_moderators
async def person(request: Request, person_id: int) -> HttpResponse:
    identity = await identities.by_id(person_id)
    if identity is None or identity.deleted_at is not None:
        raise NotFound(_("There is no such person."))
    context = {
        "person": profile_of_identity(identity),
        "look": None if identity.is_local else await look_of(person_id),
        "logins": await reads.logins_with_access_to(person_id),
        "roles": list(Role),
        "section": "people",
    }
    return operators_page(request, "person", context)


@methods("POST")
@for_moderators
async def restrict(request: Request, person_id: int) -> HttpResponse:
    wanted = request.POST.get("restriction", "")
    if wanted not in Restriction.__members__:
        raise BadInput(_("A person is limited, suspended or neither."))
    await moderation.restrict(moderator=request.user, identity_id=person_id, restriction=Restriction[wanted])
    sentence = {
        "none": _("Restriction removed."),
        "limited": _("This person is now limited."),
        "suspended": _("This person is now suspended, and their login is restricted."),
    }
    return redirect_with_message(
        request, next_path(request, path_to("admin-person", person_id=person_id)), sentence[wanted]
    )


@methods("POST")
@for_admins
async def role(request: Request, user_id: int) -> HttpResponse:
    await moderation.set_role(admin=request.user, user_id=user_id, role=request.POST.get("role", ""))
    return _back_to_people(request, _("Role changed."))


@methods("POST")
@for_moderators
async def disable(request: Request, user_id: int) -> HttpResponse:
    is_disabled = request.POST.get("disabled") == "yes"
    await moderation.set_disabled(moderator=request.user, user_id=user_id, is_disabled=is_disabled)
    return _back_to_people(
        request, _("Login disabled and signed out.") if is_disabled else _("Login enabled.")
    )


@methods("POST")
@for_moderators
async def restrict_login(request: Request, user_id: int) -> HttpResponse:
    is_restricted = request.POST.get("restricted") == "yes"
    await moderation.set_restricted(moderator=request.user, user_id=user_id, is_restricted=is_restricted)
    return _back_to_people(
        request, _("Login restricted.") if is_restricted else _("Login restriction lifted.")
    )


def _back_to_people(request: Request, done: str) -> HttpResponse:
    return redirect_with_message(request, next_path(request, path_to("admin-people")), done)


@methods("POST")
@for_moderators
async def resolve_report(request: Request, report_id: int) -> HttpResponse:
    is_resolved = request.POST.get("resolved") == "yes"
    await moderation.resolve_report(moderator=request.user, report_id=report_id, is_resolved=is_resolved)
    return redirect_with_message(
        request, path_to("admin-reports"), _("Report resolved.") if is_resolved else _("Report reopened.")
    )


@methods("GET")
@for_moderators
async def sign_ups(request: Request) -> HttpResponse:
    return operators_page(request, "sign_ups", {"waiting": await reads.sign_ups_waiting()})


@methods("POST")
@for_moderators
async def approve(request: Request, user_id: int) -> HttpResponse:
    await sign_up.approve(moderator=request.user, user_id=user_id)
    return redirect_with_message(request, path_to("admin-sign-ups"), _("Sign-up approved."))


@methods("POST")
@for_moderators
async def refuse(request: Request, user_id: int) -> HttpResponse:
    await moderation.refuse_sign_up(moderator=request.user, user_id=user_id)
    return redirect_with_message(
        request, path_to("admin-sign-ups"), _("Sign-up rejected. The login and the username were deleted.")
    )
