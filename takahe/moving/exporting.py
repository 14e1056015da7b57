"""Writing a domain to a file, from one snapshot of the database while the server runs."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core import clock
from core.crypto.keys import unseal
from core.db import async_atomic, sql
from core.errors import BadInput
from core.media.locations import storage
from takahe.moving.archive import ROWS_AT_ONCE, Writer
from takahe.moving.inside import named_inside
from takahe.moving.table import Table
from takahe.moving.tables import ELSEWHERE, PEOPLE, POSTS, TABLES
from users.audit.models import Act
from users.audit.services import Target, record
from users.domains.models import Domain

type Tell = Callable[[str], None]


async def export_domain(domain: Domain, file: Path, passphrase: str, tell: Tell) -> Counter[str]:
    """Write everything of a domain to a new file; return the number of rows by model, of stored files (`media`) and of those `missing`.

    Rows are read by primary key, 500 at a time. Raises BadInput for a file that can't be written, on a full disk among others.
    """
    try:
        return await _export(domain, file, passphrase, tell)
    except OSError as error:
        raise BadInput(f"{file} can't be written: {error.strerror}. Nothing was kept of it.") from error


async def _export(domain: Domain, file: Path, passphrase: str, tell: Tell) -> Counter[str]:
    written: Counter[str] = Counter()
    async with async_atomic():
        await sql.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        await sql.run(
            "CREATE TEMP TABLE moving_seen (kind text, id bigint, PRIMARY KEY (kind, id)) ON COMMIT DROP"
        )
        await sql.run("CREATE TEMP TABLE moving_files (name text PRIMARY KEY) ON COMMIT DROP")
        writer = Writer(file, domain.name, clock.now().isoformat(), passphrase)
        try:
            for table in TABLES:
                written[table.label] = await _export_table(writer, table, domain.pk)
                tell(f"{table.label}: {written[table.label]}")
            for label, query in ELSEWHERE.items():
                written[f"elsewhere {label}"] = await _export_elsewhere(writer, label, query, domain.pk)
            await _export_media(writer, written)
            await record(
                Act.export_domain,
                Target("domain", domain.pk, domain.name),
                domain_id=domain.pk,
                details={"people": written[PEOPLE], "posts": written[POSTS], "encrypted": bool(passphrase)},
            )
            writer.close()
        finally:
            writer.abandon()
    return written


async def _export_table(writer: Writer, table: Table, domain_id: int) -> int:
    columns = ", ".join(f't."{name}"' for name in table.names)
    after, count = -1, 0
    while True:
        rows = await sql.rows(
            f"""SELECT t."{table.key}", {columns} FROM {table.model._meta.db_table} t
                WHERE t."{table.key}" > %(after)s AND {table.where} ORDER BY t."{table.key}" LIMIT {ROWS_AT_ONCE}""",
            {"domain": domain_id, "after": after},
        )
        if not rows:
            return count
        after, count = rows[-1][0], count + len(rows)
        found = [table.decoded(row[1:]) for row in rows]
        for row in found:
            for column in table.sealed:
                row[column] = unseal(row[column])
        if table.label == POSTS:
            await _name_parents(found)
        writer.rows("rows", table.label, found)
        await _remember(table, found)


async def _name_parents(posts: list[dict[str, Any]]) -> None:
    """Add the addresses of the posts that these reply to, which the importing server may not know."""
    parents = dict(
        await sql.rows(
            "SELECT id, uri FROM activities_post WHERE id = ANY(%s)",
            [[post["in_reply_to_id"] for post in posts if post["in_reply_to_id"] is not None]],
        )
    )
    for post in posts:
        post["in_reply_to_uri"] = parents.get(post["in_reply_to_id"], post["in_reply_to_uri"])


async def _remember(table: Table, rows: list[dict[str, Any]]) -> None:
    """Note which stored files, and which people, posts and hashtags of others these rows refer to."""
    named = named_inside(table.label, rows)
    for column, label in table.references.items():
        named.setdefault(label, set()).update(row[column] for row in rows if row[column] is not None)
    for label, ids in named.items():
        if label in ELSEWHERE:
            await sql.run(
                "INSERT INTO moving_seen SELECT %s, unnest(%s::bigint[]) ON CONFLICT DO NOTHING",
                [label, list(ids)],
            )
    if names := {row[column] for row in rows for column in table.files if row[column]}:
        await sql.run(
            "INSERT INTO moving_files SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING", [list(names)]
        )


async def _export_elsewhere(writer: Writer, label: str, query: str, domain_id: int) -> int:
    """Write the names of those to whom rows refer and who don't belong to the domain."""
    after, count = -1, 0
    while rows := await sql.rows(
        f"""SELECT t.*, p.id FROM (SELECT id FROM moving_seen WHERE kind = %(kind)s AND id > %(after)s ORDER BY id LIMIT {ROWS_AT_ONCE}) p
            LEFT JOIN LATERAL ({query}) t ON true ORDER BY p.id""",
        {"kind": label, "after": after, "domain": domain_id},
    ):
        after = rows[-1][-1]
        known = [row[:-1] for row in rows if row[0] is not None]
        if known:
            count += len(known)
            names = ("id", "uri", "name", "host", "inbox", "shared_inbox", "followers")
            writer.rows("elsewhere", label, [dict(zip(names, row, strict=False)) for row in known])
    return count


async def _export_media(writer: Writer, written: Counter[str]) -> None:
    after = ""
    while names := await sql.column(
        f"SELECT name FROM moving_files WHERE name > %s ORDER BY name LIMIT {ROWS_AT_ONCE}", [after]
    ):
        after = names[-1]
        for name in names:
            written["media" if writer.media(name, storage().path(name)) else "missing"] += 1
