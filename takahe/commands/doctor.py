"""`takahe doctor`: looks at the running server from inside and through its public names, and says what to do."""

import argparse
import asyncio
import textwrap

import msgspec

from core.config import config
from core.errors import NotFound
from takahe.cli import environment


def doctor(options: argparse.Namespace) -> int:
    """Print what was found; return 0 if all is well, 1 for warnings, 2 if something is broken."""
    with environment.database():
        environment.require_secret_key()
        environment.set_up_django(pool=False)
        from core import logs

        logs.configure(config().log_format, "ERROR")
        return asyncio.run(_examine(options))


async def _examine(options: argparse.Namespace) -> int:
    from core.db import own_connection
    from takahe.doctor.examining import examine
    from takahe.doctor.findings import Level, exit_code
    from users.domains.queries import domain_by_name

    domains = None
    if options.domain:
        async with own_connection():
            domain = await domain_by_name(options.domain)
        if domain is None:
            raise NotFound(f"There is no domain {options.domain}. `takahe domain list` shows them.")
        domains = [domain]
    findings = await examine(domains)
    if options.json:
        print(msgspec.json.encode(findings).decode())
        return exit_code(findings)
    for finding in sorted(findings, key=lambda one: list(Level).index(one.level)):
        about = f" {finding.about}:" if finding.about else ""
        print(f"{finding.level.upper():8} {finding.check}{about} {finding.sentence}")
        if finding.cure:
            print(textwrap.indent(textwrap.fill(finding.cure, 100), " " * 9))
    return exit_code(findings)
