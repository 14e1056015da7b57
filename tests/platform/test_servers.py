"""Whole servers start, answer, restart what dies and stop."""

import os
import signal

import pytest

from tests.support.servers import Server, running_server, running_servers
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.servers]


async def test_a_server_starts_says_where_it_is_and_stops() -> None:
    async with running_server() as server:
        async with server.client() as client:
            assert (await client.get("/health")).json()["status"] == "ok"
        await wait_until(lambda: f"Ready at http://{server.domain}/" in server.log)
        assert await server.stop() == 0


async def test_a_port_that_is_taken_ends_the_start_with_a_code_of_its_own(server: Server) -> None:
    """It was tried again for ever, with a log that only grew."""
    await server.takahe("serve", "--port", str(server.port), "--bind", server.address, code=3)
    async with server.client() as client:
        assert (await client.get("/health")).status_code == 200


async def test_a_killed_child_starts_again(server: Server) -> None:
    for name in ("web_pid", "worker_pid"):
        before = getattr(server, name)
        os.kill(before, signal.SIGKILL)

        def is_another() -> bool:
            try:
                return getattr(server, name) != before  # noqa: B023
            except AssertionError:
                return False

        await wait_until(is_another, 20)
    await server.wait_ready()


async def test_two_servers_speak_https_under_names_of_their_own() -> None:
    async with running_servers("a.test", "b.test") as servers:
        for server in servers:
            async with server.client() as client:
                answer = await client.get("/health")
                assert answer.status_code == 200
                assert answer.request.headers["host"] == server.domain
