"""Hand-written SQL says each relation once: the names of its tables stand in one module."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("core", "stator", "federation", "users", "activities", "api", "web", "takahe")
SAID_ONCE = {
    r"\busers_follow\b": "users/relations/models.py",
    r"\busers_block\b": "users/relations/models.py",
    r"\busers_mute\b": "users/relations/models.py",
    r"\busers_hostblock\b": "users/relations/models.py",
    r"deleted_at IS NULL AND \S+\.restriction": "users/identities/queries/predicates.py",
    r"\.restriction (<>|<) (2|\{Restriction\.suspended)": "users/identities/queries/predicates.py",
    r"\.restriction = (2|\{Restriction\.suspended)\S* AND \S+\.deleted_at": "users/identities/queries/predicates.py",
    r"WHERE (\w+)\.user_id = \S+ AND \1\.identity_id =": "users/logins/queries.py",
    r"NOT \w+\.is_(disabled|restricted)\b": "users/logins/queries.py",
    r"\brevoked_at IS NULL": "api/models/token.py",
    r"in_reply_to_author_id IS DISTINCT FROM \S+\.author_id": "activities/posts/queries/predicates.py",
    r"\.in_reply_to_uri (=|<>) ''": "activities/posts/queries/predicates.py",
    r"\.visibility = \{?(Visibility\.public|_PUBLIC|0)\S* AND \S+\.boost_of_id IS NULL": "activities/posts/queries/predicates.py",
    r"\.visibility IN \(0, 4\)": "activities/posts/queries/predicates.py",
}


@pytest.mark.parametrize("said", SAID_ONCE)
def test_a_relation_is_said_in_one_module(said: str) -> None:
    """Others ask for the condition, or have the name of the table from the model (`users_follow_pair` is an index and fine)."""
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "migrations" not in path.parts and str(path.relative_to(ROOT)) != SAID_ONCE[said]
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(said, line)
    ]
    assert found == []


_IS_SQL = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|WHERE|JOIN)\b")


def test_no_statement_is_changed_as_text() -> None:
    """A part that differs is an argument of the function that returns the statement: `format` and `replace` hide what is run."""
    modules = {
        path: ast.parse(path.read_text())
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "migrations" not in path.parts
    }
    names = {
        name.id
        for module in modules.values()
        for statement in module.body
        if isinstance(statement, ast.Assign) and _is_sql(statement.value)
        for name in statement.targets
        if isinstance(name, ast.Name)
    }
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path, module in modules.items()
        for call in ast.walk(module)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in ("format", "replace")
        if _is_sql(call.func.value) or (isinstance(call.func.value, ast.Name) and call.func.value.id in names)
    ]
    assert found == []


def _is_sql(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant | ast.JoinedStr) and bool(
        _IS_SQL.search("".join(str(part.value) for part in ast.walk(value) if isinstance(part, ast.Constant)))
    )
