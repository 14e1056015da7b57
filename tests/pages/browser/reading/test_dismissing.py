"""Notifications dismissed in an open page, in a real browser."""

import pytest
from playwright.async_api import expect

from tests.pages.browser.conftest import Visit
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_a_dismissed_notification_goes_and_the_focus_goes_on(visit: Visit, town: Server) -> None:
    page = await visit("ana")
    await page.goto(f"{town.base_url}/notifications")
    rows = page.locator("main article")
    before = await rows.count()
    button = page.locator("article.event .dismiss").first
    key = await button.get_attribute("value")
    await button.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#toast")).to_contain_text("Notification dismissed.")
    await expect(page.locator(f'.dismiss[value="{key}"]')).to_have_count(0)
    await expect(rows).to_have_count(before - 1)
    await expect(page.locator("main article :focus")).to_have_count(1)
    await page.reload()
    await expect(rows).to_have_count(before - 1)
