"""Killing the worker while it delivers: nothing is lost; what was on its way may come twice, with the same id."""

import asyncio
import os
import random
from collections import Counter
from pathlib import Path

import pytest

from core.db import async_atomic, sql
from federation.sending import send
from tests.support.forks import Forked, fork
from tests.support.peers import MastodonPeer
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.servers]

_NAME = "takahe-to-be-killed"  # of its connections
_ENVIRONMENT = {
    "PGAPPNAME": _NAME,
    "TAKAHE_ALLOWED_NETWORKS": "127.0.0.0/8",
    "TAKAHE_ALLOW_HTTP": "true",
    "TAKAHE_RESOLVE": "far.test=127.0.0.1,near.test=127.0.0.1",
}


async def start_worker(said: Path, **more: str) -> Forked:
    """A process of its own, which is killed as one that a shell started."""
    said.write_text("")
    child = await fork(
        env={**os.environ, **_ENVIRONMENT, **more},
        out=said,
        err=Path(os.devnull),
        module="tests.federation.delivery.crash_worker",
    )
    await wait_until(lambda: said.read_text() == "ready\n", 30)
    return child


async def test_a_worker_killed_again_and_again_delivers_everything(local, tmp_path):
    async with MastodonPeer("far.test") as one, MastodonPeer("near.test") as two:
        for server in (one, two):
            server.delay_s = 0.002
        inboxes = [
            f"{server.base_url}/users/u{number}/inbox" for server in (one, two) for number in range(20)
        ]
        for number in range(30):
            async with async_atomic():
                activity = {
                    "id": f"https://testserver/{number}",
                    "type": "TestWave",
                    "actor": "https://testserver/actor",
                }
                await send(signer=0, activity=activity, inboxes=inboxes)
        child = None
        try:
            for _ in range(4):
                child = await start_worker(tmp_path / "said")
                await _more_come(one, two)
                await asyncio.sleep(random.uniform(0, 0.15))
                child.kill()
                await child.wait()
                await end_leases()
            child = await start_worker(tmp_path / "said")
            await wait_until(_none_waits, 30)
        finally:
            if child is not None and child.returncode is None:
                child.kill()
                await child.wait()
        came = Counter(
            (request.target, server.host, request.json()["id"])
            for server in (one, two)
            for request in server.inbox
        )
        assert len(came) == 30 * len(inboxes)
        assert await sql.value("SELECT count(*) FROM federation_delivery WHERE status = 1") == 30 * len(
            inboxes
        )


async def _more_come(*servers: MastodonPeer) -> None:
    before = sum(len(server.inbox) for server in servers)
    await wait_until(lambda: sum(len(server.inbox) for server in servers) > before, 10)


async def end_leases() -> None:
    """Make due now what the dead worker held, once Postgres has ended what it had begun: a claim may commit after the kill."""
    await wait_until(_is_gone)
    await sql.run("UPDATE federation_peer SET state_due_at = now() WHERE state <> 'idle'")


async def _is_gone() -> bool:
    return not await sql.value(
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = %s)", [_NAME]
    )


async def _none_waits() -> bool:
    return not await sql.value("SELECT count(*) FROM federation_delivery WHERE status = 0")
