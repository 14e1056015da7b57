"""Suggestions below the field of the search."""

import pytest
from playwright.async_api import expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import PHONE, faults_of, listen, send
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_the_search_suggests_while_one_types(town: Server, visit: Visit) -> None:
    page = await visit("ana", viewport=PHONE)
    heard = listen(page)
    await send(page, town, "To be suggested #faraway")
    await page.goto(f"{town.base_url}/search?q=far+and+wide")
    await page.goto(f"{town.base_url}/search")
    field = page.get_by_role("combobox")
    await field.press_sequentially("fa")
    options = page.get_by_role("option")
    await expect(options.first).to_have_text("far and wide")
    await expect(options.filter(has_text="@fan@far.test")).to_have_count(1)
    await expect(options.filter(has_text="#faraway")).to_have_count(1)
    await expect(field).to_have_attribute("aria-expanded", "true")
    assert await faults_of(page) == []
    await page.keyboard.press("Escape")
    await expect(options).to_have_count(0)
    await field.press_sequentially("n")
    await expect(options).to_have_count(1)
    await page.keyboard.press("ArrowDown")
    await expect(options.first).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/@fan@far.test")
    await page.goto(f"{town.base_url}/search")
    await field.press_sequentially("#farawa")
    await options.first.click()
    await page.wait_for_url("**/tags/faraway")
    await page.goto(f"{town.base_url}/search")
    await field.press_sequentially("fa")
    await expect(options.first).to_be_visible()
    await page.keyboard.press("Enter")  # without a choice, what was typed
    await page.wait_for_url("**/search?q=fa*")
    assert heard == []
