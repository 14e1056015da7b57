"""Photos that another app shares with the installed one."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.pages.browser.line import keep_home
from tests.pages.browser.town import PHONE, let_in
from tests.pages.posts.test_writing import picture
from tests.pages.seed import PASSWORD
from tests.support.browser import new_context
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers, pytest.mark.slow]

# as the operating system does it for the share target of the manifest
_SHARE = """() => {
    document.body.innerHTML = '<form method="post" action="/share" enctype="multipart/form-data"><input name="text" value="From the hills">'
        + '<input type="file" name="files" multiple><button>Share</button></form>';
}"""


async def _share(page: Page, *names: str) -> None:
    await page.evaluate(_SHARE)
    files = [{"name": name, "mimeType": "image/png", "buffer": picture()} for name in names]
    await page.set_input_files("[name=files]", files)  # type: ignore[arg-type]
    await page.click("button")


async def test_shared_photos_are_in_the_composer(town: Server, chromium_process: Browser) -> None:
    context = await new_context(chromium_process, has_worker=True, viewport=PHONE)  # type: ignore[arg-type]
    page = await context.new_page()
    await let_in(page, town, "ana")
    await page.goto(f"{town.base_url}/home")
    await keep_home(page, town)
    await _share(page, "a.png", "b.png")
    await expect(page.locator("#id_text")).to_have_value("From the hills")
    await expect(page.locator(".file-row [name=media]")).to_have_count(2)
    assert "shared" not in page.url
    assert not await page.evaluate("caches.has('shared')"), "nothing is kept"
    await page.goto(f"{town.base_url}/compose?shared=2")
    await expect(page.locator("#id_text")).to_be_visible()
    await expect(page.locator(".file-row")).to_have_count(0)

    await context.clear_cookies()
    await page.goto(f"{town.base_url}/about")
    await _share(page, "c.png")
    await page.fill("#id_email", "ana@example.com")
    await page.fill("#id_password", PASSWORD)
    await page.click("main button")
    await expect(page.locator("#id_text")).to_have_value("From the hills")
    await expect(page.locator(".file-row [name=media]")).to_have_count(1)
    await context.close()


async def test_more_photos_than_a_post_takes(town: Server, chromium_process: Browser) -> None:
    context = await new_context(chromium_process, has_worker=True, viewport=PHONE)  # type: ignore[arg-type]
    page = await context.new_page()
    await let_in(page, town, "bob")
    await page.goto(f"{town.base_url}/home")
    await keep_home(page, town)
    await _share(page, *(f"{number}.png" for number in range(9)))
    await expect(page.get_by_text("A post can have 4 files.")).to_be_visible()
    most = int(await page.locator("details[data-uploads]").get_attribute("data-most") or 0)
    await expect(page.locator(".file-row [name=media]")).to_have_count(most)
    await context.close()
