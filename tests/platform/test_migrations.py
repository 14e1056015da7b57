"""Migrations run beside a server that goes on serving: short locks, retries, indexes built concurrently."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.apps import apps
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import connection, migrations, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from takahe.cli import schema
from takahe.cli.migration_state import render_little
from takahe.cli.schema import LOCK
from tests.support import postgres

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[2]
# Written before the rule, and never run on a database that anybody had. Nothing is added here.
BEFORE_THE_RULE = {
    "activities": 8, "api": 4, "core": 1, "federation": 2, "stator": 1, "users": 7,
}  # fmt: skip


def locking(migration: migrations.Migration) -> list[str]:
    """What in a migration holds up a running server, or breaks the code that still runs."""
    fresh: set[str] = set()
    found: list[str] = []
    operation = None
    for operation in migration.operations:
        if isinstance(operation, migrations.CreateModel):
            fresh.add(operation.name_lower)
        elif getattr(operation, "model_name_lower", getattr(operation, "name_lower", "")) not in fresh:
            found += _locking(operation)
    if (
        not migration.atomic
        and len(migration.operations) == 1
        and isinstance(operation, migrations.RunPython)
    ):
        return []  # commits in pieces, and can be repeated
    if not migration.atomic and not all(_is_concurrent(o) for o in migration.operations):
        found.append(
            "a migration that is not atomic has concurrent indexes and nothing else, so that it can be repeated"
        )
    return found


def _is_concurrent(operation: object) -> bool:
    """An index on a column that no model has is built by hand, and can be repeated: a half-built one was dropped before."""
    if isinstance(operation, migrations.RunSQL):
        return str(operation.sql).startswith("CREATE INDEX CONCURRENTLY IF NOT EXISTS ") and ";" not in str(
            operation.sql
        )
    return isinstance(operation, (AddIndexConcurrently, RemoveIndexConcurrently))


def _locking(operation: object) -> list[str]:
    what = f"{type(operation).__name__} {getattr(operation, 'name', '')}"
    if _is_concurrent(operation):
        return []
    if isinstance(operation, (migrations.AddIndex, migrations.RemoveIndex)):
        return [
            f"{what}: use {type(operation).__name__}Concurrently, in a migration of its own with atomic = False"
        ]
    if isinstance(operation, migrations.AddConstraint):
        return [
            f"{what}: make a unique index concurrently and add the constraint USING INDEX, or add a check with AddConstraintNotValid"
        ]
    if isinstance(operation, migrations.RunPython):
        return [
            f"{what}: a backfill is a state of the worker, or alone in a migration that is not atomic and commits in pieces"
        ]
    if isinstance(operation, migrations.RunSQL):
        text = str(operation.sql).upper()
        builds = "CREATE INDEX" in text or "CREATE UNIQUE INDEX" in text
        return [f"{what}: CREATE INDEX holds up writers; use AddIndexConcurrently"] if builds else []
    if isinstance(operation, (migrations.AddField, migrations.AlterField)):
        return _locking_field(what, operation)
    return []


def _locking_field(what: str, operation: migrations.AddField | migrations.AlterField) -> list[str]:
    field = operation.field
    if isinstance(field, models.ManyToManyField):
        return []
    found = []
    if isinstance(operation, migrations.AddField):
        if field.unique or field.db_index:
            found.append(f"{what}: db_index=False, and the index with AddIndexConcurrently")
        if not (field.null or field.has_db_default()):
            found.append(f"{what}: null or db_default, or the code that still runs can't insert")
    return found


@pytest.mark.slow
def test_no_new_migration_holds_up_a_running_server() -> None:
    loader = MigrationLoader(connection)
    found = [
        f"{app}.{name}: {what}"
        for (app, name), migration in sorted(loader.disk_migrations.items())
        if app in BEFORE_THE_RULE and int(name[:4]) > BEFORE_THE_RULE[app]
        for what in locking(migration)
    ]
    assert found == []


def test_the_files_of_migrations_are_those_that_django_finds() -> None:
    ours = {key for key, migration in MigrationLoader(connection).disk_migrations.items() if migration}
    assert schema.migration_files() == ours
    assert schema.is_up_to_date()


@pytest.mark.slow
async def test_a_command_on_tables_that_are_up_to_date_imports_no_migration() -> None:
    """Importing all of them and making their graph took longer than the command itself."""
    for arguments in (["stats"], ["migrate"]):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-X",
            "importtime",
            "-m",
            "takahe",
            *arguments,
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await process.communicate()
        assert process.returncode == 0, said.decode()
        assert b"psycopg" in said  # it looked
        assert b"django.db.migrations" not in said
        assert b".migrations.0" not in said
        assert (b"django.db.models" in said) == (arguments != ["migrate"])


@pytest.mark.slow
async def test_migrate_puts_missing_triggers_back(own_database: str) -> None:
    """The look without Django must not miss them: rows would wait for the worker's slow poll."""
    count = "SELECT count(*) FROM pg_trigger WHERE tgname IN ('stator_wake_inserted', 'stator_wake_updated')"
    with psycopg.connect(own_database, autocommit=True) as db:
        process = await takahe("migrate", url=own_database)
        assert await process.wait() == 0
        [before] = db.execute(count).fetchone() or [0]
        db.execute("DROP TRIGGER stator_wake_updated ON users_identity")
        process = await takahe("migrate", url=own_database)
        assert await process.wait() == 0
        assert db.execute(count).fetchone() == (before,)
        assert before > 20


