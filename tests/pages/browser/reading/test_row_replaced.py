"""A post that changes is fetched and shown again in its row: somebody who is at it must not notice."""

import asyncio

import pytest
from playwright.async_api import Page, Route, expect

from tests.pages.browser.conftest import Visit
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def _post(page: Page, town: Server, text: str) -> str:
    await page.goto(f"{town.base_url}/compose")
    await page.locator("textarea[name=text]").fill(text)
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.locator("article.focus")).to_contain_text(text)
    return page.url


async def _edit(page: Page, address: str, text: str) -> None:
    await page.goto(f"{address.replace('/@ana/', '/posts/')}/edit")
    await page.locator("textarea[name=text]").fill(text)
    await page.get_by_role("button", name="Save").first.click()
    await expect(page.locator("article.focus")).to_contain_text(text)


@pytest.mark.parametrize(
    "moment", ["opened before the answer", "pressed before the answer", "opened before its text"]
)
async def test_a_menu_that_opens_while_its_post_is_fetched_stays_open(
    town: Server, visit: Visit, moment: str
) -> None:
    """An edit of the post: its row is on its way when its reader opens the menu, or has pressed its button and not let it go."""
    page, writer = [await visit(name) for name in ("ana", "ana")]
    asked, answered = asyncio.Event(), asyncio.Event()

    async def answer_late(route: Route) -> None:
        answer = await route.fetch()
        asked.set()
        await answered.wait()
        await route.fulfill(response=answer)

    await page.route("**/row?*", answer_late)
    text = f"Read with a menu {moment}"
    address = await _post(writer, town, text)
    await page.goto(address)
    await page.wait_for_load_state()
    await _edit(writer, address, f"{text}, edited")
    await asyncio.wait_for(asked.wait(), 10)
    button = page.locator("article.focus summary.act")
    edit = page.locator("article.focus").get_by_role("link", name="Edit", exact=True)
    if moment == "opened before its text":
        await page.evaluate(
            """() => {
                const text = Response.prototype.text;
                Response.prototype.text = async function () {
                    const read = await text.call(this);
                    document.querySelector("article.focus details.menu").open = true;
                    return read;
                };
            }"""
        )
    elif moment == "pressed before the answer":
        await button.hover()
        await page.mouse.down()
    else:
        await button.click()
        await expect(edit).to_be_visible()
    async with page.expect_response("**/row?*"):
        answered.set()
    await page.wait_for_timeout(500)
    if moment == "pressed before the answer":
        await page.mouse.up()
    await expect(edit).to_be_visible()


async def test_a_menu_button_keeps_the_focus_when_its_post_changes(town: Server, visit: Visit) -> None:
    """A post that is fetched again by itself must not move the focus to another of its buttons."""
    ana, bob = [await visit(name) for name in ("ana", "bob")]
    address = await _post(ana, town, "Keep your finger here")
    async with bob.expect_websocket():
        await bob.goto(f"{town.base_url}/local")
    post = bob.locator("article.post", has_text="your finger here")
    await post.locator("summary.act").focus()
    await _edit(ana, address, "Keep your finger here, please")
    await expect(post).to_contain_text("please")
    await expect(post.locator("summary.act")).to_be_focused()


async def test_notifications_that_come_while_one_is_begun_to_be_read_wait(town: Server, visit: Visit) -> None:
    """They were asked for before the reader went to a row: its row must not be replaced under the focus."""
    ana, bob = [await visit(name) for name in ("ana", "bob")]
    address = await _post(ana, town, "Liked while notifications are read")
    await ana.goto(f"{town.base_url}/notifications")
    await ana.wait_for_load_state("networkidle")
    asked, answered = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        if route.request.resource_type != "fetch":
            await route.continue_()
            return
        answer = await route.fetch()
        asked.set()
        await answered.wait()
        await route.fulfill(response=answer)

    await ana.route("**/notifications", hold)
    await bob.goto(address)
    await bob.locator("article.focus").get_by_role("button", name="Like", exact=True).click()
    await asyncio.wait_for(asked.wait(), 30)
    link = ana.locator("main > .feed article a:not([tabindex])").first
    await link.focus()
    async with ana.expect_response("**/notifications"):
        answered.set()
    await expect(ana.get_by_role("button", name="1 new")).to_be_visible()
    await expect(link).to_be_focused()
    await ana.unroute("**/notifications")
    await ana.get_by_role("button", name="1 new").click()
    await expect(ana.locator("main > .feed article").first).to_contain_text("liked your post")
