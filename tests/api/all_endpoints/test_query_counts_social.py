"""The same for lists, conversations, hashtags, filters and groups: as many queries for one row as for forty."""

import pytest

from activities.conversations.models import Conversation
from activities.lists.models import ListMember, PeopleList
from activities.notifications.models import Notification
from activities.posts.models import Visibility
from activities.tags.models import FollowedTag, Hashtag
from tests.activities import people as rows
from tests.api.support.world import World
from tests.support.queries import counted
from users.relations.models import Endorsement, HostBlock

pytestmark = pytest.mark.anyio


_MAX_COUNT = {
    "/api/v1/timelines/list/{list}": 6,
    "/api/v1/lists/{list}/accounts": 6,
    "/api/v1/conversations": 8,
    "/api/v2/notifications": 8,
    "/api/v1/notifications/requests": 8,
    "/api/v1/followed_tags": 6,
    "/api/v2/filters": 6,
    "/api/v1/endorsements": 6,
    "/api/v1/domain_blocks": 4,
    "/api/v1/directory": 6,
    "/api/v2/suggestions": 6,
    "/api/v1/timelines/public": 8,
}


@pytest.mark.slow
@pytest.mark.parametrize("needs", ["", "requests", "suggestions"])
async def test_the_same_number_for_1_20_and_40_rows(
    world: World, monkeypatch: pytest.MonkeyPatch, needs: str
) -> None:
    """Requests need notifications that were filtered, suggestions people whom the reader does not follow."""
    paths = [
        path
        for path in _MAX_COUNT
        if path.endswith(("requests", "suggestions")) == bool(needs) and needs in path
    ]
    people = await PeopleList.objects.acreate(identity=world.ada.me, title="all")
    draft = {"title": "f", "context": ["home"], "keywords_attributes": [{"keyword": "words"}]}
    await world.ada.get("/api/v1/accounts/verify_credentials")
    numbers: dict[str, list[int]] = {path: [] for path in paths}
    made = 0
    for wanted in (1, 20, 40):
        for number in range(made, wanted):
            author = await rows.make_remote(f"author{number}")
            post = await rows.make_post(author, mentions=(world.ada.me,))
            await rows.follow(world.bea.me, author)
            if needs != "suggestions":
                await rows.follow(world.ada.me, author)
            elif not number:
                await rows.follow(world.ada.me, world.bea.me)
            await ListMember.objects.acreate(list=people, identity=author)
            await Endorsement.objects.acreate(source=world.ada.me, target=author)
            direct = await rows.make_post(author, Visibility.mentioned, mentions=(world.ada.me,))
            await Conversation.objects.acreate(
                identity=world.ada.me, thread_id=direct.pk, last_post_id=direct.pk
            )
            tag = await Hashtag.objects.acreate(name=f"tag{number}", display_name=f"tag{number}")
            await FollowedTag.objects.acreate(identity=world.ada.me, hashtag=tag)
            await HostBlock.objects.acreate(identity=world.ada.me, host=f"h{number}.test")
            await Notification.objects.acreate(
                identity=world.ada.me,
                kind="mention",
                actor=author,
                post=post,
                is_filtered=needs == "requests",
            )
            await world.ada.post("/api/v2/filters", json=draft)
        made = wanted
        for path in paths:
            where = path.format(list=people.pk)
            await world.ada.get(where)  # filters that changed are compiled once
            async with counted(monkeypatch) as seen:
                found = await world.ada.get(f"{where}?limit=40")
            found = found.get("notification_groups") if isinstance(found, dict) else found
            assert len(found) >= wanted
            assert 0 < len(seen) <= _MAX_COUNT[path], seen
            numbers[path].append(len(seen))
    assert {path: len(set(counts)) for path, counts in numbers.items()} == dict.fromkeys(paths, 1), numbers
