"""A live stream of Owncast, from its announcement to a press on Play: real processes, a real browser, the stream's page played by this test."""

import json
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from playwright.async_api import Browser, Route, expect

from tests.federation.acting import NO_LIMITS, Person, people
from tests.pages.browser.town import PHONE, faults_of, listen
from tests.support.browser import new_context
from tests.support.peers import Actor, OwncastPeer
from tests.support.servers import running_server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]

LOOPBACK = {**NO_LIMITS, "TAKAHE_ALLOWED_NETWORKS": "127.0.0.0/8", "TAKAHE_ALLOW_HTTP": "true"}
STREAM = "<title>Stream</title><button>Mute the looms</button>"


@pytest.fixture(scope="module")
async def ana(anyio_backend: object) -> AsyncIterator[Person]:
    async with running_server(env=LOOPBACK) as server, people(server) as (ana,):
        yield ana


async def announced(ana: Person, peer: OwncastPeer, loom: Actor) -> Any:
    """The announcement as ana's home has it, once its card is there. She follows the stream."""
    followed = await ana.look_up(f"loom@{peer.host}")
    await ana.post(f"/api/v1/accounts/{followed}/follow")
    follow = await wait_until(lambda: next((one.json() for one in peer.inbox), None), message="Follow")
    inbox = f"{ana.server.base_url}/inbox"
    for activity in (
        peer.activity(loom, "Accept", follow),
        peer.activity(loom, "Create", peer.going_live(loom)),
    ):
        body = json.dumps(activity).encode()
        headers = peer.signed(loom, inbox, body) | {"content-type": "application/activity+json"}
        async with ana.server.client() as client:
            assert (await client.post("/inbox", content=body, headers=headers)).status_code == 202

    await wait_until(lambda: ana.seen("looms are running"), message="the announcement")
    async with await psycopg.AsyncConnection.connect(ana.server.database_url, autocommit=True) as database:
        await database.execute(
            "UPDATE activities_previewcard SET state_due_at = now()"
        )  # it is within a minute

    async def shown() -> Any:
        post = await ana.seen("looms are running")
        return post if post and post["card"] else None

    return await wait_until(shown, 70, message="the card of the announcement")


async def test_an_announced_stream_plays_in_place(ana: Person, chromium_process: Browser) -> None:
    async with OwncastPeer() as peer:
        loom = peer.add_actor("loom")
        post = await announced(ana, peer, loom)
        card = post["card"]
        assert (card["type"], card["title"], card["width"], card["height"]) == (
            "video",
            "Loom & thread",
            560,
            315,
        )
        assert card["html"].startswith(f'<iframe src="{peer.site}/embed/video" width="560" height="315"')
        assert card["image"].startswith(f"{ana.server.base_url}/media/r/")
        assert [one["type"] for one in post["media_attachments"]] == ["image"]

        asked: list[str] = []

        async def stream(route: Route) -> None:
            asked.append(route.request.url)
            await route.fulfill(body=STREAM, content_type="text/html")

        context = await new_context(chromium_process, viewport=PHONE)
        await context.route(f"{peer.site}/**", stream)
        page = await context.new_page()
        heard = listen(page)
        await page.goto(f"{ana.server.base_url}/@loom@{peer.host}/{post['id']}")
        await expect(page.locator(".media img")).to_have_count(1)
        play = page.get_by_role("button", name="Play: Loom & thread")
        await expect(play).to_be_visible()
        assert await faults_of(page) == []
        assert asked == [], "nothing of the stream is loaded before it is asked for"
        await play.click()
        film = page.frame_locator(".player > iframe").frame_locator("iframe")
        await expect(film.get_by_role("button", name="Mute the looms")).to_be_visible()
        assert asked == [f"{peer.site}/embed/video?autoplay=1"]
        assert heard == []
        await context.close()
