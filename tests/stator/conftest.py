"""The test app is installed while the tests of this folder run, and a worker can be started in the test's own loop."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.test.utils import override_settings

import stator
from core.db import sql

ROOT = Path(__file__).resolve().parents[2]


def migrate(url: str) -> None:
    """The tables of the engine and the test app exist in the database at `url`."""
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT to_regclass('stator_tests_mark')").fetchone()
    if found != (None,):
        return  # another module of this process made them
    environment = {**os.environ, "DATABASE_URL": url}
    command = [sys.executable, "-m", "tests.stator.app.migrate"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def app() -> Iterator[Any]:
    """The test app's modules, installed and migrated in this process's database."""
    migrate(os.environ["DATABASE_URL"])
    with override_settings(INSTALLED_APPS=[*settings.INSTALLED_APPS, "tests.stator.app"]):
        from tests.stator.app import handlers

        yield handlers


@pytest.fixture
async def errands(app: Any, db: None) -> AsyncIterator[Any]:
    """The test app with empty tables, triggers and default behaviour."""
    from tests.stator.app.models import Errand, Parcel

    app.behaviour.reset()
    await sql.run("TRUNCATE stator_tests_errand, stator_tests_parcel, stator_tests_mark")
    await stator.install_triggers([Errand, Parcel])
    yield app
    await sql.run("TRUNCATE stator_tests_errand, stator_tests_parcel, stator_tests_mark")


type Working = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.fixture
def working(errands: Any) -> Working:
    """`async with working() as worker:` runs a worker for the test app's models."""
    from stator.workers.worker import Worker
    from tests.stator.app.models import Errand, Parcel

    @asynccontextmanager
    async def run(**options: Any) -> AsyncIterator[Worker]:
        worker = Worker([Errand, Parcel], **{"with_jobs": False, **options})
        stop = asyncio.Event()
        task = asyncio.create_task(worker.run(stop))
        try:
            async with asyncio.timeout(5):
                await worker.is_listening.wait()
            yield worker
        finally:
            stop.set()
            await task

    return run
