"""The number of queries does not depend on the number of rows."""

import pytest

from activities.notifications.models import Notification
from activities.tags.models import Hashtag
from activities.timelines.models import HomeEntry
from tests.activities import people as rows
from tests.api.support.world import World
from tests.support.queries import counted

pytestmark = pytest.mark.anyio


async def test_verify_credentials_takes_three_at_most(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.ada.get("/api/v1/accounts/verify_credentials")
    async with counted(monkeypatch) as seen:
        await world.ada.get("/api/v1/accounts/verify_credentials")
    assert 0 < len(seen) <= 3, seen


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/api/v1/timelines/home", 8),
        ("/api/v1/timelines/public", 8),
        ("/api/v1/notifications", 8),
        ("/api/v1/blocks", 4),
        ("/api/v1/mutes", 4),
    ],
)
async def test_the_same_number_for_1_20_and_40_rows(
    world: World, monkeypatch: pytest.MonkeyPatch, path: str, most: int
) -> None:
    await world.ada.get("/api/v1/accounts/verify_credentials")
    numbers = []
    made = 0
    for wanted in (1, 20, 40):
        for number in range(made, wanted):
            author = await rows.make_remote(f"author{number}")
            post = await rows.make_post(author, mentions=(world.ada.me,))
            await HomeEntry.objects.acreate(identity=world.ada.me, post=post)
            await Notification.objects.acreate(identity=world.ada.me, kind="mention", actor=author, post=post)
            enemy = await rows.make_remote(f"enemy{number}")
            await rows.block(world.ada.me, enemy)
            await rows.mute(world.ada.me, enemy)
        made = wanted
        async with counted(monkeypatch) as seen:
            found = await world.ada.get(f"{path}?limit=40")
        assert len(found) == wanted
        numbers.append(len(seen))
    assert len(set(numbers)) == 1, numbers
    assert 0 < numbers[0] <= most, seen


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/api/v1/statuses/{root}/context", "/api/v2/search?q=kittens&limit=40"])
async def test_threads_and_searches_take_the_same_number(
    world: World, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    root = await rows.make_post(world.bea.me)
    numbers, made = [], 0
    for wanted in (1, 20, 40):
        for number in range(made, wanted):
            author = await rows.make_remote(f"kittens{number}", is_discoverable=True, is_indexable=True)
            await rows.make_post(author, in_reply_to=root, content="<p>all about kittens</p>")
            await Hashtag.objects.acreate(name=f"kittens{number}", display_name=f"Kittens{number}")
        made = wanted
        address = path.format(root=root.pk)
        await world.ada.get(address)
        async with counted(monkeypatch) as seen:
            found = await world.ada.get(address)
        kinds = {"descendants", "accounts", "statuses", "hashtags"} & found.keys()
        assert {kind: len(found[kind]) for kind in kinds} == dict.fromkeys(kinds, wanted)
        numbers.append(len(seen))
    assert len(set(numbers)) == 1, numbers
    assert 0 < numbers[0] <= 12, seen
