"""`takahe domain`: the domains of this server."""

import argparse
import sys
from pathlib import Path

from core.errors import BadInput
from takahe.cli.exits import Exit
from takahe.cli.lookups import domain_named
from takahe.cli.tables import print_table
from users.domains.models import DomainTextKind
from users.domains.queries import local_domains
from users.domains.services import create_domain, publish_text


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text()
    except OSError as error:
        raise BadInput(f"{file} can't be read: {error.strerror}.") from error


async def create(options: argparse.Namespace) -> int:
    domain = await create_domain(name=options.name, service_name=options.service_domain)
    print(f"{domain.name}  {domain.base_url}/")
    return Exit.OK


async def publish(options: argparse.Namespace) -> int:
    """Read the text (HTML) from a file, or from standard input for `-`."""
    domain = await domain_named(options.name)
    row = await publish_text(domain=domain, kind=DomainTextKind(options.kind), content=_read(options.file))
    print(f"{row.kind}  {row.effective_on}")
    return Exit.OK


async def show_list(options: argparse.Namespace) -> int:
    rows = [(domain.name, f"{domain.base_url}/", domain.sign_up_mode) for domain in await local_domains()]
    print_table(("domain", "address", "sign-up"), rows)
    return Exit.OK
