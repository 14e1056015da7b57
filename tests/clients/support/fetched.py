"""Files that tools/clients downloaded from the package index: pinned, and checked by hash."""

from pathlib import Path

import pytest

from tests.support.servers import ROOT

_FOLDER = ROOT / ".cache" / "clients"


def fetched(pattern: str) -> Path:
    """Return the file with that name; skip the test if tools/clients has not run."""
    if not (_FOLDER / ".complete").exists():
        pytest.skip("the clients are not there: `make test` (or tools/clients) fetches them")
    found = sorted(_FOLDER.glob(pattern))
    assert found, f"tools/clients.txt names no {pattern}"
    return found[-1]
