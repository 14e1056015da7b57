"""Timelines that stay open: lists and hashtags hear of new posts, a lost connection is made up for, and notifications go on while one scrolls."""

import pytest
from playwright.async_api import Browser, expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.line import context_with_line
from tests.pages.browser.town import DESK, let_in, listen, send
from tests.support.servers import Server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_lists_and_hashtags_hear_of_new_posts(town: Server, visit: Visit) -> None:
    ana, bob = [await visit(name) for name in ("ana", "bob")]
    heard = listen(ana)
    await send(bob, town, "A first one about #lighthouses")
    await ana.goto(f"{town.base_url}/lists")
    await ana.get_by_label("Title").fill("Keepers")
    await ana.get_by_role("button", name="Create list").click()
    await ana.get_by_label("Name or handle").fill("bob")
    await ana.locator("#found").get_by_role("button", name="add @bob").click()
    await expect(ana.get_by_text("Added to the list.")).to_be_visible()
    tag = await ana.context.new_page()
    async with ana.expect_websocket():
        await ana.goto(f"{town.base_url}/home")
    await ana.locator(".home-tabs").get_by_role("link", name="Keepers").click()
    await expect(ana.get_by_role("heading", level=1)).to_have_text("Keepers")
    await tag.goto(f"{town.base_url}/tags/lighthouses")
    await send(bob, town, "A second one about #lighthouses")
    await expect(tag.get_by_role("button", name="1 new post")).to_be_visible()
    await expect(ana.get_by_role("button", name="1 new post")).to_be_visible()
    await ana.get_by_role("button", name="1 new post").click()
    await expect(ana.locator("article.post").first).to_contain_text("A second one")
    assert heard == []


async def test_only_what_has_come_is_offered_after_a_lost_connection(
    town: Server, chromium_process: Browser, visit: Visit
) -> None:
    bob = await visit("bob")
    await send(bob, town, "Before the storm")
    async with context_with_line(chromium_process, viewport=DESK) as (other, line):
        ana = await other.new_page()
        sockets: list[str] = []
        ana.on("websocket", lambda one: sockets.append(one.url))
        await let_in(ana, town, "ana")
        await ana.goto(f"{town.base_url}/local")
        await wait_until(lambda: sockets)
        pill = ana.locator(".new-posts")
        await line.cut()
        async with ana.expect_response(f"{town.base_url}/local"):
            await line.mend()
        await expect(pill).to_have_count(0)
        await line.cut()
        await send(bob, town, "After the storm")
        async with ana.expect_response(f"{town.base_url}/local"):
            await line.mend()
        await expect(pill).to_have_text("1 new post")


async def test_older_notifications_come_while_one_scrolls(town: Server, visit: Visit) -> None:
    ana, bob = [await visit(name) for name in ("ana", "bob")]
    await send(bob, town, *(f"@ana {number} ships" for number in range(45)))

    async def has_all() -> bool:
        await ana.goto(f"{town.base_url}/notifications?show=mentions")
        return await ana.get_by_text("44 ships").count() > 0

    await wait_until(has_all)
    rows = ana.locator("main > .feed > [data-group]")
    shown = await rows.count()
    assert shown < 45
    first = ana.locator("article.post", has_text="@ana 0 ships")

    async def has_come() -> bool:
        await ana.keyboard.press("End")
        return await first.count() > 0

    await wait_until(has_come)
    assert await rows.count() >= 45
    assert "show=mentions" in ana.url
    place = ana.locator("article.post", has_text="@ana 5 ships")
    await place.scroll_into_view_if_needed()
    await place.locator("a.when").click()
    await expect(ana.locator("article.focus")).to_contain_text("5 ships")
    await ana.go_back()
    await expect(place).to_be_in_viewport()