# migrations after it are applied already
_MOVE_RULES = """
import importlib, os
os.environ["DJANGO_SETTINGS_MODULE"] = "takahe.settings"
import django
django.setup()
from django.db import connection
from django.db.migrations.loader import MigrationLoader
state = MigrationLoader(connection).project_state([("users", "0094_give_rules_rows")])
importlib.import_module("users.migrations.0095_move_rules_to_rows").move(state.apps, None)
"""


@pytest.mark.slow
async def test_rules_of_domains_become_rows_with_the_ids_that_reports_name(own_database: str) -> None:
    rules = '["Be kind", {"id": 7, "text": "No adverts", "hint": "Of any kind"}, {"text": "Be brief"}]'
    with psycopg.connect(own_database, autocommit=True) as db:
        for name, stored in (("one.example", rules), ("two.example", "[]")):
            db.execute(
                """INSERT INTO users_domain (name, title, description, sign_up_mode, is_public, contact_email, accent_color, rules, created_at)
                   VALUES (%s, '', '', 'closed', true, '', '', %s::jsonb, now())""",
                [name, stored],
            )
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _MOVE_RULES, cwd=ROOT, env={**os.environ, "DATABASE_URL": own_database}
        )  # fmt: skip
        assert await process.wait() == 0
        found = db.execute("SELECT number, text, hint FROM users_rule ORDER BY place").fetchall()
    assert found == [(1, "Be kind", ""), (7, "No adverts", "Of any kind"), (3, "Be brief", "")]


INDEX = models.Index(fields=["name"], name="a_name")


