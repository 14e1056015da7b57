"""Hand-written SQL says each relation once: the names of its tables stand in one module."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("core", "stator", "federation", "users", "activities", "api", "web", "takahe")
SAID_ONCE = ["users_follow", "users_block", "users_mute", "users_hostblock"]


@pytest.mark.parametrize("table", SAID_ONCE)
def test_a_relation_is_said_in_one_module(table: str) -> None:
    """By users/relations/queries/predicates.py, which has the name from the model; `users_block_pair` is an index and fine."""
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "migrations" not in path.parts
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(rf"\b{table}\b", line)
    ]
    assert found == []
