"""The composer in a real browser: threads written as a chain."""

import pytest
from playwright.async_api import Browser, expect

from tests.pages.browser.town import DESK, listen, sign_in
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_a_thread_survives_a_reload_and_is_sent(town: Server, chromium_process: Browser) -> None:
    context = await chromium_process.new_context(viewport=DESK)
    page = await context.new_page()
    heard = listen(page)
    await sign_in(page, town, "ana")
    await page.goto(f"{town.base_url}/compose")
    await page.locator("textarea[name=text]").fill("The first of three")
    for words in ("The second", "The third"):
        await page.get_by_role("button", name="Add another post").click()
        await page.keyboard.type(words)
    await expect(page.locator("#chain_2_limit")).to_have_text("491 characters left")
    await expect(page.locator("#draft-state")).to_have_text("Draft saved")
    await page.goto(f"{town.base_url}/compose")
    await expect(page.get_by_text("Your draft was restored.")).to_be_visible()
    await expect(page.locator("textarea[name=chain_2]")).to_have_value("The third")
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.get_by_text("Thread sent.")).to_be_visible()
    for words in ("The second", "The third"):
        await expect(page.get_by_text(words, exact=True)).to_be_visible()
    assert not heard
    await context.close()
