"""Changing the identity from the menu of accounts, with and without scripts."""

import os
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

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


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_many_identities_are_found(town: Server, visit: Visit, size: ViewportSize) -> None:
    page = await visit("ana", viewport=size)
    heard = listen(page)
    menu = f"{town.base_url}/settings/identities/menu"
    if "@ana_1@bright.test" not in await (await page.request.get(menu)).text():  # by an earlier test
        await town.run("tests.pages.browser.frame.second_domain", "many")

    async def is_known() -> bool:  # the server reads its domains every few seconds
        text = await (await page.request.get(menu)).text()
        return "of-ffe100" in text and "of-101020" in text

    await wait_until(is_known)
    await page.goto(f"{town.base_url}/home")
    await page.locator(".switcher > summary").click()
    others = page.locator(".switcher .others")
    find = others.get_by_role("searchbox", name="Find an account")
    await expect(find).to_be_visible()
    assert await page.locator(".switcher > div").evaluate(
        "box => box.getBoundingClientRect().top >= 0 && box.getBoundingClientRect().bottom <= innerHeight"
    )
    assert await faults_of(page) == []
    if folder := os.environ.get("SHOTS"):
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            await page.screenshot(path=Path(folder) / f"selves-{size['width']}-{scheme}.png")
    await find.fill("_11@DARK")
    await expect(others.locator("form:visible")).to_have_count(1)
    await find.press("ArrowDown")
    await expect(others.get_by_role("button", name="@ana_11@dark.test")).to_be_focused()
    await find.press("Enter")
    await expect(page.get_by_text("You are now @ana_11@dark.test")).to_be_visible()
    await page.locator(".switcher > summary").click()
    # the one of before comes first, then those of the page's domain
    await expect(others.get_by_role("button").first).to_contain_text(f"@ana@{town.domain}")
    await others.get_by_role("button").first.click()
    await expect(page.get_by_text(f"You are now @ana@{town.domain}")).to_be_visible()
    await page.locator(".switcher > summary").click()
    await expect(others.get_by_role("button").first).to_contain_text("@ana_11@dark.test")
    assert heard == []


async def _have_red_domain(page: Page, town: Server) -> None:
    """Let ana have an identity on red.test, unless an earlier test did."""

    async def is_known() -> bool:  # the server reads its domains every few seconds
        menu = await page.request.get(f"{town.base_url}/settings/identities/menu")
        return "of-c01818" in await menu.text()

    if not await is_known():
        await town.run("tests.pages.browser.frame.second_domain")
    await wait_until(is_known)


async def test_an_identity_of_another_domain_has_its_colour(town: Server, visit: Visit) -> None:
    page = await visit("ana", viewport=DESK)
    heard = listen(page)
    await _have_red_domain(page, town)
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
    await wait_until(lambda: summary.evaluate(_IS_RED), message="the switcher is red")
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


async def test_an_old_tab_does_not_write_as_another_account(town: Server, visit: Visit) -> None:
    """The composer that comes into the page would be that of the account which another tab has switched to."""
    page = await visit("ana", viewport=DESK)
    await _have_red_domain(page, town)
    old = await page.context.new_page()
    for tab in (page, old):
        await tab.goto(f"{town.base_url}/home")
    await page.locator(".switcher > summary").click()
    await page.get_by_role("button", name="@ana@red.test").click()
    await expect(page.locator(".switcher > summary")).to_contain_text("red.test")
    await old.locator("main > a.start").click()
    await expect(old).to_have_url(re.compile("/compose"))
    await expect(old.locator(".switcher > summary")).to_contain_text("red.test")
