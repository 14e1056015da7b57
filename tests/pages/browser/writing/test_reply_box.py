"""The box under a thread: with scripts it becomes the composer, with what was typed in it."""

import re

import pytest
from playwright.async_api import Page, Route, expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import PHONE, faults_of, let_in, listen, send
from tests.support.servers import Server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]

IN_IT = "[document.activeElement.value, document.activeElement.selectionStart, document.activeElement.selectionEnd]"


async def _open_thread(page: Page, town: Server, words: str) -> None:
    await send(page, town, words)
    await page.goto(f"{town.base_url}/@ana")
    address = await page.locator("article.post", has_text=words).locator("a.when").get_attribute("href")
    await page.goto(f"{town.base_url}{address}")


async def test_who_goes_into_the_box_has_the_composer_there(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    heard = listen(page)
    await _open_thread(page, town, "Who wants to answer?")
    box = page.locator("#answer")
    await box.locator("textarea").click()
    form = page.locator("main > .feed > .composing form")
    text = form.locator("textarea[name=text]")
    await expect(text).to_be_focused()
    await expect(box).to_be_hidden()
    await expect(form.locator("input[name=draft]")).not_to_have_value("")
    await expect(form.get_by_role("button", name="Who can see it: Public")).to_be_visible()
    assert await faults_of(page) == []
    await page.keyboard.type("Half an answer to @an")
    await expect(page.locator("#completions > li").first).to_be_visible()
    await expect(form.locator("#draft-state")).to_have_text("Draft saved")
    await page.keyboard.press("Escape")  # the suggestions alone
    await page.keyboard.press("Escape")
    await expect(form).to_have_count(0)
    await expect(box.locator("textarea")).to_have_value("Half an answer to @an")
    await expect(box.locator("textarea")).to_be_focused()
    # Reply alone would leave the draft behind, and what it has beside its text
    await box.get_by_role("button", name="Reply").click()
    await expect(text).to_be_focused()
    await expect(text).to_have_value("Half an answer to @an")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Space")
    await expect(text).to_have_value("Half an answer to @an ")
    await text.fill("A whole answer")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".trunk article.post")).to_contain_text("A whole answer")
    await expect(box.locator("textarea")).to_be_focused()
    await expect(box.locator("textarea")).to_have_value("")
    assert heard == []


async def test_a_discarded_reply_leaves_the_box(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    await _open_thread(page, town, "Answered and regretted")
    await page.locator("#answer textarea").click()
    text = page.locator(".composing textarea[name=text]")
    await expect(text).to_be_focused()
    await page.keyboard.type("Rather not")
    await expect(page.locator(".composing input[name=draft]")).not_to_have_value(
        ""
    )  # else nothing is kept yet
    await page.keyboard.press("Escape")
    await expect(page.locator("#answer textarea")).to_have_value("Rather not")
    await page.get_by_role("button", name="Discard").click()
    await expect(page.locator("#answer textarea")).to_have_value("")


async def test_what_was_typed_meanwhile_stays_with_its_caret(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    await _open_thread(page, town, "Answered in a hurry")
    asked: list[Route] = []
    await page.route("**/compose?reply_to*", lambda route: asked.append(route))
    async with page.expect_request("**/compose?reply_to*"):
        await page.locator("#answer textarea").click()
    await page.keyboard.type("Yes and nobody else")
    for _ in range(len(" and nobody else")):
        await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("Shift+ArrowLeft")
    await wait_until(lambda: len(asked) > 0)
    await asked[0].continue_()
    text = page.locator(".composing textarea[name=text]")
    await expect(text).to_be_focused()
    assert await page.evaluate(IN_IT) == ["Yes and nobody else", 2, 3]
    await expect(page.locator("#answer textarea")).to_have_value("")

    # who has left the box by then is not brought back; who goes on without a connection has the box
    await page.keyboard.press("Escape")
    async with page.expect_request("**/compose?reply_to*"):
        await page.locator("#answer textarea").click()
    await page.locator("h1").click()
    await wait_until(lambda: len(asked) > 1)
    await asked[1].continue_()
    link = page.get_by_role("link", name="Pictures, audience and more")
    await expect(link).not_to_have_attribute("aria-busy", "true")
    async with page.expect_request("**/compose?reply_to*"):
        await page.locator("#answer textarea").click()
    await wait_until(lambda: len(asked) > 2)
    await asked[2].abort()
    await page.keyboard.type("Alone")
    await expect(page.locator("#answer textarea")).to_have_value(re.compile("Alone"))
    await expect(page.locator(".composing")).to_have_count(0)


async def test_reply_of_the_large_post_opens_the_same(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    await _open_thread(page, town, "Answered by its button")
    reply = page.locator("article.focus a.reply")
    await reply.click()
    text = page.locator("#answer + .composing textarea[name=text]")
    await expect(text).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(reply).to_be_focused()
    await page.locator("#answer textarea").focus()
    await expect(text).to_be_focused()


async def test_on_phones_a_press_opens_it_over_the_screen(town: Server, visit: Visit) -> None:
    """The Tab key leads on: a screen that changes by itself is no help."""
    page = await visit("ana", viewport=PHONE)
    await _open_thread(page, town, "Answered on the way")
    box = page.locator("#answer textarea")
    await box.focus()
    await page.keyboard.type("First")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Pictures, audience and more")).to_be_focused()
    await expect(page.locator(".composing")).to_have_count(0)
    await box.click()
    dialog = page.get_by_role("dialog", name="Reply to")
    await expect(dialog.locator("textarea[name=text]")).to_have_value("First")
    await dialog.get_by_role("button", name="Close").click()
    await expect(dialog).to_have_count(0)


async def test_without_scripts_the_box_is_sent_as_it_is(town: Server, page_without_scripts: Page) -> None:
    page = page_without_scripts
    await let_in(page, town, "ana")
    await _open_thread(page, town, "Answered without scripts")
    await page.locator("#answer textarea").fill("Plainly")
    await page.locator("#answer").get_by_role("button", name="Reply").click()
    await expect(page.locator(".trunk article.post")).to_contain_text("Plainly")
