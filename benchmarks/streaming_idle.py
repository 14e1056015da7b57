"""Memory of idle streaming clients: 5,000 connections to a real web process, first WebSockets, then server-sent events.

python -m benchmarks.streaming_idle        bound: 20 KB per client
"""

import sys
import time

from benchmarks.support.database import migrated_database
from benchmarks.support.streaming import (
    CLIENTS,
    KINDS,
    Clients,
    memory_kb,
    prepare,
    raise_file_limit,
    web_process,
)
from benchmarks.support.timeline_data import run

BOUND_KB = 20.0


def _measure(kind: str) -> float:
    with web_process() as (port, pid):
        few = Clients(port, kind, "user", 50)  # what the process loads for the first client isn't counted
        few.ready()
        few.stop()
        before = memory_kb(pid)
        many = Clients(port, kind, "user")
        seen = many.ready()
        time.sleep(2)
        after = memory_kb(pid)
        many.stop()
    if seen.connected != CLIENTS or seen.lost:
        raise SystemExit(f"{kind}: {seen.connected} connected, {seen.lost} lost")
    return (after - before) / CLIENTS


def main() -> bool:
    """Test both protocols; the worse one counts."""
    worst = 0.0
    for kind in KINDS:
        each = _measure(kind)
        worst = max(worst, each)
        print(f"  {CLIENTS} idle clients, {kind}: {each:.1f} KB each")
    verdict = "ok" if worst <= BOUND_KB else "MISSED"
    print(f"memory of an idle streaming client: {worst:.1f} KB, bound ≤ {BOUND_KB:.0f} KB {verdict}")
    return worst <= BOUND_KB


if __name__ == "__main__":
    raise_file_limit()
    with migrated_database():
        run(prepare)
        sys.exit(0 if main() else 1)
