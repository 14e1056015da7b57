"""Quotes between two other servers that are revoked: only the quoting author's server is told, and drops the stamp in an Update."""

from typing import Any

import httpx
import pytest

from activities.posts.models import Post
from activities.quotes.models import QuoteCheck
from stator.workers.worker import Worker
from tests.activities.people import follow
from tests.federation.conftest import post, running, settled
from tests.federation.fedify import ana as ana
from tests.federation.fedify import peer as peer
from tests.support.peers import Actor, FedifyPeer
from tests.support.waiting import wait_until
from users.identities.models import Identity

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.mark.parametrize("how", ["gone", "of another quote"])
async def test_a_quote_is_hidden_once_its_stamp_is_gone(
    local: httpx.AsyncClient, peer: FedifyPeer, ana: Actor, ada: Identity, worker: Any, how: str
) -> None:
    await follow(ada, await Identity.objects.aget(uri=ana.uri))
    bob = peer.add_actor("bob")
    quoted = peer.note(bob)
    quote = peer.note(ana, quote=quoted["id"])
    stamp = peer.add_document(
        {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{peer.base_url}/stamps/1",
            "type": "QuoteAuthorization",
            "attributedTo": bob.uri,
            "interactingObject": quote["id"],
            "interactionTarget": quoted["id"],
        }
    )
    stamped = {**quote, "quoteAuthorization": stamp["id"]}

    async def sent(kind: str, document: dict[str, Any], count: int) -> None:
        assert (await post(local, peer, ana, peer.activity(ana, kind, document))).status_code == 202
        await settled(count)

    async def is_in(state: str) -> bool:
        found = await Post.objects.filter(uri=quote["id"]).afirst()
        return found is not None and found.quote_state == state

    def asked() -> int:
        return sum(request.path == "/stamps/1" for request in peer.requests)

    async with running(Worker([QuoteCheck], with_jobs=False, poll_s=0.5, drain_s=1)):
        await sent("Create", stamped, 1)
        await wait_until(lambda: is_in("accepted"))
        before = asked()
        await sent("Update", quote, 2)  # some servers leave it out

        async def was_asked() -> bool:
            return asked() > before

        await wait_until(was_asked)
        assert await is_in("accepted")
        if how == "gone":
            del peer.documents["/stamps/1"]
        else:
            stamp["interactingObject"] = f"{quote['id']}0"
        await sent("Update", quote, 3)
        await wait_until(lambda: is_in("revoked"))
        quoted_post = await Post.objects.aget(uri=quoted["id"])
        assert quoted_post.quotes_count == 0
        await sent("Update", stamped, 4)  # an old one that comes late brings nothing back
        assert await is_in("revoked")
