"""Opening posts: by a press on their text, by Enter, in a tab of their own; and where their conversations open."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import PHONE, let_in, listen, send, write
from tests.support.browser import new_context
from tests.support.servers import Server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]

_IS_LOADED = "performance.getEntriesByType('resource').some(one => one.name.includes('reading/opening') && one.responseEnd)"


async def _long_talk(page: Page, town: Server) -> str:
    """Write a post and seven replies in a row; return the URL of the last."""
    await page.goto(await write(page, town, "The kettle of the signal box whistles."))
    box = page.locator("form.reply-box")
    for number in range(7):
        await box.locator("textarea").fill(f"Answer {number}. " + "It whistles in every room. " * 6)
        await box.get_by_role("button", name="Reply", exact=True).click()
        await expect(page.locator(".trunk")).to_contain_text(f"Answer {number}")
        address = await page.locator(".trunk a.when").first.get_attribute("href")
        await page.goto(f"{town.base_url}{address}")
    return page.url


@pytest.mark.slow
async def test_a_reply_opens_at_itself_with_the_earlier_posts_above(
    town: Server, visit: Visit, chromium_process: Browser
) -> None:
    page = await visit("ana", viewport=PHONE)
    heard = listen(page)
    address = await _long_talk(page, town)
    bare = address.partition("#")[0]
    for opened in (bare, address):
        await page.goto("about:blank")
        await page.goto(opened)
        await expect(page.locator(".thread > .post")).to_have_count(8)
        assert await page.evaluate("scrollY") > 300, opened
        await expect(page.locator(".post.focus")).to_be_in_viewport(ratio=1)
    await page.evaluate("scrollTo(0, 200)")
    above = page.locator(".thread > .post").nth(2)
    await above.locator("a.when").evaluate("link => link.click()")
    await expect(page.locator(".post.focus")).to_contain_text("Answer 1")
    await page.go_back()
    await expect(page.locator(".post.focus")).to_contain_text("Answer 6")
    await page.wait_for_load_state()
    await wait_until(lambda: page.evaluate("scrollY === 200"), message="Back finds the place that was left")
    assert heard == []

    context = await new_context(chromium_process, java_script_enabled=False, viewport=PHONE)  # type: ignore[arg-type]
    without = await context.new_page()
    await let_in(without, town, "ana")
    await without.goto(f"{town.base_url}/home")
    link = without.locator("article.post", has_text="Answer 6").locator("a.when")
    assert re.fullmatch(r"/@ana/(\d+)#post-\1", await link.get_attribute("href") or "")
    await link.click()
    await expect(without.locator(".post.focus")).to_be_in_viewport(ratio=1)
    await context.close()


async def test_a_press_on_the_text_of_a_post_opens_it(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    heard = listen(page)
    await send(page, town, "A text that is pressed, selected and opened #pressed")
    await page.goto(f"{town.base_url}/home")
    await wait_until(lambda: page.evaluate(_IS_LOADED))
    post = page.locator("article.post", has_text="A text that is pressed")
    words = post.locator(".content p")
    await words.click()
    await expect(page.locator("article.focus")).to_contain_text("A text that is pressed")
    await page.go_back()
    await wait_until(lambda: page.evaluate(_IS_LOADED))
    async with page.context.expect_page() as opened:
        await words.click(modifiers=["Control"])
    await expect((await opened.value).locator("article.focus")).to_contain_text("A text that is pressed")
    async with page.context.expect_page() as opened:
        await words.click(button="middle")
    await expect((await opened.value).locator("article.focus")).to_contain_text("A text that is pressed")
    box = await words.bounding_box()
    assert box
    await page.mouse.move(box["x"] + 4, box["y"] + 9)
    await page.mouse.down()
    await page.mouse.move(box["x"] + 90, box["y"] + 9, steps=4)
    await page.mouse.up()
    assert await page.evaluate("String(getSelection())")
    assert page.url.endswith("/home")
    await page.evaluate("getSelection().removeAllRanges()")
    await post.locator("button.bookmark").click()
    await expect(post.locator("button.bookmark")).to_have_attribute("aria-pressed", "true")
    await post.locator(".content a").click()
    await expect(page.locator("h1")).to_contain_text("#pressed")
    assert heard == []


async def test_enter_opens_the_post_that_has_the_focus(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    await send(page, town, "Opened by the keyboard")
    await page.goto(f"{town.base_url}/home")
    await wait_until(lambda: page.evaluate(_IS_LOADED))
    await page.keyboard.press("j")
    await expect(page.locator("article.post:focus")).to_contain_text("Opened by the keyboard")
    await page.keyboard.press("Enter")
    await expect(page.locator("article.focus")).to_contain_text("Opened by the keyboard")
    await page.keyboard.press("Enter")
    await expect(page.locator("article.focus")).to_be_visible()


async def test_without_scripts_a_press_comes_back_to_its_post(
    town: Server, page_without_scripts: Page
) -> None:
    page = page_without_scripts
    await let_in(page, town, "ana")
    await page.goto(f"{town.base_url}/home")
    like = page.locator("article.post:has(button.like[aria-pressed=false]:not([aria-disabled]))").nth(12)
    place = await like.get_attribute("id")
    await like.locator("button.like").click()
    await expect(page.locator(f"#{place} button.like")).to_have_attribute("aria-pressed", "true")
    assert page.url.endswith(f"/home#{place}")
    await expect(page.locator(f"#{place} button.like")).to_be_in_viewport()
