"""The viewer of pictures: zoom by click, key and button, swipes, and the description."""

import pytest
from playwright.async_api import Locator, Page, expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.photos import send_photos, swipe
from tests.pages.browser.town import DESK, PHONE, listen
from tests.support.servers import Server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def _open(page: Page, town: Server, text: str) -> tuple[Locator, Locator]:
    """Write a post with two pictures that fit the window, and open the first. Return the viewer and its picture."""
    await send_photos(page, town, text, (600, 400), (300, 600))
    await page.goto(f"{town.base_url}/home")
    await page.locator("article.post", has_text=text).locator(".media figure > a").first.click()
    viewer = page.get_by_role("dialog", name="Picture")
    await expect(viewer.locator(".counter")).to_have_text("1 of 2")
    shown = viewer.locator("img")
    await wait_until(lambda: shown.evaluate("one => one.naturalWidth === 600"), message="the large picture")
    return viewer, shown


async def _width(shown: Locator) -> float:
    return float(await shown.evaluate("one => one.getBoundingClientRect().width"))


async def test_pictures_zoom_by_click_key_and_button(town: Server, visit: Visit) -> None:
    page = await visit("ana", viewport=DESK)
    heard = listen(page)
    viewer, shown = await _open(page, town, "Look closely")
    fitting = await _width(shown)
    await expect(viewer.locator(".words")).to_have_text("Photo 1")
    await expect(shown).to_have_attribute("alt", "Photo 1")
    await expect(viewer.get_by_role("button", name="Close")).to_be_focused()

    await shown.click()
    assert await _width(shown) == pytest.approx(2 * fitting)
    await shown.click()
    assert await _width(shown) == pytest.approx(fitting)

    place = viewer.locator(".stage")
    for _ in range(3):
        await page.keyboard.press("+")
    assert await _width(shown) == pytest.approx(1.5**3 * fitting)
    left, top = await place.evaluate("one => [one.scrollLeft, one.scrollTop]")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowDown")
    await wait_until(lambda: place.evaluate("(one, x) => one.scrollLeft > x", left))
    await wait_until(lambda: place.evaluate("(one, y) => one.scrollTop > y", top))
    await expect(viewer.locator(".counter")).to_have_text("1 of 2")
    await page.keyboard.press("-")
    assert await _width(shown) == pytest.approx(1.5**2 * fitting)
    await page.keyboard.press("0")
    assert await _width(shown) == pytest.approx(fitting)

    larger, smaller = (page.get_by_role("button", name=name) for name in ("Zoom in", "Zoom out"))
    await expect(smaller).to_be_disabled()
    for _ in range(8):
        await larger.press("Enter")
    await expect(larger).to_be_focused()
    assert await _width(shown) == pytest.approx(6 * fitting)
    await expect(larger).to_be_disabled()
    await smaller.press("Enter")
    assert await _width(shown) == pytest.approx(4 * fitting)
    # the next one fits the window again
    await page.keyboard.press("0")
    await page.keyboard.press("ArrowRight")
    await expect(viewer.locator(".words")).to_have_text("Photo 2")
    assert heard == []


async def test_a_finger_goes_to_the_next_picture_and_closes(town: Server, visit: Visit) -> None:
    page = await visit("ana", viewport=PHONE, has_touch=True, is_mobile=True)
    heard = listen(page)
    viewer, shown = await _open(page, town, "With a finger")
    devtools = await page.context.new_cdp_session(page)
    await swipe(devtools, (300, 400), (100, 410))
    await expect(viewer.locator(".counter")).to_have_text("2 of 2")
    await expect(shown).to_have_attribute("alt", "Photo 2")
    await swipe(devtools, (100, 400), (300, 410))
    await expect(viewer.locator(".counter")).to_have_text("1 of 2")
    # of a zoomed picture a finger moves what is in sight
    await page.keyboard.press("+")
    await page.keyboard.press("+")
    left = await viewer.locator(".stage").evaluate("one => one.scrollLeft")
    await swipe(devtools, (300, 400), (100, 400))
    await wait_until(lambda: viewer.locator(".stage").evaluate("(one, x) => one.scrollLeft > x", left))
    await expect(viewer.locator(".counter")).to_have_text("1 of 2")
    await page.keyboard.press("0")
    await swipe(devtools, (200, 300), (205, 500))
    await expect(viewer).not_to_be_visible()
    assert heard == []
