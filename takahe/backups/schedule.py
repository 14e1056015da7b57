"""The worker's part in backups: it starts `takahe backup` when one is due, stops it when it stops itself, and records what a killed one can't.

Two workers that start it at once are no problem: the second process finds the lock of the first (runs.py) and ends.
"""

import asyncio
import time
from asyncio.subprocess import PIPE, Process
from contextlib import suppress

from core.backups.plan import RunState
from core.backups.standing import standing
from core.config import config
from core.db import CONNECTION_ERRORS, own_connection, sql
from core.logs import get_logger
from takahe.backups.runs import LOCK, MOST_WORDS
from takahe.spawning import ending, spawn

log = get_logger(__name__)

_LEAST_S, _MOST_S = 1.0, 60.0  # between two looks; a change of the machine's clock is noticed at the next one
_UNLOCKED_WITHIN_S = (
    4.0  # Postgres ends the session of a killed process sooner, unless it is another one that works
)
_STOP_WITHIN_S = 3.0  # the supervisor kills us after eight
_INTERRUPTED = "It was interrupted: the server or the machine was stopped."


async def keep_backing_up(stop: asyncio.Event) -> None:
    """Make each backup when it is due, until `stop` is set. Ends at once on a server that makes none by itself."""
    if not config().backup_dir:
        return
    while not stop.is_set():
        wait_s = _MOST_S
        try:
            async with own_connection():
                await _end_abandoned(RunState.stopped, _INTERRUPTED)
                known = await standing()
            assert known.next_at is not None
            wait_s = (known.next_at - known.now).total_seconds()
            if wait_s <= 0:
                await _back_up(stop, newest=max((run.id for run in known.runs), default=0))
        except CONNECTION_ERRORS as error:
            log.warning("backup.database_away", error=error)
        except Exception:  # the worker has other work to do
            log.exception("backup.schedule_failed")
        with suppress(TimeoutError):  # the usual end of a pause
            await asyncio.wait_for(stop.wait(), min(max(wait_s, _LEAST_S), _MOST_S))


async def _back_up(stop: asyncio.Event, *, newest: int) -> None:
    log.info("backup.started", folder=config().backup_dir)
    process = await spawn("backup", "--if-due", is_gentle=True, stderr=PIPE)
    told = asyncio.create_task(process.communicate())
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({told, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        if not told.done():
            await _stop(process, told)
    _, words = await told
    error = words.decode(errors="replace").strip()[-MOST_WORDS:]
    if not process.returncode:
        log.info("backup.ended")
        return
    log.warning("backup.failed", ending=ending(process.returncode), error=error)
    if not stop.is_set():
        async with own_connection():
            await _record_failure(newest, error or f"The process ended with {ending(process.returncode)}.")


async def _stop(process: Process, told: "asyncio.Task[tuple[bytes, bytes]]") -> None:
    """Let it remove what it wrote; kill it if that takes too long."""
    with suppress(ProcessLookupError):  # it has just ended
        process.terminate()
    await asyncio.wait({told}, timeout=_STOP_WITHIN_S)
    if not told.done():
        with suppress(ProcessLookupError):  # the same
            process.kill()


async def _end_abandoned(state: RunState, error: str) -> None:
    """Record the end of one that was killed, if there is one: nobody has the lock."""
    await sql.run(
        """WITH nobody AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(%(lock)s) AS works)
           UPDATE core_backuprun SET ended_at = now(), state = %(state)s, error = %(error)s
           WHERE state = 'running' AND (SELECT works FROM nobody)""",
        {"lock": LOCK, "state": state.value, "error": error},
    )


async def _record_failure(newest: int, error: str) -> None:
    """Record what the process itself did not: it was killed, or failed before it could."""
    await sql.run(
        """INSERT INTO core_backuprun (ended_at, state, error) SELECT now(), 'failed', %(error)s
           WHERE NOT EXISTS (SELECT FROM core_backuprun WHERE id > %(newest)s)""",
        {"newest": newest, "error": error},
    )
    until = time.monotonic() + _UNLOCKED_WITHIN_S
    while time.monotonic() < until:
        await _end_abandoned(RunState.failed, error)
        if not await sql.value("SELECT EXISTS (SELECT FROM core_backuprun WHERE state = 'running')"):
            return
        await asyncio.sleep(_UNLOCKED_WITHIN_S / 20)
