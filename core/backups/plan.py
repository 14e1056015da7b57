"""The time of the next backup, from how the last one ended. Needs no database."""

import datetime as dt
from enum import StrEnum
from typing import NamedTuple

from core.config.schedules import Schedule

COLUMNS = "id, started_at, ended_at, state, bytes, error"


class RunState(StrEnum):
    """`failed` for what may fail again, `stopped` if the server was stopped meanwhile."""

    running = "running"
    done = "done"
    failed = "failed"
    stopped = "stopped"


# a full disk or a wrong passphrase is looked at by somebody; after a restart nothing was wrong
_TRY_AGAIN = {RunState.failed: dt.timedelta(hours=1), RunState.stopped: dt.timedelta(minutes=1)}


class Run(NamedTuple):
    """A backup, with the columns of core_backuprun."""

    id: int
    started_at: dt.datetime
    ended_at: dt.datetime | None
    state: str
    bytes: int | None
    error: str

    @property
    def seconds(self) -> float | None:
        return None if self.ended_at is None else (self.ended_at - self.started_at).total_seconds()


def next_at(schedule: Schedule, last: Run | None, now: dt.datetime) -> dt.datetime:
    """Return when the next one begins; a time that has passed means at once. `last` is the newest, which may be running."""
    if last is None:
        return now
    # one that began in the future was made while the clock was ahead
    planned = schedule.after(min(last.started_at, now))
    pause = _TRY_AGAIN.get(RunState(last.state))
    return planned if pause is None else min(planned, min(last.ended_at or now, now) + pause)
