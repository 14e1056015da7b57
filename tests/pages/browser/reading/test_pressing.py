"""Buttons pressed in an open page, in a real browser: the focus stays where it was, and other tabs of the same person follow."""

import asyncio
import re

import pytest
from playwright.async_api import Page, Route, WebSocket, expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import listen, send, write
from tests.support.servers import Server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def _react(page: Page, address: str, emoji: str) -> None:
    await page.goto(address)
    await page.get_by_role("button", name=f"React with {emoji}", exact=True).click()
    await expect(page.get_by_role("button", name=f"React with {emoji}, 1 so far")).to_be_visible()


async def test_a_reaction_by_keyboard_keeps_the_focus(town: Server, visit: Visit) -> None:
    ana, bob = [await visit(name) for name in ("ana", "bob")]
    heard = listen(bob)
    address = await write(ana, town, "Press one of these")
    for emoji in ("👍", "🎉"):
        await _react(ana, address, emoji)
    await bob.goto(address)
    chips = bob.locator("article.focus .reactions .chips")
    party = bob.get_by_role("button", name=re.compile("^React with 🎉"))
    for count in ("2", "1"):
        async with bob.expect_response("**/row?*"):  # the stream shows the post again
            await party.press("Enter")
            await expect(party.locator(".number")).to_have_text(count)
            await expect(party).to_be_focused()
        await expect(chips).to_have_count(1)
        await expect(party).to_be_focused()
    # one that is new becomes a chip, and one that goes leaves the focus among the others
    await bob.get_by_role("button", name="React with 😂", exact=True).press("Enter")
    new = bob.get_by_role("button", name="React with 😂, 1 so far")
    await expect(new).to_be_focused()
    await expect(chips).to_have_count(1)
    await new.press("Enter")
    await expect(new).to_have_count(0)
    await expect(bob.locator("article.focus:is(:focus, :focus-within)")).to_have_count(1)
    assert heard == []


async def _write_poll(page: Page, town: Server, text: str, *, warning: str = "") -> None:
    await page.goto(f"{town.base_url}/compose")
    await page.locator("textarea[name=text]").fill(text)
    if warning:
        await page.locator("summary", has_text="Content warning").click()
        await page.locator("input[name=content_warning]").fill(warning)
    await page.locator("summary", has_text="Poll").click()
    for number, option in enumerate(("Here", "There"), 1):
        await page.get_by_label(f"Option {number}").fill(option)
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.locator("article.focus .poll")).to_be_attached()


async def test_a_poll_voted_in_one_tab_shows_its_results_in_the_other(town: Server, visit: Visit) -> None:
    """Also behind a warning, which stays open in both. One connection serves both, and when its tab is closed, the other has one."""
    ana, bob = [await visit(name) for name in ("ana", "bob")]
    await _write_poll(ana, town, "Where shall we meet?", warning="Plans")
    beside = await bob.context.new_page()
    sockets: list[WebSocket] = []
    for page in (beside, bob):
        page.on("websocket", lambda one: sockets.append(one))
    for page in (beside, bob):
        await page.goto(ana.url)
        await page.wait_for_load_state("networkidle")
        await page.locator("article.focus summary", has_text="Plans").click()
        await page.get_by_role("radio", name="Here", exact=True).check()
    await bob.get_by_role("button", name="Vote").click()
    for page in (beside, bob):
        await expect(page.locator(".poll .own")).to_contain_text("Here")
        await expect(page.locator(".poll")).to_be_visible()
        await expect(page.locator(".poll")).to_be_focused()
        await expect(page.get_by_role("button", name="Vote")).to_have_count(0)
    assert len(sockets) == 1
    await beside.close()
    await wait_until(lambda: len(sockets) == 2 and not sockets[1].is_closed())


async def test_control_and_enter_send_before_the_scripts_of_the_composer_are_there(
    town: Server, visit: Visit
) -> None:
    page = await visit("ana")
    heard = listen(page)
    come = asyncio.Event()

    async def late(route: Route) -> None:
        await come.wait()
        await route.continue_()

    await send(page, town, "Quick, answer!")
    await page.goto(f"{town.base_url}/home")
    await page.route("**/js/writing/composer*.js", late)
    await page.locator("article.post a.act.reply").first.click()
    await expect(page.locator(".composing textarea[name=text]")).to_be_focused()
    await page.keyboard.type("Quicker than its scripts")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#toast")).to_contain_text("Post sent.")
    come.set()
    assert heard == []


async def test_a_late_answer_leaves_the_focus_in_a_field(town: Server, visit: Visit) -> None:
    """Who pressed a button and went on to write keeps writing there, while the button's answer brings its own focus."""
    ana, page = [await visit(name) for name in ("ana", "bob")]
    heard = listen(page)
    await _write_poll(ana, town, "Now or later?")
    field = page.locator(".composing textarea[name=text]")
    for press, at, come in (
        (
            page.get_by_role("button", name="React with 👍", exact=True),
            "**/react",
            "article.focus .chips .number",
        ),
        (page.get_by_role("button", name="Vote"), "**/vote", "article.focus .poll .own"),
    ):
        await page.goto(ana.url)
        await page.wait_for_load_state("networkidle")
        arrive = await _hold(page, at)
        if at == "**/vote":
            await page.get_by_role("radio", name="Here", exact=True).check()
        await press.click()
        await page.locator("#answer textarea").click()
        await expect(page.locator(".composing input[name=draft]")).not_to_have_value("")
        await page.keyboard.type(f"Half of {at}")
        arrive.set()
        await expect(page.locator(come)).to_be_visible()
        await expect(page.locator(".htmx-settling, .htmx-added")).to_have_count(0)
        await page.keyboard.type(" and the rest")
        await expect(field).to_have_value(re.compile(re.escape(f"Half of {at} and the rest")))
    assert heard == []


async def _hold(page: Page, at: str) -> asyncio.Event:
    """Hold answers to requests for `at` back until the event is set."""
    arrive = asyncio.Event()

    async def late(route: Route) -> None:
        answer = await route.fetch()
        await arrive.wait()
        await route.fulfill(response=answer)

    await page.route(at, late)
    return arrive


async def test_what_cant_be_pressed_says_why_to_everybody(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    await page.goto(f"{town.base_url}/home")
    await page.wait_for_load_state("networkidle")
    refused = page.locator("article.post .act[aria-disabled=true]").first
    reason = await refused.get_attribute("title")
    assert reason
    await expect(refused).to_have_accessible_description(reason)
    await refused.focus()
    await expect(refused).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#toast")).to_contain_text(reason)
    assert not [one for one in asked if "/posts/" in one]
