"""Installation of the test app while the tests of this folder run, and workers in the test's own loop."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.test.utils import override_settings

import stator
from core.db import sql
from tests.support.forks import run_module

PARENT = "tests.stator.app.loaded"  # the parent of forked processes


async def migrate(url: str) -> None:
    """Create the tables of the engine and the test app in the database at `url`."""
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT to_regclass('stator_tests_mark')").fetchone()
    if found != (None,):
        return  # another module of this process created them
    done = await run_module(
        "tests.stator.app.migrate", env={**os.environ, "DATABASE_URL": url}, parent=PARENT
    )
    assert done.code == 0, done.err


@pytest.fixture(scope="module")
async def app(anyio_backend: object) -> AsyncIterator[Any]:
    """Return the test app's modules, installed and migrated in this process's database."""
    await migrate(os.environ["DATABASE_URL"])
    with override_settings(INSTALLED_APPS=[*settings.INSTALLED_APPS, "tests.stator.app"]):
        from tests.stator.app import handlers

        yield handlers


@pytest.fixture
async def errands(app: Any, db: None) -> AsyncIterator[Any]:
    """Return the test app with empty tables, triggers and default behaviour."""
    from tests.stator.app.models import Errand, Parcel

    app.behaviour.reset()
    await sql.run("TRUNCATE stator_tests_errand, stator_tests_parcel, stator_tests_mark")
    await stator.install_triggers([Errand, Parcel])
    yield app
    await sql.run("TRUNCATE stator_tests_errand, stator_tests_parcel, stator_tests_mark")


type Working = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.fixture
def working(errands: Any) -> Working:
    """Return a function that runs a worker for the test app's models: `async with working() as worker:`."""
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
