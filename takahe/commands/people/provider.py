"""`takahe provider`: where the people of a domain sign in."""

import argparse
import json

from core.errors import BadInput
from takahe.cli.exits import Exit
from takahe.cli.lookups import domain_named
from takahe.cli.tables import print_table
from users.domains.models import Domain
from users.logins.services.staff import OPERATOR
from users.roles.queries import role_named
from users.roles.services import ensure_built_in
from users.sign_in_providers import queries as reads
from users.sign_in_providers.models import SignInProvider
from users.sign_in_providers.services import providers as service
from users.sign_in_providers.services.flow import redirect_uri

MAX_SHOWN = 500


async def add(options: argparse.Namespace) -> int:
    """Read the provider's configuration, store it, and print what it has to know of us."""
    domain = await domain_named(options.domain)
    wanted = service.Wanted(
        name=options.name,
        client_id=options.client_id,
        client_secret=options.client_secret or "",
        scopes=options.scopes,
        creates_logins=options.create_logins,
        connects_addresses=options.connect_addresses,
        replaces_local=options.only,
        groups_claim=options.groups_claim,
        roles=[await _role(one, domain) for one in options.role],
    )
    made = await service.add(by=OPERATOR, domain=domain, issuer=options.issuer, wanted=wanted)
    print(made.pk)
    print(f"redirect URI  {redirect_uri(made, domain)}")
    return Exit.OK


async def _role(text: str, domain: Domain) -> tuple[str, int]:
    group, _, name = text.rpartition("=")
    await ensure_built_in()
    role = await role_named(name, domain.pk)
    if not group or role is None:
        raise BadInput(f"{text!r} is not GROUP=ROLE with a role of {domain.name}.")
    return group, role.pk


async def show_list(options: argparse.Namespace) -> int:
    domain = await domain_named(options.domain) if options.domain else None
    found = await reads.providers_in(frozenset({domain.pk}) if domain else None, limit=MAX_SHOWN)
    counts = await reads.count_links([one.pk for one in found])
    rows = [_shown(one, counts.get(one.pk, 0)) for one in found]
    if options.json:
        print(json.dumps(rows, indent=2))
        return Exit.OK
    print_table(("id", "domain", "name", "issuer", "state", "logins"), [tuple(row.values()) for row in rows])
    return Exit.OK


def _shown(one: SignInProvider, connected: int) -> dict[str, str | int]:
    return {
        "id": str(one.pk),
        "domain": one.domain.name,
        "name": one.name,
        "issuer": one.issuer,
        "state": "on" if one.is_enabled else "off",
        "logins": connected,
    }


async def enable(options: argparse.Namespace) -> int:
    await service.set_enabled(by=OPERATOR, provider_id=options.id, is_enabled=True)
    print("The provider is on.")
    return Exit.OK


async def disable(options: argparse.Namespace) -> int:
    """Turn a provider off; if it replaced passwords, passkeys and sign-up, these work again."""
    await service.set_enabled(by=OPERATOR, provider_id=options.id, is_enabled=False)
    print("The provider is off.")
    return Exit.OK


async def remove(options: argparse.Namespace) -> int:
    await service.remove(by=OPERATOR, provider_id=options.id)
    print("The provider is removed.")
    return Exit.OK
