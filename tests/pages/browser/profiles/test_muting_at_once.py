"""A mute and a block show at once on a profile, and go back when the server refuses them."""

import re

import pytest
from playwright.async_api import expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import PHONE, faults_of, refuse_later, send
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_mute_and_block_on_a_profile_go_back(town: Server, visit: Visit) -> None:
    ana = await visit("ana")
    await send(ana, town, "Seen on my profile")
    page = await visit("bob", viewport=PHONE)
    await page.goto(f"{town.base_url}/@ana")
    await page.wait_for_load_state("networkidle")
    await page.evaluate("window.isSame = true")
    buttons, menu = page.locator("#relationship"), page.locator("#relationship").get_by_label("More about")
    message = buttons.locator("a.write")
    post = page.locator("main article.post", has_text="Seen on my profile")
    await expect(post).to_be_visible()
    for act, then, gone in (("Mute", "Unmute", message), ("Block", "Unblock", post)):
        button = buttons.get_by_role("button", name=act, exact=True)
        becomes = buttons.get_by_role("button", name=then, exact=True)
        refuse = await refuse_later(page, re.compile(f"/{act.lower()}$"))
        await menu.click()
        await button.press("Enter")
        await expect(becomes).to_be_focused()
        await expect(gone).to_be_hidden()
        refuse()
        await expect(menu).to_be_focused()
        await expect(gone).to_be_visible()
        await expect(becomes).to_have_count(0)
        await expect(page.locator("#toast")).to_contain_text("did not work")
        await page.unroute(re.compile(f"/{act.lower()}$"))

        await menu.click()
        await button.press("Enter")
        await expect(page.locator("#toast")).to_contain_text(f"{act}{'ed' if act == 'Block' else 'd'} ana.")
        await expect(page.locator(".htmx-request")).to_have_count(0)
        await expect(becomes).to_be_focused()
        await expect(gone).to_be_hidden()
        await expect(page.get_by_text("You blocked ana")).to_have_count(int(act == "Block"))
        assert await faults_of(page) == []
        await page.locator("#toast").get_by_role("button", name="Undo").click()
        await expect(becomes).to_have_count(0)
        await expect(gone).to_be_visible()
        await expect(page.get_by_text("You blocked ana")).to_have_count(0)

    await menu.click()
    await buttons.get_by_role("button", name="Mute", exact=True).click()
    await expect(page.locator("#toast")).to_contain_text("Muted ana.")
    await page.reload()
    await page.wait_for_load_state("networkidle")
    refuse = await refuse_later(page, re.compile("/unmute$"))
    await buttons.get_by_role("button", name="Unmute").press("Enter")
    await expect(buttons.get_by_role("button", name="Message")).to_be_focused()
    refuse()
    await expect(buttons.get_by_role("button", name="Unmute")).to_be_focused()
    await page.unroute(re.compile("/unmute$"))
    await buttons.get_by_role("button", name="Unmute").press("Enter")
    await expect(message).to_be_focused()
