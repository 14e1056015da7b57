"""Recovery of hosts that contacted us: their circuits close, and their queued deliveries are sent."""

import datetime as dt
from collections.abc import Collection

from core import clock
from core.db import CONNECTION_ERRORS, async_atomic, on_commit
from core.logs import get_logger
from core.server_state import PerServer
from federation.models.delivery import RETRY_AFTER_REASON
from federation.peers import retry_waiting, store_contact
from federation.sending import release_refused

log = get_logger(__name__)

_NOTE_EVERY = dt.timedelta(minutes=1)
# doubled each time a host that contacted us accepted nothing, because each attempt of a line counts
_WAKE_AFTER = dt.timedelta(minutes=5)
_WAKE_AFTER_AT_MOST = dt.timedelta(hours=4)
_MAX_KEPT = 10_000
_noted: PerServer[dict[str, dt.datetime]] = PerServer(dict)
# host → when it was woken, and for how long not to wake it again
_woken: PerServer[dict[str, tuple[dt.datetime, dt.timedelta]]] = PerServer(dict)


async def record_contact(hosts: Collection[str]) -> None:
    """Record in the caller's transaction that these hosts contacted us. Their deliveries become due when it commits."""
    now = clock.now()
    for host in sorted(hosts):
        if host not in _noted() or now - _noted()[host] > _NOTE_EVERY:
            if len(_noted()) > _MAX_KEPT:
                _noted().clear()
            _noted()[host] = now
            await store_contact(host, now)
    to_wake = sorted(
        host for host in hosts if host not in _woken() or now - _woken()[host][0] > _woken()[host][1]
    )
    if to_wake:
        await on_commit(lambda: _wake(to_wake, now))


def last_contact_at(host: str) -> dt.datetime | None:
    """Return when the host last contacted this process, to the minute; None if unknown."""
    return _noted().get(host)


def record_delivery(host: str) -> None:
    """Record that the host accepted a delivery, so that it is retried at once after its next outage, too."""
    _woken().pop(host, None)


async def _wake(hosts: list[str], now: dt.datetime) -> None:
    try:
        async with async_atomic():
            woken = await retry_waiting(hosts, besides=RETRY_AFTER_REASON)
            if woken:
                await release_refused(woken)
    except CONNECTION_ERRORS as error:
        log.warning("inbox.wake_failed", error=str(error))  # they are retried on schedule
        return
    if len(_woken()) > _MAX_KEPT:
        _woken().clear()
    for host in woken:
        before = _woken().get(host)
        _woken()[host] = (now, min(before[1] * 2, _WAKE_AFTER_AT_MOST) if before else _WAKE_AFTER)
