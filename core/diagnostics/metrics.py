"""Metrics of this process for /metrics: requests by route and status, response times, memory, CPU, statements, the connection pool."""

import os
import time
from bisect import bisect_left
from collections import Counter
from itertools import accumulate
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS
from django_async_backend.db import async_connections

from core.db.sql import statements
from core.metrics.exposition import Family, Sample, gauge
from core.server_state import PerServer

_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NO_ROUTE, FILES = "none", "files"  # as labels: what no route answers, and files that are sent from memory


class _Times:
    """A histogram of the times until a route's responses began."""

    __slots__ = ("buckets", "sum_s")

    def __init__(self) -> None:
        self.buckets = [0] * (len(_BOUNDS_S) + 1)
        self.sum_s = 0.0

    def samples(self, route: str) -> list[Sample]:
        totals = list(accumulate(self.buckets))
        bounds = (*map(str, _BOUNDS_S), "+Inf")
        return [
            *(
                Sample(total, {"route": route, "le": bound}, "_bucket")
                for bound, total in zip(bounds, totals, strict=True)
            ),
            Sample(self.sum_s, {"route": route}, "_sum"),
            Sample(totals[-1], {"route": route}, "_count"),
        ]


class Requests:
    """Counts of answered requests. Routes are patterns of our own (`/api/v1/statuses/<id>`), never what was asked for."""

    def __init__(self) -> None:
        self._answers: Counter[tuple[str, str, int]] = Counter()
        self._times: dict[str, _Times] = {}

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        self._answers[route, method if method in _METHODS else "OTHER", status] += 1
        times = self._times.get(route)
        if times is None:
            times = self._times[route] = _Times()
        times.buckets[bisect_left(_BOUNDS_S, seconds)] += 1
        times.sum_s += seconds

    def families(self) -> list[Family]:
        answers = [
            Sample(count, {"method": method, "route": route, "status": str(status)})
            for (route, method, status), count in sorted(self._answers.items())
        ]
        times = [sample for route in sorted(self._times) for sample in self._times[route].samples(route)]
        return [
            Family("takahe_requests_total", "counter", "Answered requests.", answers),
            Family("takahe_request_seconds", "histogram", "The time until a response began.", times),
        ]


requests = PerServer(Requests)


def memory_bytes() -> int:
    """Return the resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def process_families() -> list[Family]:
    """Return memory and CPU of this process, its statements, and the state of its database pool."""
    sent = statements()
    found = [
        gauge("takahe_memory_bytes", "Resident memory.", memory_bytes()),
        _counter("takahe_cpu_seconds_total", "CPU time of the process.", time.process_time()),
        _counter("takahe_statements_total", "Hand-written SQL statements.", sent.count),
        _counter(
            "takahe_statement_seconds_total", "The time they took, with the way to Postgres.", sent.seconds
        ),
    ]
    pool = async_connections[DEFAULT_DB_ALIAS].pool
    if pool is not None:
        known = pool.get_stats()
        found += [
            gauge("takahe_pool_max", "Database connections that the process may have.", known["pool_max"]),
            gauge("takahe_pool_size", "Database connections that it has.", known["pool_size"]),
            gauge("takahe_pool_available", "Database connections that nobody uses.", known["pool_available"]),
            gauge("takahe_pool_waiting", "Requests for a connection that wait.", known["requests_waiting"]),
            _counter(
                "takahe_pool_wait_seconds_total",
                "The time that requests for a connection waited.",
                known.get("requests_wait_ms", 0) / 1000,
            ),
            _counter(
                "takahe_pool_errors_total",
                "Requests for a connection that got none, and connections that were lost.",
                known.get("requests_errors", 0) + known.get("connections_lost", 0),
            ),
        ]
    return found


def _counter(name: str, meaning: str, value: float) -> Family:
    return Family(name, "counter", meaning, [Sample(value)])
