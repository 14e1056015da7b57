"""Stories that people live through in a browser without JavaScript, each on one page after another."""

import datetime as dt
import re

import pytest
from playwright.async_api import Page, expect

from core import clock
from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import PHONE, send
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def _press(page: Page, name: str) -> None:
    async with page.expect_navigation():
        await page.locator("main").get_by_role("button", name=name, exact=True).first.click()


async def test_somebody_new_settles_in(town: Server, visit: Visit) -> None:
    """The steps of the welcome, a name, a search, a follow, and a list for them."""
    bob = await visit("bob", java_script_enabled=False, viewport=PHONE)
    await bob.goto(f"{town.base_url}/welcome")
    await _press(bob, "Skip all steps")
    await expect(bob.locator("h1")).to_have_text("Home")
    await bob.goto(f"{town.base_url}/settings")
    await bob.get_by_label("Display name").fill("Bob of the estuary")
    await _press(bob, "Save")
    await expect(bob.get_by_role("status").first).to_be_visible()
    await bob.goto(f"{town.base_url}/search")
    await bob.get_by_role("searchbox", name="Search for").fill("ana")
    await _press(bob, "Search")
    await bob.locator("main").get_by_role("link", name=re.compile("^ana")).first.click()
    await _press(bob, "Follow")
    await expect(bob.locator("main").get_by_text("Following").first).to_be_visible()
    await bob.goto(f"{town.base_url}/lists")
    await bob.get_by_label("Title").fill("Birds")
    await _press(bob, "Create list")
    await expect(bob.locator("main").get_by_text("Birds").first).to_be_visible()


async def test_a_reader_keeps_a_post_and_hides_a_word(town: Server, visit: Visit) -> None:
    """A bookmark goes into a folder, a filter hides a word, and the author sees a like among the notifications."""
    ana = await visit("ana", java_script_enabled=False)
    await send(ana, town, "A heron by the lake.")
    bob = await visit("bob", java_script_enabled=False, viewport=PHONE)
    await bob.goto(f"{town.base_url}/@ana")
    heron = bob.locator("article", has_text="A heron by the lake.")
    for name in ("Like", "Bookmark"):
        async with bob.expect_navigation():
            await heron.get_by_role("button", name=name).click()
    await bob.goto(f"{town.base_url}/bookmarks/folders")
    await bob.get_by_label("Name").fill("Herons")
    await _press(bob, "Create folder")
    await expect(bob.locator("main").get_by_text("Herons").first).to_be_visible()
    await bob.goto(f"{town.base_url}/bookmarks")
    await expect(heron).to_be_visible()
    await bob.goto(f"{town.base_url}/filters")
    await bob.get_by_role("textbox", name="Title").fill("No herons")
    await bob.get_by_label("Words or phrases").fill("heron")
    await bob.get_by_role("checkbox", name="Profiles").check()
    await _press(bob, "Create filter")
    await bob.goto(f"{town.base_url}/@ana")
    await expect(bob.get_by_text("Filtered: No herons").first).to_be_visible()
    await ana.goto(f"{town.base_url}/notifications")
    await expect(ana.locator("article", has_text="liked your post").first).to_be_visible()


async def test_a_post_waits_as_a_draft_and_for_its_time(town: Server, visit: Visit) -> None:
    bob = await visit("bob", java_script_enabled=False, viewport=PHONE)
    await bob.goto(f"{town.base_url}/compose")
    await bob.fill("textarea[name=text]", "When the tide is out")
    await _press(bob, "Save draft")
    await bob.goto(f"{town.base_url}/drafts")
    draft = bob.locator("main").get_by_text("When the tide is out")
    await expect(draft.first).to_be_visible()
    await bob.goto(f"{town.base_url}/compose")
    await bob.fill("textarea[name=text]", "On a day that is far away")
    await bob.locator("summary", has_text="Publish later").click()
    await bob.fill("[name=scheduled_at]", f"{clock.now() + dt.timedelta(days=7):%Y-%m-%dT%H:%M}")
    await _press(bob, "Post")
    await bob.goto(f"{town.base_url}/scheduled")
    await expect(bob.locator("main").get_by_text("On a day that is far away").first).to_be_visible()
    await _press(bob, "Turn into a draft")
    await expect(bob.locator("textarea[name=text]")).to_have_value("On a day that is far away")
