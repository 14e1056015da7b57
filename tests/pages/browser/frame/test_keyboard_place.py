"""The place that somebody works at: the focus after a key was pressed, the view after a form or a tab, and what Escape leaves in a menu."""

import pytest
from playwright.async_api import expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import PHONE, listen, send
from tests.support.servers import Server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers, pytest.mark.slow]

_AT_REST = "performance.getEntriesByType('resource').some(one => one.name.includes('reading/opening') && one.responseEnd)"


async def test_escape_restores_the_audience(town: Server, visit: Visit) -> None:
    """Arrow keys only move through the menu: Escape must never leave a post with a wider audience than was chosen."""
    page = await visit("ana")
    await page.goto(f"{town.base_url}/compose")
    chosen = page.locator("select[name=visibility]")
    pill = page.get_by_role("button", name="Who can see it")
    menu = page.get_by_role("dialog", name="Who can see it")
    await pill.click()
    await menu.get_by_role("radio", name="Followers only").click()
    await expect(chosen).to_have_value("2")

    await pill.press("Enter")
    await expect(menu.get_by_role("radio", name="Followers only")).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(menu.get_by_role("radio", name="Followers only")).not_to_be_checked()
    await expect(chosen).to_have_value("2")
    await page.keyboard.press("Escape")
    await expect(menu).to_be_hidden()
    await expect(chosen).to_have_value("2")
    await expect(page.get_by_role("button", name="Who can see it: Followers only")).to_be_focused()

    for key, expected in (("Enter", "Mentioned people only"), ("Space", "Followers only")):
        await page.keyboard.press("Enter")
        await expect(menu.get_by_role("radio", checked=True)).to_be_focused()
        await page.keyboard.press("ArrowDown" if key == "Enter" else "ArrowUp")
        await page.keyboard.press(key)
        await expect(menu).to_be_hidden()
        await expect(page.get_by_role("button", name=f"Who can see it: {expected}")).to_be_focused()


async def test_the_focus_stays_after_sending_and_going_back(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    heard = listen(page)
    await send(page, town, "A post to open")
    await page.goto(f"{town.base_url}/home")
    start = page.get_by_role("link", name="What's going on?")
    await start.press("Enter")
    await page.locator(".composing textarea[name=text]").fill("Sent by keyboard")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("article.post", has_text="Sent by keyboard")).to_be_visible()
    await expect(start).to_be_focused()

    await page.goto(f"{town.base_url}/home")
    await wait_until(lambda: page.evaluate(_AT_REST))
    post = page.locator("article.post", has_text="A post to open")
    await page.keyboard.press("j")
    while not await post.evaluate("(post) => post === document.activeElement"):
        await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.locator("article.focus")).to_contain_text("A post to open")
    await page.go_back()
    await expect(post).to_be_focused()
    assert heard == []


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_tab_of_a_profile_opens_at_the_tabs(town: Server, visit: Visit, scripts: bool) -> None:
    page = await visit("bob", viewport=PHONE, java_script_enabled=scripts)
    await page.goto(f"{town.base_url}/@fan@far.test")
    tabs = page.get_by_role("navigation", name="Profile")
    await tabs.get_by_role("link", name="Media").click()
    await page.wait_for_url("**/media*")
    await expect(page.locator(".media-tile").first).to_be_in_viewport(ratio=1)
    await expect(tabs).to_be_in_viewport(ratio=1)


async def test_enter_adds_the_column_that_was_typed(town: Server, visit: Visit) -> None:
    """Enter in the field does what the button beside it does; an error appears there alone, and the view stays."""
    kinds = "[...document.querySelectorAll('.column[data-kind]')].map((one) => one.dataset.kind)"
    page = await visit("ana", viewport={"width": 1600, "height": 900})
    await page.goto(f"{town.base_url}/compose")
    await page.fill("textarea[name=text]", "A poll in a column")
    await page.locator(".extra:has([name=option_1]) > summary").click()
    for number, words in ((1, "Tea"), (2, "Coffee")):
        await page.fill(f"[name=option_{number}]", words)
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.get_by_text("Post sent.")).to_be_visible()
    await page.goto(f"{town.base_url}/columns")
    await expect(page.locator(".column .poll").first).to_be_attached()
    before = await page.evaluate(kinds)
    field = page.locator("#column-text")
    await field.fill("nobody of that kind")
    await field.press("Enter")
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_have_value("nobody of that kind")
    assert await page.evaluate(kinds) == before
    error = page.get_by_text("Write a hashtag such as #birds")
    await expect(error).to_have_count(1)
    await expect(error).to_have_id("column-error")
    await expect(error).to_be_in_viewport()
    await expect(field).to_be_focused()

    await field.fill("#birds")
    await field.press("Enter")
    await page.wait_for_url("**/columns#column-*")
    assert await page.evaluate(kinds) == [*before, "hashtag"]
