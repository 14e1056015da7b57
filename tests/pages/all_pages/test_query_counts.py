"""The query count of a page is the same for 1, 20 and 40 rows."""

import pytest

from activities.notifications.models import Notification
from activities.timelines.models import HomeEntry
from tests.activities import people as rows
from tests.pages.conftest import Site
from tests.support.queries import counted

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/home", 8),
        ("/@mia", 8),
        ("/@mia/{root}", 10),
        ("/notifications", 8),
        ("/search?q=words", 8),
        ("/local", 8),
        ("/federated", 8),
    ],
)
async def test_the_same_number_for_1_20_and_40_rows(
    site: Site, monkeypatch: pytest.MonkeyPatch, path: str, most: int
) -> None:
    mia = site.member.me
    root = await rows.make_post(mia)
    numbers, made = [], 0
    for wanted in (1, 20, 40):
        for number in range(made, wanted):
            author = await rows.make_remote(f"author{number}")
            post = await rows.make_post(author, in_reply_to=root, mentions=(mia,))
            await rows.make_post(mia)
            await HomeEntry.objects.acreate(identity=mia, post=post)
            await Notification.objects.acreate(identity=mia, kind="mention", actor=author, post=post)
        made = wanted
        address = path.format(root=root.pk)
        await site.member.get(address)
        async with counted(monkeypatch) as seen:
            answer = await site.member.get(address)
        assert answer.status_code == 200
        assert answer.text.count("<article") >= min(wanted, 20)
        numbers.append(len(seen))
    assert len(set(numbers)) == 1, numbers
    assert 0 < numbers[0] <= most, seen
