"""Whole servers start, answer, restart what dies and stop."""

import asyncio
import os
import re
import resource
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.support import postgres
from tests.support.servers import ROOT, Server, free_port, running_server
from tests.support.template import make_migrated_folder
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.servers]


@pytest.fixture(scope="module")
async def undisturbed(anyio_backend: object) -> AsyncIterator[Server]:
    """A server that nobody owns, for tests that only look at it. Whoever starts it may open as many files as is usual."""
    _, hard = before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, hard), hard))
    try:
        async with running_server(is_forked=False) as server:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
            yield server
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def test_a_server_starts_and_says_where_it_is(undisturbed: Server) -> None:
    async with undisturbed.client() as client:
        assert (await client.get("/health")).json()["status"] == "ok"
    await wait_until(lambda: f"Ready at http://{undisturbed.domain}/" in undisturbed.log)


async def test_a_stop_leaves_no_connections_to_other_servers_open() -> None:
    """Each stop ended with "ERROR asyncio Unclosed client session", as if something had gone wrong."""
    async with running_server(is_forked=False, env={"TAKAHE_RESOLVE": "away.test=127.0.0.9"}) as server:
        async with server.client(await server.set_up()) as client:
            await client.get("/api/v2/search", params={"q": "@nobody@away.test", "resolve": "true"})
        with psycopg.connect(server.database_url) as connection:
            connection.execute("INSERT INTO federation_peer (host) VALUES ('away.test')")
        os.kill(server.worker_pid, signal.SIGTERM)  # the next one knows a server to send to
        await wait_until(lambda: server.log.count("stator.started") == 2)
        assert await server.stop() == 0
    assert server.log.count("stator.stopped") == 2
    assert "Unclosed" not in server.log


async def test_web_and_worker_may_open_more_files_than_is_usual(undisturbed: Server) -> None:
    """A soft limit of 1,024 is for programs that use select(); the hard one is the operator's word."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    for pid in (undisturbed.web_pid, undisturbed.worker_pid):
        assert psutil.Process(pid).rlimit(psutil.RLIMIT_NOFILE) == (wanted, hard)


async def serve(port: int, folder: Path, **env: str) -> tuple[asyncio.subprocess.Process, Path]:
    """`takahe serve` with everything of its own but the port, and its log."""
    log = folder / f"{len(list(folder.iterdir()))}.log"
    env = {**os.environ, "DATABASE_URL": "", "TAKAHE_DATA_DIR": str(folder / "data"), **env}
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "takahe", "serve", "--port", str(port), cwd=ROOT, env=env, stdin=asyncio.subprocess.DEVNULL,
            stdout=output, stderr=output,
        )  # fmt: skip
    return process, log


async def test_a_port_that_is_taken_ends_the_start_with_a_code_of_its_own(
    undisturbed: Server, tmp_path: Path
) -> None:
    """It was tried again for ever, with a log that only grew; and said that it was ready, which the other server was."""
    process, log = await serve(undisturbed.port, tmp_path)
    assert await process.wait() == 3
    assert "Can't listen" in log.read_text()
    assert "Ready" not in log.read_text()
    assert not (tmp_path / "data").exists()
    async with undisturbed.client() as client:
        assert (await client.get("/health")).status_code == 200


async def test_a_first_start_says_what_it_does(tmp_path: Path) -> None:
    """Nothing was said for half a minute, so people stopped it."""
    process, log = await serve(free_port(), tmp_path)
    try:
        await wait_until(lambda: "Ready at" in log.read_text(), 120)
    finally:
        process.terminate()
        await process.wait()
    told = log.read_text()
    steps = [
        "Creating a database in",
        "Starting the web process",
        "Ready at",
    ]
    places = [told.find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places)


async def test_of_two_servers_that_start_on_one_port_one_is_ready(tmp_path: Path) -> None:
    port = free_port()
    urls = [postgres.create_database(), postgres.create_database()]
    started = [await serve(port, tmp_path, DATABASE_URL=url) for url in urls]
    try:
        await wait_until(lambda: [p.returncode for p, _ in started].count(3) == 1, 120)
        log = next(log for process, log in started if process.returncode is None)
        await wait_until(lambda: "Ready at" in log.read_text(), 120)
        assert sum("Ready at" in log.read_text() for _, log in started) == 1
    finally:
        for process, _ in started:
            if process.returncode is None:
                process.terminate()
                await process.wait()
        for url in urls:
            postgres.drop_database(url.partition("?")[0].rpartition("/")[2])


async def test_one_folder_has_one_server(tmp_path: Path) -> None:
    """A second one used the first one's database, said that it was ready, and lost all when the first one stopped."""
    make_migrated_folder(tmp_path / "data")
    first, log = await serve(free_port(), tmp_path)
    try:
        await wait_until(lambda: "Ready at" in log.read_text(), 120)
        second, told = await serve(free_port(), tmp_path)
        assert await second.wait() == 3
        assert f"Another server already runs on {tmp_path / 'data'} (process {first.pid}," in told.read_text()
        assert "Ready" not in told.read_text()
        first.terminate()
        second, told = await serve(free_port(), tmp_path)  # a restart waits for the end of what stops
        assert await first.wait() == 0
        await wait_until(lambda: "Ready at" in told.read_text(), 120)
    finally:
        for process in (first, second):
            if process.returncode is None:
                process.terminate()
                await process.wait()


