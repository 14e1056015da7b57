"""Lists with polls, cards and quotes take the same number of queries whatever their length."""

import datetime as dt

import pytest

from activities.previews.models import PreviewCard
from activities.timelines.models import HomeEntry
from activities.trends.handlers import compute_trends
from core import clock
from tests.activities import people as rows
from tests.api.support.world import World
from tests.support.queries import counted
from users.identities.models import Identity

pytestmark = pytest.mark.anyio


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/api/v1/timelines/home", 8),
        ("/api/v1/trends/statuses", 8),
        ("/api/v2/search?q=words&type=statuses", 8),
        ("/api/v1/trends/links", 4),
        ("/api/v1/statuses/{quoted}/quotes", 10),
        ("/api/v1/scheduled_statuses", 4),
    ],
)
async def test_the_same_number_for_1_20_and_40_rows(
    world: World, monkeypatch: pytest.MonkeyPatch, path: str, most: int
) -> None:
    quoted = await world.post(world.bea, "something else")
    path = path.format(quoted=quoted.pk)
    await Identity.objects.all().aupdate(is_indexable=True, is_discoverable=True)
    numbers, made = [], 0
    for wanted in (1, 18):
        for number in range(made, wanted):
            author = await rows.make_remote(
                f"author{number}", is_discoverable=True, is_indexable=True, attribution_domains=["x.test"]
            )
            card = await PreviewCard.objects.acreate(
                url=f"https://x.test/{number}",
                host="x.test",
                title="x",
                state="fetched",
                creator_id=author.pk,
            )
            question = {
                "options": [{"title": "a", "votes": 1}, {"title": "b", "votes": 0}],
                "multiple": False,
                "voters": 1,
            }
            post = await rows.make_post(
                author,
                question=question,
                card=card,
                quote_of=quoted,
                quote_uri=quoted.uri,
                quote_state="accepted",
                likes_count=9,
            )
            await rows.make_post(await rows.make_remote(f"second{number}"), card=card)
            await HomeEntry.objects.acreate(identity=world.ada.me, post=post)
            later = (clock.now() + dt.timedelta(days=number + 1)).isoformat()
            await world.ada.post("/api/v1/statuses", json={"status": "x", "scheduled_at": later})
        made = wanted
        await compute_trends()
        await world.ada.get(path)
        async with counted(monkeypatch) as seen:
            found = await world.ada.get(f"{path}{'&' if '?' in path else '?'}limit=40")
        found = found["statuses"] if "search" in path else found
        assert len(found) == wanted
        numbers.append(len(seen))
    assert len(set(numbers)) == 1, numbers
    assert 0 < numbers[0] <= most, seen
