"""docs/develop/sql.md lists the statements that have a name, and the indexes that serve them are there.

Write it anew with `STATEMENTS=write .venv/bin/python -m pytest tests/platform/test_statements.py`.
"""

import importlib
import os
import re
from pathlib import Path

import httpx
import psycopg
import pytest

from core.db.statements import Statement
from tests.api.support.world import make_world
from tests.support.queries import counted

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "develop" / "sql.md"
ROOMS = ("core", "stator", "federation", "users", "activities", "api", "web")
_HEAD = "| Statement | In | What it does | Served by |\n|---|---|---|---|\n"


def declared() -> dict[str, tuple[str, Statement]]:
    """Return the statements of all rooms by name, with the file that declares each."""
    found: dict[str, tuple[str, Statement]] = {}
    for path in sorted(file for room in ROOMS for file in (ROOT / room).rglob("*.py")):
        if not re.search(r"^[A-Z_]+ = Statement\(", path.read_text(), re.MULTILINE):
            continue
        file = path.relative_to(ROOT)
        module = importlib.import_module(".".join(file.with_suffix("").parts))
        for one in vars(module).values():
            if isinstance(one, Statement):
                assert one.name not in found, f"{one.name} is declared twice"
                found[one.name] = str(file), one
    return found


def table() -> str:
    return "".join(
        f"| `{name}` | `{file}` | {one.does} | {', '.join(f'`{index}`' for index in one.indexes)} |\n"
        for name, (file, one) in sorted(declared().items())
    )


def test_the_page_lists_every_statement() -> None:
    head, _, listed = PAGE.read_text().partition(_HEAD)
    if os.environ.get("STATEMENTS") == "write":
        PAGE.write_text(head + _HEAD + table())
        listed = table()
    assert listed == table()


def test_each_says_what_it_does_and_names_indexes_that_are_there(db: None) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        there = {name for (name,) in connection.execute("SELECT indexname FROM pg_indexes")}
    missing = []
    for name, (_, one) in declared().items():
        assert re.fullmatch(r"[a-z]+\.[a-z_]+", name), name
        assert one.does.endswith("."), name
        assert one.indexes, name
        missing += [f"{name}: {index}" for index in one.indexes if index not in there]
    assert missing == []


@pytest.mark.anyio
async def test_a_request_sends_them_with_their_names(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await make_world(client)
    async with counted(monkeypatch) as seen:
        await world.ada.get("/api/v1/timelines/home")
    for name in ("oauth.caller", "timelines.home"):
        assert [one for one in seen if f"/* {name} */" in one[:100]], name
