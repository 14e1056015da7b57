"""Names, handles, code and fields on pages that read from right to left."""

import pytest
from playwright.async_api import Browser, Page

from tests.pages.browser.town import PHONE, WIDE, let_in
from tests.support.browser import new_context
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]

# the right edges of the words of elements, in whole pixels
_ENDS = """parts => parts.map((part) => {
    const range = document.createRange();
    range.selectNodeContents(part);
    return Math.round(range.getBoundingClientRect().right);
})"""


async def _ends(page: Page, selector: str) -> list[int]:
    ends: list[int] = await page.locator(selector).evaluate_all(_ENDS)
    return ends


async def test_words_in_other_scripts_keep_their_place(town: Server, chromium_process: Browser) -> None:
    context = await new_context(chromium_process, viewport=WIDE, locale="ar")  # type: ignore[arg-type]
    page = await context.new_page()
    await let_in(page, town, "ana")
    await page.goto(f"{town.base_url}/@ana")
    await page.locator("article a:has(time)").last.click()
    await page.locator("article.focus").wait_for()
    name, handle = await _ends(page, "article.focus .by > :is(bdi, .handle)")
    assert abs(name - handle) <= 1, "a name stands above its handle"
    await page.goto(f"{town.base_url}/explore/people")
    rows = await _ends(page, "main .person .who :is(.name, .handle)")
    assert rows
    assert max(rows) - min(rows) <= 1, rows
    await page.goto(f"{town.base_url}/settings")
    field = page.locator("#id_name")
    await field.fill("Ana: (one)")
    assert await field.evaluate("one => getComputedStyle(one).unicodeBidi") == "plaintext"
    assert (
        await page.locator("input[type=file]").first.evaluate("one => getComputedStyle(one).unicodeBidi")
        != "plaintext"
    )
    assert await page.locator("main .row .handle").evaluate("one => getComputedStyle(one).direction") == "ltr"
    await context.close()


@pytest.mark.parametrize("size", [PHONE, WIDE])
async def test_the_list_of_sections_never_leaves_its_page(
    town: Server, chromium_process: Browser, size: dict[str, int]
) -> None:
    """A page with few words is as long as the list beside it."""
    context = await new_context(chromium_process, viewport={**size, "height": 500})  # type: ignore[arg-type]
    page = await context.new_page()
    await let_in(page, town, "ana")
    for path in ("/admin/invitations", "/settings/reading"):
        await page.goto(f"{town.base_url}{path}")
        main = await page.locator("main").bounding_box()
        last = await page.locator("nav.sections a").last.bounding_box()
        assert main is not None
        if last is not None:  # phones show the current one only
            assert last["y"] + last["height"] <= main["y"] + main["height"], path
    await context.close()
