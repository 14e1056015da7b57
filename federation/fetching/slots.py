"""Limits for fetches by the worker: hosts that answered lately have slots of their own, others share a few by site and address.

Anybody can send messages whose keys or objects are on hosts that accept connections and never respond. Kept in this process's memory,
separate from the queues' state of the host.
"""

import random
import time
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

from core.db import release_connection, sql
from core.http import FetchError, TimedOut, Unreachable
from core.server_state import PerServer
from federation import peers
from federation.addresses import first_address

is_bounded: ContextVar[bool] = ContextVar("is_bounded", default=False)
"""True in tasks whose look-ups need a slot. Their handlers set it."""
timeout_s: ContextVar[float | None] = ContextVar("limit_s", default=None)
"""The longest time for one look-up, besides the limits of each request."""

CONCURRENCY = 100  # of a state that fetches: more than all hosts in doubt together, so that responsive hosts get the rest
MAX_NEW = 20
MAX_SILENT = 20
MAX_PER_SITE = 4
MAX_PER_ADDRESS = 10
SHORT_TIMEOUT_S = 5.0
_SILENT_FOR_S = 600.0
_MAX_SILENT_KEPT = 10_000
_APART_S = 0.2  # hosts without a slot are retried one after another
_MAX_S = 60.0


class NoSlot(FetchError):
    """No slot is free for a host that is not known to answer. Retry after `after_s`; this does not count as an attempt."""

    kind = "no_slot"
    is_ours = True

    def __init__(self, *, after_s: float) -> None:
        super().__init__(code="others_asked_first")
        self.after_s = after_s


class _Slots:
    """Slots shared by hosts of one kind that are not known to answer."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._taken: Counter[str] = Counter()
        self._back_at = 0.0

    def enter(self, site: str, address: str) -> None:
        """Take a slot. Raises NoSlot if the site, the address or all hosts together have reached their limit."""
        if (
            self._taken[""] >= self._size
            or self._taken[f"site {site}"] >= MAX_PER_SITE
            or self._taken[f"address {address}"] >= MAX_PER_ADDRESS
        ):
            now = time.monotonic()
            self._back_at = max(now + 0.5, min(self._back_at + _APART_S, now + _MAX_S))
            wait_s = (self._back_at - now) * random.uniform(1, 1.1)  # noqa: S311 - spreads load
            raise NoSlot(after_s=wait_s)
        self._taken.update(self._keys(site, address))

    def leave(self, site: str, address: str) -> None:
        self._taken -= Counter(self._keys(site, address))  # and remove keys at zero

    @staticmethod
    def _keys(site: str, address: str) -> list[str]:
        return ["", f"site {site}", f"address {address}"]


_new = PerServer(lambda: _Slots(MAX_NEW))
_quiet = PerServer(lambda: _Slots(MAX_SILENT))
_silent: PerServer[OrderedDict[str, float]] = PerServer(OrderedDict)  # host → until when it counts as silent


@asynccontextmanager
async def slot_for(uri: str) -> AsyncIterator[None]:
    """Hold a slot while the block waits for an answer from the host of `uri`. Raises NoSlot."""
    host = peers.host_of(uri)
    site, slots = peers.registrable_domain(host), await _slots_of(host)
    await release_connection()
    address = await first_address(host, SHORT_TIMEOUT_S) if slots is not None else ""
    if slots is not None:
        slots.enter(site, address)
    before = timeout_s.set(None if slots is _quiet() else SHORT_TIMEOUT_S)  # unresponsive hosts get more time
    try:
        yield
    except (TimedOut, Unreachable):
        note_silence(host)
        raise
    else:
        _silent().pop(host, None)
    finally:
        timeout_s.reset(before)
        if slots is not None:
            slots.leave(site, address)


def note_silence(host: str) -> None:
    """Record that a host did not respond just now."""
    _silent()[host] = time.monotonic() + _SILENT_FOR_S
    _silent().move_to_end(host)
    while len(_silent()) > _MAX_SILENT_KEPT:
        _silent().popitem(last=False)


def is_silent(host: str) -> bool:
    """Return whether a host failed to respond within the last ten minutes."""
    return _silent().get(host, 0.0) > time.monotonic()


async def _slots_of(host: str) -> _Slots | None:
    """Return the slots that the host shares; None for one that answered lately. Unique index on host of federation_peer."""
    if is_silent(host):
        return _quiet()
    known = await sql.one(
        """SELECT failing_since IS NOT NULL, greatest(last_received_at, last_success_at) > now() - interval '7 days'
           FROM federation_peer WHERE host = %s""",
        [host],
    )
    if known is None or not (known[0] or known[1]):
        return _new()
    return _quiet() if known[0] else None
