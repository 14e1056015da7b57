"""Files that tools/clients fetched from the package index: pinned, and checked by hash."""

from pathlib import Path

import pytest

from tests.support.servers import ROOT

_FOLDER = ROOT / ".cache" / "clients"


def fetched(pattern: str) -> Path:
    """The file of that name; skips the test where tools/clients has not run."""
    found = sorted(_FOLDER.glob(pattern))
    if not found:
        pytest.skip("the clients are not there: `make test` (or tools/clients) fetches them")
    return found[-1]