@pytest.mark.parametrize(
    ("atomic", "operations", "count"),
    [
        (True, [migrations.AddIndex("old", INDEX)], 1),
        (False, [AddIndexConcurrently("old", INDEX)], 0),
        (True, [migrations.CreateModel("Fresh", []), migrations.AddIndex("fresh", INDEX)], 0),
        (True, [migrations.AddField("old", "x", models.IntegerField())], 1),
        (True, [migrations.AddField("old", "x", models.IntegerField(db_default=0))], 0),
        (True, [migrations.AddField("old", "x", models.IntegerField(null=True, db_index=True))], 1),
        (True, [migrations.AddField("old", "x", models.ForeignKey("old", models.CASCADE, null=True))], 1),
        (True, [migrations.AddConstraint("old", models.UniqueConstraint(fields=["x"], name="x"))], 1),
        (True, [migrations.RunSQL("CREATE INDEX x ON old (x)")], 1),
        (False, [migrations.RunSQL("CREATE INDEX CONCURRENTLY IF NOT EXISTS x ON old (x)")], 0),
        (False, [migrations.RunSQL("CREATE INDEX CONCURRENTLY IF NOT EXISTS x ON old (x); DROP TABLE old")], 2),
        (False, [migrations.RunSQL("CREATE INDEX CONCURRENTLY x ON old (x)")], 2),
        (True, [migrations.RunPython(migrations.RunPython.noop)], 1),
        (False, [migrations.RunPython(migrations.RunPython.noop)], 0),
        (False, [AddIndexConcurrently("old", INDEX), migrations.RemoveField("old", "x")], 1),
    ],
)  # fmt: skip
def test_the_rule_sees_what_locks(atomic: bool, operations: list[object], count: int) -> None:
    migration = migrations.Migration("one", "core")
    migration.atomic, migration.operations = atomic, operations  # type: ignore[assignment]
    assert len(locking(migration)) == count


def test_models_are_rendered_alone_while_nobody_looks_for_what_leads_to_them() -> None:
    """A change of a key's type changes the columns that refer to it: they are found from the model's newest class."""
    state = ProjectState()
    assert not state.apps.get_models()

    def move(*operations: Operation) -> tuple[type[models.Model], type[models.Model]]:
        migration = migrations.Migration("one", "core")
        migration.operations = operations
        render_little(state, migration)
        migration.mutate_state(state, preserve=False)
        return state.apps.get_model("core.author"), state.apps.get_model("core.book")

    key = ("id", models.BigAutoField(primary_key=True))
    _, book = move(
        migrations.CreateModel("author", [key]),
        migrations.CreateModel("book", [key, ("author", models.ForeignKey("core.author", models.CASCADE))]),
    )
    author, same = move(migrations.AddField("author", "name", models.TextField()))
    assert same is book
    assert author._meta.get_field("name")
    author, new = move(migrations.AlterField("author", "id", models.UUIDField(primary_key=True)))
    assert new is not book
    assert new._meta.get_field("author").remote_field.model is author
    assert [one.related_model for one in author._meta.related_objects] == [new]


@pytest.fixture
def empty_database() -> Iterator[str]:
    """A database without a table but the one where migrations are recorded."""
    url = postgres.create_database(template="template0")
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(
            "CREATE TABLE django_migrations (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, app varchar(255) NOT NULL, "
            "name varchar(255) NOT NULL, applied timestamptz NOT NULL)"
        )
    yield url
    postgres.drop_database(url.partition("?")[0].rpartition("/")[2])


