"""Looks at profiles whose outbox and pinned posts name others' documents: activitypub-bot's, and groups."""

import pytest

from tests.activities.remote.looking import feature, grow_older, known, outbox, profile, work, written
from tests.activities.remote.test_first_look import statuses
from tests.api.support.world import World
from tests.support.peers import MastodonPeer

pytestmark = pytest.mark.anyio


@pytest.mark.slow
async def test_activities_that_are_only_named_and_only_name_their_posts(
    world: World, far: MastodonPeer
) -> None:
    """As activitypub-bot's outbox does; a later look fetches no activity of a post that is here once more than it must."""
    ana = profile(far)
    creates = [written(far, ana, hours=hours) for hours in range(1, 4)]
    for create in creates:
        far.add_document({**create, "object": create["object"]["id"]})
    circle = f"{far.base_url}/circle"
    far.add_document({"id": circle, "type": "Create", "actor": ana.uri, "object": circle})
    outbox(far, ana, [circle, *(create["id"] for create in creates)])
    person = await known(ana)
    await statuses(world, person)
    await work()
    assert [one["uri"] for one in await statuses(world, person)] == [
        create["object"]["id"] for create in creates
    ]
    asked = len(far.requests)
    await grow_older(hours=25)
    await statuses(world, person)
    await work()
    notes = {create["object"]["id"] for create in creates}
    assert not [one.path for one in far.requests[asked:] if f"{far.base_url}{one.path}" in notes]
    assert sum(one.path == "/circle" for one in far.requests) <= 6


@pytest.mark.slow
async def test_a_groups_profile_shows_what_it_pins_of_its_members(world: World, far: MastodonPeer) -> None:
    cats = profile(far, "cats")
    cats.extra["type"] = "Group"
    mia = profile(far, "mia")
    public = [f"{cats.uri}/followers", "https://www.w3.org/ns/activitystreams#Public"]
    inside = written(far, mia, to=[cats.uri], cc=public, audience=cats.uri)["object"]
    named = written(far, mia, to=[cats.uri], cc=public, audience=cats.uri)["object"]
    outside = written(far, mia)["object"]
    feature(far, cats, [inside, named["id"], outside["id"], f"{far.base_url}/nothing", 5])
    group = await known(cats)
    await statuses(world, group)
    await work()
    shown = await statuses(world, group, pinned=True)
    assert [one["uri"] for one in shown] == [inside["id"], named["id"]]
    page = (await world.http.get(f"/@cats@{far.host}")).text
    assert "Pinned" in page
