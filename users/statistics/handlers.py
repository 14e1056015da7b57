"""How big every domain and this server are, counted again and again."""

from datetime import timedelta

from core.db import sql
from stator import every
from users.statistics import queries as stats


@every(timedelta(minutes=10), name="users.domain_figures")
async def count_domain_stats() -> None:
    """Count how big every domain is, in one statement over the people who are here, however many web processes are asked for it."""
    changes = ", ".join(f"{name} = excluded.{name}" for name in stats.DomainStats.__struct_fields__)
    await sql.run(
        f"""INSERT INTO users_domainfigures (domain_id, {stats.NAMES}, counted_at) SELECT *, now() FROM ({stats.COUNTED}) counted
            ON CONFLICT (domain_id) DO UPDATE SET {changes}, counted_at = excluded.counted_at""",
        {"domain": None},
    )


@every(timedelta(minutes=10), name="users.server_figures")
async def count_server_stats() -> None:
    """Count how big this server is, in one statement, however often its moderators look."""
    changes = ", ".join(f"{name} = excluded.{name}" for name in stats.ServerStats.__struct_fields__)
    await sql.run(
        f"""INSERT INTO users_serverfigures (id, {stats.SERVER_NAMES}, counted_at) SELECT 1, *, now() FROM ({stats.SERVER_COUNTED}) counted
            ON CONFLICT (id) DO UPDATE SET {changes}, counted_at = excluded.counted_at"""
    )
