"""docs/develop/triggers.md lists every trigger of the database, with the room that its table belongs to and what it does.

Write it anew with `TRIGGERS=write .venv/bin/python -m pytest tests/platform/test_triggers.py`.
"""

import os
import re
from pathlib import Path

import psycopg
import pytest

from stator.registry import stateful_models

PAGE = Path(__file__).resolve().parents[2] / "docs" / "develop" / "triggers.md"
_ROW = re.compile(r"^\| `(\w+)` \| `(\w+)` \| (.*?) \| (.*?) \|$", re.MULTILINE)
_FOUND = """
    SELECT t.tgname, c.relname,
        concat(CASE WHEN t.tgtype & 2 > 0 THEN 'before' ELSE 'after' END,
            CASE WHEN t.tgtype & 4 > 0 THEN ' insert' END, CASE WHEN t.tgtype & 16 > 0 THEN ' update' END,
            CASE WHEN t.tgtype & 8 > 0 THEN ' delete' END, CASE WHEN t.tgtype & 1 > 0 THEN ', each row' ELSE ', once a statement' END)
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal ORDER BY c.relname, t.tgname"""


@pytest.fixture
def found(db: None) -> dict[tuple[str, str], str]:
    """(trigger, table) → when it runs, of the migrated database; without the two that stator puts on every table with states."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        rows = connection.execute(_FOUND).fetchall()
    woken = {table for name, table, _ in rows if name.startswith("stator_wake_")}
    assert woken >= {model._meta.db_table for model in stateful_models()}
    return {(name, table): when for name, table, when in rows if not name.startswith("stator_wake_")}


def test_the_page_lists_every_trigger(found: dict[tuple[str, str], str]) -> None:
    listed = {(name, table): (when, does) for name, table, when, does in _ROW.findall(PAGE.read_text())}
    if os.environ.get("TRIGGERS") == "write":
        lines = [
            f"| `{name}` | `{table}` | {when} | {listed.get((name, table), ('', '?'))[1]} |"
            for (name, table), when in found.items()
        ]
        text = PAGE.read_text()
        head, tail = text.split("|---|---|---|---|\n")[0], text.rpartition("|\n")[2]
        PAGE.write_text(f"{head}|---|---|---|---|\n" + "\n".join(lines) + f"\n{tail}")
        listed = {(name, table): (when, does) for name, table, when, does in _ROW.findall(PAGE.read_text())}
    assert {key: when for key, (when, _) in listed.items()} == found
    assert [key for key, (_, does) in listed.items() if len(does) < 10] == []
