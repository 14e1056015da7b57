"""Queries for operators: the usage of copies by host and kind, from the sums, never from the folder."""

import msgspec

from core.config import config
from core.db import sql

_LARGEST = 10
UPLOADS = "own"
SOURCE = "split_part(url, '/', 3)"  # the host in the URL of a file


class Use(msgspec.Struct, frozen=True):
    """Files and bytes of a host, or of a kind."""

    name: str
    files: int
    bytes: int


class HostUse(Use, frozen=True):
    """The usage of a host. `kinds` are largest first."""

    kinds: list[Use]


class RemoteUse(msgspec.Struct, frozen=True):
    """All copies, by kind and by the largest hosts."""

    budget: int
    local_bytes: int  # of local uploads, as last measured
    files: int
    bytes: int
    kinds: list[Use]
    hosts: list[HostUse]


async def remote_use() -> RemoteUse:
    """Return the usage of copies: reads one row per host with copies, and kind."""
    total = await sql.one(
        "SELECT files, bytes FROM federation_remotemediause WHERE host = '' AND kind = ''"
    ) or (0, 0)
    local = await sql.value(
        "SELECT bytes FROM federation_remotemediause WHERE host = '' AND kind = %s", [UPLOADS]
    )
    kinds = await sql.structs(
        Use,
        """SELECT kind, sum(files)::bigint, sum(bytes)::bigint FROM federation_remotemediause
           WHERE host <> '' GROUP BY kind HAVING sum(files) > 0 ORDER BY 3 DESC, 1""",
    )
    rows = await sql.rows(
        """WITH largest AS (
               SELECT host, sum(bytes) AS bytes FROM federation_remotemediause WHERE host <> '' GROUP BY host
               HAVING sum(files) > 0 ORDER BY 2 DESC, 1 LIMIT %s)
           SELECT u.host, u.kind, u.files, u.bytes FROM largest l JOIN federation_remotemediause u ON u.host = l.host
           WHERE u.files > 0 ORDER BY l.bytes DESC, l.host, u.bytes DESC""",
        [_LARGEST],
    )
    by_host: dict[str, list[Use]] = {}
    for host, kind, files, size in rows:
        by_host.setdefault(host, []).append(Use(kind, files, size))
    hosts = [
        HostUse(host, sum(one.files for one in uses), sum(one.bytes for one in uses), uses)
        for host, uses in by_host.items()
    ]
    return RemoteUse(config().remote_media_budget, local or 0, total[0], total[1], kinds, hosts)


async def hosts_with_files() -> list[str]:
    """Return the servers with copies."""
    return await sql.column(
        "SELECT DISTINCT host FROM federation_remotemediause WHERE host <> '' AND files > 0 ORDER BY host"
    )


async def sources_of_files() -> list[str]:
    """Return the hosts that store the originals of copies, as in URLs: one step in federation_remotefile_source each."""
    return await sql.column(
        f"""WITH RECURSIVE sources (name) AS (
               (SELECT {SOURCE} FROM federation_remotefile WHERE file <> '' ORDER BY 1 LIMIT 1)
               UNION ALL
               SELECT (SELECT {SOURCE} FROM federation_remotefile r WHERE file <> '' AND {SOURCE} > sources.name ORDER BY 1 LIMIT 1)
               FROM sources WHERE name IS NOT NULL)
           SELECT name FROM sources WHERE name IS NOT NULL"""
    )
