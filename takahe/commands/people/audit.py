"""`takahe audit`: actions of staff."""

import argparse
import sys

from takahe.cli.exits import Exit
from takahe.cli.lookups import domain_named
from users.audit.queries import Wanted, lines


async def export(options: argparse.Namespace) -> int:
    """Print the audit log as lines of JSON, newest first."""
    scope = frozenset([(await domain_named(options.domain)).pk]) if options.domain else None
    wanted = Wanted(person=options.person or "", is_refused=options.refused)
    async for line in lines(scope, wanted):
        sys.stdout.write(line.decode())
    return Exit.OK
