"""Quoted posts are streamed only to clients that may see them, with their filters."""

import pytest

from activities.filters import services as filters
from activities.posts.models import Visibility
from tests.api.streaming.live import event_stream
from tests.api.support.entities import check
from tests.api.support.world import World
from users.relations.services import blocking, following

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_each_sees_the_quoted_post_as_they_may(world: World, port: int) -> None:
    cara, dan = [await world.speaker(name) for name in ("cara", "dan")]
    await blocking.block(source=world.bea.me, target_id=cara.me.pk)
    await filters.create_filter(
        identity=dan.me,
        title="No cats",
        contexts=["public"],
        keywords=[filters.KeywordDraft(keyword="cats")],
    )
    quoted = await world.post(world.bea, "of cats")
    async with (
        event_stream(port, "public", world.ada.token) as ada,
        event_stream(port, "public", cara.token) as blocked,
        event_stream(port, "public", dan.token) as filtered,
    ):
        await world.post(world.ada, "look here", quoted_id=quoted.pk)
        update = await ada.wait("update", "look here")
        check("Status", update, signed_in=False)
        assert update["quote"]["quoted_status"]["id"] == str(quoted.pk)
        assert "filtered" not in update["quote"]["quoted_status"]
        update = await blocked.wait("update", "look here")
        assert update["quote"] == {"state": "unauthorized", "quoted_status": None}
        update = await filtered.wait("update", "look here")
        assert update["filtered"] == []
        (result,) = update["quote"]["quoted_status"]["filtered"]
        assert result["keyword_matches"] == ["cats"]


async def test_a_quote_of_ones_own_private_post_reaches_followers_whole(world: World, port: int) -> None:
    await following.follow(source=world.ada.me, target_id=world.bea.me.pk)
    quoted = await world.post(world.bea, "a secret", visibility=Visibility.followers)
    async with event_stream(port, "user", world.ada.token) as ada:
        await world.post(world.bea, "my secret", visibility=Visibility.followers, quoted_id=quoted.pk)
        update = await ada.wait("update", "my secret")
        assert update["quote"]["quoted_status"]["id"] == str(quoted.pk)
