"""Reactions to an announcement and dismissed suggestions, in place and by keyboard."""

import pytest
from playwright.async_api import expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import listen
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_an_announcement_is_reacted_to_where_it_is_read(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    heard = listen(page)
    await page.goto(f"{town.base_url}/admin/announcements")
    await page.fill("textarea[name=content]", "We move house on Sunday")
    await page.locator("main form:has(textarea) button:not([type=button])").first.click()
    await expect(page.locator("main")).to_contain_text("Announcement published")
    await page.goto(f"{town.base_url}/home")
    await page.evaluate("window.isSame = true")
    thumb = page.locator("main .announcement button[value='👍']")
    await thumb.press("Enter")
    await expect(thumb).to_have_attribute("aria-pressed", "true")
    await expect(thumb.locator(".number")).to_have_text("1")
    await expect(thumb).to_be_focused()
    await thumb.press("Enter")
    await expect(thumb).not_to_have_attribute("aria-pressed", "true")
    await expect(thumb).to_be_focused()
    assert await page.evaluate("window.isSame"), "nothing was loaded again"
    await page.locator("main").get_by_role("link", name="React with another emoji").click()
    await page.locator("button[name=emoji][value='😀']").click()
    await expect(page.locator("h1")).to_have_text("Home")
    await expect(page.locator("main .announcement button[value='😀'] .number")).to_have_text("1")
    assert heard == []


async def test_a_suggestion_goes_and_the_focus_goes_on(town: Server, visit: Visit) -> None:
    await town.run("tests.pages.browser.frame.popular")
    page = await visit("ana")
    await page.goto(f"{town.base_url}/explore/people")
    bob = page.locator("main .person", has_text="bob")
    await bob.get_by_role("button", name="Don't suggest").press("Enter")
    await expect(page.locator("#toast")).to_contain_text("bob is not suggested any more.")
    await expect(bob).to_have_count(0)
    await expect(page.locator("main:is(:focus, :focus-within)")).to_have_count(1)
    await page.reload()
    await expect(page.get_by_role("heading", name="People to follow")).to_have_count(0)
