"""A post with one line of text takes at most 100 pixels, so that a screen holds many."""

import pytest
from playwright.async_api import expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import send
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


@pytest.mark.parametrize("width", [390, 820, 1440])
async def test_a_line_of_text_takes_100_pixels(town: Server, visit: Visit, width: int) -> None:
    page = await visit("ana", viewport={"width": width, "height": 900})
    await send(page, town, f"One line {width}")
    await page.goto(f"{town.base_url}/home")
    post = page.locator("article.post", has_text=f"One line {width}")
    await expect(post).to_be_visible()
    box = await post.bounding_box()
    assert box
    assert box["height"] <= 100
    # and its targets remain large enough for fingers
    like = await post.locator("button.like").bounding_box()
    assert like
    assert min(like["width"], like["height"]) >= 40
