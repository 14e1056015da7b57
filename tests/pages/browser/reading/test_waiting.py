"""Rows and columns that are still on their way."""

import asyncio
import re

import pytest
from playwright.async_api import Route, expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import PHONE
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_rows_without_words_stand_for_older_posts(town: Server, visit: Visit) -> None:
    page = await visit("ana", viewport=PHONE)
    held = asyncio.Event()

    async def hold(route: Route) -> None:
        await held.wait()
        await route.continue_()

    await page.route(re.compile(r"/home\?.*max_id="), hold)
    await page.goto(f"{town.base_url}/home")
    count = await page.locator("article.post").count()
    pager = page.locator(".pager:has(a.htmx-request)")
    await page.evaluate("scrollTo(0, document.body.scrollHeight)")
    await expect(pager).to_be_visible()
    box = await pager.bounding_box()
    assert box
    assert box["height"] > 400
    assert await pager.evaluate("one => getComputedStyle(one).animationName") == "none", "reduced motion"
    held.set()
    await expect(page.locator("article.post").nth(count)).to_be_attached()


async def test_the_right_column_comes_with_its_style(town: Server, visit: Visit) -> None:
    page = await visit("ana", viewport={"width": 1440, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    held = asyncio.Event()

    async def hold(route: Route) -> None:
        await held.wait()
        await route.continue_()

    await page.route("**/parts/aside*.css", hold)
    await page.goto(f"{town.base_url}/home", wait_until="domcontentloaded")
    async with page.expect_response("**/aside?next=*"):
        assert not [address for address in asked if "/aside?" in address], "not before its style sheet"
        held.set()
    await expect(page.locator("aside .around[hx-get]")).to_have_count(0)
