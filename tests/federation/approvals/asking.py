"""Authors, actors who ask for approval, and their requests."""

import asyncio
import json
from typing import Any

import httpx

from activities.approvals.models import Approval
from activities.posts.models import InteractionPolicy, Post
from core.db import sql
from federation.models import InboxMessage
from stator.workers.worker import Worker
from tests.activities.people import make_post
from tests.federation.conftest import met, post, settled
from tests.support.peers import Actor, FedifyPeer
from tests.support.waiting import wait_until
from users.identities.models import Identity

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
ASKED = InteractionPolicy.public_asked.value


async def known(peer: FedifyPeer, name: str) -> tuple[Actor, Identity]:
    actor = peer.actors.get(name) or peer.add_actor(name)
    return actor, await met(actor)


async def sent(*kinds: str) -> list[dict[str, Any]]:
    found = await sql.column(
        "SELECT body FROM federation_outgoingactivity WHERE activity_type = ANY(%s) ORDER BY id",
        [list(kinds)],
    )
    return [json.loads(bytes(body)) for body in found]


async def ended(
    local: httpx.AsyncClient, peer: FedifyPeer, actor: Actor, document: Any, count: int = 1
) -> InboxMessage:
    assert (await post(local, peer, actor, document)).status_code == 202
    return (await settled(count))[-1]


async def checked() -> None:
    """Run a worker that verifies the claimed approvals."""
    stop = asyncio.Event()
    runner = Worker([Approval], with_jobs=False, poll_s=0.5, drain_s=1)
    task = asyncio.create_task(runner.run(stop))
    try:
        await wait_until(
            lambda: sql.value("SELECT count(*) = 0 FROM activities_approval WHERE state = 'stated'")
        )
    finally:
        stop.set()
        await task


def reply_to(peer: FedifyPeer, actor: Actor, answered: str, **more: Any) -> dict[str, Any]:
    return peer.note(actor, inReplyTo=answered, **more)


async def remote_post(peer: FedifyPeer, actor: Actor, who: Identity, **rules: Any) -> Post:
    policy = {name: {"automaticApproval": [actor.uri], "manualApproval": [PUBLIC]} for name in rules}
    note = peer.note(actor, interactionPolicy=policy)
    flags = {rules[name]: ASKED for name in rules}
    return await make_post(who, uri=note["id"], **flags)
