"""The composer in a dialog over the open page, in a real browser."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import PHONE, faults_of, let_in, listen, send
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_write_stays_on_the_page_and_keeps_a_draft(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    heard = listen(page)
    await page.goto(f"{town.base_url}/local")
    await page.evaluate("window.isSame = true")
    write = page.locator(".nav-foot a")
    await write.click()
    dialog = page.get_by_role("dialog", name="Write a post")
    text = dialog.locator("textarea[name=text]")
    await expect(text).to_be_focused()
    await expect(dialog.locator("input[name=draft]")).not_to_have_value("")
    assert await faults_of(page) == []
    for _ in range(30):
        await page.keyboard.press("Tab")
        assert await page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
    await text.fill("From the dialog")
    await dialog.get_by_role("button", name="Who can see it").click()
    await page.keyboard.press("Escape")  # the menu alone
    await expect(text).to_be_visible()
    await text.focus()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(page.locator("#toast")).to_contain_text("Draft kept.")
    await expect(write).to_be_focused()
    await page.keyboard.press("n")
    await expect(text).to_have_value("From the dialog")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#toast")).to_contain_text("Post sent.")
    await expect(dialog).to_be_hidden()
    assert await page.evaluate("window.isSame")
    assert not heard


async def test_a_message_and_the_list_of_scheduled_posts_write_the_time_alike(
    town: Server, visit: Visit
) -> None:
    """In the reader's zone and way of writing, in another country and language than the server's."""
    page = await visit("ana", locale="en-US", timezone_id="America/New_York")
    await page.goto(f"{town.base_url}/local")
    await page.locator(".nav-foot a").click()
    dialog = page.get_by_role("dialog", name="Write a post")
    await dialog.locator("summary", has_text="Publish later").click()
    await dialog.locator("input[name=scheduled_at]").fill("2028-12-31T18:00")
    await dialog.locator("textarea[name=text]").fill("For the new year")
    await page.keyboard.press("Control+Enter")
    toast = page.locator("#toast")
    await expect(toast).to_contain_text(re.compile(r"published on December 31, 2028 at 6:00.PM\."))
    words = await toast.locator("time").inner_text()
    await toast.get_by_role("link", name="View").click()
    await expect(page.locator("article time", has_text=words)).to_have_attribute(
        "datetime", "2028-12-31T23:00:00Z"
    )


async def test_write_on_home_is_the_composer_on_top(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    await page.goto(f"{town.base_url}/home")
    await page.keyboard.press("n")
    await expect(page.locator("main > .composing textarea[name=text]")).to_be_focused()
    await page.locator(".nav-foot a").click()
    await expect(page.locator("main > .composing textarea[name=text]")).to_be_focused()
    await expect(page.locator("dialog")).to_have_count(0)


async def test_quotes_and_edits_open_in_the_dialog(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    heard = listen(page)
    await send(page, town, "To be quoted and edited")
    await page.goto(f"{town.base_url}/home")
    await page.evaluate("window.isSame = true")
    post = page.locator("article.post", has_text="To be quoted and edited").first
    boost = post.locator("button.boost")
    await boost.click()
    await page.get_by_role("menuitem", name="Quote").click()
    dialog = page.get_by_role("dialog", name="Quote a post")
    text = page.locator("dialog textarea[name=text]")
    await expect(text).to_be_focused()
    await expect(dialog).to_contain_text("To be quoted and edited")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(boost).to_be_focused()
    await post.locator("details.menu > summary").click()
    await post.get_by_role("link", name="Edit", exact=True).click()
    dialog = page.get_by_role("dialog", name="Edit your post")
    await expect(text).to_be_focused()
    await expect(dialog.get_by_role("button", name=re.compile("Language"))).to_be_visible()
    assert await faults_of(page) == []
    await text.fill("x" * 501)
    await page.keyboard.press("Control+Enter")
    await expect(dialog.locator("#id_text_error")).to_be_visible()
    await text.fill("Edited in the dialog")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#toast")).to_contain_text("Post saved.")
    await expect(dialog).to_be_hidden()
    await expect(page.locator("article.post", has_text="Edited in the dialog")).to_be_visible()
    assert await page.evaluate("window.isSame")
    assert [one for one in heard if "422" not in one] == []


async def test_on_phones_and_without_scripts_write_has_its_page(
    town: Server, visit: Visit, page_without_scripts: Page
) -> None:
    phone = await visit("ana", viewport=PHONE)
    await phone.goto(f"{town.base_url}/local")
    await phone.locator(".main-nav > a[href='/compose']").click()
    await expect(phone.get_by_role("heading", name="Write a post")).to_be_visible()
    await expect(phone.locator("dialog")).to_have_count(0)
    page = page_without_scripts
    await let_in(page, town, "ana")
    await page.goto(f"{town.base_url}/local")
    await page.locator(".main-nav a[href='/compose']:visible").click()
    await expect(page.get_by_role("heading", name="Write a post")).to_be_visible()
