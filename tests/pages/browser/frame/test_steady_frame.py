"""The frame of pages: the navigation at one place, and everything within the narrowest screens."""

import pytest
from playwright.async_api import expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import PHONE
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers, pytest.mark.slow]

_NAVIGATION = "document.querySelector('.main-nav').getBoundingClientRect().x"
_COUNTS = """for (const act of document.querySelectorAll('.post > footer > :is(.reply, .boost, .like)')) {
  act.querySelector('.number')?.remove();
  act.insertAdjacentHTML('beforeend', '<span class="number">12K</span>');
}"""
_OVERLAPS = """() => {
  const [start, rows] = ['.column .start', '.column .rows'].map((name) => document.querySelector(name).getBoundingClientRect());
  const avatar = document.querySelector('.column .start .avatar').getBoundingClientRect();
  return [start.left - rows.left, avatar.left - start.left, start.right - rows.right];
}"""


@pytest.mark.parametrize("width", [820, 1440])
async def test_the_navigation_stands_at_one_place(town: Server, visit: Visit, width: int) -> None:
    page = await visit("ana", viewport={"width": width, "height": 900})
    places = {}
    for path in ("/home", "/settings", "/admin", "/search", "/@ana"):
        await page.goto(town.base_url + path)
        places[path] = await page.evaluate(_NAVIGATION)
    assert len(set(places.values())) == 1, places


async def test_nothing_scrolls_sideways_at_320_px(town: Server, visit: Visit) -> None:
    page = await visit("ana", viewport={"width": 320, "height": 640})
    for path in ("/home", "/@fan@far.test", "/search?q=a", "/more", "/notifications"):
        await page.goto(town.base_url + path)
        await page.evaluate(_COUNTS)
        assert await page.evaluate("document.documentElement.scrollWidth") == 320, path


@pytest.mark.parametrize("width", [PHONE["width"], 820, 1440])
async def test_columns_begin_with_a_whole_composer(town: Server, visit: Visit, width: int) -> None:
    page = await visit("ana", viewport={"width": width, "height": 900})
    await page.goto(f"{town.base_url}/columns")
    row, avatar, end = await page.evaluate(_OVERLAPS)
    assert (row, end) == (0, 0)
    assert avatar >= 10
    button = page.get_by_role("button", name="Add", exact=True)
    field, button_box = [await one.bounding_box() for one in (page.locator("#column-text"), button)]
    assert field
    assert button_box
    assert button_box["y"] - field["y"] - field["height"] < 40
    if width == PHONE["width"]:
        back = await page.locator("main > a.back").bounding_box()
        tabs = await page.locator(".deck-tabs").bounding_box()
        assert back
        assert tabs
        assert back["y"] == tabs["y"], "one bar"
        await expect(page.locator(".deck-tabs a").first).to_be_in_viewport()
