"""Fixtures of all tests: a real Postgres for the session, one event loop per process, clean tables per test."""

import asyncio
import faulthandler
import gc
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Iterator

from tests.support import postgres

# Compiled once: containers and CI set this, and then each of some hundred processes compiles all of Takahē, and pytest each test file.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Before Django loads: a known environment, the session's database server, a database of this process.
for _name in [name for name in os.environ if name.startswith("TAKAHE_")]:
    del os.environ[_name]
if postgres.is_controller():
    os.environ.pop(postgres.URL_VARIABLE, None)
    os.environ.pop("DATABASE_URL", None)
postgres.start_session()
os.environ["DJANGO_SETTINGS_MODULE"] = "takahe.settings"
os.environ["TAKAHE_DATA_DIR"] = str(postgres.session_folder() / "data")
os.environ["SECRET_KEY"] = "only-for-tests-" + "x" * 40

# httpx asks for it at each request, and what is not installed is searched for each time: an eighth of a request's CPU.
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

stator.load_handlers()  # the tests' process is web and worker in one

from django.contrib.auth.hashers import ScryptPasswordHasher  # noqa: E402
from django.db import DEFAULT_DB_ALIAS  # noqa: E402
from django_async_backend.db import async_connections  # noqa: E402

from core.db import ConnectionHeld, own_connection, release_connection  # noqa: E402
from tests import dealing  # noqa: E402
from tests.support.memory import forget_everything  # noqa: E402
from tests.support.waiting import restart_watchdog, tell_what_hangs  # noqa: E402
from tests.users import hashes  # noqa: E402
from users.logins import passwords  # noqa: E402
from users.logins.services import logins  # noqa: E402

# how long an example takes says how busy the machine is
hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("house")

_UNCAPTURED = pytest.StashKey[int]()
pytest_plugins = ["tests.support.servers", "tests.support.browser", "tests.support.post_office"]


def pytest_configure(config: pytest.Config) -> None:
    """A test that hangs says where and ends its process; xdist reports the test as failed and goes on with another process."""
    config.stash[_UNCAPTURED] = os.dup(2)  # not captured yet, as it is while tests run
    faulthandler.register(signal.SIGALRM, file=config.stash[_UNCAPTURED], chain=True)
    if not config.option.basetemp:  # a short name: sockets are below it, whose paths may have 107 bytes
        config.option.basetemp = str(postgres.session_folder() / "t")
    config.option.randomly_reset_seed = False  # else what is made up by chance is the same in every test


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """Collect tests without the garbage collector, and have it never look at what stays for the whole session: a quarter less CPU."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_collection_finish() -> None:
    """Leave pytest-randomly's seed to the order of the tests: with it each process would draw the same numbers."""
    random.seed()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name the order of the tests, which is another one at each run; pytest's header, which has it too, is left out with -q."""
    seed = config.getoption("randomly_seed", None)
    if isinstance(seed, int):
        terminalreporter.write_line(f"To repeat this order: --randomly-seed={seed}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Iterator[None]:
    """A test that hangs fails, so that it does not take the whole run with it."""
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
    """One event loop for the whole session, so that the connection pool is made once; closed at the end."""
    with os.fdopen(pytestconfig.stash[_UNCAPTURED], "w", closefd=False) as stderr:
        watch = asyncio.create_task(tell_what_hangs(stderr))
        yield
        watch.cancel()
    from takahe.health import stop_health

    await stop_health()
    async with own_connection():
        await async_connections[DEFAULT_DB_ALIAS].close_pool()


@pytest.fixture(autouse=True)
def held_while_waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Fails the test when anything waited for the network or a child process with a database connection, also when that was caught."""
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
    """New password hashes, and the one of addresses that nobody has, are of the least cost in this process."""
    if "real_hashes" in request.fixturenames:
        return
    monkeypatch.setattr(passwords, "encode", hashes.encode)
    # or each sign-in would hash again
    monkeypatch.setattr(ScryptPasswordHasher, "work_factor", hashes.WORK_FACTOR)
    for module in (passwords, logins):
        monkeypatch.setattr(module, "DUMMY_HASH", hashes.DUMMY_HASH)


@pytest.fixture
def real_hashes() -> None:
    """Passwords cost in this test what they cost a server."""


@pytest.fixture(scope="session")
def _cleaner() -> Iterator[postgres.Cleaner]:
    cleaner = postgres.Cleaner(os.environ["DATABASE_URL"])
    yield cleaner
    cleaner.close()


@pytest.fixture
async def db(_cleaner: postgres.Cleaner) -> AsyncIterator[None]:
    """Empty tables, nothing remembered, and a connection for the test that is given back at its end."""
    _cleaner.clean()
    forget_everything()
    async with own_connection():
        yield
        await release_connection()


@pytest.fixture
async def client(db: None) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks HTTP to the ASGI application in this process, as a client at 127.0.0.1. The test makes the domain it needs."""
    from takahe.asgi import application

    transport = httpx.ASGITransport(application, client=("127.0.0.1", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        yield http


@pytest.fixture
def wait_until() -> object:
    """`await wait_until(predicate, timeout_s=5)`: see tests/support/waiting.py."""
    return _wait_until


def pytest_xdist_auto_num_workers() -> int:
    """Three processes for two cores: tests wait for databases, servers and browsers."""
    cores = os.cpu_count() or 1
    return cores + cores // 2


@pytest.hookimpl(trylast=True)  # after pytest-randomly
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that start servers or a browser are slow, too; each process begins with its share of them, so that none is left for the end."""
    for item in items:
        if item.get_closest_marker("servers") or item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.slow)
    if (shares := getattr(config, "workerinput", {}).get("workercount", 1)) > 1:
        items[:] = dealing.deal(items, shares)
