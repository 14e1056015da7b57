"""The frame on phones: the tabs of Home, and the arrow that leads back."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import DESK, PHONE, faults_of, listen, open_home
from tests.support.browser import new_context
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_tabs_of_home_are_on_phones_and_stay_on_top(town: Server, chromium_process: Browser) -> None:
    context = await new_context(chromium_process, viewport=PHONE)
    page = await context.new_page()
    heard = listen(page)
    await open_home(page, town, "ana")
    tabs = page.get_by_role("navigation", name="Timelines")
    await expect(tabs.get_by_role("link", name="Home")).to_have_attribute("aria-current", "page")
    for name in ("Local", "Federated", "Lists", "Home"):
        await tabs.get_by_role("link", name=name).click()
        await expect(page).to_have_url(f"{town.base_url}/{name.lower()}")
        await expect(page.locator("main h1")).to_have_count(1)
    assert await faults_of(page) == []
    await page.locator("article.post").nth(5).scroll_into_view_if_needed()
    await expect(tabs).to_be_in_viewport(ratio=1)
    await page.set_viewport_size({"width": 390, "height": 300})
    await page.locator("article.post").nth(7).scroll_into_view_if_needed()
    await expect(tabs).not_to_be_in_viewport()
    await page.set_viewport_size(DESK)
    await expect(tabs).to_be_hidden()
    assert heard == []
    await context.close()


async def test_the_arrow_leads_to_where_somebody_came_from(
    town: Server, chromium_process: Browser, page_without_scripts: Page
) -> None:
    """Opened from elsewhere, and without scripts, it leads to the page above: from a post to its author."""
    context = await new_context(chromium_process, viewport=PHONE)
    page = await context.new_page()
    await open_home(page, town, "ana")
    back = page.get_by_role("link", name="Back", exact=True)
    await expect(back).to_have_count(0)
    post = page.locator("article.post").nth(4)
    await post.locator("> header > a.when").click()
    await expect(page.locator("main h1")).to_have_text("Conversation")
    path, profile = page.url, await page.locator("article.focus a.by").get_attribute("href")
    assert await faults_of(page) == []
    await back.click()
    await expect(page).to_have_url(f"{town.base_url}/home")
    await expect(post).to_be_in_viewport()

    other = await context.new_page()
    await other.goto(path)
    await other.get_by_role("link", name="Back", exact=True).click()
    await expect(other).to_have_url(f"{town.base_url}{profile}")
    await other.goto(f"{town.base_url}/settings/posting")
    await expect(other.locator("main a.back:visible")).to_have_count(1)
    await other.locator("main a.back:visible").click()
    await expect(other).to_have_url(f"{town.base_url}/settings/list")
    await other.set_viewport_size(DESK)
    await other.goto(path)
    await expect(other.locator("main a.back")).to_be_hidden()
    await context.close()

    without = page_without_scripts
    await without.set_viewport_size(PHONE)
    await open_home(without, town, "ana")
    await without.locator("article.post").nth(4).locator("> header > a.when").click()
    await without.get_by_role("link", name="Back", exact=True).click()
    await expect(without).to_have_url(f"{town.base_url}{profile}")


async def test_the_message_after_a_form_stands_in_the_middle(town: Server, chromium_process: Browser) -> None:
    context = await new_context(chromium_process, viewport=PHONE)
    page = await context.new_page()
    await open_home(page, town, "ana")
    await page.goto(f"{town.base_url}/settings")
    await page.get_by_role("button", name="Save").first.click()
    toast = page.locator("main > .toast")
    await expect(toast).to_be_visible()
    box = await toast.bounding_box()
    assert box
    assert abs(box["x"] + box["width"] / 2 - PHONE["width"] / 2) <= 1
    await context.close()


async def test_the_box_for_a_reply_keeps_its_lines(town: Server, visit: Visit) -> None:
    """Beside a long warning, in a language of long words, and on a narrow phone."""
    page = await visit("ana", viewport=PHONE, locale="de-DE")
    await page.goto(f"{town.base_url}/compose")
    await page.fill("textarea", "With a warning")
    await page.locator("details:has(input[name=content_warning]) > summary").click()
    await page.fill(
        "input[name=content_warning]", "About food, and about drink, and about all that comes after it"
    )
    await page.locator("form.composer .send button:not([name])").last.click()
    link = page.locator(".reply-box .send > a")
    for width in (390, 320):
        await page.set_viewport_size({"width": width, "height": 700})
        box = await link.bounding_box()
        warning = await page.locator(".reply-box .warned").bounding_box()
        assert box
        assert warning
        assert box["height"] < 30, "one line"
        assert warning["y"] + warning["height"] <= box["y"]
        assert not await page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
