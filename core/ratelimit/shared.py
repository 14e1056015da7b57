"""Rate limits that are counted in the process and synchronised through the database every second, instead of a write for each use.

Within that second, processes together may admit more than the limit. Windows are aligned to the clock, so that all processes agree on them.
After a restart `start` reads the stored counts. Holds at most `most_keys` entries in memory; a job keeps `MAX_ROWS` in `core_uses`.
"""

import asyncio
import datetime as dt
from collections.abc import Sequence

import msgspec

from core import clock
from core.db import CONNECTION_ERRORS, own_connection, sql
from core.logs import get_logger
from core.ratelimit.allowance import Allowance
from core.ratelimit.exact import MAX_CLOCK_SKEW, stored_key
from core.ratelimit.windows import remove_ended
from core.server_state import PerServer

log = get_logger(__name__)

SYNC_INTERVAL_S = 1.0
MAX_KEYS_PER_STATEMENT = 5000  # the rest follows with the next statement
MAX_ROWS = 200_000
_REMOVED = 10_000

# A window that ends over a day later than the one sent here was written while the clock was ahead: it is ignored. Served by the primary
# key, and written in its order so that two processes can't deadlock.
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
    """Uses of one key: `used` by all processes as far as known, of which `unsynced` are not in the database yet."""

    __slots__ = ("end", "unsynced", "used")

    def __init__(self, end: float, used: int = 0) -> None:
        self.end, self.used, self.unsynced = end, used, 0


class Limiter:
    """Fixed windows, as in Mastodon's `X-RateLimit-*` headers: so many uses per window, then none until it ends."""

    def __init__(self, most_keys: int = 50_000) -> None:
        self._most_keys = most_keys
        self._windows: dict[str, Window] = {}
        self._unsynced: dict[
            str, None
        ] = {}  # keys with uses that are not in the database yet, the oldest first
        self._task: asyncio.Task[None] | None = None

    def take(self, key: str, limit: int, window_s: int, *, cost: int = 1) -> Allowance:
        """Use `cost` of `limit` for `key`. A refused use costs nothing. Windows are aligned to the clock."""
        key = stored_key(key)
        now = clock.now().timestamp()
        window = self._windows.get(key)
        if window is None or not now < window.end <= now + window_s + MAX_CLOCK_SKEW.total_seconds():
            if window is None and len(self._windows) >= self._most_keys:
                self._evict(now)
            window = self._windows[key] = Window((now // window_s + 1) * window_s)
        allowed = window.used + cost <= limit
        if allowed:
            window.used += cost
            window.unsynced += cost
            self._unsynced[key] = None
        return Allowance(
            allowed, limit, max(0, limit - window.used), dt.datetime.fromtimestamp(window.end, dt.UTC)
        )

    def take_tightest(self, uses: Sequence[tuple[str, int]], window_s: int) -> Allowance:
        """Use one of each (key, limit), in order and up to the first that refuses; return that one, else the first."""
        allowances = []
        for key, limit in uses:
            allowances.append(self.take(key, limit, window_s))
            if not allowances[-1].allowed:
                return allowances[-1]
        return allowances[0]

    def clear(self) -> None:
        """Forget all uses, as after a restart of the process."""
        self._windows.clear()
        self._unsynced.clear()

    async def start(self) -> None:
        """Load the stored counts, and synchronise every second until `stop`."""
        await self._load()
        self._task = asyncio.create_task(self._sync_forever(), name="core:limits")

    async def stop(self) -> None:
        """Stop synchronising, and write the uses that are not in the database yet."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        async with own_connection():
            await self.sync()

    async def sync(self) -> int:
        """Add this process's new uses to the stored totals and read those, in one statement. Return the number of keys."""
        now = clock.now().timestamp()
        sent: dict[str, tuple[float, int]] = {}
        for key in list(self._unsynced)[:MAX_KEYS_PER_STATEMENT]:
            del self._unsynced[key]
            window = self._windows.get(key)
            if window is not None and window.unsynced and window.end > now:
                sent[key] = (window.end, window.unsynced)
                window.unsynced = 0
        if not sent:
            return 0
        rows = [
            {"key": key, "ends_at": dt.datetime.fromtimestamp(end, dt.UTC), "used": used}
            for key, (end, used) in sent.items()
        ]
        try:
            totals = await sql.rows(_ADD, [msgspec.json.encode(rows).decode()])
        except BaseException:
            for key, (end, used) in sent.items():
                window = self._windows.get(key)
                if window is not None and window.end == end:
                    window.unsynced += used
                    self._unsynced[key] = None
            raise
        for key, ends_at, used in totals:
            window = self._windows.get(key)
            if window is not None and window.end == ends_at.timestamp():
                window.used = used + window.unsynced  # plus local uses in the meantime
        return len(sent)

    async def _sync_forever(self) -> None:
        while True:
            await asyncio.sleep(SYNC_INTERVAL_S)
            if self._unsynced:
                try:
                    async with own_connection():
                        await self.sync()
                except (
                    CONNECTION_ERRORS
                ) as error:  # sent with the next attempt; until then each process counts alone
                    log.warning("limits.not_shared", error=error)

    async def _load(self) -> None:
        """Read the uses that other processes stored. Index core_uses_ends_at."""
        async with own_connection():
            for key, ends_at, used in await sql.rows(
                "SELECT key, ends_at, used FROM core_uses WHERE ends_at > %s ORDER BY ends_at DESC LIMIT %s",
                [clock.now(), self._most_keys],
            ):
                self._windows.setdefault(key, Window(ends_at.timestamp(), used))

    def _evict(self, now: float) -> None:
        for key in [key for key, window in self._windows.items() if window.end <= now]:
            del self._windows[key]
        if len(self._windows) >= self._most_keys:
            soonest = sorted(self._windows, key=lambda key: (self._windows[key].end, self._windows[key].used))
            for key in soonest[: self._most_keys // 10 + 1]:
                del self._windows[key]


limiter = PerServer(Limiter)
"""The limiter of this server, started and stopped with it (takahe/asgi.py)."""


async def remove_ended_uses() -> int:
    """Remove windows that have ended, and the least used beyond `MAX_ROWS`, at most 20,000 rows; return how many."""
    return await remove_ended("core_uses", most_rows=MAX_ROWS, at_once=_REMOVED)
