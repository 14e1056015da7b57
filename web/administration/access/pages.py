"""Pages with lists of rules, where they are added and removed: networks, e-mail domains, e-mail addresses."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.db.paging import Page
from core.errors import Invalid, NotFound, Problem
from core.pages.addresses import path_to
from users.access_rules import queries as reads
from users.access_rules.models import AccessRule, CanonicalEmailBlock, EmailDomainBlock, IpBlock
from users.moderation.services import access_rules
from users.roles.models import Permission
from web.administration.access.forms import (
    KEPT,
    ChangeForm,
    EmailDomainForm,
    EmailForm,
    NetworkForm,
    RuleForm,
)
from web.administration.overview import PAGE_SIZE, operators_page
from web.error_messages import add_error, error_message
from web.pages import for_staff, next_path, query_number, redirect_with_message


@methods("GET", "POST")
@for_staff(Permission.manage_blocks)
async def networks(request: Request) -> HttpResponse:
    form = NetworkForm(request.POST or None)
    return await _rules(request, "networks", IpBlock, form, address=request.client_address)


@methods("GET", "POST")
@for_staff(Permission.manage_blocks)
async def change_network(request: Request, rule_id: int) -> HttpResponse:
    """Change a rule on a network; its domain does not change."""
    rule = await reads.find_rule(IpBlock, request.user.scope(Permission.manage_blocks), rule_id)
    if rule is None:
        raise NotFound(_("There is no such rule."))
    before = {
        "network": rule.shown_network,
        "severity": rule.severity,
        "comment": rule.comment,
        "lasts": KEPT,
    }
    form = ChangeForm(request.POST or None, initial=before)
    if request.method == "POST" and form.is_valid():
        try:
            made = await form.save(request.user, rule_id, request.client_address)
        except Invalid as problem:
            add_error(form, problem, otherwise="network")
        else:
            said = _("The rule on {network} was changed.").format(network=made.shown_network)
            return redirect_with_message(request, path_to("admin-access"), said)
    context = {"form": form, "rule": rule, "address": request.client_address, "section": "access"}
    return operators_page(request, "access/network", context, status=422 if form.errors else 200)


@methods("GET", "POST")
@for_staff(Permission.manage_blocks)
async def email_domains(request: Request) -> HttpResponse:
    return await _rules(request, "domains", EmailDomainBlock, EmailDomainForm(request.POST or None))


@methods("GET", "POST")
@for_staff(Permission.manage_blocks)
async def emails(request: Request) -> HttpResponse:
    return await _rules(request, "emails", CanonicalEmailBlock, EmailForm(request.POST or None))


async def _rules(
    request: Request, name: str, kind: type[AccessRule], form: RuleForm, **more: Any
) -> HttpResponse:
    """Show the rules of one kind, and add the one that was sent."""
    scope = request.user.scope(Permission.manage_blocks)
    await form.offer(scope)
    if request.method == "POST" and form.is_valid():
        try:
            said = await form.add(request.user, request.client_address)
        except Problem as problem:
            add_error(form, problem, otherwise=form.subject)
        else:
            return redirect_with_message(request, request.path, said)
    page = Page(limit=PAGE_SIZE, max_id=query_number(request, "max_id"))
    found = await reads.rules(kind, scope, page)
    context = {
        "form": form,
        "rules": found,
        "older": found[-1].pk if len(found) == PAGE_SIZE else None,
        "section": "access",
        **more,
    }
    return operators_page(request, f"access/{name}", context, status=422 if form.errors else 200)


@methods("POST")
@for_staff(Permission.manage_blocks)
async def block_email_of(request: Request, user_id: int) -> HttpResponse:
    """Refuse sign-ups with the mailbox of a login."""
    back = next_path(request, path_to("admin-access-emails"))
    try:
        await access_rules.block_email_of(moderator=request.user, user_id=user_id)
    except Invalid as problem:
        return redirect_with_message(request, back, error_message(problem), kind="bad")
    return redirect_with_message(request, back, _("Nobody can sign up with this address any more."))


@methods("POST")
@for_staff(Permission.manage_blocks)
async def remove_network(request: Request, rule_id: int) -> HttpResponse:
    removed = await access_rules.remove_ip_rule(moderator=request.user, rule_id=rule_id)
    said = _("The rule on {network} was removed.").format(network=removed.shown_network)
    return redirect_with_message(request, path_to("admin-access"), said)


@methods("POST")
@for_staff(Permission.manage_blocks)
async def remove_email_domain(request: Request, rule_id: int) -> HttpResponse:
    removed = await access_rules.unblock_email_domain(moderator=request.user, rule_id=rule_id)
    said = _("The rule on {name} was removed.").format(name=removed.shown_name)
    return redirect_with_message(request, path_to("admin-access-domains"), said)


@methods("POST")
@for_staff(Permission.manage_blocks)
async def remove_email(request: Request, rule_id: int) -> HttpResponse:
    await access_rules.unblock_email(moderator=request.user, rule_id=rule_id)
    return redirect_with_message(
        request, path_to("admin-access-emails"), _("People can sign up with this address again.")
    )
