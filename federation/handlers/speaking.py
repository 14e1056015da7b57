"""Hosts that spoke to us: their circuits close, and what waits for them is sent, since they are back."""

import datetime as dt
from collections.abc import Collection

from core import clock
from core.db import DATABASE_GONE, async_atomic, on_commit
from core.logs import get_logger
from core.server_state import PerServer
from federation.handlers.delivery_queue import ASKED_TO_WAIT, release_refused
from federation.peers import note_received, wake_waiting

log = get_logger(__name__)

_NOTE_EVERY = dt.timedelta(minutes=1)
_WAKE_AFTER = dt.timedelta(
    minutes=5
)  # doubled each time a host that spoke took nothing: each try of a line counts
_WAKE_AFTER_AT_MOST = dt.timedelta(hours=4)
_MOST_KEPT = 10_000
_noted: PerServer[dict[str, dt.datetime]] = PerServer(dict)
# host → when, and how long it is left alone from then on
_woken: PerServer[dict[str, tuple[dt.datetime, dt.timedelta]]] = PerServer(dict)


async def note_hosts(hosts: Collection[str]) -> None:
    """Note, inside the caller's transaction, that these hosts have spoken; what waits for them is due once it has committed."""
    now = clock.now()
    for host in sorted(hosts):
        if host not in _noted() or now - _noted()[host] > _NOTE_EVERY:
            if len(_noted()) > _MOST_KEPT:
                _noted().clear()
            _noted()[host] = now
            await note_received(host, now)
    to_wake = sorted(
        host for host in hosts if host not in _woken() or now - _woken()[host][0] > _woken()[host][1]
    )
    if to_wake:
        await on_commit(lambda: _wake(to_wake, now))


def heard_at(host: str) -> dt.datetime | None:
    """Return when the host last spoke to this process, to the minute; None when it did not, or that was forgotten."""
    return _noted().get(host)


def took_something(host: str) -> None:
    """Note that a delivery was taken: the host is woken at once after its next outage, too."""
    _woken().pop(host, None)


async def _wake(hosts: list[str], now: dt.datetime) -> None:
    try:
        async with async_atomic():
            woken = await wake_waiting(hosts, besides=ASKED_TO_WAIT)
            if woken:
                await release_refused(woken)
    except DATABASE_GONE as error:
        log.warning("inbox.wake_failed", error=str(error))  # they are tried when their time has come
        return
    if len(_woken()) > _MOST_KEPT:
        _woken().clear()
    for host in woken:
        before = _woken().get(host)
        _woken()[host] = (now, min(before[1] * 2, _WAKE_AFTER_AT_MOST) if before else _WAKE_AFTER)
