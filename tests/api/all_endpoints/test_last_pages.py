"""Last pages of lists: only full pages have `next`, so that clients make no request in vain."""

import re

import pytest

from activities.notifications.models import NotificationKind
from activities.notifications.services.notify import notify
from activities.posts.models import Bookmark, Like
from activities.tags.services.hashtags import set_hashtags
from activities.timelines.queries import candidates
from activities.trends.handlers import compute_trends
from activities.trends.models import Trend, TrendKind
from tests.activities import people as rows
from tests.api.support.world import Speaker, World
from users.relations.services import social

pytestmark = pytest.mark.anyio

ROWS = 5


async def links_of(speaker: Speaker, path: str) -> tuple[list[dict[str, object]], dict[str, str]]:
    response = await speaker.ask("GET", path)
    assert response.status_code == 200, response.text
    found = re.findall(r'<https://testserver([^>]*)>; rel="(\w+)"', response.headers.get("link", ""))
    answer = response.json()
    return answer if isinstance(answer, list) else answer["notification_groups"], {
        rel: path for path, rel in found
    }


async def fill(world: World) -> None:
    """ROWS of whatever ada has lists of."""
    for number in range(ROWS):
        post = await world.post(world.ada, f"#same words {number}")
        await Like.objects.acreate(post=post, identity=world.ada.me, uri=f"https://x.test/{number}")
        await Bookmark.objects.acreate(post=post, identity=world.ada.me)
        await Trend.objects.acreate(kind=TrendKind.post, place=number, score=1, target_id=post.pk)
        who = await rows.make_remote(f"r{number}", f"h{number}.test")
        await rows.follow(who, world.ada.me)
        await rows.follow(world.ada.me, who)
        await rows.block(world.ada.me, await rows.make_remote(f"b{number}"))
        await rows.mute(world.ada.me, await rows.make_remote(f"m{number}"))
        await rows.follow(await rows.make_remote(f"q{number}"), world.ada.me, accepted=False)
        await social.block_host(identity=world.ada.me, host=f"blocked{number}.test")
        await notify(
            kind=NotificationKind.mention, identity_id=world.ada.me.pk, actor_id=who.pk, post_id=post.pk
        )


LISTS = [
    "/api/v1/timelines/home",
    "/api/v1/timelines/public",
    "/api/v1/timelines/public?local=true",
    "/api/v1/timelines/tag/same",
    "/api/v1/accounts/<id>/statuses",
    "/api/v1/accounts/<id>/followers",
    "/api/v1/accounts/<id>/following",
    "/api/v1/favourites",
    "/api/v1/bookmarks",
    "/api/v1/blocks",
    "/api/v1/mutes",
    "/api/v1/domain_blocks",
    "/api/v1/follow_requests",
    "/api/v1/notifications?types[]=mention",
    "/api/v2/notifications?types[]=mention",
    "/api/v1/trends/statuses",
]


@pytest.mark.slow
async def test_next_ends_with_the_last_page(world: World) -> None:
    await fill(world)
    for path in LISTS:
        path = path.replace("<id>", world.ada.id)
        path += f"{'&' if '?' in path else '?'}limit=2"
        here: str | None = path
        sizes = []
        while here is not None:
            found, links = await links_of(world.ada, here)
            sizes.append(len(found))
            here = links.get("next")
            assert len(sizes) < 9, path
            assert "prev" in links or (len(sizes) == 1 and "trends" in path), path
        assert sizes == [2, 2, 1], path


@pytest.mark.slow
async def test_trends_are_paged_by_offset(world: World) -> None:
    for name, people in (("one", 5), ("two", 4), ("three", 3)):
        for number in range(people):
            author = await rows.make_remote(f"{name}{number}")
            post = await rows.make_post(author)
            await set_hashtags(post.pk, {name: name})
    await compute_trends()
    for path in ("/api/v1/trends/tags", "/api/v1/trends"):
        found, links = await links_of(world.nobody, f"{path}?limit=2")
        assert [tag["name"] for tag in found] == ["one", "two"]
        assert links == {"next": f"{path}?limit=2&offset=2"}
        found, links = await links_of(world.nobody, links["next"])
        assert [tag["name"] for tag in found] == ["three"]
        assert links == {"prev": f"{path}?limit=2&offset=0"}
    assert await links_of(world.nobody, "/api/v1/trends/links") == ([], {})


async def test_a_page_that_was_cut_short_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the viewer may not see is looked through in bounded rounds: a short page, even an empty one, may not be the last."""
    first = await rows.make_post(world.remote)
    hidden = await rows.make_remote("hidden")
    await rows.block(world.ada.me, hidden)
    for _ in range(6):
        await rows.make_post(hidden)
    monkeypatch.setattr(candidates, "ROUNDS", 1)
    monkeypatch.setattr(candidates, "CANDIDATES", 2)
    here: str | None = "/api/v1/timelines/public?limit=2"
    seen: list[object] = []
    asked = 0
    while here is not None:
        found, links = await links_of(world.ada, here)
        seen += [status["id"] for status in found]
        here = links.get("next")
        asked += 1
        assert asked < 9
    assert seen == [str(first.pk)]
    assert asked > 2
