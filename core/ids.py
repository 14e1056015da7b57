"""Snowflake ids: 64-bit, sortable by time, made in Python without asking the database.

Layout, high to low: 47 bits of milliseconds since 1970, 6 bits of process (node), 10 bits of counter. The upper part is the
same as in Mastodon's ids (`milliseconds << 16`), so clients that read a time out of an id read the right one.
"""

import datetime as dt
import secrets

from core import clock
from core.server_state import PerServer

_NODE_BITS = 6
_COUNTER_BITS = 10
_SHIFT = _NODE_BITS + _COUNTER_BITS
NODES = 1 << _NODE_BITS
_COUNTERS = 1 << _COUNTER_BITS
MAX_ID_ATTEMPTS = 8  # with `id_at`, with a new random part each


class _Series:
    """The state of this server's id generator."""

    def __init__(self) -> None:
        self.node = secrets.randbelow(NODES)
        self.last_ms = self.counter = 0


_series = PerServer(_Series)


def use_node(node: int) -> None:
    """Make this process's ids distinct from those of other processes: `node` must be unique among the running ones, modulo 64."""
    _series().node = node % NODES


def new_id() -> int:
    """Return a new id for now, greater than every id made before in this process."""
    series = _series()
    ms = int(clock.now().timestamp() * 1000)
    if ms > series.last_ms:
        series.last_ms, series.counter = ms, 0
    else:
        series.counter += 1
        if series.counter == _COUNTERS:
            series.last_ms, series.counter = series.last_ms + 1, 0
    return (series.last_ms << _SHIFT) | (series.node << _COUNTER_BITS) | series.counter


def id_at(moment: dt.datetime) -> int:
    """Return an id for something that happened at `moment` elsewhere (a remote post), never in the future.

    The low 16 bits are random: two such ids of one millisecond clash once in 65,536, so the writer retries on a clash.
    """
    moment = min(moment, clock.now())
    ms = max(0, int(moment.timestamp() * 1000))
    return (ms << _SHIFT) | secrets.randbelow(1 << _SHIFT)


def lowest_id_at(moment: dt.datetime) -> int:
    """Return the smallest id of anything created at `moment` or later (for `WHERE id >= …`)."""
    return max(0, int(moment.timestamp() * 1000)) << _SHIFT


def time_of(an_id: int) -> dt.datetime:
    """Return when the object with this id was created, to the millisecond."""
    return dt.datetime.fromtimestamp((an_id >> _SHIFT) / 1000, tz=dt.UTC)
