"""Administration of other servers and their policies, and of the local domains."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.measures.queries.removal import left_of
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import Invalid, NotFound, Problem
from core.pages.addresses import path_to
from federation.models import Policy
from federation.peers import is_allowlist_mode
from users.closing.services import removal_day
from users.domains import services as domains
from users.domains.models import Domain
from users.domains.queries import local_domains
from users.identities.queries.identities import contact_of, front_of, local_by_username
from users.moderation import queries as reads
from users.moderation import services as moderation
from users.moderation.queries.ruled_peers import lists_peers
from users.roles.models import Permission
from web.administration.blocklists.confirming import ask_about_losses
from web.administration.blocklists.peer_form import PeerForm
from web.administration.closing.pages import own_domain
from web.administration.closing.progress import with_progress
from web.administration.domain_forms import BrandingForm, DomainForm, NewDomainForm
from web.administration.overview import operators_page
from web.error_messages import add_error, error_message
from web.pages import for_server_staff, for_staff, redirect_with_message, ticked_ids
from web.site.about import TITLES
from web.ticked import MOST_TICKED, act_on_ticked

_NOW = {
    Policy.open: gettext_lazy("{host} is now open."),
    Policy.allowed: gettext_lazy("{host} is now allowed."),
    Policy.limited: gettext_lazy("{host} is now limited."),
    Policy.blocked: gettext_lazy("{host} is now blocked."),
}


@methods("GET", "POST")
@for_server_staff(Permission.manage_federation)
async def peers(request: Request) -> HttpResponse:
    form = PeerForm(request.POST or None, initial={"host": request.GET.get("host", "")})
    if request.method == "POST" and form.is_valid():
        try:
            blocked = [form.cleaned_data["host"]] if form.cleaned_data["policy"] == Policy.blocked else []
            if (asked := await ask_about_losses(request, blocked)) is not None:
                return asked
            media, reports = form.cleaned_data.pop("media"), form.cleaned_data.pop("reports")
            handling = form.take_handling()
            peer = await moderation.set_peer_policy(
                moderator=request.user,
                policy=form.cleaned_data.pop("policy") or None,
                reject_media=media == "refused" if media else None,
                reject_reports=reports == "refused" if reports else None,
                handling=handling,
                **form.cleaned_data,
            )
        except Problem as problem:
            form.add_error("host", error_message(problem))
        else:
            said = _("What happens with posts of {host} was saved.") if handling else _NOW[peer.policy]
            if media:
                said = (
                    _("Media from {host} is now refused.")
                    if media == "refused"
                    else _("Media from {host} is now shown.")
                )
            elif reports:
                said = (
                    _("Reports from {host} are now refused.")
                    if reports == "refused"
                    else _("Reports from {host} are now accepted.")
                )
            return redirect_with_message(
                request, path_to("admin-peers", {"q": peer.host}), said.format(host=peer.host)
            )
    q, policy = request.GET.get("q", "")[:255], request.GET.get("policy", "")
    known = {*Policy, reads.WITHOUT_MEDIA, reads.WITHOUT_REPORTS}
    found = await reads.search_peers(q=q, policy=policy if policy in known else "")
    context = {
        "form": form,
        "peers": await with_progress(found),
        "q": q,
        "policy": policy,
        "policies": list(Policy),
        "without_media": reads.WITHOUT_MEDIA,
        "without_reports": reads.WITHOUT_REPORTS,
        "is_allowlist_mode": await is_allowlist_mode(),
        "lists_peers": await lists_peers(),
    }
    return operators_page(request, "peers", context, status=422 if form.errors else 200)


_TICKED_CHANGES: dict[str, dict[str, Any]] = {
    "block": {"policy": Policy.blocked},
    "limit": {"policy": Policy.limited},
    "open": {"policy": Policy.open},
    "refuse-media": {"reject_media": True},
    "show-media": {"reject_media": False},
    "refuse-reports": {"reject_reports": True},
    "accept-reports": {"reject_reports": False},
}


@methods("POST")
@for_server_staff(Permission.manage_federation)
async def change_ticked(request: Request) -> HttpResponse:
    """Set the policy of servers, or whether their media or reports are refused; their other settings and notes don't change."""
    change = _TICKED_CHANGES.get(request.POST.get("action", ""))
    if change is None:
        raise NotFound
    ids = ticked_ids(request, "peer", most=MOST_TICKED)
    known = {peer.pk: peer for peer in await reads.peers_by_ids(ids)}
    blocked = [peer.host for peer in known.values()] if change.get("policy") == Policy.blocked else []
    if (asked := await ask_about_losses(request, blocked)) is not None:
        return asked

    async def set_policy(peer_id: int) -> None:
        if (peer := known.get(peer_id)) is None:
            raise NotFound
        await moderation.set_peer_policy(
            moderator=request.user, host=peer.host, **{"policy": None, "note": None, **change}
        )

    return await act_on_ticked(request, ids, set_policy, "admin-peers")


