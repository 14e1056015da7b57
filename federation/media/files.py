"""The table of copies: look-up, leases, storing, deleting. The sums by host and kind are updated in the same statements.

Files being written count in advance: each fetch reserves its size in its own row. A reservation ends with its lease, so a process that
dies leaves none.
"""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

from core.db import async_atomic, sql
from core.db.statements import Statement
from core.media.references import register_references
from federation.media.addresses import RequestedFile

LEASE_S = 30.0
_VIEWS_TO_WITHIN = dt.timedelta(hours=1)
_MIN_DURATION = dt.timedelta(minutes=1)
_MAX_DURATION = dt.timedelta(days=7)
_GONE_FOR = dt.timedelta(hours=1)

register_references("SELECT w.name FROM w JOIN federation_remotefile r ON r.file = w.name AND r.file <> ''")

_FIND = Statement(
    "media.find_remote",
    "The copy of a remote file, when a web process first looks at it.",
    "federation_remotefile_pkey",
)


class CachedCopy(msgspec.Struct, frozen=True):
    """A row of the table. `file` is empty if there is no copy; then `reason` may say why, until `wait_s` is over."""

    file: str
    media_type: str
    size: int
    reason: str
    wait_s: float
    is_leased: bool


async def find(key: UUID) -> CachedCopy | None:
    """Return the row of a file, and update its time of last view, at most once an hour."""
    row = await sql.one(
        _FIND(
            """SELECT file, media_type, bytes, reason, coalesce(extract(epoch FROM try_after - now()), 0)::float8,
               coalesce(leased_until > now(), false), viewed_at < now() - %(within)s::interval
               FROM federation_remotefile WHERE key = %(key)s""",
            key=key,
            within=_VIEWS_TO_WITHIN,
        )
    )
    if row is None:
        return None
    *known, is_old = row
    if is_old:
        await sql.run("UPDATE federation_remotefile SET viewed_at = now() WHERE key = %s", [key])
    return CachedCopy(*known)


async def lease(asked: RequestedFile) -> bool:
    """Return whether the caller is to fetch the file: there is no copy, no other fetch, and no failure to wait for."""
    found = await sql.value(
        """INSERT INTO federation_remotefile AS r (key, url, host, kind, leased_until)
           VALUES (%(key)s, %(url)s, %(host)s, %(kind)s, now() + %(lease)s * interval '1 second')
           ON CONFLICT (key) DO UPDATE SET leased_until = excluded.leased_until, bytes = 0, viewed_at = now()
           WHERE r.file = '' AND coalesce(r.leased_until <= now(), true) AND coalesce(r.try_after <= now(), true)
           RETURNING 1""",
        {
            "key": asked.key,
            "url": asked.url,
            "host": asked.host[:255],
            "kind": asked.kind.value,
            "lease": LEASE_S,
        },
    )
    return found is not None


async def reserve(key: UUID, size: int, *, most_bytes: int) -> bool:
    """Reserve `size` bytes for the fetch of a file, replacing its earlier reservation; return False if the total would exceed
    `most_bytes`.

    Extends its lease. Serialised, so that two fetches can't get the same space.
    """
    async with async_atomic():
        await sql.run("SELECT pg_advisory_xact_lock(hashtextextended('room for remote media', 0))")
        reserved = await sql.run(
            """UPDATE federation_remotefile SET bytes = %(size)s, leased_until = now() + %(lease)s * interval '1 second'
               WHERE key = %(key)s AND file = '' AND %(size)s <= %(most)s
                   - coalesce((SELECT bytes FROM federation_remotemediause WHERE host = '' AND kind = ''), 0)
                   - (SELECT coalesce(sum(o.bytes), 0) FROM federation_remotefile o
                      WHERE o.leased_until > now() AND o.key <> %(key)s)""",
            {"key": key, "size": size, "most": most_bytes, "lease": LEASE_S},
        )
    return reserved > 0


async def extend_lease(key: UUID) -> None:
    await sql.run(
        "UPDATE federation_remotefile SET leased_until = now() + %s * interval '1 second' WHERE key = %s AND file = ''",
        [LEASE_S, key],
    )


