"""Deliveries of the people of a paused domain wait for the end of the pause, however long, and nobody else's do."""

import pytest

from core.db import async_atomic, own_connection, sql
from federation.sending import send
from tests.support.waiting import wait_until
from tests.users.support import make_domain, make_person
from users.domains.models import Domain
from users.domains.services import pause_domain, resume_domain
from users.identities.models import Identity

pytestmark = pytest.mark.anyio


async def _post(signer: Identity, inbox: str, number: int) -> None:
    activity = {"id": f"{signer.uri}#{number}", "type": "TestWave", "actor": signer.uri}
    async with async_atomic():
        await send(signer=signer.pk, activity=activity, inboxes=[inbox])


async def test_deliveries_of_a_paused_domain_wait(local, peer, start_worker):
    domain, other = await Domain.objects.aget(), await make_domain("other.test")
    ada, bea = await make_person(domain, "ada"), await make_person(other, "bea")
    await pause_domain(domain=domain)
    inbox = f"{peer.base_url}/inbox"
    for number, signer in enumerate((ada, bea, ada, bea), start=1):
        await _post(signer, inbox, number)

    async def rows() -> list[tuple[int, str, bool]]:
        async with own_connection():
            return await sql.rows(
                """SELECT status, reason, retry_at < now() + interval '65 seconds' FROM federation_delivery ORDER BY id"""
            )

    async with start_worker():
        await wait_until(lambda: len(peer.inbox) == 2)
        assert {request.json()["id"][-1] for request in peer.inbox} == {"2", "4"}

        async def are_noted() -> bool:
            found = await rows()
            return [each[0] for each in found] == [0, 1, 0, 1] and found[0][1:] == (
                "not signed: testserver is paused by its operators. Nothing is lost: come back in a while.",
                True,
            )

        await wait_until(are_noted, message="they are tried again within a minute, not after hours")
    # no worker has leased the peer whose time is changed
    async with own_connection():
        await resume_domain(domain=domain)
        await sql.run(
            "UPDATE federation_delivery SET retry_at = now() WHERE retry_at < now() + interval '1 day'"
        )
        await sql.run("UPDATE federation_peer SET state_due_at = now()")
    async with start_worker():
        await wait_until(lambda: len(peer.inbox) == 4)
    assert [request.json()["id"][-1] for request in peer.inbox][2:] == ["1", "3"], "in their order"
