"""A key of ours that can't be used holds up what its owner sends, and nobody else."""

import pytest

from core.db import async_atomic, own_connection, sql
from federation.models import Peer
from federation.sending import send
from tests.support.memory import forget_everything
from tests.support.waiting import wait_until
from tests.users.support import make_person
from users.domains.models import Domain
from users.identities.models import Identity

pytestmark = pytest.mark.anyio

UNUSABLE = {
    "sealed with a secret that is not set": "sealed:v1:" + "A" * 40,
    "damaged": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    "empty": "",
}


async def _post(signer: int, inbox: str, number: int) -> None:
    activity = {
        "id": f"http://testserver/activities/{number}",
        "type": "TestWave",
        "actor": "http://testserver/a",
    }
    async with async_atomic():
        await send(signer=signer, activity=activity, inboxes=[inbox])


@pytest.mark.parametrize("key", UNUSABLE.values(), ids=UNUSABLE)
async def test_deliveries_with_an_unusable_key_wait_alone(local, peer, start_worker, key):
    domain = await Domain.objects.aget()
    bad = await make_person(domain, "bad")
    await Identity.objects.filter(pk=bad.pk).aupdate(private_key=key)
    well = await make_person(domain, "well")
    inbox = f"{peer.base_url}/inbox"
    for number, signer in enumerate((bad, well, bad, well), start=1):
        await _post(signer.pk, inbox, number)

    async def rows() -> list[tuple[int, int, str]]:
        async with own_connection():
            return await sql.rows("SELECT status, attempts, reason FROM federation_delivery ORDER BY id")

    async with start_worker():
        await wait_until(lambda: len(peer.inbox) == 2)
        assert {request.json()["id"][-1] for request in peer.inbox} == {"2", "4"}

        async def are_noted() -> bool:
            found = await rows()
            return [each[0] for each in found] == [0, 1, 0, 1] and "key" in found[0][2]

        await wait_until(are_noted, message="what can't be signed waits, with a reason")
        async with own_connection():
            row = await Peer.objects.aget(host=peer.host)
            assert row.last_failure_at is None, "nothing was ever held against the host"
            await Identity.objects.filter(pk=bad.pk).aupdate(private_key=well.private_key)
            forget_everything()
            await sql.run(
                "UPDATE federation_delivery SET retry_at = now() WHERE retry_at < now() + interval '1 day'"
            )
            await sql.run("UPDATE federation_peer SET state_due_at = now()")
        await wait_until(lambda: len(peer.inbox) == 4)
