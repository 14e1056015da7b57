"""Exact rate limits: one row per key in `core_tries`, counted by one statement, shared by all processes.

The table is an ordinary one: an UNLOGGED table is emptied by a crash, and somebody who guesses passwords may be able to cause one.
"""

import datetime as dt
import hashlib
from collections.abc import Collection, Sequence

from core import clock
from core.db import sql
from core.ratelimit.allowance import Allowance
from core.ratelimit.windows import remove_ended

MAX_KEYS = 200_000  # some 30 MB with the indexes
MAX_CLOCK_SKEW = dt.timedelta(minutes=1)  # of several machines, at most
_REMOVED = 4
_REMOVED_BY_JOB = 50_000
_MAX_KEY_LENGTH = 100

# A window that would end later than any that starts now was written while the clock was ahead: it is ignored. Served by the primary key,
# and core_tries_ends_at for the removal. A row that is counted can't be removed by the same statement.
_TAKE = f"""
    WITH ended AS (
        DELETE FROM core_tries WHERE key IN (
            SELECT key FROM core_tries WHERE ends_at <= %(now)s AND key <> %(key)s
            ORDER BY ends_at LIMIT {_REMOVED} FOR UPDATE SKIP LOCKED))
    INSERT INTO core_tries AS kept (key, ends_at, used) VALUES (%(key)s, %(end)s, 1)
    ON CONFLICT (key) DO UPDATE SET
        used = CASE WHEN kept.ends_at <= %(now)s OR kept.ends_at > %(latest)s THEN 1 ELSE least(kept.used, %(limit)s) + 1 END,
        ends_at = CASE WHEN kept.ends_at <= %(now)s OR kept.ends_at > %(latest)s THEN excluded.ends_at ELSE kept.ends_at END
    RETURNING used, ends_at"""


async def take_exact(key: str, limit: int, window_s: int) -> Allowance:
    """Use one of `limit` for `key`; the window starts with its first use. Must not run inside a transaction that may be rolled back."""
    now = clock.now()
    end = now + dt.timedelta(seconds=window_s)
    row = await sql.one(
        _TAKE,
        {"key": stored_key(key), "end": end, "latest": end + MAX_CLOCK_SKEW, "limit": limit, "now": now},
    )
    assert row is not None
    used, ends_at = row
    return Allowance(used <= limit, limit, max(0, limit - used), ends_at)


async def take_tightest(uses: Sequence[tuple[str, int]], window_s: int) -> Allowance:
    """Use one of each (key, limit), in order and up to the first that refuses; return that one, else the first."""
    first: Allowance | None = None
    for key, limit in uses:
        allowance = await take_exact(key, limit, window_s)
        if not allowance.allowed:
            return allowance
        first = first or allowance
    assert first is not None
    return first


async def refund(keys: Collection[str]) -> None:
    """Return one use of each of these keys. Served by the primary key."""
    await sql.run(
        "UPDATE core_tries SET used = greatest(used - 1, 0) WHERE key = ANY(%s)",
        [[stored_key(key) for key in keys]],
    )


async def reset_tries(keys: Collection[str]) -> None:
    """Reset these keys, for example after a successful sign-in."""
    await sql.run("DELETE FROM core_tries WHERE key = ANY(%s)", [[stored_key(key) for key in keys]])


async def remove_ended_tries() -> int:
    """Remove windows that have ended, and those beyond `MAX_KEYS`; return how many, at most 100,000."""
    return await remove_ended("core_tries", most_rows=MAX_KEYS, at_once=_REMOVED_BY_JOB)


def stored_key(key: str) -> str:
    """Return the key, or a hash of one that is too long or strange for an index."""
    if len(key) <= _MAX_KEY_LENGTH and key.isprintable():
        return key
    return f"#{hashlib.sha256(key.encode(errors='surrogatepass')).hexdigest()}"
