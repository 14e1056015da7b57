"""Completion and emoji of the composer in a real browser: by keyboard, the picker, and the post that comes of it."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import PHONE, faults_of, listen, write
from tests.support.servers import Server
from tests.users.emojis import pictures

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


@pytest.fixture(scope="module", autouse=True)
async def blobs(town: Server, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Two emoji of the server, there before any page asks: the web process keeps the list of them for some seconds."""
    folder: Path = tmp_path_factory.mktemp("blobs")
    paths = [folder / f"{name}.gif" for name in ("blobcat", "blobfox")]
    for path in paths:
        path.write_bytes(pictures.moving())
    await town.several(*(("emoji", "add", str(path), "--category", "Blobs") for path in paths))


async def test_the_composer_offers_emoji(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    heard = listen(page)
    await page.goto(f"{town.base_url}/compose")
    text = page.locator("textarea[data-limit]")
    await text.press_sequentially("Hello :blo")
    offered = page.locator("#completions > li")
    await expect(offered.first).to_contain_text("blobcat")
    await expect(offered.nth(1)).to_contain_text("blobfox")
    await expect(offered.nth(2)).to_contain_text("blo")  # of Unicode: the domain's own come first
    assert await faults_of(page) == []
    await text.press("ArrowDown")
    await text.press("Enter")
    await expect(text).to_have_value("Hello :blobfox: ")
    await page.locator("summary", has_text="Content warning").click()
    warning = page.locator("input[name=content_warning]")
    await warning.press_sequentially(":blobc")
    await expect(offered.first).to_contain_text("blobcat")
    await warning.press("Enter")
    await expect(warning).to_have_value(":blobcat: ")
    await warning.fill("")
    await text.focus()
    await page.get_by_role("button", name="Emoji", exact=True).click()
    await page.get_by_role("searchbox", name="Search emoji").press_sequentially("blobcat")
    await expect(page.locator(".emoji-grid button")).to_have_count(1)
    assert await faults_of(page) == []
    await page.get_by_role("button", name="blobcat").click()
    await page.get_by_role("searchbox", name="Search emoji").fill("")
    await page.get_by_role("button", name="Food and drink").click()
    await expect(page.get_by_role("button", name="slice of pizza")).to_be_visible()
    assert await faults_of(page) == []
    await page.keyboard.press("Escape")
    await expect(text).to_be_focused()
    await expect(text).to_have_value("Hello :blobfox: :blobcat: ")
    await page.get_by_role("button", name="Post", exact=True).click()
    await page.goto(f"{town.base_url}/@ana")
    shown = page.locator(".content").first.get_by_role("img", name=":blobcat:")
    await expect(shown).to_be_visible()
    assert (await shown.evaluate("image => image.currentSrc")).endswith(".png"), "it keeps still"
    assert heard == []


async def test_people_and_hashtags_are_completed_by_keyboard(town: Server, visit: Visit) -> None:
    """Also in the box under a post; Escape leaves what was typed, and a click picks as Enter does."""
    page = await visit("ana", viewport=PHONE)
    heard = listen(page)
    await write(page, town, "Under the #Viaducts")
    box = page.locator(".reply-box textarea")
    await box.press_sequentially("So says @fan")
    offered = page.locator("#completions > li")
    await expect(offered).to_have_count(1)
    assert await faults_of(page) == []
    await box.press("Escape")
    await expect(offered).to_have_count(0)
    await expect(box).to_have_value("So says @fan")
    await box.press("Backspace")
    await offered.first.click()
    await expect(box).to_have_value("So says @fan@far.test ")
    await box.press_sequentially("of #viad")
    await expect(offered).to_have_text("#Viaducts")
    await box.press("Tab")
    await expect(box).to_have_value("So says @fan@far.test of #Viaducts ")
    await box.press_sequentially("at 12:30 https://a.test/#viad")
    await expect(offered).to_have_count(0)
    assert heard == []


async def test_skin_tones_are_chosen_once_and_for_one_emoji(town: Server, visit: Visit) -> None:
    page = await visit("ana", viewport=PHONE, has_touch=True)
    heard = listen(page)
    await page.goto(f"{town.base_url}/compose")
    text = page.locator("textarea[data-limit]")
    await page.get_by_role("button", name="Emoji", exact=True).click()
    await page.get_by_role("button", name="People and hands").click()
    wave = page.get_by_role("button", name="waving hand sign", exact=True)
    await expect(wave).to_have_text("👋")
    await page.get_by_role("button", name="Medium skin tone").click()
    await expect(wave).to_have_text("👋🏽")
    await expect(page.get_by_role("button", name="Medium skin tone")).to_be_focused()
    assert await faults_of(page) == []
    await wave.click()
    await wave.press("ArrowDown")
    tones = page.locator(".emoji-tones")
    await expect(tones.get_by_role("button", name="waving hand sign, Medium skin tone")).to_be_focused()
    assert await faults_of(page) == []
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Enter")
    await expect(tones).to_have_count(0)
    await expect(wave).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Escape")
    await expect(tones).to_have_count(0)
    await expect(wave).to_be_focused()
    box = await wave.bounding_box()
    assert box
    devtools = await page.context.new_cdp_session(page)
    finger = [{"x": box["x"] + 20, "y": box["y"] + 20}]
    await devtools.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": finger})
    await expect(tones).to_be_visible()
    await devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    await tones.get_by_role("button", name="waving hand sign, No skin tone").click()
    await expect(text).to_have_value("👋🏽👋🏿👋")
    await page.goto(f"{town.base_url}/compose")
    await page.get_by_role("button", name="Discard draft").click()
    await text.press_sequentially(":waving")
    await expect(page.locator("#completions > li").first).to_contain_text("👋🏽")
    assert heard == []


async def test_a_skin_tone_for_reactions_needs_no_scripts(town: Server, visit: Visit) -> None:
    page = await visit("ana", viewport=PHONE, java_script_enabled=False, reduced_motion="no-preference")
    await page.goto(f"{town.base_url}/compose")
    await page.fill("textarea", "A post to wave at")
    await page.get_by_role("button", name="Post", exact=True).click()
    await page.goto(f"{page.url.replace('/@ana/', '/posts/')}/reactions?group=people")
    await page.get_by_role("link", name="Dark skin tone", exact=True).click()
    await page.get_by_role("button", name="waving hand sign", exact=True).click()
    await expect(page.locator("main")).to_contain_text("👋🏿")
