"""Rate limits that are counted in the process and synchronised through the database every second, instead of a write for each use.

Within that second, processes together may admit more than the limit. Windows are aligned to the clock, so that all processes agree on them.
After a restart `start` reads the stored counts. Holds at most `most_keys` entries in memory; a job keeps `MOST_ROWS` in `core_uses`.
"""

import asyncio
import datetime as dt
from collections.abc import Sequence

import msgspec

from core import clock
from core.db import DATABASE_GONE, own_connection, sql
from core.logs import get_logger
from core.ratelimit.allowance import Allowance
from core.ratelimit.exact import CLOCKS_DIFFER, stored_key
from core.server_state import PerServer

log = get_logger(__name__)

PAUSE_S = 1.0
MOST_AT_ONCE = 5000  # keys a statement; the others follow with the next one
MOST_ROWS = 200_000
_REMOVED = 10_000

# A window that ends over a day later than the one told was written while the clock was ahead: it is none.
# The primary key, in its order so that two processes don't lock each other.
_ADD = """
    INSERT INTO core_uses AS kept (key, ends_at, used)
    SELECT key, ends_at, used FROM jsonb_to_recordset(%s::jsonb) AS new (key text, ends_at timestamptz, used int) ORDER BY key
    ON CONFLICT (key) DO UPDATE SET
        used = CASE WHEN kept.ends_at = excluded.ends_at THEN kept.used + excluded.used
                    WHEN kept.ends_at BETWEEN excluded.ends_at AND excluded.ends_at + interval '1 day' THEN kept.used
                    ELSE excluded.used END,
        ends_at = CASE WHEN kept.ends_at BETWEEN excluded.ends_at AND excluded.ends_at + interval '1 day' THEN kept.ends_at
                       ELSE excluded.ends_at END
    RETURNING key, ends_at, used"""


class Window:
    """Uses of one key: `used` by all processes as far as known, of which `untold` are not in the database yet."""

    __slots__ = ("end", "untold", "used")

    def __init__(self, end: float, used: int = 0) -> None:
        self.end, self.used, self.untold = end, used, 0


class Limiter:
    """Fixed windows, as Mastodon's `X-RateLimit-*` headers describe them: so many per window, then none until it ends."""

    def __init__(self, most_keys: int = 50_000) -> None:
        self._most_keys = most_keys
        self._windows: dict[str, Window] = {}
        self._untold: dict[
            str, None
        ] = {}  # keys with uses that the database has not heard of, the oldest first
        self._task: asyncio.Task[None] | None = None

    def take(self, key: str, limit: int, window_s: int, *, cost: int = 1) -> Allowance:
        """Use `cost` of `limit` for `key`. A refused use costs nothing. Windows are aligned to the clock."""
        key = stored_key(key)
        now = clock.now().timestamp()
        window = self._windows.get(key)
        if window is None or not now < window.end <= now + window_s + CLOCKS_DIFFER.total_seconds():
            if window is None and len(self._windows) >= self._most_keys:
                self._make_room(now)
            window = self._windows[key] = Window((now // window_s + 1) * window_s)
        allowed = window.used + cost <= limit
        if allowed:
            window.used += cost
            window.untold += cost
            self._untold[key] = None
        return Allowance(
            allowed, limit, max(0, limit - window.used), dt.datetime.fromtimestamp(window.end, dt.UTC)
        )

    def take_tightest(self, uses: Sequence[tuple[str, int]], window_s: int) -> Allowance:
        """Use one of each (key, limit), in this order and up to the first that refuses; the one that refused, else the first."""
        allowances = []
        for key, limit in uses:
            allowances.append(self.take(key, limit, window_s))
            if not allowances[-1].allowed:
                return allowances[-1]
        return allowances[0]

    def clear(self) -> None:
        """Forget all uses, as after a restart of the process."""
        self._windows.clear()
        self._untold.clear()

    async def start(self) -> None:
        """Read what stands, and compare notes from now on until `stop`."""
        await self._read()
        self._task = asyncio.create_task(self._share(), name="core:limits")

    async def stop(self) -> None:
        """Write what the others don't know yet."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        async with own_connection():
            await self.exchange()

    async def exchange(self) -> int:
        """Add this process's uses since the last time to the totals, and learn them: one statement; how many keys it was about."""
        now = clock.now().timestamp()
        told: dict[str, tuple[float, int]] = {}
        for key in list(self._untold)[:MOST_AT_ONCE]:
            del self._untold[key]
            window = self._windows.get(key)
            if window is not None and window.untold and window.end > now:
                told[key] = (window.end, window.untold)
                window.untold = 0
        if not told:
            return 0
        rows = [
            {"key": key, "ends_at": dt.datetime.fromtimestamp(end, dt.UTC), "used": used}
            for key, (end, used) in told.items()
        ]
        try:
            totals = await sql.rows(_ADD, [msgspec.json.encode(rows).decode()])
        except BaseException:
            for key, (end, used) in told.items():
                window = self._windows.get(key)
                if window is not None and window.end == end:
                    window.untold += used
                    self._untold[key] = None
            raise
        for key, ends_at, used in totals:
            window = self._windows.get(key)
            if window is not None and window.end == ends_at.timestamp():
                window.used = used + window.untold  # and what was used here meanwhile
        return len(told)

    async def _share(self) -> None:
        while True:
            await asyncio.sleep(PAUSE_S)
            if self._untold:
                try:
                    async with own_connection():
                        await self.exchange()
                except DATABASE_GONE as error:  # told later; until then each process counts alone
                    log.warning("limits.not_shared", error=error)

    async def _read(self) -> None:
        """Read the uses that other processes stored. Index core_uses_ends_at."""
        async with own_connection():
            for key, ends_at, used in await sql.rows(
                "SELECT key, ends_at, used FROM core_uses WHERE ends_at > %s ORDER BY ends_at DESC LIMIT %s",
                [clock.now(), self._most_keys],
            ):
                self._windows.setdefault(key, Window(ends_at.timestamp(), used))

    def _make_room(self, now: float) -> None:
        for key in [key for key, window in self._windows.items() if window.end <= now]:
            del self._windows[key]
        if len(self._windows) >= self._most_keys:
            soonest = sorted(self._windows, key=lambda key: (self._windows[key].end, self._windows[key].used))
            for key in soonest[: self._most_keys // 10 + 1]:
                del self._windows[key]


limiter = PerServer(Limiter)
"""The limiter of this server, started and stopped with it (takahe/asgi.py)."""


async def remove_ended_uses() -> int:
    """Remove windows that have ended, and the least used beyond `MOST_ROWS`, 20,000 rows at most; how many went."""
    removed = await sql.run(
        """
        DELETE FROM core_uses WHERE key IN (
            SELECT key FROM core_uses WHERE ends_at <= %s ORDER BY ends_at LIMIT %s FOR UPDATE SKIP LOCKED)
        """,
        [clock.now(), _REMOVED],
    )
    return removed + await sql.run(
        "DELETE FROM core_uses WHERE key IN (SELECT key FROM core_uses ORDER BY used DESC, ends_at DESC OFFSET %s LIMIT %s)",
        [MOST_ROWS, _REMOVED],
    )
