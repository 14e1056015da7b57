"""Following people from where one meets them, with and without scripts."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.pages.browser.town import PHONE, eventually, faults_of, listen, open_home
from tests.support.browser import new_context
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_people_are_followed_from_their_row_and_followed_back(
    town: Server, chromium_process: Browser, page_without_scripts: Page
) -> None:
    context = await new_context(chromium_process, viewport=PHONE)
    ana = await context.new_page()
    heard = listen(ana)
    await open_home(ana, town, "ana")
    await ana.goto(f"{town.base_url}/search?q=bob")
    row = ana.locator("main .person", has_text="bob")
    await ana.evaluate("window.isSame = true")
    await row.get_by_role("button", name="Follow @bob").press("Enter")
    await expect(row.get_by_role("button", name="Following @bob")).to_be_focused()
    await expect(ana.locator("#toast")).to_contain_text("You follow bob.")
    await expect(row.locator("form")).not_to_have_class(re.compile("htmx"))
    await ana.keyboard.press("Enter")
    await expect(row.get_by_role("button", name="Follow @bob")).to_be_focused()
    await ana.locator("#toast").get_by_role("button", name="Undo").click()
    await expect(row.get_by_role("button", name="Following @bob")).to_be_visible()
    assert await ana.evaluate("window.isSame"), "nothing was loaded again"
    assert await faults_of(ana) == []
    assert heard == []
    await context.close()

    bob = page_without_scripts
    await open_home(bob, town, "bob")

    async def told() -> None:
        await bob.goto(f"{town.base_url}/notifications")
        await expect(bob.get_by_role("button", name="Follow back")).to_be_visible(timeout=1000)

    await eventually(told)
    await bob.get_by_role("button", name="Follow back").click()
    await expect(bob).to_have_url(f"{town.base_url}/notifications")
    await expect(bob.locator("main").get_by_role("button", name="Following @ana")).to_be_visible()
