"""Home, public, hashtag, likes and bookmarks: what stands in them and how they are paged."""

import pytest

from activities.posts.models import Visibility
from activities.previews.models import PreviewCard
from activities.timelines.models import HomeEntry
from activities.trends.models import Trend
from tests.activities import people as rows
from tests.api.support.world import World
from tests.support.posts import write_post
from tests.users.support import make_domain, make_person
from users.identities.models import Identity

pytestmark = pytest.mark.anyio


def ids(statuses: list[dict]) -> list[str]:
    return [one["id"] for one in statuses]


async def test_home_holds_ones_own_posts_and_what_the_worker_brought(world: World) -> None:
    mine = await world.post(world.ada)
    theirs = await rows.make_post(world.bea.me)
    await rows.follow(world.ada.me, world.bea.me)
    await HomeEntry.objects.acreate(identity=world.ada.me, post=theirs)
    assert ids(await world.ada.get("/api/v1/timelines/home", "[Status]")) == [str(theirs.pk), str(mine.pk)]
    assert await world.bea.get("/api/v1/timelines/home", "[Status]") == []


async def test_the_three_cursors_each_mean_their_own(world: World) -> None:
    posts = [str((await world.post(world.ada, f"post {n}")).pk) for n in range(6)]
    path = "/api/v1/timelines/home"
    assert ids(await world.ada.get(path, params={"limit": 2})) == [posts[5], posts[4]]
    assert ids(await world.ada.get(path, params={"limit": 2, "max_id": posts[4]})) == [posts[3], posts[2]]
    assert ids(await world.ada.get(path, params={"limit": 2, "since_id": posts[1]})) == [posts[5], posts[4]]
    assert ids(await world.ada.get(path, params={"limit": 2, "min_id": posts[1]})) == [posts[3], posts[2]]
    between = {"max_id": posts[4], "since_id": posts[1]}
    assert ids(await world.ada.get(path, params=between)) == [posts[3], posts[2]]


async def test_the_link_header_walks_the_whole_list_both_ways(world: World) -> None:
    posts = [str((await world.post(world.ada, f"post {n}")).pk) for n in range(5)]
    seen: list[str] = []
    url = "/api/v1/timelines/home?limit=2"
    while True:
        response = await world.ada.ask("GET", url)
        seen += ids(response.json())
        if "next" not in response.links:
            break
        url = response.links["next"]["url"]
    assert seen == posts[::-1]
    response = await world.ada.ask("GET", f"/api/v1/timelines/home?limit=2&max_id={posts[2]}")
    newer = await world.ada.ask("GET", response.links["prev"]["url"])
    assert ids(newer.json()) == [posts[3], posts[2]]
    assert response.links["prev"]["url"].startswith(
        "https://testserver/api/v1/timelines/home?limit=2&min_id="
    )


async def test_limits(world: World) -> None:
    for number in range(3):
        await world.post(world.ada, f"post {number}")
    for limit, expected in (
        ("1", 1),
        ("-2", 2),
        ("9999999999999999999999", 3),
        ("many", 3),
        ("0", 0),
        ("", 3),
    ):
        found = await world.ada.get("/api/v1/timelines/home", params={"limit": limit})
        assert len(found) == expected, limit


async def test_public_local_and_remote(world: World) -> None:
    here = await world.post(world.bea)
    far = await rows.make_post(world.remote)
    await world.post(world.bea, visibility=Visibility.unlisted)
    path = "/api/v1/timelines/public"
    assert ids(await world.nobody.get(path, "[Status]")) == [str(far.pk), str(here.pk)]
    assert ids(await world.ada.get(path, "[Status]", params={"local": "true"})) == [str(here.pk)]
    assert ids(await world.ada.get(path, "[Status]", params={"remote": "1"})) == [str(far.pk)]
    assert await world.ada.get(path, params={"only_media": "t"}) == []


async def test_hashtag(world: World) -> None:
    post = await world.post(world.bea, "I like #Cats")
    assert ids(await world.nobody.get("/api/v1/timelines/tag/CATS", "[Status]")) == [str(post.pk)]
    assert await world.nobody.get("/api/v1/timelines/tag/dogs", "[Status]") == []


