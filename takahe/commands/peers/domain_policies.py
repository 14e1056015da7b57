"""`takahe domain policies`: what a domain's people see of other servers, on top of the server's policies."""

import argparse
import json

from core.errors import NotFound
from federation.models import DomainPolicy
from takahe.cli.exits import Exit
from takahe.cli.lookups import domain_named
from takahe.cli.tables import print_table
from users.logins.services.staff import OPERATOR
from users.moderation.queries import domain_policies as reads
from users.moderation.services.domain_policies import Choice, remove_domain_policy, set_domain_policy

_PAGE = 500


def _effects(row: DomainPolicy) -> list[str]:
    names = ("reject_media", "force_sensitive", "force_unlisted", "strip_links")
    return [name for name in names if getattr(row, name)]


async def show_list(options: argparse.Namespace) -> int:
    domain = await domain_named(options.name)
    found: list[DomainPolicy] = []
    while page := await reads.domain_policies(domain, after=found[-1].host if found else "", limit=_PAGE):
        found += page
    if options.json:
        for row in found:
            shown = {"host": row.host, "policy": row.policy, "effects": _effects(row)}
            print(json.dumps({**shown, "note": row.note, "public_comment": row.public_comment}))
    else:
        rows = [(row.host, row.policy, ", ".join(_effects(row)), row.note) for row in found]
        print_table(("host", "policy", "effects", "note"), rows)
    return Exit.OK


async def set_policy(options: argparse.Namespace) -> int:
    choice = Choice(**{name: getattr(options, name) for name in Choice.__struct_fields__})
    domain = await domain_named(options.name)
    row = await set_domain_policy(moderator=OPERATOR, domain=domain, host=options.host, choice=choice)
    print(" ".join((domain.name, row.host, str(row.policy), *_effects(row))))
    return Exit.OK


async def remove(options: argparse.Namespace) -> int:
    domain = await domain_named(options.name)
    row = await reads.policy_for(domain, options.host)
    if row is None:
        raise NotFound(code="no_such_policy")
    await remove_domain_policy(moderator=OPERATOR, domain=domain, policy_id=row.pk)
    print(f"{domain.name} has no policy for {row.host} any more.")
    return Exit.OK
