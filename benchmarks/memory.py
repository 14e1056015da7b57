"""Resident memory of web process and worker: idle after start, and after a load of pages, API reads and posts. In MB of 2^20 bytes, as ps counts."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from benchmarks.support.common import ROOT, free_port, load

BOUNDS_MB = {
    "web": (95, 100),
    "worker": (92, 98),
}  # idle, after load: with httpx and aiohttp, loaded at the first request
ADMIN = ("--email", "a@bench.test", "--handle", "bench", "--password", "only for this bench")


def main() -> bool:
    with tempfile.TemporaryDirectory(prefix="takahe-bench-", ignore_cleanup_errors=True) as folder:
        port = free_port()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TAKAHE_")},
            "TAKAHE_DATA_DIR": folder,
            "PORT": str(port),
            "TAKAHE_RATE_LIMIT_PERCENT": "0",
        }
        environment.pop("DATABASE_URL", None)
        server = subprocess.Popen(
            [sys.executable, "-m", "takahe", "serve"], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL
        )
        try:
            _wait(port)
            host = f"localhost:{port}"
            takahe = [sys.executable, "-m", "takahe"]
            subprocess.run(
                [*takahe, "setup", "--domain", host, *ADMIN],
                cwd=ROOT,
                env=environment,
                check=True,
                stdout=subprocess.DEVNULL,
            )
            token = subprocess.run(
                [*takahe, "token", "create", "--identity", f"bench@{host}", "--scopes", "read write"],
                cwd=ROOT,
                env=environment,
                check=True,
                capture_output=True,
                text=True,
            ).stdout.strip()
            time.sleep(2)
            idle = _memory_mb(server.pid)
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            body = b'{"status": "A post to measure memory with #bench"}'
            load(port, "/api/v1/statuses", host=host, seconds=5, method="POST", headers=headers, body=body)
            load(port, "/api/v1/timelines/home", host=host, seconds=5, headers=headers)
            load(port, "/@bench", host=host, seconds=5)
            after = _memory_mb(server.pid)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(20)
    well = True
    for name, (idle_bound, bound) in BOUNDS_MB.items():
        within = idle[name] <= idle_bound and after[name] <= bound
        well = well and within
        verdict = "ok" if within else "MISSED"
        print(
            f"memory of {name}: {idle[name]:.0f} MB idle, {after[name]:.0f} MB after load, bounds ≤ {idle_bound} and {bound} MB {verdict}"
        )
    return well


def _wait(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.1)


def _memory_mb(supervisor: int) -> dict[str, float]:
    """Return the resident memory of the supervisor's children, by command."""
    found = {}
    for child in Path("/proc").glob("[0-9]*"):
        try:
            words = (child / "cmdline").read_text().split("\0")
            pages = int((child / "statm").read_text().split()[1])
            parent = (child / "stat").read_text().rpartition(")")[2].split()[1]
        except (OSError, IndexError):  # the process has ended
            continue
        if int(parent) == supervisor and "takahe" in words:
            found[words[words.index("takahe") + 1]] = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    return found


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
