"""Writing to somebody from their profile, in a real browser."""

import pytest
from playwright.async_api import expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import eventually, faults_of, listen
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_a_message_is_written_on_the_profile(town: Server, visit: Visit) -> None:
    page = await visit("bob")
    heard = listen(page)
    await page.goto(f"{town.base_url}/@ana")
    message = page.get_by_role("link", name="Message", exact=True).first
    if not await message.is_visible():
        await page.locator("details.menu summary[aria-label^='More about']").click()
    await message.click()
    dialog = page.get_by_role("dialog")
    text = dialog.locator("textarea[name=text]")
    await expect(text).to_be_focused()
    assert page.url.endswith("/@ana")
    assert (await text.input_value()).startswith("@ana")
    assert await faults_of(page) == []
    await page.keyboard.type("between us")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#toast")).to_contain_text("Message sent.")
    await expect(dialog).to_have_count(0)
    assert page.url.endswith("/@ana")
    await page.locator("#toast").get_by_role("link", name="View").click()
    await expect(page.locator(".chat .mine").last).to_contain_text("between us")
    await expect(page.get_by_label("Your message")).to_be_visible()

    async def listed() -> None:
        await page.goto(f"{town.base_url}/private-mentions")
        await expect(page.locator("main")).to_contain_text("between us", timeout=500)

    await eventually(listed)
    await page.goto(f"{town.base_url}/@bob")
    await expect(page.locator("article.post", has_text="between us")).to_have_count(0)
    assert heard == []
