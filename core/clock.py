"""The clock of the process. All code reads the time here, so that tests can set it."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

_offset = dt.timedelta()


def now() -> dt.datetime:
    """Return the current time, aware, in UTC."""
    return dt.datetime.now(dt.UTC) + _offset


@contextmanager
def shifted(by: dt.timedelta) -> Iterator[None]:
    """Set the clock of this process `by` ahead inside the block. Tests only; the database keeps its own clock."""
    global _offset
    before = _offset
    _offset = before + by
    try:
        yield
    finally:
        _offset = before
