"""Seconds from the command `takahe web` to the first API response, with the database already running, compared with an interpreter that only
imports Django and uvicorn.

`python -m benchmarks.cold_start`
"""

import http.client
import os
import subprocess
import sys
import time

from benchmarks.support.common import free_port, process
from benchmarks.support.database import migrated_database
from benchmarks.support.timeline_data import HOST, make_people, run

BOUND_S = 2.5
ROUNDS = 5


async def _prepare() -> None:
    from core.db import own_connection

    async with own_connection():
        await make_people()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/api/v2/instance", headers={"Host": HOST})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _start() -> float:
    port = free_port()
    started = time.perf_counter()
    with process([sys.executable, "-m", "takahe", "web"], {"PORT": str(port), "TAKAHE_LOG_LEVEL": "WARNING"}):
        while not _answers(port):
            if time.perf_counter() - started > 30:
                raise SystemExit("no answer within 30 s; run with BENCH_OUTPUT=1 to see why")
            time.sleep(0.005)
        return time.perf_counter() - started


def _imports() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import django.urls, django.db, uvicorn, uvloop"], check=True)
    return time.perf_counter() - started


def main() -> bool:
    """Use the best of five starts: the first may have to compile."""
    with migrated_database():
        run(_prepare)
        ours = min(_start() for _ in range(ROUNDS))
    beside = min(_imports() for _ in range(ROUNDS))
    verdict = "ok" if ours <= BOUND_S else "MISSED"
    print(
        f"start of the API from cold: {ours:.2f} s (importing Django and uvicorn alone {beside:.2f} s), bound ≤ {BOUND_S} s {verdict}"
    )
    return ours <= BOUND_S


if __name__ == "__main__":
    assert "DATABASE_URL" not in os.environ, "the bench starts its own database"
    sys.exit(0 if main() else 1)
