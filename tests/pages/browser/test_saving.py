"""Settings that are saved as soon as they are changed, in a real browser."""

import pytest
from playwright.async_api import Page, Route, expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import faults_of, let_in, listen
from tests.support.servers import Server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_a_switch_is_saved_at_once_and_goes_back_when_it_is_refused(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    heard = listen(page)
    await page.goto(f"{town.base_url}/settings/reading")
    switch = page.get_by_label("Open posts with content warnings")
    toast = page.locator("#toast")
    await expect(page.get_by_text("Changes are saved at once.")).to_be_visible()
    await expect(page.get_by_role("button", name="Save")).to_have_count(0)
    assert await faults_of(page) == []
    await switch.check()
    await expect(toast).to_have_text("Saved.")
    async with page.expect_response(lambda answer: answer.request.method == "POST"):
        await page.get_by_label("Pictures and videos").select_option("Show all")
    await page.reload()
    await expect(switch).to_be_checked()
    await expect(page.get_by_label("Pictures and videos")).to_have_value("show_all")
    assert [one for one in heard if "Service Worker" not in one] == []

    async def refuse(route: Route) -> None:
        await (route.fulfill(status=429) if route.request.method == "POST" else route.continue_())

    await page.route("**/settings/reading", refuse)
    await switch.click()
    await expect(toast).to_have_text("Too many requests. Wait a moment.")
    await expect(switch).to_be_checked()
    await page.unroute("**/settings/reading")
    await page.evaluate("document.querySelector('#id_expands_media').options[0].value = 'nonsense'")
    await page.get_by_label("Pictures and videos").select_option(index=0)
    await expect(toast).to_contain_text("nonsense")
    await expect(page.get_by_label("Pictures and videos")).to_have_value("show_all")
    await page.context.set_offline(True)
    await switch.click()
    await expect(toast).to_have_text("The server can't be reached. Are you online?")
    await expect(switch).to_be_checked()


async def test_what_changes_the_looks_is_seen_at_once(town: Server, visit: Visit) -> None:
    page = await visit("bob")
    heard = listen(page)
    await page.goto(f"{town.base_url}/settings/appearance")
    await page.evaluate("window.isSame = true")
    background = "getComputedStyle(document.body).backgroundColor"
    before = await page.evaluate(background)
    await page.get_by_label("Theme").select_option("Dark")
    await expect(page.locator("html[data-theme=dark]")).to_have_count(1)
    await wait_until(lambda: page.evaluate(f"{background} !== '{before}'"))
    await page.get_by_label("Theme").select_option(index=0)
    await expect(page.locator("html[data-theme]")).to_have_count(0)
    await page.get_by_label("Compact").check()
    await expect(page.locator("html[data-density=compact]")).to_have_count(1)
    assert await page.evaluate("window.isSame")
    language = page.locator("#id_language")
    await language.focus()
    await language.select_option("de")
    await expect(page.locator("html")).to_have_attribute("lang", "de")
    await expect(language).to_be_focused()
    await language.select_option("")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    assert heard == []


async def test_without_scripts_settings_have_their_button(town: Server, page_without_scripts: Page) -> None:
    page = page_without_scripts
    await let_in(page, town, "ana")
    await page.goto(f"{town.base_url}/settings/reading")
    await expect(page.get_by_text("Changes are saved at once.")).to_have_count(0)
    await page.get_by_label("Open posts with content warnings").uncheck()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status").first).to_contain_text("Saved.")
