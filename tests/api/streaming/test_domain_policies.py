"""Streams of people of two domains, one of which has a policy for the server of a post's author."""

from typing import Any

import pytest

from activities.posts.models import Post, PostGraph
from core import clock
from federation.policies import Policy
from tests.activities.people import make_post, make_remote
from tests.api.streaming.live import event_stream
from tests.api.support.world import Speaker, World
from tests.users.support import make_domain, make_person, make_user
from users.logins.services.staff import OPERATOR
from users.moderation.services.domain_policies import Choice, set_domain_policy

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_each_domain_streams_by_its_own_policies(world: World, port: int) -> None:
    second = await make_domain("second.example")
    person = await make_person(second, "bo", await make_user("bo@example.org"))
    bo = Speaker(world.http, await world.token(person), person)
    eve = await make_remote("eve", "bad.test")

    async def rule(**values: Any) -> None:
        choice = Choice(**values)
        await set_domain_policy(moderator=OPERATOR, domain=world.domain, host="bad.test", choice=choice)

    async def arrives(text: str) -> Post:
        content = f'<p>{text} <a href="https://pills.example/">here</a></p>'
        return await make_post(eve, content=content, state=PostGraph.new.name, state_due_at=clock.now())

    async with (
        event_stream(port, "public", world.ada.token) as ada,
        event_stream(port, "public", bo.token, host="second.example") as other,
    ):
        await rule(strip_links=True, force_sensitive=True)
        await arrives("Buy this")
        for events, is_changed in ((ada, True), (other, False)):
            shown = await events.wait("update", "Buy this")
            assert ("pills.example" not in shown["content"], shown["sensitive"]) == (is_changed, is_changed)
        await rule(policy=Policy.blocked)
        await arrives("Second")
        await other.wait("update", "Second")
        await world.post(world.bea, "the end")
        await ada.wait("update", "the end")
        assert not ada.has("Second")
