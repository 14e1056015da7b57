"""Long names of people and titles of lists: cut, never over something else."""

import pytest
from playwright.async_api import expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import send
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]

LONG = "Long" * 25
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("width", [390, 820, 1440])
async def test_a_long_title_of_a_list_stays_in_its_tab(town: Server, visit: Visit, width: int) -> None:
    """The form that makes it is pressed twice, and sent once."""
    page = await visit("ana", viewport={"width": width, "height": 900})
    await page.goto(f"{town.base_url}/lists")
    title = f"{width}{LONG}"[:100]
    await page.get_by_label("Title").fill(title)
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.method))
    await page.get_by_role("button", name="Create list").dblclick()
    await expect(page.locator("main").get_by_text(title).first).to_be_visible()
    assert sent.count("POST") == 1
    for path in ("/local", "/lists"):
        await page.goto(f"{town.base_url}{path}")
        tab = page.locator(".home-tabs").get_by_role("link", name=title)
        box = await tab.bounding_box()
        assert box is not None
        assert box["width"] < 200
        assert await page.evaluate(SIDEWAYS) == 0


@pytest.mark.parametrize("width", [390, 1440])
async def test_a_long_name_does_not_hide_the_handle(town: Server, visit: Visit, width: int) -> None:
    page = await visit("ana", viewport={"width": width, "height": 900})
    await page.goto(f"{town.base_url}/settings")
    await page.locator("#id_name").fill(LONG[:60])
    await page.locator("form:has(#id_name)").get_by_role("button", name="Save").first.click()
    await expect(page.get_by_role("status").first).to_be_visible()
    await send(page, town, f"By somebody with a name, {width}")
    await page.goto(f"{town.base_url}/@ana")
    handle = page.locator("article.post", has_text=f"with a name, {width}").locator(".by .handle")
    shown, whole = await handle.evaluate("one => [one.clientWidth, one.scrollWidth]")
    assert shown >= min(50, whole)
    assert whole > 0
