"""Every public method of Mastodon.py is called by one of the tests, or docs/use/apps.md says why not."""

import re
from fnmatch import fnmatchcase

import pytest

from tests.clients import (
    test_library_people,
    test_library_posts,
    test_library_server,
    test_library_staff,
    test_library_streams,
)
from tests.clients.support.library import public_methods
from tests.support.servers import ROOT

MODULES = (
    test_library_people,
    test_library_posts,
    test_library_server,
    test_library_staff,
    test_library_streams,
)
_ROW = re.compile(r"^\| `([a-z_0-9*]+)\(\)` \| \S.* \|$", re.MULTILINE)


def called() -> set[str]:
    return {name for module in MODULES for names in module.CALLS.values() for name in names.split()}


def not_called() -> dict[str, set[str]]:
    """What the rows of the table stand for: `admin_*()` for several methods."""
    patterns = _ROW.findall((ROOT / "docs/use/apps.md").read_text())
    return {
        pattern: {name for name in public_methods() if fnmatchcase(name, pattern)} for pattern in patterns
    }


def test_every_method_is_called_or_documented_with_a_reason() -> None:
    skipped = not_called()
    assert all(skipped.values()), "each row stands for a method that is there"
    missing = set().union(*skipped.values())
    assert called() | missing == public_methods().keys()
    assert not called() & missing
    print(f"{len(called())} of {len(public_methods())} methods")


@pytest.mark.parametrize("module", MODULES)
def test_every_test_has_a_row(module: object) -> None:
    assert {name for name in vars(module) if name.startswith("test_")} == module.CALLS.keys()  # type: ignore[attr-defined]
