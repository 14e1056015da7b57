"""The template database: all tables, made from takahe/schema.sql as a new server makes them."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg

from core import embedded
from takahe.cli import schema, snapshot
from tests.rewriting import compiled_tests
from tests.support import postgres

ROOT = Path(__file__).resolve().parents[2]


def prepare_template() -> None:
    """Fill the template database with all tables of the current code, and compile the tests meanwhile."""
    url = postgres.url_of(postgres.TEMPLATE)
    with compiled_tests():  # a fresh clone has no bytecode files either
        with psycopg.connect(url, autocommit=True) as connection:
            snapshot.fill(connection)
            is_current = schema.has_all_migrations(connection)
        if not is_current:  # somebody writes a migration, and has not called tools/snapshot yet
            command = [sys.executable, "-m", "takahe", "migrate", "--quiet"]
            subprocess.run(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, check=True)


def make_migrated_folder(data_dir: Path) -> None:
    """Create a data folder as a server without an owner leaves it: an embedded Postgres with all tables."""
    server = embedded.start(data_dir, settings=postgres.FAST)
    try:
        with psycopg.connect(server.url, autocommit=True) as connection:
            snapshot.fill(connection)
    finally:
        server.stop()
