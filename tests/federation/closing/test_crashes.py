"""Killing the worker while it removes a domain: nothing of it stays, each peer is told of each person, and others keep what they have."""

import asyncio
import random
from pathlib import Path

import pytest

from core.db import sql
from tests.activities.people import follow, make_post
from tests.federation.delivery.test_crashes import end_leases, start_worker
from tests.support.forks import Forked
from tests.support.peers import MastodonPeer
from tests.support.waiting import wait_until
from tests.users.support import make_domain, make_person, make_remote
from users.closing.services import remove_domain
from users.domains.models import Domain

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.servers]

PEOPLE = 70  # more than one portion


async def _state() -> str:
    """Return the state of the domain, whose pauses end here."""
    await sql.run("UPDATE users_domain SET state_due_at = now() WHERE state IN ('closing', 'emptying')")
    return str(await sql.value("SELECT state FROM users_domain WHERE name = 'red.test'"))


async def _steps() -> int:
    """How much of the work is done."""
    return int(
        await sql.value(
            """SELECT (SELECT count(*) FROM users_identity WHERE deleted_at IS NOT NULL)
                   + (SELECT count(*) FROM users_identity WHERE state = 'gone') + (SELECT count(*) FROM activities_post WHERE state = 'gone')
                   + (SELECT count(*) FROM users_domain WHERE state = 'gone')"""
        )
    )


async def test_a_worker_killed_again_and_again_removes_all_of_it(local, tmp_path: Path):
    red, here = await make_domain("red.test"), await Domain.objects.aget(name="testserver")
    ada = await make_person(here, "ada")
    kept = await make_post(ada, content="<p>Kept</p>")
    people = [await make_person(red, f"p{number}") for number in range(PEOPLE)]
    async with MastodonPeer("far.test") as one:
        ana = await make_remote("ana", one.host, shared_inbox_url=f"{one.base_url}/inbox")
        for person in people[:20]:
            await make_post(person, content="<p>Red</p>")
            await follow(ana, person)
        await remove_domain(domain=red, typed="red.test", at_once=True)
        child: Forked | None = None
        try:
            for _ in range(4):
                child = await start_worker(tmp_path / "said", ALL_QUEUES="1")
                before = await _steps()

                async def moves(before: int = before) -> bool:
                    return await _state() == "gone" or await _steps() > before

                await wait_until(moves, 30)
                await asyncio.sleep(random.uniform(0, 0.2))
                child.kill()
                await child.wait()
                await end_leases()
            child = await start_worker(tmp_path / "said", ALL_QUEUES="1")

            async def is_over() -> bool:
                waiting = await sql.value("SELECT count(*) FROM federation_delivery WHERE status = 0")
                return await _state() == "gone" and not waiting

            await wait_until(is_over, 60)
        finally:
            if child is not None and child.returncode is None:
                child.kill()
                await child.wait()
        told = {request.json()["object"] for request in one.inbox if request.json()["type"] == "Delete"}
    assert told == {person.uri for person in people}
    left = await sql.value(
        "SELECT count(*) FROM users_identity WHERE domain_id = %s AND state <> 'gone'", [red.pk]
    )
    assert left == 0
    assert await sql.column("SELECT id FROM activities_post WHERE deleted_at IS NULL") == [kept.pk]
    assert await sql.value("SELECT count(*) FROM users_auditentry WHERE act = 'erase_domain'") == 1
