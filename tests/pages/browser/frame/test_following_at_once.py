"""A follow shows at once, on profiles and in rows, and goes back when the server refuses it."""

import re

import pytest
from playwright.async_api import expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import PHONE, faults_of, refuse_later, settled
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_a_profile_is_followed_where_it_is(town: Server, visit: Visit) -> None:
    page = await visit("bob", viewport=PHONE)
    await page.goto(f"{town.base_url}/@ana")
    await page.wait_for_load_state("networkidle")
    await page.evaluate("window.isSame = true")
    buttons = page.locator("#relationship")
    follow = buttons.get_by_role("button", name=re.compile("^Follow( back)?$"))
    state = buttons.locator("summary.button")
    if await state.count():  # by an earlier test
        await state.click()
        await buttons.get_by_role("button", name="Unfollow").click()
    await expect(state).to_have_count(0)
    await settled(page)
    refuse = await refuse_later(page, re.compile("/follow$"))
    await follow.press("Enter")
    await expect(buttons.get_by_role("button", name="Following", exact=True)).to_be_focused()
    await expect(buttons.locator(".htmx-request")).to_be_visible()
    refuse()
    await expect(follow).to_be_focused()
    await expect(page.get_by_role("status").filter(has_text="did not work")).to_be_visible()
    await page.unroute(re.compile("/follow$"))

    await settled(page)
    await follow.press("Enter")
    await expect(state).to_have_text(re.compile("Following"))
    await expect(state).to_be_focused()
    await expect(page.locator("#toast")).to_contain_text("You follow ana.")
    await state.click()
    await buttons.get_by_role("button", name="Notify me of new posts").click()
    await expect(page.locator("#toast")).to_contain_text("Saved.")
    await settled(page)
    refuse = await refuse_later(page, re.compile("/unfollow$"))
    await state.click()
    await buttons.get_by_role("button", name="Unfollow").click()
    await expect(state).to_have_text(re.compile("^\\s*Follow\\s*$"))
    refuse()
    await expect(state).to_have_text(re.compile("Following"))
    await page.unroute(re.compile("/unfollow$"))
    await settled(page)
    await state.click()
    await buttons.get_by_role("button", name="Unfollow").click()
    await expect(follow).to_be_focused()
    await settled(page)
    await page.locator("#toast").get_by_role("button", name="Undo").click()
    await expect(state).to_have_text(re.compile("Following"))
    await settled(page)
    await state.click()
    await expect(buttons.get_by_role("button", name="Don't notify me of new posts")).to_be_visible()
    assert await page.evaluate("window.isSame"), "nothing was loaded again"
    assert await faults_of(page) == []


async def test_followers_are_counted_where_the_button_is(town: Server, visit: Visit) -> None:
    page = await visit("bob", viewport=PHONE)
    await page.goto(f"{town.base_url}/@ana")
    await page.wait_for_load_state("networkidle")
    counts = page.locator("#counts")
    before = int(await counts.locator("b").nth(2).inner_text())
    buttons = page.locator("#relationship")
    if await buttons.locator("summary.button").count():  # by an earlier test
        await buttons.locator("summary.button").click()
        await buttons.get_by_role("button", name="Unfollow").click()
        before -= 1
        await expect(counts.locator("b").nth(2)).to_have_text(str(before))
    await settled(page)
    await buttons.get_by_role("button", name=re.compile("^Follow")).click()
    await expect(counts.locator("b").nth(2)).to_have_text(str(before + 1))
    await expect(buttons.locator("summary.button")).to_be_focused()


async def test_a_row_goes_back_when_the_server_says_no(town: Server, visit: Visit) -> None:
    page = await visit("ana", viewport=PHONE)
    await page.goto(f"{town.base_url}/search?q=mallory")
    await page.wait_for_load_state("networkidle")
    row = page.locator("main .person", has_text="mallory").first
    refuse = await refuse_later(page, re.compile("follow$"))
    button = row.get_by_role("button")
    words, then = await button.inner_text(), await button.get_attribute("data-then")
    assert then
    await button.press("Enter")
    await expect(button).to_have_text(re.compile(f"^\\s*{then}"))
    refuse()
    await expect(button).to_have_text(words)
    await expect(button).to_be_focused()
