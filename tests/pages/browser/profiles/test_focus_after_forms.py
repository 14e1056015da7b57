"""The focus after a form that leads to a page where its button isn't any more: it is where the reader was, and the message is announced."""

import pytest
from playwright.async_api import expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import listen, write
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_the_focus_stays_at_a_post_that_is_moved_to_the_top(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    heard = listen(page)
    for number in (1, 2):
        await write(page, town, f"Pinned as number {number}")
        await page.locator("article.focus summary.act").press("Enter")
        await page.get_by_role("button", name="Pin to profile").press("Enter")
        await expect(page.locator("main > [role=status]")).to_contain_text("Pinned to your profile.")
    await page.goto(f"{town.base_url}/@ana")
    post = page.locator("article.post", has_text="Pinned as number 1").first
    await post.locator("summary.act").press("Enter")
    await post.get_by_role("button", name="Move to top of profile").press("Enter")
    said = page.get_by_role("status").filter(has_text="Moved to the top of your profile.")
    await expect(said).to_be_visible()
    await expect(page.locator("article.post").first).to_contain_text("Pinned as number 1")
    await expect(post.locator("summary.act")).to_be_focused()
    await expect(post.locator("summary.act")).to_have_accessible_description(
        "Moved to the top of your profile."
    )
    assert heard == []


async def test_the_focus_goes_on_when_all_apps_are_revoked(town: Server, visit: Visit) -> None:
    await town.run("tests.pages.browser.profiles.two_apps")
    page = await visit("ana")
    heard = listen(page)
    await page.goto(f"{town.base_url}/settings/apps")
    await page.locator("main summary", has_text="Revoke all").press("Enter")
    await page.get_by_role("button", name="Revoke all").press("Enter")
    heading = page.get_by_role("heading", name="No apps")
    await expect(heading).to_be_focused()
    await expect(heading).to_have_accessible_description("2 apps no longer have access.")
    assert heard == []