async def test_a_server_is_not_ready_at_an_address_that_it_does_not_serve(tmp_path: Path) -> None:
    url = postgres.create_database()
    domain = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "takahe", "domain", "create", "example.test", cwd=ROOT, env={**os.environ, "DATABASE_URL": url}
    )  # fmt: skip
    assert await domain.wait() == 0
    port = free_port()
    process, log = await serve(port, tmp_path, DATABASE_URL=url)
    try:
        await wait_until(lambda: "Ready" in log.read_text(), 120)
        assert "Ready at" not in log.read_text()
        assert f"Ready on 127.0.0.1 port {port}, for requests to this server's domains" in log.read_text()
    finally:
        process.terminate()
        await process.wait()
        postgres.drop_database(url.partition("?")[0].rpartition("/")[2])


async def test_killed_processes_start_again_and_the_web_process_is_never_away_for_long(
    server: Server,
) -> None:
    """Whoever found a request that kills it could keep it away for half a minute at a time."""

    async def another(name: str, before: int) -> int:
        """The id of the process of that name, once it is another than before."""

        def is_there() -> bool:
            try:
                return getattr(server, name) != before
            except AssertionError:
                return False

        await wait_until(is_there, 20)
        return int(getattr(server, name))

    web, worker = 0, server.worker_pid
    for _ in range(5):
        web = await another("web_pid", web)
        os.kill(web, signal.SIGKILL)
    await wait_until(lambda: server.log.count("The web process stopped") == 5)
    pauses = [float(s) for s in re.findall(r"web process stopped .* Restarting it in ([\d.]+) s", server.log)]
    assert max(pauses) <= 1
    os.kill(worker, signal.SIGKILL)
    await another("worker_pid", worker)
    await another("web_pid", web)
    await server.wait_ready()


async def test_a_server_without_an_owner_prints_the_token_for_its_first_run_page(undisturbed: Server) -> None:
    """A reverse proxy is not loopback's browser: without the token in the log nobody could ever set the server up."""
    await wait_until(lambda: "This server isn't set up yet" in undisturbed.log)
    found = re.search(r"https://\S+/setup\?token=(\w+)", undisturbed.log)
    assert found
    async with undisturbed.client(
        headers={"host": "takahe.example", "x-forwarded-for": "203.0.113.9"}
    ) as client:
        assert (await client.get("/setup")).status_code == 403
        assert (await client.get(f"/setup?token={found[1]}")).status_code == 200