@methods("POST")
@for_server_staff(Permission.manage_settings)
async def federation_mode(request: Request) -> HttpResponse:
    listed_only = request.POST.get("mode") == "listed"
    if listed_only and not request.POST.get("sure") and not await lists_peers():
        said = _("No server is allowed or limited yet. Tick the box to federate with none.")
        return redirect_with_message(request, path_to("admin-peers"), said)
    await moderation.set_federation_mode(moderator=request.user, listed_only=listed_only)
    said = (
        _("This server now federates with listed servers only.")
        if listed_only
        else _("This server now federates with every server that isn't blocked.")
    )
    return redirect_with_message(request, path_to("admin-peers"), said)


@methods("GET")
@for_staff(Permission.manage_settings)
async def own_domains(request: Request) -> HttpResponse:
    shown = [
        one
        for one in await local_domains(with_removed=True)
        if request.user.may(Permission.manage_settings, one.pk)
    ]
    return operators_page(request, "domains", {"domains": shown})


@methods("GET", "POST")
@for_server_staff(Permission.manage_settings)
async def new_domain(request: Request) -> HttpResponse:
    form = NewDomainForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            domain = await domains.create_domain(**form.cleaned_data)
        except Problem as problem:
            form.add_error("name", error_message(problem))
        else:
            return redirect_with_message(
                request,
                path_to("admin-domain", domain_id=domain.pk),
                _("{name} was added. You can describe it here.").format(name=domain.name),
            )
    context = {"form": form, "section": "domains"}
    return operators_page(request, "domain", context, status=422 if form.errors else 200)


async def identity_named(domain: Domain, field: str, typed: str) -> int | None:
    """Return the id of the identity of a domain with this handle; None for an empty one. Raises Invalid."""
    username = typed.strip().removeprefix("@").partition("@")[0]
    if not username:
        return None
    found = await local_by_username(domain, username)
    if found is None or found.deleted_at is not None:
        if field == "front":
            raise Invalid("front", "unknown_account", given=typed)
        raise Invalid("contact", "unknown_account", given=typed)
    return found.pk


async def _as_typed(domain: Domain) -> dict[str, object]:
    start = {name: getattr(domain, name) for name in DomainForm.base_fields if hasattr(domain, name)}
    person = await contact_of(domain)
    start["contact"] = f"@{person.handle}" if person is not None else ""
    shown = await front_of(domain)
    start["front"] = f"@{shown.handle}" if shown is not None else ""
    start["footer_links"] = "\n".join(" ".join(link) for link in domain.footer_links)
    return start | {f"limit_{name}": value for name, value in domain.limits.items()}


async def domain_page(
    request: Request, domain: Domain, form: forms.Form | None = None, pictures: forms.Form | None = None
) -> HttpResponse:
    """Return the page of a domain, with its forms as submitted."""
    context = {
        "form": form or DomainForm(initial=await _as_typed(domain)),
        "pictures": pictures or BrandingForm(domain),
        "edited": domain,
        "kinds": TITLES.items(),
        "may_rule": request.user.may(Permission.manage_rules, domain.pk),
        "section": "domains",
        "may_remove": request.user.may(Permission.manage_settings),
        "removal_day": removal_day(domain) if domain.is_leaving else None,
    }
    has_errors = any(one is not None and one.errors for one in (form, pictures))
    return operators_page(request, "domain", context, status=422 if has_errors else 200)


@methods("GET", "POST")
@for_staff(Permission.manage_settings)
async def edit_domain(request: Request, domain_id: int) -> HttpResponse:
    domain = await own_domain(request, domain_id)
    if domain.is_removed:
        left = {"removed": domain, "left": await left_of(domain), "section": "domains"}
        return operators_page(request, "domains/removed", left)
    form = DomainForm(request.POST or None, initial=await _as_typed(domain))
    if request.method == "POST" and form.is_valid():
        try:
            changes = form.changes()
            for field in ("contact", "front"):
                changes[f"{field}_id"] = await identity_named(domain, field, changes.pop(field))
            await domains.edit_domain(domain=domain, **changes)
        except Problem as problem:
            add_error(form, problem)
        else:
            return redirect_with_message(request, path_to("admin-domain", domain_id=domain.pk), _("Saved."))
    return await domain_page(request, domain, form)
