"""The order of tests among several processes.

`--dist worksteal` gives each process an equal share of the list; idle ones take tests from the end of another's share.
"""

from collections.abc import Sequence
from itertools import groupby

import pytest


def deal(items: Sequence[pytest.Item], shares: int) -> list[pytest.Item]:
    """Return the tests so that each share begins with a part of those of servers and browsers.

    Modules stay whole and in order, except for one at each end of a share.
    """
    long: list[list[pytest.Item]] = []
    rest: list[pytest.Item] = []
    for _, group in groupby(items, key=lambda item: item.path):
        module = list(group)
        if any(map(_is_long, module)):
            long.append(module)
        else:
            rest += module
    dealt: list[pytest.Item] = []
    for share in range(shares):
        dealt += [item for module in long[share::shares] for item in module]
        room = max(0, len(items) * (share + 1) // shares - len(dealt))
        dealt += rest[:room]
        del rest[:room]
    return dealt


def _is_long(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(name) for name in ("servers", "browser"))
