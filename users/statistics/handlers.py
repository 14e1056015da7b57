"""Periodic counting of domains and of the server."""

from datetime import timedelta

from core.db import sql
from stator import every
from users.statistics import queries as stats


@every(timedelta(minutes=10), name="users.domain_stats")
async def count_domain_stats() -> None:
    """Count users, posts and logins of every domain, in one statement."""
    changes = ", ".join(f"{name} = excluded.{name}" for name in stats.DomainStatsView.__struct_fields__)
    await sql.run(
        f"""INSERT INTO users_domainfigures (domain_id, {stats.COLUMNS}, counted_at) SELECT *, now() FROM ({stats.COUNTED}) counted
            ON CONFLICT (domain_id) DO UPDATE SET {changes}, counted_at = excluded.counted_at""",
        {"domain": None},
    )


@every(timedelta(minutes=10), name="users.server_stats")
async def count_server_stats() -> None:
    """Count logins, identities, posts and peers of the server, in one statement."""
    changes = ", ".join(f"{name} = excluded.{name}" for name in stats.ServerStatsView.__struct_fields__)
    await sql.run(
        f"""INSERT INTO users_serverfigures (id, {stats.SERVER_COLUMNS}, counted_at) SELECT 1, *, now() FROM ({stats.SERVER_COUNTED}) counted
            ON CONFLICT (id) DO UPDATE SET {changes}, counted_at = excluded.counted_at"""
    )