async def test_a_hashtags_local_posts_are_those_of_the_domain(world: World) -> None:
    """Those of another domain of this server are neither local nor remote, as in public timelines."""
    neighbour = await make_person(await make_domain("other.test"), "zoe")
    here = await world.post(world.bea, "I like #cats")
    there = await write_post(author=neighbour, text="and I like #cats", visibility=Visibility.public)
    path = "/api/v1/timelines/tag/cats"
    assert ids(await world.ada.get(path)) == [str(there.pk), str(here.pk)]
    for speaker in (world.ada, world.nobody):
        assert ids(await speaker.get(path, params={"local": "true"})) == [str(here.pk)]
        assert ids(await speaker.get(path, params={"local": "true", "any[]": ["cats"]})) == [str(here.pk)]
        assert await speaker.get(path, params={"remote": "true"}) == []


@pytest.mark.parametrize(("verb", "path"), [("favourite", "favourites"), ("bookmark", "bookmarks")])
async def test_bookmarks_and_favourites_come_in_order_of_saving(world: World, verb: str, path: str) -> None:
    old, new = await world.post(world.bea, "old"), await world.post(world.bea, "new")
    for post in (new, old):
        await world.ada.post(f"/api/v1/statuses/{post.pk}/{verb}")
    response = await world.ada.ask("GET", f"/api/v1/{path}?limit=1")
    assert ids(response.json()) == [str(old.pk)]
    older = await world.ada.ask("GET", response.links["next"]["url"])
    assert ids(older.json()) == [str(new.pk)]
    assert ids(await world.ada.get(f"/api/v1/{path}", "[Status]")) == [str(old.pk), str(new.pk)]
    assert await world.bea.get(f"/api/v1/{path}") == []


async def test_the_home_timeline_requires_a_user_token(world: World) -> None:
    await world.nobody.refused("GET", "/api/v1/timelines/home", 401, "The access token is invalid")
    await world.app.refused(
        "GET", "/api/v1/timelines/home", 422, "This method requires an authenticated user"
    )


async def test_a_hashtag_with_any_all_and_none_of_others(world: World) -> None:
    texts = ("#cat", "#dog", "#cat #dog", "#cat #dog #bird", "#bird")
    cat, dog, both, three, bird = [str((await world.post(world.bea, text)).pk) for text in texts]
    path = "/api/v1/timelines/tag/cat"

    async def found(**asked: object) -> list[str]:
        return ids(await world.nobody.get(path, "[Status]", params=asked))

    assert await found() == [three, both, cat]
    assert await found(**{"any[]": ["Dog"]}) == [three, both, dog, cat]
    assert await found(**{"any[]": ["dog", "bird"]}) == [bird, three, both, dog, cat]
    assert await found(**{"all[]": ["dog"]}) == [three, both]
    assert await found(**{"all[]": ["#dog", "BIRD"]}) == [three]
    assert await found(**{"none[]": ["bird"]}) == [both, cat]
    assert await found(**{"any[]": ["bird"], "all[]": ["dog"], "none[]": ["nothing"]}) == [three, both]
    assert await found(**{"all[]": ["nothing"]}) == []
    assert await found(**{"any[]": ["dog"], "limit": "2"}) == [three, both]
    assert await found(**{"any[]": ["dog"], "limit": "2", "max_id": both}) == [dog, cat]
    assert await found(local="true") == [three, both, cat]
    assert await found(remote="true") == []
    assert await found(only_media="true") == []


async def test_posts_with_a_link_that_trends(world: World) -> None:
    address, path = "https://news.example/one", "/api/v1/timelines/link"
    card = await PreviewCard.objects.acreate(url=address, title="One")
    found, hidden = [await rows.make_post(who, card=card) for who in (world.bea.me, world.remote)]
    await rows.make_post(world.bea.me)
    await rows.make_post(world.bea.me, Visibility.unlisted, card=card)
    await Identity.objects.filter(pk=world.remote.pk).aupdate(is_discoverable=False)
    await world.nobody.refused("GET", path, 404, "Record not found", params={"url": address})
    await world.nobody.refused("GET", path, 400)
    await Trend.objects.acreate(kind="link", place=1, score=1, target_id=card.pk)
    assert ids(await world.nobody.get(path, "[Status]", params={"url": address})) == [str(found.pk)]
    assert str(hidden.pk) not in ids(await world.ada.get(path, "[Status]", params={"url": address}))
    await rows.block(world.ada.me, world.bea.me)
    assert await world.ada.get(path, "[Status]", params={"url": address}) == []
