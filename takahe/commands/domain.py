"""`takahe domain`: the domains this server answers for."""

import argparse

from takahe.commands.environment import command
from takahe.commands.exits import Exit


@command
async def create(options: argparse.Namespace) -> int:
    from users.services.domains import create_domain

    domain = await create_domain(name=options.name, service_name=options.service_domain)
    print(f"{domain.name}  {domain.base_url}/")
    return Exit.OK


@command
async def show_list(options: argparse.Namespace) -> int:
    from users.queries.domains import local_domains

    for domain in await local_domains():
        print(f"{domain.name}\t{domain.base_url}/\t{domain.sign_up_mode}")
    return Exit.OK
