"""Limits for look-ups at other servers during a request: per client, per requested site, and in total.

Anybody can cause look-ups, with a search or a signature whose key is on a server that never responds. They hold no database connection,
but use memory, sockets and other servers' resources. Fetches by the worker are limited in `slots`.
"""

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

from core.errors import TooMany
from core.hosts.networks import client_network
from core.http import TimedOut
from core.logs import get_logger
from core.server_state import PerServer
from federation import peers
from federation.fetching import slots

log = get_logger(__name__)

MAX_PER_CLIENT = 6
MAX_PER_SITE = 6
MAX_UNKNOWN = 20  # at hosts that never contacted us: anybody can make those up
MAX_LOOKUPS = 40
TIMEOUT_S = 5.0
SILENT_AFTER_S = 3.0  # an unknown site that took longer is skipped for a while
SILENT_FOR_S = 30.0
_MAX_SILENT = 1000


class _Lookups:
    """Counts of look-ups in progress, and the sites that recently failed to answer."""

    def __init__(self) -> None:
        self.of_client: Counter[str] = Counter()
        self.of_site: Counter[str] = Counter()
        self.unknown = 0
        self.silent: OrderedDict[str, float] = OrderedDict()  # site → when it may be asked again


_lookups = PerServer(_Lookups)


@asynccontextmanager
async def lookup_slot(uri: str) -> AsyncIterator[None]:
    """Limit the look-up in the block: by client, by site and in total.

    Raises TooMany if too many are in progress, TimedOut if the site recently failed to answer.
    """
    client = client_network.get()
    if not client:
        async with slots.slot_for(uri) if slots.is_bounded.get() else nullcontext():
            yield
        return
    host = peers.host_of(uri)
    site = peers.registrable_domain(host)
    is_unknown = not await peers.has_contacted_us(host)
    _check(client, site, is_unknown)  # no await between this check and the counting
    _count(client, site, is_unknown, 1)
    started = time.monotonic()
    try:
        yield
    finally:
        _count(client, site, is_unknown, -1)
        if is_unknown and time.monotonic() - started >= SILENT_AFTER_S:
            silent = _lookups().silent
            silent[site] = time.monotonic() + SILENT_FOR_S
            silent.move_to_end(site)
            while len(silent) > _MAX_SILENT:
                silent.popitem(last=False)


@asynccontextmanager
async def lookup_timeout() -> AsyncIterator[None]:
    """Limit the time of the look-up in the block: five seconds while a request waits for it, else the limit of its slot. Raises TimedOut."""
    limit_s = TIMEOUT_S if client_network.get() else slots.timeout_s.get()
    try:
        async with asyncio.timeout(limit_s):
            yield
    except TimeoutError as error:
        raise TimedOut(code="answer_too_late", detail=f"over {limit_s} s") from error


def _check(client: str, site: str, is_unknown: bool) -> None:
    known = _lookups()
    if known.silent.get(site, 0.0) > time.monotonic():
        raise TimedOut(code="no_answer_lately", detail=site[:200])
    full = ""
    if known.of_client[client] >= MAX_PER_CLIENT:
        full = "client"
    elif known.of_site[site] >= MAX_PER_SITE:
        full = "site"
    elif known.of_client.total() >= MAX_LOOKUPS or (is_unknown and known.unknown >= MAX_UNKNOWN):
        full = "all"
    if full:
        log.warning("lookup.refused", full=full, client=client, site=site)
        raise TooMany(
            code="too_many_lookups",
            detail=f"{full}: {client} for {site[:200]}",
            retry_after_s=30,
        )


def _count(client: str, site: str, is_unknown: bool, change: int) -> None:
    known = _lookups()
    known.unknown += change * is_unknown
    for counter, key in ((known.of_client, client), (known.of_site, site)):
        counter[key] += change
        if not counter[key]:
            del counter[key]
