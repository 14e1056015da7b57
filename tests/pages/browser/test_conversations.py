"""A private conversation in a real browser."""

import pytest
from playwright.async_api import BrowserContext, expect

from activities.posts.models import Visibility
from tests.pages.browser.town import DESK, PHONE, eventually, faults_of, sign_in
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_a_conversation_is_answered_at_its_end(town: Server, browser: BrowserContext) -> None:
    page = await browser.new_page()
    await page.set_viewport_size(DESK)  # type: ignore[arg-type]
    await sign_in(page, town, "ana")
    await page.goto(f"{town.base_url}/compose")
    await page.fill("#id_text", "@bob Are you coming?")
    await page.select_option("#id_visibility", str(Visibility.mentioned.value))
    await page.get_by_role("button", name="Post", exact=True).first.click()
    await expect(page.locator("article.focus")).to_contain_text("Are you coming?")
    talk = page.locator(".talk", has_text="Are you coming?").locator("a.by")

    async def is_listed() -> None:
        await page.goto(f"{town.base_url}/private-mentions")
        await expect(talk).to_have_count(1, timeout=1000)

    await eventually(is_listed)  # the worker adds it
    await talk.click()
    await expect(page.locator(".message.mine")).to_have_count(1)
    await page.get_by_label("Your message").fill("I'll bring the map")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator("#newest.mine")).to_contain_text("I'll bring the map")
    for size in (DESK, PHONE):
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        assert await faults_of(page) == []
