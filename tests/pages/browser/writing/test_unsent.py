"""Text typed in the composer stays where it was typed, and is kept until it is sent or discarded, in a real browser."""

import asyncio

import pytest
from playwright.async_api import Route, expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import faults_of, listen, send
from tests.pages.posts.test_writing import picture
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_an_upload_leaves_the_caret_to_who_goes_on_typing(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    is_typed = asyncio.Event()

    async def slowly(route: Route) -> None:
        await is_typed.wait()
        await route.continue_()

    await page.goto(f"{town.base_url}/compose")
    await page.route("**/compose/upload", slowly)
    text = page.locator("textarea[name=text]")
    await text.press_sequentially("Before")
    file = {"name": "a.png", "mimeType": "image/png", "buffer": picture()}
    await page.locator("details.files > .actions input[type=file][multiple]").set_input_files([file])
    await text.press_sequentially(" and after")
    is_typed.set()
    alt = page.get_by_label("Description", exact=True)
    await expect(alt).to_be_visible()
    await expect(text).to_be_focused()
    await page.keyboard.type(" it")
    await expect(text).to_have_value("Before and after it")
    await expect(alt).to_have_value("")


async def test_a_reply_sent_after_it_was_closed_is_no_draft(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    await send(page, town, "Closed and opened")
    heard = listen(page)
    held: list[Route] = []

    async def late(route: Route) -> None:
        held.append(route)

    await page.goto(f"{town.base_url}/home")
    await page.route("**/drafts/save", late)
    await page.locator("article.post a.act.reply").first.click()
    text = page.locator(".composing textarea[name=text]")
    await expect(page.locator(".composing input[name=draft]")).not_to_have_value("")
    await page.keyboard.type("Only once")
    await page.keyboard.press("Escape")
    await page.keyboard.press("r")
    await expect(text).to_have_value("Only once")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#toast")).to_contain_text("Post sent.")
    assert held
    for route in held:
        await route.continue_()
    await page.unroute_all(behavior="wait")
    await page.locator("article.post a.act.reply").first.click()
    await expect(text).to_have_value("")
    await page.goto(f"{town.base_url}/drafts")
    await expect(page.locator("main")).not_to_contain_text("Only once")
    assert [one for one in heard if "404" not in one] == []


async def test_escape_closes_the_emoji_picker_alone(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    await page.goto(f"{town.base_url}/home")
    await page.get_by_role("link", name="What's going on?").click()
    await page.get_by_role("button", name="Emoji", exact=True).click()
    await expect(page.get_by_role("searchbox", name="Search emoji")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("searchbox", name="Search emoji")).to_be_hidden()
    await expect(page.locator(".composing textarea[name=text]")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator(".composing")).to_be_hidden()


async def test_what_is_closed_says_that_it_is_kept(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    heard = listen(page)
    await page.goto(f"{town.base_url}/home")
    start = page.get_by_role("link", name="What's going on?")
    await start.click()
    text = page.locator(".composing textarea[name=text]")
    draft = page.locator(".composing input[name=draft]")
    await expect(draft).not_to_have_value("")
    await expect(text).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(start).to_be_focused()
    toast = page.locator("#toast")
    await expect(toast).to_be_hidden()
    await page.keyboard.press("Enter")
    await expect(draft).not_to_have_value("")
    await text.fill("To be discarded")
    async with page.expect_response("**/drafts/save"):
        await page.keyboard.press("Escape")
    await expect(toast).to_contain_text("Draft kept.")
    await toast.hover()  # it stays
    assert await faults_of(page) == []
    async with page.expect_response("**/drafts/save"):
        await toast.get_by_role("button", name="Discard").click()
    await expect(toast).to_have_text("Draft deleted.")
    await start.click()
    await expect(text).to_have_value("")
    await page.goto(f"{town.base_url}/drafts")
    await expect(page.locator("main")).not_to_contain_text("To be discarded")
    await expect(page.get_by_text("Draft deleted.")).to_have_count(0)
    assert not heard


async def test_who_forgets_a_description_is_reminded_once_in_place(town: Server, visit: Visit) -> None:
    page = await visit("bob")
    await send(page, town, "A beginning")
    await page.goto(f"{town.base_url}/home")
    await page.get_by_role("link", name="What's going on?").click()
    form = page.locator(".composing form")
    await expect(form.locator("input[name=draft]")).not_to_have_value("")
    await form.locator("textarea[name=text]").fill("Look at this")
    file = {"name": "a.png", "mimeType": "image/png", "buffer": picture()}
    await form.locator("details.files > .actions input[type=file][multiple]").set_input_files([file])
    await expect(form.get_by_label("Description", exact=True)).to_be_visible()
    await form.locator("textarea[name=text]").press("Control+Enter")
    await expect(form.get_by_role("alert").first).to_contain_text("no description")
    await expect(form.get_by_role("textbox", name="Description of file 1")).to_be_focused()
    assert await faults_of(page) == []
    anyway = form.get_by_role("button", name="Post anyway")
    await expect(anyway).to_be_visible()
    described = form.get_by_role("textbox", name="Description of file 1")
    await described.fill("A grey square")
    await expect(form.get_by_role("button", name="Post", exact=True)).to_be_visible()
    await expect(form.get_by_role("alert").filter(has_text="no description")).to_have_count(0)
    await expect(form.get_by_text("Describe this file.")).to_be_hidden()
    await described.fill("")
    await expect(form.get_by_role("alert").first).to_contain_text("no description")
    await anyway.click()
    await expect(page.locator("#toast")).to_contain_text("Post sent.")
    await expect(page.locator("main > .feed > article.post").first).to_contain_text("Look at this")


async def test_a_draft_that_was_changed_and_changed_back_is_still_saved(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    await page.goto(f"{town.base_url}/compose")
    text, state = page.locator("textarea[name=text]"), page.locator("#draft-state")
    await text.press_sequentially("Saved once")
    await expect(state).to_have_text("Draft saved")
    await page.keyboard.type("x")
    await expect(state).to_have_text("")
    await page.keyboard.press("Backspace")
    await expect(state).to_have_text("Draft saved")


async def test_what_is_typed_during_a_save_is_not_called_saved(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    held: asyncio.Queue[Route] = asyncio.Queue()
    await page.goto(f"{town.base_url}/compose")
    await page.route("**/drafts/save", held.put)
    text, state = page.locator("textarea[name=text]"), page.locator("#draft-state")
    await text.press_sequentially("Saved")
    first = await held.get()
    await page.keyboard.type(" later")
    async with page.expect_response("**/drafts/save"):
        await first.continue_()
    second = await held.get()  # begun by the answer to the first
    assert "later" in (second.request.post_data or "")
    await expect(state).to_have_text("")
    await second.continue_()
    await expect(state).to_have_text("Draft saved")
