"""Listing, adding, changing, disabling and removing sign-in providers."""

from django.core import signing
from django.http import HttpResponse
from django.utils.translation import gettext as _

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import Invalid, NotFound, Problem
from core.ids import new_id
from core.pages.addresses import path_to
from users.sign_in_providers import queries as reads
from users.sign_in_providers.models import SignInProvider
from users.sign_in_providers.services import providers as service
from users.sign_in_providers.services.flow import redirect_uri
from users.sign_in_providers.services.leaving import after_sign_out
from web.administration.overview import PAGE_SIZE, operators_page
from web.administration.providers.forms import NewProviderForm, ProviderForm, initial_of
from web.error_messages import add_error
from web.pages import for_staff, redirect_with_message

_SALT = "web.providers"


@methods("GET")
@for_staff(service.NEEDED)
async def providers(request: Request) -> HttpResponse:
    found = await reads.providers_in(request.user.scope(service.NEEDED), limit=PAGE_SIZE)
    counts = await reads.count_links([one.pk for one in found])
    context = {
        "providers": [(one, counts.get(one.pk, 0)) for one in found],
        "may_add": request.user.may(service.NEEDED, request.domain.pk),
    }
    return operators_page(request, "providers/providers", context)


@methods("GET", "POST")
@for_staff(service.NEEDED)
async def new(request: Request) -> HttpResponse:
    """Add a provider of this domain. Its id is chosen before, because the provider has to know the address that contains it."""
    if not request.user.may(service.NEEDED, request.domain.pk):
        raise NotFound(_("There is no such page."))
    form = NewProviderForm(request.POST or None)
    mark, row_id = _mark(request)
    if request.method == "POST" and form.is_valid():
        wanted = await form.wanted(request.domain)
        try:
            if wanted is not None:
                await service.add(
                    by=request.user,
                    domain=request.domain,
                    issuer=form.cleaned_data["issuer"],
                    wanted=wanted,
                    row_id=row_id,
                )
        except Problem as problem:
            if not await _is_there(request, row_id):  # the form was submitted twice
                add_error(form, problem, otherwise="roles" if problem.code == "role_above_own" else None)
        if not form.errors:
            return redirect_with_message(
                request, path_to("admin-provider", provider_id=row_id), _("Provider added. Try it.")
            )
    provider = SignInProvider(pk=row_id, domain=request.domain)
    context = {"form": form, "mark": mark, **_addresses(provider), "section": "providers"}
    return operators_page(request, "providers/new", context, status=422 if form.errors else 200)


def _mark(request: Request) -> tuple[str, int]:
    """Return the form's mark with the id of the new row, and the id."""
    mark = request.POST.get("mark", "")
    try:
        domain_id, row_id = signing.loads(mark, salt=_SALT)
        if domain_id == request.domain.pk:
            return mark, int(row_id)
    except (signing.BadSignature, ValueError, TypeError):
        pass  # a new form
    row_id = new_id()
    return signing.dumps([request.domain.pk, row_id], salt=_SALT), row_id


async def _is_there(request: Request, row_id: int) -> bool:
    return any(one.pk == row_id for one in await reads.providers_of(request.domain))


def _addresses(provider: SignInProvider) -> dict[str, str]:
    return {
        "redirect_uri": redirect_uri(provider, provider.domain),
        "after_sign_out": after_sign_out(provider.domain),
    }


@methods("GET", "POST")
@for_staff(service.NEEDED)
async def provider(request: Request, provider_id: int) -> HttpResponse:
    """Show a provider, and change it."""
    found = await reads.provider_in(request.user.scope(service.NEEDED), provider_id)
    form = ProviderForm(request.POST or None, initial=await initial_of(found))
    if found.client_secret:
        form.fields["client_secret"].help_text = _("Leave it empty to keep the stored one.")
    if request.method == "POST" and form.is_valid():
        wanted = await form.wanted(found.domain)
        try:
            if wanted is not None:
                await service.change(by=request.user, provider_id=provider_id, wanted=wanted)
        except Invalid as problem:
            add_error(form, problem)
        if not form.errors:
            return redirect_with_message(
                request, path_to("admin-provider", provider_id=provider_id), _("Provider changed.")
            )
    context = {
        "provider": found,
        "form": form,
        "connected": (await reads.count_links([found.pk])).get(found.pk, 0),
        "locked_out": await reads.count_locked_out(found.pk),
        **_addresses(found),
        "section": "providers",
    }
    return operators_page(request, "providers/provider", context, status=422 if form.errors else 200)


@methods("POST")
@for_staff(service.NEEDED)
async def switch(request: Request, provider_id: int) -> HttpResponse:
    is_enabled = request.POST.get("enabled") == "yes"
    await service.set_enabled(by=request.user, provider_id=provider_id, is_enabled=is_enabled)
    said = _("The provider is on.") if is_enabled else _("The provider is off.")
    return redirect_with_message(request, path_to("admin-provider", provider_id=provider_id), said)


@methods("POST")
@for_staff(service.NEEDED)
async def remove(request: Request, provider_id: int) -> HttpResponse:
    await service.remove(by=request.user, provider_id=provider_id)
    return redirect_with_message(request, path_to("admin-providers"), _("Provider removed."))
