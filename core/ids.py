"""Snowflake ids: 64-bit, sortable by time, made in Python without asking the database.

Layout, high to low: 47 bits of milliseconds since 1970, 6 bits of process (node), 10 bits of counter. The upper part is the
same as in Mastodon's ids (`milliseconds << 16`), so clients that read a time out of an id read the right one.
"""

import datetime as dt
import secrets

from core import clock

_NODE_BITS = 6
_COUNTER_BITS = 10
_SHIFT = _NODE_BITS + _COUNTER_BITS
NODES = 1 << _NODE_BITS
_COUNTERS = 1 << _COUNTER_BITS

_node = secrets.randbelow(NODES)
_last_ms = 0
_counter = 0


def use_node(node: int) -> None:
    """Make this process's ids distinct from those of other processes: `node` is unique among the running ones, modulo 64."""
    global _node
    _node = node % NODES


def new_id() -> int:
    """A new id for now, greater than every id made before in this process."""
    global _last_ms, _counter
    ms = int(clock.now().timestamp() * 1000)
    if ms > _last_ms:
        _last_ms, _counter = ms, 0
    else:
        _counter += 1
        if _counter == _COUNTERS:
            _last_ms, _counter = _last_ms + 1, 0
    return (_last_ms << _SHIFT) | (_node << _COUNTER_BITS) | _counter


def id_at(moment: dt.datetime) -> int:
    """An id for something that happened at `moment` elsewhere (a remote post), never in the future.

    The low 16 bits are random: two such ids of one millisecond clash once in 65,536, so the writer tries again on a clash.
    """
    moment = min(moment, clock.now())
    ms = max(0, int(moment.timestamp() * 1000))
    return (ms << _SHIFT) | secrets.randbelow(1 << _SHIFT)


def lowest_id_at(moment: dt.datetime) -> int:
    """The smallest id that anything made at `moment` or later can have (for `WHERE id >= …`)."""
    return max(0, int(moment.timestamp() * 1000)) << _SHIFT


def time_of(an_id: int) -> dt.datetime:
    """When the thing with this id was made, to the millisecond."""
    return dt.datetime.fromtimestamp((an_id >> _SHIFT) / 1000, tz=dt.UTC)
