"""The right column of wide screens: it arrives once it is in sight, and without scripts it is links."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.pages.browser.town import PHONE, faults_of, listen, open_home
from tests.support.browser import new_context
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]

WIDE = {"width": 1440, "height": 900}


async def test_the_column_arrives_and_its_people_are_followed_in_place(
    town: Server, chromium_process: Browser, page_without_scripts: Page
) -> None:
    """On one server, as following bob changes it: wide screens, phones, which never ask for it, and no scripts."""
    await town.run("tests.pages.browser.frame.popular")
    without = page_without_scripts
    await without.set_viewport_size(WIDE)
    await open_home(without, town, "ana")
    column = without.get_by_role("complementary")
    await column.get_by_role("link", name="Explore").click()
    await expect(without.locator("h1")).to_have_text("Explore")
    await column.get_by_role("searchbox").fill("bob")
    await column.get_by_role("button", name="Search").click()
    await expect(without.locator("main .person", has_text="bob")).to_be_visible()

    context = await new_context(chromium_process, viewport=WIDE)
    page = await context.new_page()
    heard = listen(page)
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if "/aside?" in one.url else None)
    await open_home(page, town, "ana")
    column = page.get_by_role("complementary")
    await expect(column.get_by_role("link", name="#WaterBirds")).to_be_visible()
    await expect(column.get_by_text("7 posts")).to_be_visible()
    bob = column.locator(".person", has_text="bob")
    await expect(bob.locator(".avatar")).to_have_css("width", "36px")  # its own style sheet came along
    assert await faults_of(page) == []
    await page.evaluate("window.isSame = true")
    await bob.get_by_role("button", name="Follow").click()
    await expect(bob.get_by_role("button", name="Following @bob")).to_be_focused()
    assert await page.evaluate("window.isSame"), "nothing was loaded again"
    assert len(asked) == 1, "it is asked for once"

    asked.clear()
    await page.set_viewport_size(PHONE)
    await page.goto(f"{town.base_url}/home")
    await expect(page.locator("aside .around")).to_be_attached()
    await page.wait_for_load_state()
    await page.locator("article.post").last.scroll_into_view_if_needed()
    assert asked == [], "a phone shows no column"
    assert heard == []
    await context.close()
