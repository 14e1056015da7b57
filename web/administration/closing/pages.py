"""Pausing and removing a domain."""

from django.http import HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import NotFound, Problem
from core.pages.addresses import path_to
from users.closing import services as closing
from users.domains import services as domains
from users.domains.models import Domain
from users.domains.queries import domain_by_id
from users.roles.models import Permission
from web.error_messages import error_message
from web.pages import for_server_staff, for_staff, redirect_with_message


async def own_domain(request: Request, domain_id: int) -> Domain:
    """Return a domain whose settings the reader may change. Raises NotFound."""
    domain = await domain_by_id(domain_id)
    if domain is None or not request.user.may(Permission.manage_settings, domain.pk):
        raise NotFound(_("There is no such domain."))
    return domain


def _back(request: Request, domain: Domain, said: str) -> HttpResponse:
    return redirect_with_message(
        request, path_to("admin-domain", domain_id=domain.pk), said.format(name=domain.name)
    )


@methods("POST")
@for_staff(Permission.manage_settings)
async def pause(request: Request, domain_id: int) -> HttpResponse:
    domain = await own_domain(request, domain_id)
    if request.POST.get("paused") == "yes":
        await domains.pause_domain(domain=domain)
        return _back(request, domain, _("{name} is paused."))
    await domains.resume_domain(domain=domain)
    return _back(request, domain, _("{name} is no longer paused."))


@methods("POST")
@for_server_staff(Permission.manage_settings)
async def remove(request: Request, domain_id: int) -> HttpResponse:
    domain = await own_domain(request, domain_id)
    try:
        if request.POST.get("keep"):
            await closing.keep_domain(domain=domain)
            return _back(request, domain, _("{name} stays. Its sign-ups are closed."))
        leaving = await closing.remove_domain(domain=domain, typed=request.POST.get("name", ""))
    except Problem as problem:
        return _back(request, domain, error_message(problem))
    day = date_format(closing.removal_day(leaving), "DATE_FORMAT")
    return _back(request, domain, _("{name} will be removed on {day}.").replace("{day}", day))