@pytest.fixture
def own_database() -> Iterator[str]:
    """A database with every table."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url.partition("?")[0].rpartition("/")[2])


async def takahe(*arguments: str, url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "takahe", *arguments, cwd=ROOT, env={**os.environ, "DATABASE_URL": url},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.slow
async def test_a_migration_waits_for_a_long_transaction_and_commands_wait_for_the_migration(
    empty_database: str,
) -> None:
    """Everybody queues behind a migration that waits for its lock: it gives up after a moment, and tries again without holding others up.
    A command that was started meanwhile ended with a traceback about a missing table."""
    with psycopg.connect(empty_database) as reader:
        reader.execute("LOCK TABLE django_migrations IN SHARE MODE")
        migrating = await takahe("migrate", url=empty_database)
        assert migrating.stderr
        told = await asyncio.wait_for(migrating.stderr.readline(), 60)
        assert b"tries again" in told
        assert migrating.returncode is None
        words = ["--domain", "example.test", "--email", "a@example.test", "--handle", "anna"]
        setup = await takahe("setup", *words, url=empty_database)
        assert setup.stderr
        assert b"waiting until" in await asyncio.wait_for(setup.stderr.readline(), 60)
        reader.rollback()
    out, err = await migrating.communicate()
    assert migrating.returncode == 0, (out, err)
    out, err = await setup.communicate()
    assert (setup.returncode, b"anna@example.test" in out) == (0, True), err


@pytest.mark.slow
async def test_waiting_for_another_migration_holds_no_transaction(own_database: str) -> None:
    """Two servers that started at once waited for each other for ever: one for the lock of migrations, the other, which built an index
    concurrently, for the transaction of that wait."""
    with psycopg.connect(own_database, autocommit=True) as one:
        one.execute("CREATE TABLE busy (id int)")
        one.execute("DROP TRIGGER stator_wake_updated ON users_identity")  # else there is nothing to wait for
        one.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        waiting = await takahe("migrate", url=own_database)
        async with asyncio.timeout(60):
            while not one.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%advisory%' AND pid <> pg_backend_pid()"
            ).fetchone()[0]:  # type: ignore[index] - a count has a row
                await asyncio.sleep(0.05)
        one.execute("SET statement_timeout = '20s'")
        one.execute("CREATE INDEX CONCURRENTLY busy_id ON busy (id)")
        one.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        _, err = await waiting.communicate()
    assert waiting.returncode == 0, err


@pytest.mark.slow
async def test_a_command_on_old_tables_says_what_to_run(empty_database: str) -> None:
    process = await takahe("stats", url=empty_database)
    _, err = await process.communicate()
    assert (process.returncode, b"Run `takahe migrate`" in err, b"Traceback" in err) == (1, True, False), err


def test_the_index_of_beginnings_of_names_is_gone() -> None:
    """Search reads users_searchname instead; what was for usernames and hosts stays."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as db:
        names = db.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'users_identity'").fetchall()
    assert ("users_identity_name_prefix",) not in names
    assert {("users_identity_prefix",), ("users_identity_host",), ("users_identity_local_name",)} <= set(
        names
    )


@pytest.mark.slow
async def test_a_new_database_gets_what_all_migrations_would_make(tmp_path: Path) -> None:
    """The file for empty databases is what the migrations make, so that a server that began with it and one that grew are alike."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, ROOT / "tools" / "snapshot", "--check", env={**os.environ, "TMPDIR": str(tmp_path)}, stderr=asyncio.subprocess.PIPE
    )  # fmt: skip
    _, said = await process.communicate()
    assert process.returncode == 0, said.decode()


@pytest.mark.slow
async def test_a_new_database_is_made_at_once_and_a_refused_one_stays_empty(own_database: str) -> None:
    """What the database refuses is no half-made table: the migrations go on from nothing, and say what is wrong."""
    tables = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    with psycopg.connect(own_database) as db:
        expected = db.execute(tables).fetchone()
    url = postgres.create_database(template="template0")
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("CREATE TYPE public.users_domain AS ENUM ()")  # a name that a table wants
        process = await takahe("migrate", url=url)
        _, err = await process.communicate()
        assert process.returncode != 0
        assert b"made step by step" in err
        assert b"users_domain" in err
        assert db.execute("SELECT to_regclass('activities_post')").fetchone() == (None,)
        db.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        process = await takahe("migrate", url=url)
        assert await process.communicate() == (b"The database has its tables.\n", b"")
        assert db.execute(tables).fetchone() == expected
    postgres.drop_database(url.partition("?")[0].rpartition("/")[2])


def test_migrations_describe_the_models() -> None:
    """`makemigrations` has nothing to write, so that the next one who runs it finds their own change only."""
    loader = MigrationLoader(None)
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))
    changes = detector.changes(graph=loader.graph)
    assert [
        f"{app}: {operation.describe()}"
        for app, found in changes.items()
        for one in found
        for operation in one.operations
    ] == []
