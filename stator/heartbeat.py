"""Heartbeats of workers: each updates its row every few seconds, and `health` reads them."""

from collections.abc import Iterable, Sequence

import msgspec

from core.db import sql
from core.metrics.exposition import Family

ALIVE_S = 20  # a worker not seen for this long counts as dead
CLOCK_STEP_S = 60.0  # a heartbeat this far in the future was written while the clock was ahead
AGE_S = "extract(epoch FROM now() - last_seen_at)::float8"


async def register(worker: str) -> None:
    """Insert the worker's row."""
    await sql.run("INSERT INTO stator_heartbeat (worker) VALUES (%s) ON CONFLICT DO NOTHING", (worker,))


async def beat(worker: str, rows_done: int, metrics: Sequence[Family] = ()) -> None:
    """Update the worker's heartbeat (inserted again if its row was deleted)."""
    await sql.run(
        """INSERT INTO stator_heartbeat (worker, rows_done, metrics) VALUES (%s, %s, %s)
           ON CONFLICT (worker) DO UPDATE SET last_seen_at = now(), rows_done = excluded.rows_done, metrics = excluded.metrics""",
        (worker, rows_done, msgspec.json.encode(metrics).decode()),
    )


async def metrics_of_workers() -> list[list[Family]]:
    """Return what each live worker wrote last, that of the oldest first."""
    written = await sql.column(
        """SELECT metrics FROM stator_heartbeat
           WHERE stopped_at IS NULL AND last_seen_at > now() - %s * interval '1 second' ORDER BY started_at, worker LIMIT 100""",
        (ALIVE_S,),
    )
    return [msgspec.json.decode(text, type=list[Family]) for text in written]


async def clock_went_back_s() -> float:
    """Return by how many seconds the clock was set back since a worker last wrote its row, 0 if it was not. Resets these rows."""
    ahead_s = await sql.value(
        """SELECT extract(epoch FROM max(last_seen_at) - now())::float8 FROM stator_heartbeat
           WHERE last_seen_at > now() + %s * interval '1 second'""",
        (CLOCK_STEP_S,),
    )
    if ahead_s is None:
        return 0.0
    await sql.run("UPDATE stator_heartbeat SET last_seen_at = now() WHERE last_seen_at > now()")
    return float(ahead_s)


async def end(worker: str, rows_done: int) -> None:
    """Record a clean shutdown of the worker."""
    await sql.run(
        "UPDATE stator_heartbeat SET stopped_at = now(), last_seen_at = now(), rows_done = %s WHERE worker = %s",
        (rows_done, worker),
    )


class Health(msgspec.Struct, frozen=True):
    """The health of the workers. `code` is empty, or says why none lives: never_ran, stopped or silent, for `age_s` seconds."""

    code: str = ""
    age_s: float = 0.0

    @property
    def is_well(self) -> bool:
        return not self.code


async def health() -> Health:
    """Return whether a worker lives."""
    return health_of(await sql.rows(f"SELECT {AGE_S}, stopped_at IS NOT NULL FROM stator_heartbeat"))


def health_of(workers: Iterable[tuple[float, bool]]) -> Health:
    """Return the health of workers, each given by how many seconds ago it was last seen and whether it has stopped."""
    seen = [(has_stopped, age_s) for age_s, has_stopped in workers if age_s > -CLOCK_STEP_S]
    if not seen:
        return Health("never_ran")
    has_stopped, age_s = min(seen)
    if has_stopped:
        return Health("stopped", age_s)
    return Health("silent", age_s) if age_s > ALIVE_S else Health()
