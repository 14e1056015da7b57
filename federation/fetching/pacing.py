"""Pace of low-priority fetches: at most two requests a second to one host, and a number a minute to all hosts together.

Kept in this process's memory. Handlers that crawl from document to document set `is_paced`.
"""

import asyncio
import time
from collections import OrderedDict
from contextvars import ContextVar

from core.server_state import PerServer
from federation.fetching.slots import NoSlot

is_paced: ContextVar[bool] = ContextVar("is_paced", default=False)

MIN_INTERVAL_S = 0.55  # 10% more than two a second need: requests don't arrive as evenly as they are sent
MAX_PER_MINUTE = 3000
_MAX_WAIT_S = 4.0
_MAX_HOSTS = 10_000


class _Pace:
    def __init__(self) -> None:
        self.free_at: OrderedDict[str, float] = OrderedDict()  # host → when the next request may be sent
        self.minute = 0
        self.in_minute = 0

    def record_request(self, host: str, at: float) -> None:
        minute = int(time.monotonic() // 60)
        if minute != self.minute:
            self.minute, self.in_minute = minute, 0
        self.in_minute += 1
        self.free_at[host] = at + MIN_INTERVAL_S
        self.free_at.move_to_end(host)
        while len(self.free_at) > _MAX_HOSTS:
            self.free_at.popitem(last=False)


_pace = PerServer(_Pace)


async def wait_for_turn(host: str) -> None:
    """Wait until a request to this host may be sent. Raises NoSlot if too many are waiting already."""
    if not is_paced.get():
        return
    now = time.monotonic()
    at = max(now, _pace().free_at.get(host, 0.0))
    if at - now > _MAX_WAIT_S:
        raise NoSlot(after_s=at - now)
    pace = _pace()
    pace.record_request(host, at)
    await asyncio.sleep(at - now)
    late_s = time.monotonic() - at
    if host in pace.free_at:  # this request is sent late: keep the interval to the next one
        pace.free_at[host] += late_s


def count_request(host: str) -> None:
    """Count a request that was sent immediately after another (a retry with the other signature scheme), so that the next one waits longer."""
    if is_paced.get():
        _pace().record_request(host, max(time.monotonic(), _pace().free_at.get(host, 0.0)))


def wait_s() -> float:
    """Return the seconds until the limit of requests a minute resets; 0 when it isn't reached."""
    now = time.monotonic()
    is_full = _pace().minute == int(now // 60) and _pace().in_minute >= MAX_PER_MINUTE
    return 60 - now % 60 if is_full else 0.0
