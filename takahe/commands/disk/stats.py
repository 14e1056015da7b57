"""`takahe stats`: rows and size of every table."""

import argparse

import msgspec

from core.db import sql
from takahe.cli.exits import Exit
from takahe.cli.tables import print_table

# The planner's estimate is sufficient for large tables and takes no time; small ones are counted.
_COUNTED_BELOW = 100_000


async def stats(options: argparse.Namespace) -> int:
    """Print the rows and size of every table, and of the database."""
    tables = await sql.rows(
        """SELECT c.relname, c.reltuples::int8, pg_total_relation_size(c.oid) FROM pg_class c
           JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind = 'r' AND n.nspname = current_schema() AND c.relname <> 'django_migrations' ORDER BY c.relname"""
    )
    counts = {}
    for name, estimate, size in tables:
        rows = estimate
        if estimate < _COUNTED_BELOW:
            rows = await sql.value(f'SELECT count(*) FROM "{name}"')
        counts[name] = {"rows": rows, "bytes": size}
    total = await sql.value("SELECT pg_database_size(current_database())")
    if options.json:
        print(msgspec.json.encode({"tables": counts, "bytes": total}).decode())
        return Exit.OK
    lines = [
        (name, f"{figure['rows']:,}", f"{figure['bytes'] / 1e6:.1f} MB") for name, figure in counts.items()
    ]
    print_table(("table", "#rows", "#size"), [*lines, ("whole database", "", f"{total / 1e6:.1f} MB")])
    return Exit.OK