async def store(key: UUID, *, file: str, media_type: str, size: int, sha256: str = "") -> bool:
    """Record a copy; return False if another process was faster, or it is no longer wanted."""
    stored = await sql.run(
        """WITH stored AS (
               UPDATE federation_remotefile SET file = %(file)s, media_type = %(type)s, bytes = %(size)s, sha256 = %(sha256)s, reason = '', attempts = 0,
                   try_after = NULL, leased_until = NULL, viewed_at = now()
               WHERE key = %(key)s AND file = '' RETURNING host, kind, bytes)
           INSERT INTO federation_remotemediause AS u (host, kind, files, bytes)
           SELECT host, kind, 1, bytes FROM stored UNION ALL SELECT '', '', 1, bytes FROM stored
           ON CONFLICT (host, kind) DO UPDATE SET files = u.files + 1, bytes = u.bytes + excluded.bytes""",
        {"key": key, "file": file, "type": media_type, "size": size, "sha256": sha256},
    )
    return stored > 0


async def delete_copies(keys: Sequence[UUID], files: Sequence[str]) -> int:
    """Delete the rows of copies that were removed, if they still have these files; return how many.

    Rows are locked in key order, and sums with the total last, to avoid deadlocks.
    """
    return await sql.run(
        """WITH asked AS (
               SELECT r.key FROM federation_remotefile r
               JOIN unnest(%(keys)s::uuid[], %(files)s::text[]) AS a (key, file) ON a.key = r.key AND a.file = r.file
               WHERE r.file <> '' ORDER BY r.key FOR UPDATE OF r),
           gone AS (
               DELETE FROM federation_remotefile r USING asked WHERE r.key = asked.key RETURNING r.host, r.kind, r.bytes),
           sums AS (
               INSERT INTO federation_remotemediause AS u (host, kind, files, bytes)
               SELECT host, kind, -count(*), -sum(bytes) FROM gone GROUP BY host, kind
               UNION ALL SELECT '', '', -count(*), -sum(bytes) FROM gone HAVING count(*) > 0
               ORDER BY host DESC, kind
               ON CONFLICT (host, kind) DO UPDATE SET files = u.files + excluded.files, bytes = u.bytes + excluded.bytes)
           SELECT FROM gone""",
        {"keys": list(keys), "files": list(files)},
    )


async def forget(requested: Sequence[RequestedFile]) -> list[str]:
    """Delete the rows of outdated copies, so that the next request fetches them again. Return the names of the files, which the caller
    deletes.

    Only files that were requested as those of this owner. Served by the primary key.
    """
    rows = await sql.rows(
        """SELECT r.key, r.file FROM federation_remotefile r
           JOIN unnest(%(keys)s::uuid[], %(hosts)s::text[]) AS a (key, host) ON a.key = r.key AND a.host = r.host WHERE r.file <> ''""",
        {"keys": [one.key for one in requested], "hosts": [one.host[:255] for one in requested]},
    )
    if not rows:
        return []
    keys, names = zip(*rows, strict=True)
    await delete_copies(keys, names)
    return list(names)


async def store_failure(key: UUID, reason: str, *, is_gone: bool) -> float:
    """Store why a file can't be fetched. Return the seconds until the next attempt: a minute at first, an hour for a deleted file."""
    wait_s = await sql.value(
        """UPDATE federation_remotefile SET reason = %(reason)s, leased_until = NULL, bytes = 0, attempts = least(attempts + 1, 100),
               try_after = now() + least(%(first)s::interval * 4.0 ^ least(attempts, 10), %(longest)s::interval)
           WHERE key = %(key)s AND file = '' RETURNING extract(epoch FROM try_after - now())::float8""",
        {
            "key": key,
            "reason": reason[:200],
            "first": _GONE_FOR if is_gone else _MIN_DURATION,
            "longest": _MAX_DURATION,
        },
    )
    return float(wait_s or 0.0)


async def release_lease(key: UUID) -> None:
    """End a lease after a local failure, so that the next reader tries again."""
    await sql.run(
        "UPDATE federation_remotefile SET leased_until = NULL, bytes = 0 WHERE key = %s AND file = ''", [key]
    )


async def reserved_bytes() -> int:
    """Return the bytes reserved by running fetches. Served by federation_remotefile_leased."""
    return int(
        await sql.value(
            "SELECT coalesce(sum(bytes), 0) FROM federation_remotefile WHERE leased_until > now()"
        )
    )


async def total_bytes() -> int:
    """Return the size of all copies. Served by the unique index on host and kind."""
    return int(
        await sql.value("SELECT bytes FROM federation_remotemediause WHERE host = '' AND kind = ''") or 0
    )
