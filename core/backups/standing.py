"""Reads about the backups that the server makes of itself: the last ones, the next one, and their metrics. takahe/backups makes them."""

import datetime as dt
from typing import NamedTuple

import msgspec

from core.backups.plan import COLUMNS, Run, RunState, next_at
from core.config import config
from core.db import sql
from core.metrics.exposition import Family, gauge

_LATE_INTERVALS = 2
_SHOWN = 10


class Standing(NamedTuple):
    """The backups of this server, as far as they are known. `is_on`: it makes them by itself."""

    is_on: bool
    runs: list[Run]  # newest first
    last_done: Run | None
    next_at: dt.datetime | None
    now: dt.datetime

    @property
    def last(self) -> Run | None:
        """The last one that ended."""
        return next((run for run in self.runs if run.state != RunState.running), None)

    @property
    def is_late(self) -> bool:
        """Return whether the last whole one is older than two intervals."""
        if not self.is_on or self.last_done is None:
            return self.is_on and self.last is not None
        return self.age_s > _LATE_INTERVALS * config().backup_at.every_s

    @property
    def age_s(self) -> float:
        """The age of what the last whole one contains, in seconds."""
        return (self.now - self.last_done.started_at).total_seconds() if self.last_done else 0.0


class _Known(msgspec.Struct):
    now: dt.datetime
    runs: list[Run]


# the newest runs and the newest whole one, for a statement that reads other things, too; served by the primary key
STANDING_COLUMN = f"""(
    SELECT json_build_object('now', now(),
        'runs', coalesce(json_agg(json_build_array({COLUMNS}) ORDER BY id DESC), '[]'))::text
    FROM ((SELECT {COLUMNS} FROM core_backuprun ORDER BY id DESC LIMIT {_SHOWN})
          UNION
          (SELECT {COLUMNS} FROM core_backuprun WHERE state = '{RunState.done}' ORDER BY id DESC LIMIT 1)) runs)"""


def read_standing(column: str) -> Standing:
    """Return the newest runs, and what follows from them, from STANDING_COLUMN."""
    known = msgspec.json.decode(column, type=_Known)
    last = known.runs[0] if known.runs else None
    done = next((run for run in known.runs if run.state == RunState.done), None)
    is_on = bool(config().backup_dir)
    upcoming = next_at(config().backup_at, last, known.now) if is_on else None
    return Standing(is_on, known.runs[:_SHOWN], done, upcoming, known.now)


async def standing() -> Standing:
    return read_standing(await sql.value(f"SELECT {STANDING_COLUMN}"))


async def families() -> list[Family]:
    """Return the metrics of the last backups; none if there are no backups and none are wanted."""
    known = await standing()
    if not known.is_on and not known.runs:
        return []
    found = [
        gauge(
            "takahe_backup_late",
            "Whether the last whole backup is older than two intervals.",
            known.is_late,
        )
    ]
    if known.last is not None:
        success = known.last.state == RunState.done and not known.last.error
        found.append(
            gauge("takahe_backup_success", "Whether the last backup was made, and lacks nothing.", success)
        )
    if known.last_done is not None:
        found += [
            gauge("takahe_backup_age_seconds", "Time since the last whole backup began.", int(known.age_s)),
            gauge("takahe_backup_seconds", "How long it took.", int(known.last_done.seconds or 0)),
            gauge("takahe_backup_bytes", "The size of its rows and media.", known.last_done.bytes or 0),
        ]
    return found
