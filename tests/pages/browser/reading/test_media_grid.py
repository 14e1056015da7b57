"""Pictures of a post: one keeps its ratio up to 4:5, two stand side by side, three as one and two, four as a grid."""

import pytest
from playwright.async_api import Locator, Page, expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.photos import send_photos
from tests.pages.browser.town import DESK, PHONE, faults_of, let_in
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]

type Box = tuple[float, float, float, float]

GRIDS = {
    "One that is wide": [(800, 400)],
    "One at the limit": [(400, 500)],
    "One that is tall": [(300, 900)],
    "Two that are tall": [(300, 500), (300, 600)],
    "Two that are wide": [(600, 300), (500, 300)],
    "Two that differ": [(600, 300), (300, 600)],
    "Three of them": [(300, 300), (600, 300), (300, 600)],
    "Four of them": [(300, 300), (600, 300), (300, 600), (400, 400)],
}


async def _boxes(page: Page, text: str) -> list[Box]:
    """Return left, top, width and height of a post's pictures, with the width of its grid as the measure."""
    grid = page.locator("article.post", has_text=text).locator(".media")
    await grid.scroll_into_view_if_needed()
    whole = await grid.bounding_box()
    assert whole
    boxes = [await one.bounding_box() for one in await grid.locator("figure > a > img").all()]
    side = whole["width"]
    return [
        (
            (box["x"] - whole["x"]) / side,
            (box["y"] - whole["y"]) / side,
            box["width"] / side,
            box["height"] / side,
        )
        for box in boxes
        if box
    ]


def _near(*meant: Box) -> object:
    return [pytest.approx(one, abs=0.02) for one in meant]


async def _measure(page: Page) -> None:
    half = 0.5
    assert await _boxes(page, "One that is wide") == _near((0, 0, 1, half))
    assert await _boxes(page, "One at the limit") == _near((0, 0, 1, 1.25))
    assert await _boxes(page, "One that is tall") == _near((0, 0, 1, 1.25))
    for text, height in (
        ("Two that are tall", half * 4 / 3),
        ("Two that are wide", half * 3 / 4),
        ("Two that differ", half),
    ):
        assert await _boxes(page, text) == _near((0, 0, half, height), (half, 0, half, height))
    row = half * 10 / 16
    right = (half, 0, half, row), (half, row, half, row)
    assert await _boxes(page, "Three of them") == _near((0, 0, half, 2 * row), *right)
    assert await _boxes(page, "Four of them") == _near(
        (0, 0, half, row), (half, 0, half, row), (0, row, half, row), (half, row, half, row)
    )


async def _unfold(post: Locator) -> None:
    """Show the whole of the tall picture, and the part again."""
    picture = post.locator(".media img")
    for words, ratio in (("Show all", 3), ("Show less", 1.25)):
        await post.locator("summary").get_by_text(words).click()
        box = await picture.bounding_box()
        assert box
        assert box["height"] / box["width"] == pytest.approx(ratio, abs=0.02)


async def test_pictures_stand_by_their_number_and_ratio(
    town: Server, visit: Visit, page_without_scripts: Page
) -> None:
    page = await visit("ana", viewport=DESK)
    for text, sizes in GRIDS.items():
        await send_photos(page, town, text, *sizes)
    await page.goto(f"{town.base_url}/@ana")
    for size in (DESK, PHONE):
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        await _measure(page)
    post = page.locator("article.post", has_text="One that is tall")
    await _unfold(post)
    await expect(page.locator(".whole")).to_have_count(1)
    assert await faults_of(page) == []

    await let_in(page_without_scripts, town, "ana")
    await page_without_scripts.goto(f"{town.base_url}/@ana")
    await _measure(page_without_scripts)
    await _unfold(page_without_scripts.locator("article.post", has_text="One that is tall"))
