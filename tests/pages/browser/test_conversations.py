"""A private conversation in a real browser."""

import re

import pytest
from playwright.async_api import BrowserContext, Page, expect

from activities.posts.models import Visibility
from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import DESK, PHONE, eventually, faults_of, let_in, listen
from tests.support.browser import new_context
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_a_conversation_is_answered_at_its_end(town: Server, browser: BrowserContext) -> None:
    page = await browser.new_page()
    await page.set_viewport_size(DESK)  # type: ignore[arg-type]
    await let_in(page, town, "ana")
    await page.goto(f"{town.base_url}/compose")
    await page.fill("#id_text", "@bob Are you coming?")
    await page.select_option("#id_visibility", str(Visibility.mentioned.value))
    await page.get_by_role("button", name="Post", exact=True).first.click()
    await expect(page.locator(".message.mine")).to_contain_text("Are you coming?")
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
        await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        newest, box = [await page.locator(one).bounding_box() for one in ("#newest", ".chat-box")]
        assert newest is not None
        assert box is not None
        assert newest["y"] + newest["height"] <= box["y"], (
            "the newest message is above the box, not behind it"
        )
        assert not await page.evaluate("scrollY"), "two messages fit into the window with their box"
    assert browser.browser is not None
    state = await browser.storage_state()
    touched = await new_context(
        browser.browser,
        viewport=PHONE,  # type: ignore[arg-type]
        is_mobile=True,
        has_touch=True,
        storage_state=state,
    )
    phone = await touched.new_page()
    await phone.goto(page.url)
    await phone.get_by_label("Your message").press_sequentially("One")
    await phone.get_by_label("Your message").press("Enter")
    await expect(phone.get_by_label("Your message")).to_have_value("One\n")
    await expect(phone.get_by_text("Enter sends")).to_be_hidden()
    await touched.close()


async def test_an_open_conversation_is_alive(town: Server, visit: Visit) -> None:
    """Both have the conversation open: what one writes appears with the other, and counts as read only once it was looked at."""
    ana, bob = [await visit(name) for name in ("ana", "bob")]
    heard = listen(ana)
    await ana.goto(f"{town.base_url}/compose")
    await ana.fill("#id_text", "@bob Is the harbour open?")
    await ana.select_option("#id_visibility", str(Visibility.mentioned.value))
    await ana.get_by_role("button", name="Post", exact=True).first.click()
    await expect(ana.locator("#newest.mine")).to_contain_text("Is the harbour open?")
    for page in (ana, bob):

        async def is_listed(page: Page = page) -> None:
            await page.goto(f"{town.base_url}/private-mentions")
            await expect(page.locator(".talk", has_text="Is the harbour open?")).to_have_count(
                1, timeout=1000
            )

        await eventually(is_listed)
        await page.locator(".talk", has_text="Is the harbour open?").locator("a.by").click()
        await expect(page.locator(".message").last).to_contain_text("Is the harbour open?")
        await page.evaluate("window.same = true")
    listing = await ana.context.new_page()
    await listing.goto(f"{town.base_url}/private-mentions")

    hides = "Object.defineProperty(document, 'hidden', { configurable: true, get: () => %s }); document.dispatchEvent(new Event('visibilitychange'))"
    await ana.evaluate(hides % "true")
    await bob.get_by_label("Your message").fill("It is, until six")
    await bob.get_by_role("button", name="Send").click()
    await expect(bob.locator("#newest.mine")).to_contain_text("It is, until six")
    await expect(bob.get_by_label("Your message")).to_have_value("")
    # ana looks at another tab, so it is unread
    await expect(listing.locator(".talk.unread", has_text="It is, until six")).to_be_visible()
    await expect(ana.locator(".message")).to_have_count(1)
    await ana.evaluate(hides % "false")
    await expect(ana.locator("#newest")).to_contain_text("It is, until six")
    await expect(ana.get_by_text("Enter sends, Shift+Enter starts a new line.")).to_be_visible()
    await ana.get_by_label("Your message").press_sequentially("Then")
    await ana.get_by_label("Your message").press("Shift+Enter")
    await ana.get_by_label("Your message").press_sequentially("I come")
    await expect(ana.get_by_label("Your message")).to_have_value("Then\nI come")
    await ana.get_by_label("Your message").press("Enter")
    await expect(ana.locator("#newest.mine")).to_contain_text(re.compile("Then.*I come"))
    await expect(bob.locator("#newest")).to_contain_text(re.compile("Then.*I come"))
    await expect(bob.locator(".message")).to_have_count(3)
    for page in (ana, bob):
        assert await page.evaluate("window.same"), "nothing was loaded again"
    assert heard == []
