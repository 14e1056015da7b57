"""The composer's custom emoji in a real browser: completion by keyboard, the picker, and the post that comes of it."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.pages.browser.town import DESK, faults_of, listen, sign_in
from tests.support.servers import Server
from tests.users.emojis import pictures

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_the_composer_offers_emoji(town: Server, chromium_process: Browser, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.gif" for name in ("blobcat", "blobfox")]
    for path in paths:
        path.write_bytes(pictures.moving())
    await town.several(*(("emoji", "add", str(path), "--category", "Blobs") for path in paths))
    context = await chromium_process.new_context(viewport=DESK, reduced_motion="reduce")
    page = await context.new_page()
    heard = listen(page)
    await sign_in(page, town, "ana")
    await page.goto(f"{town.base_url}/compose")
    text = page.locator("textarea[data-limit]")
    await text.press_sequentially("Hello :blo")
    await expect(page.locator("#emoji-options > li")).to_have_count(2)
    assert await faults_of(page) == []
    await text.press("ArrowDown")
    await text.press("Enter")
    await expect(text).to_have_value("Hello :blobfox: ")
    await page.get_by_role("button", name="Emoji", exact=True).click()
    await page.get_by_role("searchbox", name="Search emoji").press_sequentially("cat")
    await expect(page.locator(".emoji-grid button")).to_have_count(1)
    assert await faults_of(page) == []
    await page.get_by_role("button", name="blobcat").click()
    await expect(text).to_have_value("Hello :blobfox: :blobcat: ")
    await page.get_by_role("button", name="Post", exact=True).click()
    await page.goto(f"{town.base_url}/@ana")
    shown = page.locator(".content").first.get_by_role("img", name=":blobcat:")
    await expect(shown).to_be_visible()
    assert (await shown.evaluate("image => image.currentSrc")).endswith(".png"), "it keeps still"
    assert heard == []
