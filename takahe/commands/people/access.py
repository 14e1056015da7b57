"""`takahe access`: rules on who may sign up and who may connect, as under Administration, Access rules."""

import argparse
import datetime as dt
from typing import Any

import msgspec

from core.db.paging import Page
from core.errors import NotFound
from takahe.cli.exits import Exit
from takahe.cli.lookups import domain_named
from takahe.cli.tables import print_list
from users.access_rules import queries as reads
from users.access_rules.models import CanonicalEmailBlock, EmailDomainBlock, IpBlock
from users.domains.models import Domain
from users.logins.services.staff import OPERATOR
from users.moderation.services import access_rules

type Rule = EmailDomainBlock | IpBlock | CanonicalEmailBlock


async def _place(options: argparse.Namespace) -> Domain | None:
    return await domain_named(options.domain) if options.domain else None


def _fields(rule: Rule) -> dict[str, Any]:
    if isinstance(rule, IpBlock):
        facts: dict[str, Any] = {
            "kind": "network",
            "what": rule.shown_network,
            "does": str(rule.severity),
            "expires_at": rule.expires_at,
        }
    elif isinstance(rule, EmailDomainBlock):
        does = "sign_up_requires_approval" if rule.allows_with_approval else "sign_up_block"
        facts = {"kind": "email_domain", "what": rule.name, "does": does, "expires_at": rule.expires_at}
    else:
        facts = {"kind": "email", "what": rule.email_hash, "does": "sign_up_block", "expires_at": None}
    return {"id": str(rule.pk), **facts, "domain": rule.domain.name if rule.domain else None}


def _print(options: argparse.Namespace, rule: Rule) -> int:
    print(msgspec.json.encode(_fields(rule)).decode() if options.json else rule.pk)
    return Exit.OK


async def show_list(options: argparse.Namespace) -> int:
    """Print the rules of each kind, newest first, in pages."""
    place = await _place(options)
    scope = frozenset([place.pk]) if place else None
    page = Page(limit=options.limit, max_id=options.before)
    found: list[Rule] = [
        *await reads.rules(IpBlock, scope, page),
        *await reads.rules(EmailDomainBlock, scope, page),
        *await reads.rules(CanonicalEmailBlock, scope, page),
    ]
    found = sorted(found, key=lambda rule: rule.pk, reverse=True)[: options.limit]
    shown = [_fields(one) for one in found]
    return print_list(
        options,
        shown,
        ("id", "kind", "what", "does", "until", "domain"),
        lambda one: (
            one["id"],
            one["kind"],
            one["what"],
            one["does"],
            f"{one['expires_at']:%Y-%m-%d %H:%M} UTC" if one["expires_at"] else "",
            one["domain"] or "all",
        ),
    )


async def add_network(options: argparse.Namespace) -> int:
    """Add a rule on an IP address or network."""
    made = await access_rules.add_ip_rule(
        moderator=OPERATOR,
        network=options.network,
        severity=options.severity,
        comment=options.comment,
        lasts=dt.timedelta(days=options.days) if options.days else None,
        domain=await _place(options),
        address="",  # the command line can't be locked out
    )
    return _print(options, made)


async def add_email_domain(options: argparse.Namespace) -> int:
    """Add a rule on an e-mail domain."""
    made = await access_rules.block_email_domain(
        moderator=OPERATOR,
        name=options.name,
        allows_with_approval=options.with_approval,
        lasts=dt.timedelta(days=options.days) if options.days else None,
        domain=await _place(options),
    )
    return _print(options, made)


async def add_email(options: argparse.Namespace) -> int:
    """Add a rule on an e-mail address."""
    made = await access_rules.block_email(
        moderator=OPERATOR, email=options.email, domain=await _place(options)
    )
    return _print(options, made)


async def remove(options: argparse.Namespace) -> int:
    """Remove a rule of any kind."""
    removers = {
        IpBlock: access_rules.remove_ip_rule,
        EmailDomainBlock: access_rules.unblock_email_domain,
        CanonicalEmailBlock: access_rules.unblock_email,
    }
    for kind, remove in removers.items():
        if await kind.objects.filter(pk=options.id).aexists():
            await remove(moderator=OPERATOR, rule_id=options.id)
            print("Rule removed.")
            return Exit.OK
    raise NotFound(code="no_such_rule")
