"""Deletion of old heartbeats and counters, by a periodic job. The web process, which reads heartbeats, does not load it."""

import datetime as dt

from core.db import sql
from stator.jobs import every


@every(dt.timedelta(hours=1), name="stator.tidy")
async def tidy() -> None:
    """Delete heartbeats of workers not seen for a day, and counters older than two."""
    await sql.run("DELETE FROM stator_heartbeat WHERE last_seen_at < now() - interval '1 day'")
    await sql.run("DELETE FROM stator_tally WHERE minute < now() - interval '2 days'")
