"""Tests that are skipped: each says what is missing, and only what a machine may really lack is a reason."""

import ast
from collections.abc import Iterator

import pytest

from tests.platform.test_house import ROOT, parsed

# The beginning of each reason, and where it does not hold: there the tests run, and what fails does.
# `make test` installs or fetches what can be had and ends with an error where it can't.
REASONS = {
    "the documents of other projects, which are not ours to publish, are not here": "beside ../shared; tests of documents of our own run everywhere",
    "the requests of other projects, which are not ours to publish, are not here": "beside ../shared; test_signatures.py makes its own",
    "only root may listen on port 443 here": "as root, as CI is; the same servers speak HTTP on other ports in most tests",
    "a small disk can't be mounted here": "as root where mounting is allowed; test_budget.py has the failures of a full disk",
    "only root has to become somebody else to run Postgres": "as root; for others every test shows it",
    "only root can become somebody else; others are somebody else already": "as root; for others every test shows it",
    "the advice is Debian's": "on Debian and what is made of it",
    "binutils is not installed": "where a compiler is; tools/trim.py does nothing without `strip`",
    "docker compose is not installed: `make test` installs it": "after `make test` as root",
    "Chromium is not installed: `make test` installs it": "after `make test` as root",
    "ffmpeg is not installed: `make test` installs it": "after `make test` as root; the server process finds no other",
    "no ffmpeg here: install it, or pip install imageio-ffmpeg": "after `make test` as root",
    "the packages of npm are not there: `make test` (or tools/peers) fetches them": "after `make test`",
    "the clients are not there: `make test` (or tools/clients) fetches them": "after `make test`",
}
_SKIPPING = {"skip", "skipif", "importorskip", "xfail"}


def _reasons() -> Iterator[tuple[str, str]]:
    """Yield the place of each skip below tests, and the fixed beginning of its reason."""
    for path in sorted((ROOT / "tests").rglob("*.py")):
        if not any(name in path.read_text() for name in _SKIPPING):  # most have none, and parsing is slow
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                name = node.func.attr
                if name in _SKIPPING and ast.unparse(node.func.value) in {"pytest", "pytest.mark"}:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", _words(node)


def _words(call: ast.Call) -> str:
    given = next((keyword.value for keyword in call.keywords if keyword.arg == "reason"), None)
    reason = given or (call.args[0] if call.args else None)
    if isinstance(reason, ast.JoinedStr):
        reason = reason.values[0]
    return str(reason.value).rstrip(": ") if isinstance(reason, ast.Constant) else ""


@pytest.mark.slow
def test_skips_have_a_known_reason() -> None:
    said = dict(_reasons())
    assert {place: words for place, words in said.items() if words not in REASONS} == {}
    assert set(REASONS) - set(said.values()) == set()
