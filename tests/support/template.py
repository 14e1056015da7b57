"""The migrated template database, made by `takahe migrate` in a process of its own, as an operator would."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support import postgres

ROOT = Path(__file__).resolve().parents[2]


def prepare_template() -> None:
    """The template database has every table of the code as it stands."""
    environment = {**os.environ, "DATABASE_URL": postgres.url_of(postgres.TEMPLATE)}
    done = subprocess.run(
        [sys.executable, "-m", "takahe", "migrate", "--quiet"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"The test database can't be migrated:\n{done.stdout}{done.stderr}")
