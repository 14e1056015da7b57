"""Metrics of this process for /metrics: requests by status, response times, memory, the connection pool."""

import os
from bisect import bisect_left
from collections import Counter
from itertools import accumulate
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS
from django_async_backend.db import async_connections

from core.server_state import PerServer

_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Requests:
    """Counts of answered requests and a histogram of the time until the response began."""

    def __init__(self) -> None:
        self._by_status: Counter[tuple[str, int]] = Counter()
        self._buckets = [0] * (len(_BOUNDS_S) + 1)
        self._sum_s = 0.0

    def count(self, method: str, status: int, seconds: float) -> None:
        self._by_status[method if method in _METHODS else "OTHER", status] += 1
        self._buckets[bisect_left(_BOUNDS_S, seconds)] += 1
        self._sum_s += seconds

    def text(self) -> str:
        lines = ["# TYPE takahe_requests_total counter"]
        lines += [
            f'takahe_requests_total{{method="{method}",status="{status}"}} {count}'
            for (method, status), count in sorted(self._by_status.items())
        ]
        lines.append("# TYPE takahe_request_seconds histogram")
        totals = list(accumulate(self._buckets))
        lines += [
            f'takahe_request_seconds_bucket{{le="{bound}"}} {total}'
            for bound, total in zip((*_BOUNDS_S, "+Inf"), totals, strict=True)
        ]
        lines += [
            f"takahe_request_seconds_sum {self._sum_s:.6f}",
            f"takahe_request_seconds_count {totals[-1]}",
        ]
        return "\n".join(lines) + "\n"


requests = PerServer(Requests)


def memory_bytes() -> int:
    """Return the resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def process_text() -> str:
    """Return memory use and the state of the database pool as Prometheus text."""
    lines = ["# TYPE takahe_memory_bytes gauge", f"takahe_memory_bytes {memory_bytes()}"]
    pool = async_connections[DEFAULT_DB_ALIAS].pool
    if pool is not None:
        for name, figure in sorted(pool.get_stats().items()):
            lines += [
                f"# TYPE takahe_{name} gauge" if name.startswith("pool") else "",
                f"takahe_{name} {figure}",
            ]
    return "\n".join(line for line in lines if line) + "\n"
