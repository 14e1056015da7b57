"""The pages of a domain's policies for other servers: listed beside the server's, set, changed and removed."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import NotFound, Problem
from core.pages.addresses import path_to
from federation.models import DomainPolicy, Policy
from users.domains.models import Domain
from users.domains.queries import domain_by_id, local_domains
from users.moderation import services as moderation
from users.moderation.queries import domain_policies as reads
from users.moderation.queries.ruled_peers import ruled_hosts
from users.roles.models import Permission
from web.administration.blocklists.confirming import ask_about_losses
from web.administration.overview import PAGE_SIZE, operators_page
from web.administration.policies.forms import ChangeForm, PolicyForm
from web.error_messages import add_error
from web.pages import for_staff, query_number, redirect_with_message


async def _domain(request: Request) -> Domain:
    """Return the domain in the query string, or else this one. Raises NotFound if the reader may not set its policies."""
    number = query_number(request, "domain")
    domain = request.domain if number is None else await domain_by_id(number)
    if domain is None or not request.user.may(Permission.manage_federation, domain.pk):
        raise NotFound(_("There is no such domain."))
    return domain


async def _policy(request: Request, policy_id: int) -> tuple[Domain, DomainPolicy]:
    """Return a policy with its domain. Raises NotFound for those of other domains."""
    row = await reads.policy_by_id(policy_id)
    domain = await domain_by_id(row.domain_id) if row else None
    if row is None or domain is None or not request.user.may(Permission.manage_federation, domain.pk):
        raise NotFound(_("There is no such policy."))
    return domain, row


def _back(domain: Domain) -> str:
    return path_to("admin-policies", {"domain": domain.pk})


async def _save(request: Request, domain: Domain, host: str, form: ChangeForm) -> HttpResponse | None:
    """Set the policy of the form. Return a redirect, or a question about lost follows; None if it was refused, and the form says why."""
    try:
        blocked = [host] if form.choice.policy == Policy.blocked else []
        if (asked := await ask_about_losses(request, blocked, domain=domain)) is not None:
            return asked
        row = await moderation.set_domain_policy(
            moderator=request.user, domain=domain, host=host, choice=form.choice
        )
    except Problem as problem:
        add_error(form, problem, otherwise="policy")
        return None
    return redirect_with_message(
        request, _back(domain), _("The policy for {host} was saved.").format(host=row.host)
    )


@methods("GET", "POST")
@for_staff(Permission.manage_federation)
async def policies(request: Request) -> HttpResponse:
    """List the policies of a domain and those of the server, and set one."""
    domain = await _domain(request)
    form = PolicyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = await _save(request, domain, form.cleaned_data["host"], form)
        if answer is not None:
            return answer
    found = await reads.domain_policies(domain, after=request.GET.get("after", "")[:255], limit=PAGE_SIZE)
    of_server = await ruled_hosts(after=request.GET.get("server", "")[:255], limit=PAGE_SIZE)
    context = {
        "form": form,
        "edited": domain,
        "others": [
            one
            for one in await local_domains()
            if one.pk != domain.pk and request.user.may(Permission.manage_federation, one.pk)
        ],
        "policies": found,
        "older": found[-1].host if len(found) == PAGE_SIZE else "",
        "of_server": of_server,
        "older_of_server": of_server[-1].host if len(of_server) == PAGE_SIZE else "",
    }
    return operators_page(request, "policies/policies", context, status=422 if form.errors else 200)


@methods("GET", "POST")
@for_staff(Permission.manage_federation)
async def policy(request: Request, policy_id: int) -> HttpResponse:
    domain, row = await _policy(request, policy_id)
    form = ChangeForm.for_policy(request.POST or None, row)
    if request.method == "POST" and form.is_valid():
        answer = await _save(request, domain, row.host, form)
        if answer is not None:
            return answer
    context = {"form": form, "row": row, "edited": domain, "back": _back(domain), "section": "policies"}
    return operators_page(request, "policies/policy", context, status=422 if form.errors else 200)


@methods("POST")
@for_staff(Permission.manage_federation)
async def remove(request: Request, policy_id: int) -> HttpResponse:
    domain, row = await _policy(request, policy_id)
    await moderation.remove_domain_policy(moderator=request.user, domain=domain, policy_id=row.pk)
    said = _("The policy for {host} was removed.").format(host=row.host)
    return redirect_with_message(request, _back(domain), said)
