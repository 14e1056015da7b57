"""A post that was sent is seen at once, in a real browser."""

import re

import pytest
from playwright.async_api import expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import listen, send
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_my_post_is_on_top_of_home_and_others_wait_behind_the_pill(town: Server, visit: Visit) -> None:
    page, other = await visit("bob"), await visit("ana")
    heard = listen(page)
    await page.goto(f"{town.base_url}/@ana")
    await page.get_by_role("button", name="Follow", exact=True).click()
    await expect(page.locator("main .following")).to_be_visible()
    await send(page, town, "A beginning")
    async with page.expect_websocket():
        await page.goto(f"{town.base_url}/home")
    first = page.locator("main > .feed > article.post").first
    pill = page.get_by_role("button", name=re.compile("new post"))
    await send(other, town, "Of somebody else")
    await expect(pill).to_have_text("1 new post")
    await page.get_by_role("link", name="What's going on?").click()
    await page.locator(".composing textarea[name=text]").fill("Mine, at once")
    await page.keyboard.press("Control+Enter")
    await expect(first).to_contain_text("Mine, at once")
    await send(page, town, "Mine, of another device")
    await expect(first).to_contain_text("Mine, of another device")
    await expect(pill).to_have_text("1 new post")
    await pill.click()
    posts = page.locator("main > .feed > article.post")
    for place, words in enumerate(("Mine, of another device", "Mine, at once", "Of somebody else")):
        await expect(posts.nth(place)).to_contain_text(words)
        await expect(page.locator("article.post", has_text=words)).to_have_count(1)
    assert not heard


async def test_a_reply_is_counted_at_once(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    await send(page, town, "Answered and counted")
    await page.route_web_socket("**", lambda socket: None)  # the stream is silent
    await page.goto(f"{town.base_url}/local")
    post = page.locator("article.post", has_text="Answered and counted")
    await post.get_by_role("link", name="Reply").click()
    await page.locator(".composing textarea[name=text]").fill("One more")
    await page.keyboard.press("Control+Enter")
    await expect(post.get_by_role("link", name="Reply, 1 so far")).to_be_visible()


async def test_my_reply_is_in_the_open_conversation(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    await send(page, town, "Answered in its thread")
    await page.goto(f"{town.base_url}/home")
    await page.locator("article.post", has_text="Answered in its thread").locator("a.when").click()
    await page.route_web_socket("**", lambda socket: None)  # the stream is silent
    await page.reload()
    await page.locator("#answer textarea").fill("@ana A whole answer")
    text = page.locator(".composing textarea[name=text]")
    await expect(text).to_have_value("@ana A whole answer")
    await expect(page.locator("#text-limit")).to_contain_text("481")  # its scripts are there
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".replies article.post", has_text="A whole answer")).to_be_visible()
