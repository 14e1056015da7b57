"""Heartbeats of workers: each updates its row every few seconds, and `health` reads them."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from core.db import sql

ALIVE_S = 20  # a worker not seen for this long counts as dead
CLOCK_STEP_S = 60.0  # a heartbeat this far in the future was written by a clock that was ahead
AGE_S = "extract(epoch FROM now() - last_seen_at)::float8"


async def register(worker: str) -> None:
    """Insert the worker's row."""
    await sql.run("INSERT INTO stator_heartbeat (worker) VALUES (%s) ON CONFLICT DO NOTHING", (worker,))


async def beat(worker: str, rows_done: int) -> None:
    """Update the worker's heartbeat (inserted again if its row was deleted)."""
    await sql.run(
        """INSERT INTO stator_heartbeat (worker, rows_done) VALUES (%s, %s)
           ON CONFLICT (worker) DO UPDATE SET last_seen_at = now(), rows_done = excluded.rows_done""",
        (worker, rows_done),
    )


async def clock_went_back_s() -> float:
    """Return how many seconds the clock has been set back since a worker last wrote its row, 0 when it has not. Resets these rows."""
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


async def health() -> tuple[bool, str]:
    """Return (True, "") when a worker lives, else (False, the reason)."""
    return judged(await sql.rows(f"SELECT {AGE_S}, stopped_at IS NOT NULL FROM stator_heartbeat"))


def judged(workers: Iterable[tuple[float, bool]]) -> tuple[bool, str]:
    """Return the health of workers, each given by how many seconds ago it was last seen and whether it has stopped."""
    seen = [(has_stopped, age_s) for age_s, has_stopped in workers if age_s > -CLOCK_STEP_S]
    if not seen:
        return False, _("no worker has ever run; start one with: takahe worker")
    has_stopped, age_s = min(seen)
    if has_stopped:
        return False, _("the worker was stopped {age} s ago; start it with: takahe worker").format(
            age=f"{age_s:.0f}"
        )
    if age_s > ALIVE_S:
        return False, _("the worker was last seen {age} s ago; look at its log and start it again").format(
            age=f"{age_s:.0f}"
        )
    return True, ""
