"""Reading an exported domain into this server, in one transaction: it is here completely, or not at all.

Stored files come first, each under its own name, so that a second attempt finds them. Ids are kept where they are free. Rows that refer to
posts of other servers that aren't known here are left out and counted.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from django.db import DataError, IntegrityError, connection, models

from core import clock
from core.db import async_atomic, sql
from core.errors import BadInput, Invalid
from core.ids import id_at, new_id
from core.media.locations import storage
from takahe.moving.archive import Part, Reader
from takahe.moving.checking import Checker
from takahe.moving.completing import complete
from takahe.moving.elsewhere import OWN, Elsewhere
from takahe.moving.inside import named_inside, replace_inside
from takahe.moving.table import Table
from takahe.moving.tables import POSTS, TABLES
from users.audit.models import Act
from users.audit.services import Target, record
from users.domains.events import on_domain_creating
from users.domains.models import Domain
from users.domains.names import check_host
from users.domains.queries import clear_domain_cache

type Tell = Callable[[str], None]

NEW, KNOWN = 0, 1
_LOCK = 0x74616B6D
_TABLES = {table.label: table for table in TABLES}
_ORDER = {label: place for place, label in enumerate(_TABLES)}


class Import:
    """One import. `counts` are the rows that were stored, `left` those that were not, by model."""

    def __init__(self, file: Path, passphrase: str, tell: Tell) -> None:
        self._reader, self._tell = Reader(file, passphrase), tell
        self.counts: Counter[str] = Counter()
        self.left: Counter[str] = Counter()

    async def run(self) -> Domain:
        """Check the file, store its files, and then everything else. Return the domain, which is paused."""
        try:
            return await self._run()
        finally:
            self._reader.close()

    async def _run(self) -> Domain:
        self._reader.verify()
        self._tell("The file is complete.")
        checker = await self._checker()
        self._store_media()
        try:
            async with async_atomic():
                await sql.run("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
                await _check_free(checker.name, checker.host)
                return await self._fill(checker)
        except (IntegrityError, DataError) as error:
            raise BadInput(f"The file can't be imported: {str(error).splitlines()[0]}") from error
        finally:
            clear_domain_cache()

    async def _checker(self) -> Checker:
        """Read the domain's row, which is the first."""
        for part in self._reader.parts():
            rows = part.rows() if (part.folder, part.name) == ("rows", "users.Domain") else []
            if len(rows) == 1 and rows[0].get("name") == self._reader.header.domain:
                name = check_host(str(rows[0]["name"]))
                service = rows[0].get("service_name")
                host = check_host(str(service)) if service else name
                await _check_free(name, host)
                return Checker(name, host)
            break
        raise BadInput("The file has no domain.")

    def _store_media(self) -> None:
        folder = storage()
        for part in self._reader.parts():
            if part.folder != "media":
                continue
            self.counts["media"] += 1
            if folder.path(part.name).exists():
                continue
            work = folder.work_file("part")
            try:
                with work.open("wb") as out:
                    for piece in part.pieces():
                        out.write(piece)
                folder.adopt(work, part.name)
            except OSError as error:
                work.unlink(missing_ok=True)
                raise BadInput(
                    f"{part.name} can't be stored: {error.strerror}. Nothing of the domain was imported: make room, and run it again."
                ) from error
        self._tell(f"files: {self.counts['media']}")

    async def _fill(self, checker: Checker) -> Domain:
        await sql.run(
            """CREATE TEMP TABLE moving_ids (kind text, old bigint, new bigint NOT NULL, standing smallint NOT NULL,
               PRIMARY KEY (kind, old)) ON COMMIT DROP"""
        )
        await sql.run("CREATE TEMP TABLE moving_files (name text PRIMARY KEY) ON COMMIT DROP")
        elsewhere = Elsewhere(checker)
        last = 0
        for part in self._reader.parts():
            if part.folder == "media":
                await sql.run("INSERT INTO moving_files VALUES (%s)", [part.name])
            elif part.folder == "elsewhere":
                await elsewhere.store(part)
            else:
                if _ORDER.get(part.name, -1) < last:
                    raise BadInput(f"The file has {part.name[:100]} in an unexpected place.")
                last = _ORDER[part.name]
                await self._number(part)
        for part in self._reader.parts():
            if part.folder == "rows":
                await self._store(checker, part)
        for label in _TABLES:
            self._tell(
                f"{label}: {self.counts[label]}"
                + (f", {self.left[label]} left out" if self.left[label] else "")
            )
        domain = await Domain.objects.aget(name=checker.name)
        await self._finish(domain)
        return domain

    async def _number(self, part: Part) -> None:
        """Assign the ids of rows that others refer to."""
        table = _TABLES[part.name]
        if not table.has_own_ids:
            return
        rows = part.rows()
        newest = id_at(clock.now())
        ids: list[int] = []
        for row in rows:
            one = row.get("id")
            if not isinstance(one, int) or isinstance(one, bool) or not 0 < one <= newest:
                raise BadInput(f"{table.label} has an invalid id.")
            ids.append(one)
        chosen: list[tuple[int, int, int]] = []
        name = table.model._meta.db_table
        if isinstance(table.fields["id"], models.AutoField | models.BigAutoField):
            known = await _known_logins(rows) if table.label == "users.User" else {}
            numbers = await sql.column(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [name, len(ids)],
            )
            chosen = [
                (old, known.get(old, new), OWN if old in known else NEW)
                for old, new in zip(ids, numbers, strict=True)
            ]
        else:
            taken = set(await sql.column(f"SELECT id FROM {name} WHERE id = ANY(%s)", [ids]))
            chosen = [(old, new_id() if old in taken else old, NEW) for old in ids]
        await sql.run(
            "INSERT INTO moving_ids SELECT %s, unnest(%s::bigint[]), unnest(%s::bigint[]), unnest(%s::smallint[])",
            [table.label, *map(list, zip(*chosen, strict=True))] if chosen else [table.label, [], [], []],
        )

    async def _store(self, checker: Checker, part: Part) -> None:
        table = _TABLES[part.name]
        rows = [checker.check(table, row) for row in part.rows()]
        kinds = {**table.references, **({"id": table.label} if table.has_own_ids else {})}
        await _check_files(table, rows)
        named = named_inside(table.label, rows)
        for column, kind in kinds.items():
            named.setdefault(kind, set()).update(row[column] for row in rows if row[column] is not None)
        found = {kind: await _mapped(kind, ids) for kind, ids in named.items()}
        for row in rows:
            replace_inside(table.label, row, lambda kind, old: found[kind].get(old, (None,))[0])
        kept = [
            row
            for row in rows
            if self._is_kept(
                table, row, {column: found[kind].get(row[column]) for column, kind in kinds.items()}
            )
        ]
        self.left[table.label] += len(rows) - len(kept)
        self.counts[table.label] += await _insert(table, kept)

    def _is_kept(self, table: Table, row: dict[str, Any], to: dict[str, tuple[int, int] | None]) -> bool:
        """Replace the references of a row by ours; return False if it can't be stored here."""
        if table.owned and not any((there := to[name]) and there[1] == NEW for name in table.owned):
            if table.label in _OF_LOGINS:
                return False  # of a login that was here before: it keeps its own
            raise BadInput(f"A row of {table.label} belongs to nobody on this domain.")
        if any((there := to[name]) and there[1] == OWN for name in table.actors):
            return False  # people who live here say themselves what they do
        if table.label == "users.User" and (mine := to["id"]) and mine[1] == OWN:
            return False
        for column, there in to.items():
            if there is not None:
                row[column] = there[0]
            elif row[column] is not None:
                if not table.fields[column].null or column in table.needed:
                    if table.label == "users.RoleGrant" and column == "role_id" and row[column] in _BUILT_IN:
                        continue
                    return False
                row[column] = None
        if table.label == POSTS and row["in_reply_to_id"] is not None:
            row["in_reply_to_uri"] = ""  # kept while the parent is unknown only
        return True

    async def _finish(self, domain: Domain) -> None:
        await complete(domain)
        await record(
            Act.create_domain,
            Target("domain", domain.pk, domain.name),
            domain_id=domain.pk,
            details={"imported": self._reader.header.exported_at},
        )


