"""The composer in a real browser: threads written as a chain."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.pages.browser.town import DESK, PHONE, faults_of, listen, sign_in, write
from tests.pages.posts.test_writing import picture
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_a_thread_survives_a_reload_and_is_sent(town: Server, chromium_process: Browser) -> None:
    context = await chromium_process.new_context(viewport=DESK)
    page = await context.new_page()
    heard = listen(page)
    await sign_in(page, town, "ana")
    await page.goto(f"{town.base_url}/compose")
    await page.locator("textarea[name=text]").fill("The first of three")
    for words in ("The second", "The third"):
        await page.get_by_role("button", name="Add another post").click()
        await page.keyboard.type(words)
    await expect(page.locator("#chain_2_limit")).to_have_text("491 characters left")
    await expect(page.locator("#draft-state")).to_have_text("Draft saved")
    await page.goto(f"{town.base_url}/compose")
    await expect(page.get_by_text("Your draft was restored.")).to_be_visible()
    await expect(page.locator("textarea[name=chain_2]")).to_have_value("The third")
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.get_by_text("Thread sent.")).to_be_visible()
    for words in ("The second", "The third"):
        await expect(page.get_by_text(words, exact=True)).to_be_visible()
    assert not heard
    await context.close()


async def test_a_gap_in_a_thread_survives_a_reload(town: Server, chromium_process: Browser) -> None:
    context = await chromium_process.new_context(viewport=DESK)
    page = await context.new_page()
    await sign_in(page, town, "ana")
    await page.goto(f"{town.base_url}/compose")
    await page.locator("textarea[name=text]").fill("A head")
    for _ in range(3):
        await page.get_by_role("button", name="Add another post").click()
    await page.keyboard.type("The tail")
    await expect(page.locator("#draft-state")).to_have_text("Draft saved")
    await page.goto(f"{town.base_url}/compose")
    await expect(page.locator("textarea[name=chain_3]")).to_have_value("The tail")
    await expect(page.locator("#chain_3_limit")).to_have_text("492 characters left")
    await page.get_by_role("button", name="Discard draft").click()
    await context.close()


async def test_pills_are_menus_and_post_stays_in_sight_on_a_phone(
    town: Server, chromium_process: Browser
) -> None:
    context = await chromium_process.new_context(viewport=PHONE)
    page = await context.new_page()
    heard = listen(page)
    await sign_in(page, town, "ana")
    await page.goto(f"{town.base_url}/home")
    await page.get_by_role("link", name="What's going on?").click()
    await page.wait_for_url("**/compose?next=/home")
    await expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    await page.locator("textarea[name=text]").fill("Written on a phone")
    await page.get_by_role("button", name="Who can see it: Public").click()
    menu = page.get_by_role("dialog", name="Who can see it")
    await expect(menu.get_by_role("radio", name="Public")).to_be_focused()
    assert await faults_of(page) == []
    await menu.get_by_role("radio", name="Followers only").click()
    await expect(menu).to_be_hidden()
    await expect(page.get_by_role("button", name="Who can see it: Followers only")).to_be_focused()
    await expect(page.locator("select[name=visibility]")).to_have_value("2")
    await page.get_by_role("button", name="Language: My default").click()
    await page.get_by_role("searchbox").fill("deut")
    await page.get_by_role("radio", name="Deutsch").press("Space")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Language: Deutsch")).to_be_focused()
    await page.set_viewport_size({"width": PHONE["width"], "height": 340})  # a keyboard came up
    post = page.get_by_role("button", name="Post", exact=True)
    await expect(post).to_be_in_viewport(ratio=1)
    await post.click()
    await expect(page.get_by_text("Post sent.")).to_be_visible()
    await expect(page.get_by_text("Written on a phone")).to_be_visible()
    assert not heard
    await context.close()


async def test_the_composer_is_compact_and_its_ring_fills(town: Server, chromium_process: Browser) -> None:
    context = await chromium_process.new_context(viewport=DESK)
    page = await context.new_page()
    await sign_in(page, town, "ana")
    await page.get_by_role("link", name="What's going on?").click()
    form = page.locator("form.composer")
    await expect(form.get_by_role("button", name="Language: My default")).to_be_visible()
    box = await form.bounding_box()
    assert box
    assert box["height"] < 200
    rest = page.locator("#text-limit > span").nth(1)
    await expect(rest).to_have_class("visually-hidden")
    await page.locator("textarea[name=text]").fill("👩‍👩‍👧" * 450)  # one grapheme each
    await expect(rest).to_have_text("50")
    await page.locator("textarea[name=text]").press("a")
    await expect(rest).to_have_text("49")
    await expect(rest).not_to_have_class("visually-hidden")
    part = await page.locator("#text-limit .ring").evaluate("ring => ring.style.getPropertyValue('--part')")
    assert part.startswith("90.2")
    await page.set_viewport_size(PHONE)
    for pill in await form.locator(".pill").all():
        await expect(pill).to_be_in_viewport(ratio=1)
    await context.close()


async def test_a_click_on_a_picture_sets_its_focus(town: Server, chromium_process: Browser) -> None:
    context = await chromium_process.new_context(viewport=DESK)
    page = await context.new_page()
    heard = listen(page)
    await sign_in(page, town, "ana")
    await page.goto(f"{town.base_url}/compose")
    await page.locator("summary", has_text="Pictures, video or audio").click()
    file = {"name": "a.png", "mimeType": "image/png", "buffer": picture()}
    await page.locator("details.files input[type=file]").set_input_files([file])
    await expect(page.get_by_label("Description", exact=True)).to_be_focused()
    row = await page.locator(".file-row").bounding_box()
    assert row
    assert row["height"] < 110  # a thumbnail, its words, and a menu for the rest
    choice = page.get_by_label("Focus")
    await page.get_by_label("More: Description").click()
    await expect(choice).to_have_value("0,0")
    focus = page.locator(".focal img")
    await focus.scroll_into_view_if_needed()
    box = await focus.bounding_box()
    assert box
    await focus.click(position={"x": box["width"] * 0.75, "y": box["height"] * 0.25})
    await expect(choice.locator("option:checked")).to_have_text("Chosen in the picture")
    x, y = map(float, (await choice.input_value()).split(","))
    assert abs(x - 0.5) < 0.1
    assert abs(y - 0.5) < 0.1
    await expect(page.locator(".focus-dot")).to_be_visible()
    assert await faults_of(page) == []
    await choice.select_option(label="Left")
    await page.locator("textarea[name=text]").fill("A picture with a focus")  # the focus closes the menu
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.get_by_text("Post sent.")).to_be_visible()
    await page.goto(page.url.replace("/@ana/", "/posts/") + "/edit")
    await expect(page.locator("select[name^=focus_]")).to_have_value("-0.7,0")
    assert not heard
    await context.close()


async def test_the_reply_box_places_the_cursor_after_the_names(
    town: Server, chromium_process: Browser
) -> None:
    """Before them it would be `words@ana`, which mentions nobody."""
    context = await chromium_process.new_context(viewport=DESK)
    page = await context.new_page()
    await sign_in(page, town, "ana")
    address = await write(page, town, "Answer this by the keyboard")
    other = await (await chromium_process.new_context(viewport=DESK)).new_page()
    await sign_in(other, town, "bob")
    await other.goto(address)
    box = other.get_by_label("Your reply")
    await box.evaluate("box => box.focus()")
    await other.keyboard.type("by keys")
    await expect(box).to_have_value(re.compile(r"^@ana\S* by keys$"))
    await other.keyboard.press("Control+Enter")
    await expect(other.locator("article .content", has_text="by keys")).to_be_visible()
    await other.context.close()
    await context.close()
