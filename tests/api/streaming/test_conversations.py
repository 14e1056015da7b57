"""Replies that are fetched because somebody opened a conversation are streamed where Mastodon streams them: to readers of their hashtags."""

import pytest

from activities.publishing.services.fetching import ensure_post
from federation.fetching import pacing
from federation.models import SystemKey
from tests.activities.remote.walking import lists, open_thread, reply
from tests.api.streaming.live import event_stream
from tests.api.support.entities import check
from tests.api.support.world import World
from tests.support.peers import MastodonPeer, outbound
from tests.users.support import key_pair

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_fetched_replies_reach_streams(
    world: World, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One with a followed hashtag reaches Home and its hashtag; replies reach no public stream, as they are on no public timeline."""
    monkeypatch.setattr(pacing, "MIN_INTERVAL_S", 0.0)
    await SystemKey.objects.acreate(public_key=key_pair().public_pem, private_key=key_pair().private_pem)
    tag = {"type": "Hashtag", "name": "#Fog", "href": "https://far.test/tags/fog"}
    await world.ada.post("/api/v1/tags/fog/follow")
    async with outbound(resolve={"far.test": "127.0.0.1"}), MastodonPeer("far.test") as far:
        ana, bob = far.add_actor("ana"), far.add_actor("bob")
        root = far.note(ana)
        with_tag, without = reply(far, bob, root["id"], tag=[tag]), reply(far, bob, root["id"])
        with_tag["content"], without["content"] = "<p>of #Fog</p>", "<p>of nothing</p>"
        lists(far, root, [with_tag["id"], without["id"]])
        post = await ensure_post(root["id"])
        async with (
            event_stream(port, "user", world.ada.token) as home,
            event_stream(port, "hashtag", world.bea.token, tag="fog") as hashtag,
            event_stream(port, "public", world.bea.token) as public,
        ):
            shown = await open_thread(world, post)
            assert len(shown["descendants"]) == 2
            for stream in (home, hashtag):
                update = await stream.wait("update", "of #")
                check("Status", update, signed_in=False)
                assert update["uri"] == with_tag["id"]
            await world.post(world.bea, "and something else")
            await public.wait("update", "and something else")
            for stream in (home, hashtag, public):
                assert not stream.has("of nothing")
            assert not public.has(with_tag["id"])
