"""Fixtures for all tests: one Postgres server per session, one event loop per process, empty tables per test."""

import asyncio
import faulthandler
import gc
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Iterator

from tests.support import postgres

# Containers and CI set this. Without bytecode files about a hundred processes would each compile all of Takahē, and pytest every test file.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Before Django is loaded: clear the environment, start the session's database server and create this process's database.
for _name in [name for name in os.environ if name.startswith("TAKAHE_")]:
    del os.environ[_name]
if postgres.is_controller():
    os.environ.pop(postgres.URL_VARIABLE, None)
    os.environ.pop("DATABASE_URL", None)
postgres.start_session()
os.environ["DJANGO_SETTINGS_MODULE"] = "takahe.settings"
os.environ["TAKAHE_DISK_FULL_PERCENT"] = "0"  # the disk of this machine is no business of tests
os.environ["TAKAHE_DATA_DIR"] = str(postgres.session_folder() / "data")
os.environ["SECRET_KEY"] = "only-for-tests-" + "x" * 40

# httpx tries to import it on every request, and Python searches the whole path each time: an eighth of a request's CPU.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]

import django  # noqa: E402
import httpx  # noqa: E402
import hypothesis  # noqa: E402
import pytest  # noqa: E402

from tests.support.waiting import wait_until as _wait_until  # noqa: E402

if postgres.is_controller():
    from tests.support.template import prepare_template

    prepare_template()
_NAME = "takahe_" + os.environ.get("PYTEST_XDIST_WORKER", "main")
os.environ["DATABASE_URL"] = postgres.create_database(_NAME)
django.setup()

from tests.support.pool import keep_statements  # noqa: E402

keep_statements()

import stator  # noqa: E402

stator.load_handlers()  # the test process is both web and worker

from django.contrib.auth.hashers import ScryptPasswordHasher  # noqa: E402
from django.db import DEFAULT_DB_ALIAS  # noqa: E402
from django_async_backend.db import async_connections  # noqa: E402

from core.db import ConnectionHeld, own_connection, release_connection  # noqa: E402
from tests import dealing  # noqa: E402
from tests.support.memory import forget_everything  # noqa: E402
from tests.support.waiting import report_hanging_tasks, restart_watchdog  # noqa: E402
from tests.users import hashes  # noqa: E402
from users.logins import passwords  # noqa: E402
from users.logins.services import logins  # noqa: E402

# the time of an example depends on how busy the machine is
hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("house")

_UNCAPTURED = pytest.StashKey[int]()
pytest_plugins = ["tests.support.servers", "tests.support.browser", "tests.support.post_office"]


def pytest_configure(config: pytest.Config) -> None:
    """Make a hanging test print its stack and end the process. xdist reports the test as failed and starts another process."""
    config.stash[_UNCAPTURED] = os.dup(2)  # stderr, before pytest captures it
    faulthandler.register(signal.SIGALRM, file=config.stash[_UNCAPTURED], chain=True)
    if not config.option.basetemp:  # short, because it contains sockets, whose paths are limited to 107 bytes
        config.option.basetemp = str(postgres.session_folder() / "t")
    config.option.randomly_reset_seed = False  # otherwise every test would draw the same random values


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """Collect tests with the garbage collector off, then exempt everything collected from it: a quarter less CPU."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_collection_finish() -> None:
    """Seed random numbers anew after pytest-randomly has ordered the tests; otherwise all processes would draw the same ones."""
    random.seed()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the seed of the test order. pytest's header also has it, but -q omits the header."""
    seed = config.getoption("randomly_seed", None)
    if isinstance(seed, int):
        terminalreporter.write_line(f"To repeat this order: --randomly-seed={seed}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Iterator[None]:
    """Make a hanging test fail instead of blocking the whole run."""
    restart_watchdog()
    try:
        return (yield)
    finally:
        signal.alarm(0)


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session", autouse=True)
async def _one_loop(anyio_backend: object, pytestconfig: pytest.Config) -> AsyncIterator[None]:
    """Run the whole session on one event loop, so that the connection pool is created once. Close the pool at the end."""
    with os.fdopen(pytestconfig.stash[_UNCAPTURED], "w", closefd=False) as stderr:
        watch = asyncio.create_task(report_hanging_tasks(stderr))
        yield
        watch.cancel()
    from takahe.health import stop_health

    await stop_health()
    async with own_connection():
        await async_connections[DEFAULT_DB_ALIAS].close_pool()


@pytest.fixture(autouse=True)
def held_while_waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Fail the test if anything waited for the network or a child process while it held a database connection, even if the error was caught."""
    held: list[str] = []

    def note(error: ConnectionHeld, *words: object) -> None:
        held.append(str(words[0]))

    monkeypatch.setattr(ConnectionHeld, "__init__", note)
    yield held
    assert not held, (
        "A database connection was held while waiting. Call release_connection() before the wait."
    )


@pytest.fixture(autouse=True)
def _cheap_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords at the lowest cost in this process, including the dummy hash that is checked for unknown addresses."""
    if "real_hashes" in request.fixturenames:
        return
    monkeypatch.setattr(passwords, "encode", hashes.encode)
    # otherwise each sign-in would rehash the password
    monkeypatch.setattr(ScryptPasswordHasher, "work_factor", hashes.WORK_FACTOR)
    for module in (passwords, logins):
        monkeypatch.setattr(module, "DUMMY_HASH", hashes.DUMMY_HASH)


@pytest.fixture
def real_hashes() -> None:
    """Hash passwords at their real cost in this test."""


@pytest.fixture(scope="session")
def _cleaner() -> Iterator[postgres.Cleaner]:
    cleaner = postgres.Cleaner(os.environ["DATABASE_URL"])
    yield cleaner
    cleaner.close()


@pytest.fixture
async def db(_cleaner: postgres.Cleaner) -> AsyncIterator[None]:
    """Empty all tables and caches, and hold a connection for the test until it ends."""
    _cleaner.clean()
    forget_everything()
    async with own_connection():
        yield
        await release_connection()


@pytest.fixture
async def client(db: None) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client that calls the ASGI application in this process, from 127.0.0.1. The test creates the domain it needs."""
    from takahe.asgi import application

    transport = httpx.ASGITransport(application, client=("127.0.0.1", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        yield http


@pytest.fixture
def wait_until() -> object:
    """Return `wait_until` of tests/support/waiting.py."""
    return _wait_until


def pytest_xdist_auto_num_workers() -> int:
    """Use three processes for two cores, because tests wait for databases, servers and browsers."""
    cores = os.cpu_count() or 1
    return cores + cores // 2


@pytest.hookimpl(trylast=True)  # after pytest-randomly
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests that start servers or a browser as slow, and deal each process its share of them first, so that none is left for the end."""
    for item in items:
        if item.get_closest_marker("servers") or item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.slow)
    if (shares := getattr(config, "workerinput", {}).get("workercount", 1)) > 1:
        items[:] = dealing.deal(items, shares)
