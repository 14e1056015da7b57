"""The pages in a real browser: the main job with and without scripts, by keyboard alone, in both colour schemes, with axe-core looking on."""

import re

import pytest
from playwright.async_api import Page, Route, expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import let_in, send, write
from tests.pages.seed import PASSWORD
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_a_button_pressed_while_another_is_under_way_is_not_lost(town: Server, visit: Visit) -> None:
    """It was dropped without a word: all buttons of a post shared one request. The same button twice is still once."""
    # what passes through a service worker, Playwright does not hold
    page = await visit("bob")
    await page.goto(await write(page, town, "Liked and boosted at once"))
    likes: list[Route] = []

    async def hold(route: Route) -> None:
        likes.append(route)

    await page.route("**/like", hold)
    post = page.locator("article.focus")
    like = post.get_by_role("button", name=re.compile("^Like"))
    await like.dblclick()
    await post.get_by_role("button", name=re.compile("^Boost")).click()
    await page.get_by_role("menuitem", name="Boost").click()
    await expect(post.get_by_role("button", name=re.compile("^Boost"), pressed=True)).to_be_visible()
    assert len(likes) == 1
    await likes[0].continue_()
    await expect(post.get_by_role("button", name=re.compile("^Like"), pressed=True)).to_be_visible()
    await expect(post.get_by_role("button", name=re.compile("^Boost"), pressed=True)).to_be_visible()


async def test_by_keyboard_alone(town: Server, page: Page) -> None:
    """Skip link first, every stop visible, writing and liking without a mouse, Escape closes a menu and keeps the place."""
    await page.goto(f"{town.base_url}/sign-in")
    await expect(page.locator("#id_email")).to_be_focused()
    await page.keyboard.type("bob@example.com")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("Home")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    assert await page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "main"

    await page.goto(f"{town.base_url}/compose")
    await page.keyboard.type("Typed only")
    await expect(page.locator("#text-limit")).to_contain_text("490")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("article.focus")).to_contain_text("Typed only")

    stops = []
    for _ in range(60):
        await page.keyboard.press("Tab")
        stop = await page.evaluate(
            """(() => { const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();
               return [e.id || e.textContent.trim().slice(0, 20) || e.ariaLabel, s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2, b.width > 0 && b.height > 0]; })()"""
        )
        stops.append(stop)
        assert stop[1], f"no focus ring on {stop[0]}"
        assert stop[2], f"nothing to see of {stop[0]}"
        if str(stop[0]).startswith("like-"):
            break
    assert str(stops[-1][0]).startswith("like-"), stops
    await page.keyboard.press("Enter")
    await expect(page.locator("article.focus .act.like")).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    menu = page.locator("article.focus details.menu")
    await expect(menu).to_have_attribute("open", "")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Escape")
    await expect(menu).not_to_have_attribute("open", "")
    assert await page.evaluate("document.activeElement.tagName") == "SUMMARY"


async def test_older_posts_come_in_place(town: Server, page: Page) -> None:
    await let_in(page, town, "ana")
    await send(page, town, *(f"Number {number} of a long list" for number in range(8)))
    await page.goto(f"{town.base_url}/home")
    await expect(page.locator(".feed > article")).to_have_count(20)
    # the page presses its link "Older posts" itself when it comes near, and a click of ours on it would find it gone
    await page.mouse.wheel(0, 20_000)
    await expect(page.locator(".feed > article").nth(21)).to_be_visible()
    ids = await page.eval_on_selector_all(".feed > article", "all => all.map(one => one.id)")
    assert len(ids) == len(set(ids))
