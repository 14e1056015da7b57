"""Changing the identity from the menu of accounts, with and without scripts."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import DESK, PHONE, faults_of, listen, open_home
from tests.support.browser import new_context
from tests.support.servers import Server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]
_BACKGROUND = "one => getComputedStyle(one).backgroundColor"
_IS_RED = """one => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    canvas.fillStyle = getComputedStyle(one).backgroundColor;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return alpha > 0 && red > green + 60 && red > blue + 60;
}"""


async def test_another_identity_is_one_press_away(
    town: Server, chromium_process: Browser, page_without_scripts: Page
) -> None:
    context = await new_context(chromium_process, viewport=DESK)
    page = await context.new_page()
    heard = listen(page)
    await open_home(page, town, "bob")
    await page.goto(f"{town.base_url}/settings/identities")
    await page.fill("#id_username", "bob_draws")
    await page.locator("main form", has=page.locator("#id_username")).get_by_role("button").click()
    await page.goto(f"{town.base_url}/home")
    switcher = page.locator(".switcher")
    current = await switcher.locator("summary .handle").inner_text()
    wanted = "@bob@" if "bob_draws" in current else "@bob_draws@"
    await switcher.locator("summary").focus()
    await page.keyboard.press("ArrowDown")
    other = switcher.get_by_role("group", name="Switch account").get_by_role("button", name=wanted)
    await expect(other).to_be_visible()
    await expect(page.locator(".switcher :focus")).to_have_count(1)
    assert await faults_of(page) == []
    await other.click()
    await expect(page.locator("h1")).to_have_text("Home")
    await expect(page.get_by_text(f"You are now {wanted}")).to_be_visible()
    await expect(switcher.locator("summary .handle")).to_contain_text(wanted)
    assert heard == []
    await context.close()

    without = page_without_scripts
    await without.set_viewport_size(DESK)
    await open_home(without, town, "bob")
    await without.locator(".switcher summary").click()
    await without.locator(".switcher").get_by_role("link", name="Switch account").click()
    await expect(without.locator("h1")).to_have_text("Identities")


async def test_accounts_are_one_tap_away_on_phones(
    town: Server, chromium_process: Browser, page_without_scripts: Page
) -> None:
    """The menu opens above the bar, within the screen, also in the language that is read from the right and on narrow phones."""
    context = await new_context(chromium_process, viewport=PHONE)
    page = await context.new_page()
    heard = listen(page)
    await open_home(page, town, "ana")
    menu = page.get_by_role("navigation", name="Main").locator(".switcher")
    for width in (390, 320):
        await page.set_viewport_size({"width": width, "height": 700})
        await menu.locator("summary").click()
        for name in ("View profile", "Switch account"):
            await expect(menu.get_by_role("link", name=name)).to_be_in_viewport(ratio=1)
        await expect(menu.get_by_role("button", name="Sign out")).to_be_in_viewport(ratio=1)
        assert await faults_of(page) == []
        await page.keyboard.press("Escape")
        await expect(menu.get_by_role("link", name="View profile")).to_be_hidden()
    await page.evaluate("document.documentElement.dir = 'rtl'")
    await menu.locator("summary").click()
    await expect(menu.locator("> div")).to_be_in_viewport(ratio=1)
    assert heard == []
    await context.close()
    without = page_without_scripts
    await without.set_viewport_size(PHONE)
    await open_home(without, town, "ana")
    await without.locator(".switcher summary").click()
    await without.locator(".switcher").get_by_role("link", name="Switch account").click()
    await expect(without.locator("h1")).to_have_text("Identities")


async def test_an_identity_of_another_domain_has_its_colour(town: Server, visit: Visit) -> None:
    await town.run("tests.pages.browser.frame.second_domain")
    page = await visit("ana", viewport=DESK)
    heard = listen(page)

    async def is_known() -> bool:  # the server reads its domains every few seconds
        menu = await page.request.get(f"{town.base_url}/settings/identities/menu")
        return "of-c01818" in await menu.text()

    await wait_until(is_known)
    await page.goto(f"{town.base_url}/home")
    summary = page.locator(".switcher > summary")
    own = await summary.evaluate(_BACKGROUND)
    await summary.click()
    row = page.get_by_role("button", name="@ana@red.test")
    await expect(row).to_be_visible()
    await wait_until(lambda: row.evaluate(_IS_RED), message="the row is red")
    assert await page.locator("html").get_attribute("style") is None
    for size in (DESK, PHONE):
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        assert await faults_of(page) == []
    await page.set_viewport_size(DESK)  # type: ignore[arg-type]
    await row.click()
    await expect(summary).to_contain_text("red.test")
    assert await summary.evaluate(_IS_RED)
    assert await summary.evaluate(_BACKGROUND) != own
    await summary.click()
    back = page.locator(".switcher .others").get_by_role("button").first
    await expect(back).to_be_visible()
    assert not await back.evaluate(_IS_RED)
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await page.keyboard.press("Escape")
    assert "none" not in await summary.locator(".avatar").evaluate(
        "one => getComputedStyle(one).outlineStyle"
    )
    assert heard == []
