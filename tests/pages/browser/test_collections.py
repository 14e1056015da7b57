"""A collection of people from its first name to its last person, in a browser."""

import pytest
from playwright.async_api import BrowserContext, expect

from tests.pages.browser.town import DESK, PHONE, faults_of, let_in, listen
from tests.support.browser import new_context
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_a_collection_is_made_filled_shown_and_left(town: Server, browser: BrowserContext) -> None:
    page = await browser.new_page()
    heard = listen(page)
    await page.set_viewport_size(DESK)  # type: ignore[arg-type]
    await let_in(page, town, "ana")
    await page.goto(f"{town.base_url}/collections")
    await page.get_by_label("Name").fill("People who bake")
    await page.get_by_label("Description").fill("Bread, and what goes with it")
    await page.get_by_role("button", name="Create collection").click()
    await page.goto(f"{town.base_url}/@bob")
    await page.get_by_label("More about @bob").click()
    await page.get_by_role("link", name="Collections …").click()
    await page.get_by_role("button", name="Add").first.click()
    await page.goto(f"{town.base_url}/collections")
    card = page.locator("a.collection")
    await expect(card).to_contain_text("1 person")
    await card.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("People who bake")
    await expect(page.locator(".person .name").filter(has_text="Bob")).to_be_visible()
    for width in (DESK, PHONE):
        await page.set_viewport_size(width)  # type: ignore[arg-type]
        assert await faults_of(page) == []
    shown = page.url
    await page.get_by_role("link", name="Edit", exact=True).click()
    assert await faults_of(page) == []
    await leave_as_bob(browser, town, shown)
    await page.goto(shown)
    await expect(page.get_by_role("heading", name="Nobody here yet")).to_be_visible()
    assert heard == []


async def leave_as_bob(browser: BrowserContext, town: Server, path: str) -> None:
    """Bob finds himself in it, and leaves."""
    assert browser.browser is not None
    context = await new_context(browser.browser)
    page = await context.new_page()
    await let_in(page, town, "bob")
    await page.goto(path)
    await page.get_by_role("button", name="Leave it").click()
    await expect(page.get_by_role("button", name="Leave it")).to_have_count(0)
    await context.close()