_OF_LOGINS = frozenset({"users.Totp", "users.RecoveryCode", "users.Passkey"})
_BUILT_IN = frozenset({1, 2, 3})


async def _check_free(name: str, host: str) -> None:
    taken = await sql.value(
        "SELECT count(*) FROM users_domain WHERE lower(name) = ANY(%(hosts)s) OR lower(service_name) = ANY(%(hosts)s)",
        {"hosts": [name, host]},
    )
    if taken:
        raise Invalid("domain", "exists", name=name)
    await on_domain_creating.emit(name)
    if host != name:
        await on_domain_creating.emit(host)


async def _known_logins(rows: list[dict[str, Any]]) -> dict[int, int]:
    """Return the logins that are here already, by their old ids: with the same confirmed address."""
    found = await sql.rows(
        """SELECT r.id, u.id FROM unnest(%s::bigint[], %s::text[]) AS r (id, email)
           JOIN users_user u ON lower(u.email) = lower(r.email) AND u.confirmed_at IS NOT NULL""",
        [[row["id"] for row in rows], [str(row.get("email")) for row in rows]],
    )
    return dict(found)


async def _mapped(kind: str, old: set[int]) -> dict[int, tuple[int, int]]:
    rows = await sql.rows(
        "SELECT old, new, standing FROM moving_ids WHERE kind = %s AND old = ANY(%s)", [kind, list(old)]
    )
    return {old: (new, standing) for old, new, standing in rows}


