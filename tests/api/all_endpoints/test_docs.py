"""docs/use/api.md names every endpoint with what it asks for, and nothing else."""

import re
from pathlib import Path

import api.endpoints  # noqa: F401  # fills the table
from api.routing import table

_ROW = re.compile(r"^\| `(\w+) (\S+)` \| (\w+) \| (.*) \|$", re.MULTILINE)


def test_the_documented_endpoints_are_those_that_exist() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs/use/api.md").read_text()
    documented = {
        (method, path, auth, "|".join(re.findall(r"`([^`]+)`", scope)))
        for method, path, auth, scope in _ROW.findall(text)
    }
    assert documented == {(route.method, route.path, route.auth.value, route.scope) for route in table}
