"""Servers that accept and stay silent: who waits for them holds no database connection, and only so many wait."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from activities.posts.models import Post, Visibility
from activities.publishing.services import mentions
from api import people
from api.endpoints import search
from core import clock
from core.db import own_connection, release_connection
from core.http import Client
from federation.fetching import lookups
from federation.models import Peer
from takahe.asgi import application
from tests.activities.people import follow, make_post, make_remote
from tests.api.support.world import World
from tests.core.asgi_app import http_for
from tests.support.memory import forget_everything
from tests.support.peers import Corpse, MastodonPeer, cavage_headers, make_key, outbound
from tests.support.pool import connections_in_use
from tests.support.waiting import wait_until
from tests.users.support import AP, sign_in
from users.logins.cookies import cookie_name

pytestmark = pytest.mark.anyio
NAMES = ["silent.test", "a.mute.test", "b.mute.test", "known.test", *(f"s{n}.test" for n in range(10))]


@pytest.fixture(autouse=True)
async def _patience(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Loopback may be asked, and nothing ends by its time limit: what is quicker than what must not depend on the machine."""
    for module, name in (
        (lookups, "TIMEOUT_S"),
        (people, "RESOLVE_TIMEOUT_S"),
        (search, "RESOLVE_TIMEOUT_S"),
        (mentions, "_LOOK_UP_S"),
    ):
        monkeypatch.setattr(module, name, 600.0)
    monkeypatch.setitem(Client.get.__kwdefaults__, "timeout_s", 600.0)
    async with outbound(resolve=dict.fromkeys(NAMES, "127.0.0.1")):
        yield


@pytest.fixture
async def corpse() -> AsyncIterator[Corpse]:
    """One silent server, whatever its name; `stop` ends every wait for it."""
    async with Corpse() as silent:
        yield silent


@pytest.fixture
async def hidden(world: World) -> Post:
    return await make_post(world.ada.me, Visibility.followers)


async def signed_get(
    post: Post, key_id: str, address: str = "127.0.0.1", key: object = None
) -> httpx.Response:
    path = "/" + post.uri.split("/", 3)[3]
    headers = cavage_headers(key or make_key(), key_id, "GET", f"http://testserver{path}")  # type: ignore[arg-type]
    async with http_for(application, address) as http:
        return await http.get(path, headers={**headers, **AP})


@asynccontextmanager
async def waiting(*requests: Awaitable[httpx.Response]) -> AsyncIterator[list[asyncio.Task[httpx.Response]]]:
    """These run until the end of the block, when those that still wait are given up."""
    await release_connection()
    tasks = [asyncio.ensure_future(request) for request in requests]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def statuses(tasks: list[asyncio.Task[httpx.Response]]) -> list[int]:
    return [task.result().status_code for task in tasks if task.done()]


async def others_are_answered(world: World) -> None:
    """While somebody waits: health, a page, a document, the API."""
    assert "worker" in (await world.http.get("/health")).json()["reason"]
    for path in ("/@ada", "/users/ada", "/api/v1/instance", "/api/v1/timelines/public"):
        headers = AP if path.startswith("/users") else {}
        assert (await world.http.get(path, headers=headers)).status_code == 200
    await world.ada.get("/api/v1/timelines/home")


@pytest.mark.slow
@pytest.mark.parametrize(
    "address", ["127.0.0.1", ""]
)  # a proxy that speaks through a Unix socket may name none
async def test_twelve_keys_of_a_silent_server_do_not_block_others(
    world: World, corpse: Corpse, hidden: Post, address: str
) -> None:
    keys = [f"http://silent.test:{corpse.port}/users/u{number}#main-key" for number in range(12)]
    async with waiting(*[signed_get(hidden, key, address) for key in keys]) as asking:
        await wait_until(lambda: len(corpse.requests) + len(statuses(asking)) == len(keys))
        assert len(corpse.requests) == lookups.MAX_PER_CLIENT
        assert statuses(asking) == [429] * (len(keys) - lookups.MAX_PER_CLIENT)
        await wait_until(lambda: connections_in_use() == 0)
        await others_are_answered(world)
        await release_connection()
        await wait_until(lambda: connections_in_use() == 0)
        assert len(statuses(asking)) == len(keys) - lookups.MAX_PER_CLIENT, "the others were quicker"
        refused = next(task.result() for task in asking if task.done())
        assert int(refused.headers["retry-after"]) > 0
        await corpse.stop()
        await asyncio.wait(asking)
        assert statuses(asking).count(404) == lookups.MAX_PER_CLIENT


