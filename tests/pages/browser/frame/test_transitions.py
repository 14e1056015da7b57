"""Going from page to page quickly, with the browser's own transitions between them."""

import pytest

from tests.pages.browser.conftest import Visit
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]

# what the browser does when the next page is asked for before this one has faded in
_CUT = """addEventListener('pagereveal', ({ viewTransition }) => {
    if (!viewTransition) return;
    viewTransition.skipTransition();
    sessionStorage.cut = Number(sessionStorage.cut ?? 0) + 1;
})"""


async def test_a_transition_that_is_cut_off_is_no_error(town: Server, visit: Visit) -> None:
    page = await visit("ana", reduced_motion="no-preference")
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(str(error)))
    await page.add_init_script(_CUT)
    await page.goto(f"{town.base_url}/home")
    for path in ("/lists", "/home", "/lists"):
        await page.locator(f".main-nav a[href='{path}']").click()
        await page.wait_for_load_state("networkidle")
    assert await page.evaluate("sessionStorage.cut") == "3"
    assert heard == []
