"""A held post that quotes a local one: its author hears of it when it is released."""

from typing import Any

import httpx
import pytest

from activities.notifications.models import Notification
from activities.posts.models import InteractionPolicy, Post
from activities.publishing.services.sheltering import release_posts
from activities.shelter.services.rules import add_rule
from tests.activities.people import make_post
from tests.federation.fedify import ana as ana
from tests.federation.fedify import peer as peer
from tests.federation.test_quote_requests import ended, quoting_note, request
from tests.support.peers import Actor, FedifyPeer
from users.identities.models import Identity
from users.logins.services.staff import OPERATOR

pytestmark = pytest.mark.anyio


async def test_a_held_quote_notifies_once_it_is_released(
    local: httpx.AsyncClient, peer: FedifyPeer, ana: Actor, ada: Identity, worker: Any
) -> None:
    await add_rule(moderator=OPERATOR, name="Spam", action="hold", mode="active", phrases=["hello"])
    mine = await make_post(ada, quote_policy=InteractionPolicy.public)
    note = quoting_note(peer, ana, mine.uri)
    await ended(local, peer, ana, request(peer, ana, mine.uri, note))
    quoting = await Post.objects.aget(uri=note["id"])
    assert (quoting.state, quoting.quote_state) == ("sheltered", "accepted")
    assert not await Notification.objects.aexists()
    await release_posts(moderator=OPERATOR, post_ids=[quoting.pk])
    assert [row.kind async for row in Notification.objects.filter(identity=ada, post=quoting)] == ["quote"]