@pytest.mark.slow
async def test_lookups_are_limited_per_registrable_domain(world: World, corpse: Corpse, hidden: Post) -> None:
    keys = [f"http://{'ab'[n % 2]}.mute.test:{corpse.port}/users/u{n}#main-key" for n in range(10)]
    async with waiting(*[signed_get(hidden, key, f"203.0.113.{n}") for n, key in enumerate(keys)]) as asking:
        await wait_until(lambda: len(corpse.requests) + len(statuses(asking)) == len(keys))
        assert len(corpse.requests) == lookups.MAX_PER_SITE
        assert set(statuses(asking)) == {429}


@pytest.mark.slow
async def test_made_up_servers_leave_room_for_those_that_are_known(
    world: World, corpse: Corpse, hidden: Post
) -> None:
    keys = [f"http://s{n % 10}.test:{corpse.port}/users/u{n}#main-key" for n in range(50)]
    async with MastodonPeer("known.test") as known:
        ana = known.add_actor("ana")
        await Peer.objects.acreate(host=known.host, last_received_at=clock.now())
        await follow(await make_remote("ana", uri_host(ana.uri)), world.ada.me)
        await release_connection()
        asked = [signed_get(hidden, key, f"2001:db8:0:{n:x}::1") for n, key in enumerate(keys)]
        async with waiting(*asked) as asking:
            await wait_until(lambda: len(corpse.requests) + len(statuses(asking)) == len(keys))
            assert len(corpse.requests) == lookups.MAX_UNKNOWN
            answer = await signed_get(hidden, ana.key_id, "198.51.100.7", ana.key)
            assert answer.status_code == 404  # its key was fetched; it is no follower under this id
            assert any(request.path == "/users/ana" for request in known.requests)
            await others_are_answered(world)


def uri_host(uri: str) -> str:
    return uri.split("/")[2]


async def test_a_silent_site_is_left_alone_for_a_while(
    world: World, corpse: Corpse, hidden: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "SILENT_AFTER_S", 0.0)
    key = f"http://silent.test:{corpse.port}/users/u#main-key"
    async with waiting(signed_get(hidden, key)) as asking:
        await wait_until(lambda: corpse.requests)
        await corpse.stop()
        await asyncio.wait(asking)
        assert statuses(asking) == [404]
    await corpse.start()
    assert (await signed_get(hidden, key.replace("/u#", "/other#"), "203.0.113.9")).status_code == 404
    assert len(corpse.requests) == 1
    forget_everything()
    async with waiting(signed_get(hidden, key)):
        await wait_until(lambda: len(corpse.requests) == 2)


async def test_a_request_waits_for_a_few_seconds_only(
    world: World, corpse: Corpse, hidden: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "TIMEOUT_S", 0.01)
    await release_connection()
    key = f"http://silent.test:{corpse.port}/users/u#main-key"
    assert (await signed_get(hidden, key)).status_code == 404
    found = await resolve_handle(world, key)
    assert (found.status_code, found.json()["accounts"]) == (200, [])


async def resolve(world: World, url: str) -> httpx.Response:
    return await world.ada.ask("GET", "/api/v2/search", params={"q": url, "resolve": "true"})


async def resolve_handle(world: World, url: str) -> httpx.Response:
    return await resolve(world, f"@zoe@{uri_host(url)}")


async def search_page(world: World, url: str) -> httpx.Response:
    return await _signed_in(world, f"/search?q=@zoe@{uri_host(url)}")


async def landing(world: World, url: str) -> httpx.Response:
    return await _signed_in(world, f"/authorize_interaction?uri={url}")


async def mention(world: World, url: str) -> httpx.Response:
    return await world.ada.ask("POST", "/api/v1/statuses", json={"status": f"hello @zoe@{uri_host(url)}"})


async def _signed_in(world: World, path: str) -> httpx.Response:
    async with own_connection():
        _, cookie = await sign_in(world.ada_login, world.domain)
    async with http_for(application, cookies={cookie_name(world.domain): cookie}) as http:
        return await http.get(path, headers={"Accept": "text/html"})


@pytest.mark.parametrize(
    ("ask", "ends"),
    [(resolve, 200), (resolve_handle, 200), (search_page, 200), (landing, 502), (mention, 200)],
    ids=lambda one: getattr(one, "__name__", str(one)),
)
async def test_a_lookup_holds_no_database_connection(
    world: World, corpse: Corpse, ask: Callable[[World, str], Awaitable[httpx.Response]], ends: int
) -> None:
    url = f"http://silent.test:{corpse.port}/users/zoe"
    async with waiting(ask(world, url)) as asking:
        await wait_until(lambda: corpse.requests)
        await wait_until(lambda: connections_in_use() == 0)
        await others_are_answered(world)
        assert not asking[0].done(), "the others were quicker"
        await corpse.stop()
        await asyncio.wait(asking)
        assert statuses(asking) == [ends]