async def _check_files(table: Table, rows: list[dict[str, Any]]) -> None:
    """Refuse names of files that aren't in the archive: they would be those of others here. A file that was lost there is lost here."""
    names = {row[column] for row in rows for column in table.files if row[column]}
    known = set(await sql.column("SELECT name FROM moving_files WHERE name = ANY(%s)", [list(names)]))
    for row in rows:
        for column in table.files:
            if row[column] and row[column] not in known:
                row[column] = ""


async def _insert(table: Table, rows: list[dict[str, Any]]) -> int:
    """Insert rows; what is here already stays as it is."""
    if not rows:
        return 0
    values = {name: f'r."{name}"' for name in table.names}
    types = {name: table.fields[name].db_type(connection) or "text" for name in table.names}
    for name in table.names:
        if isinstance(table.fields[name], models.BinaryField):
            types[name], values[name] = "text", f"decode(r.\"{name}\", 'base64')"
    more: dict[str, Any] = dict(table.settled)
    if "state" in more:
        more["state_due_at"] = None
    for name, one in table.fields.items():
        if name in values or name in more or one.null or one.has_db_default() or one.primary_key:
            continue
        more[name] = one.get_default()
    columns = [*values, *more]
    record_of = ", ".join(f'"{name}" {types[name]}' for name in table.names)
    return await sql.run(
        f"""INSERT INTO {table.model._meta.db_table} ({", ".join(f'"{name}"' for name in columns)})
            SELECT {", ".join([*values.values(), *("%s" for _ in more)])}
            FROM jsonb_to_recordset(%s::text::jsonb) AS r ({record_of})
            {"" if table.label in ("users.Identity", "activities.Post", "users.Domain") else "ON CONFLICT DO NOTHING"}""",
        [
            *(
                msgspec.json.encode(value).decode() if isinstance(value, list | dict) else value
                for value in more.values()
            ),
            msgspec.json.encode(rows).decode(),
        ],
    )
