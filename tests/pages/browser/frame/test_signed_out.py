"""Pages that are open while their session ends in another tab."""

import re

import pytest
from playwright.async_api import Page, expect

from core.pages.static_files import assets
from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import PHONE, faults_of, let_in, send
from tests.support.servers import Server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]

_KEPT = "Object.keys(localStorage).filter(key => key.startsWith('draft:'))"


async def _sign_out_beside(page: Page, town: Server) -> None:
    other = await page.context.new_page()
    await other.goto(f"{town.base_url}/more")
    await other.locator("main form[action='/sign-out'] button").click()
    await expect(other.get_by_text("You are signed out.")).to_be_visible()
    await other.close()


async def test_a_page_says_that_it_was_signed_out_and_keeps_no_draft(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    await send(page, town, "Answered while signed out")
    await page.clock.install()
    await page.goto(f"{town.base_url}/home")
    await page.locator("article.post a.act.reply").first.click()
    text = page.locator(".composing textarea[name=text]")
    await expect(page.locator(".composing input[name=draft]")).not_to_have_value("")
    await page.keyboard.type("Private words")
    await expect(page.locator("#draft-state")).to_have_text("Draft saved")
    assert len(await page.evaluate(_KEPT)) == 1
    await _sign_out_beside(page, town)
    note = page.get_by_role("alert").filter(has_text="You are signed out.")
    await expect(note).to_be_in_viewport()
    assert await faults_of(page) == []
    # a person at this browser types on
    await text.press_sequentially(", and more")
    await page.keyboard.press("Escape")
    await page.clock.fast_forward(60_000)  # longer than drafts.js waits before it keeps them
    assert await page.evaluate(_KEPT) == []
    await note.get_by_role("link", name="Sign in").click()
    await page.wait_for_url("**/sign-in?next=%2Fhome")
    assert await page.evaluate(_KEPT) == []


async def test_a_browser_forgets_whose_session_ended_on_another_device(town: Server, visit: Visit) -> None:
    """Drafts and searches, with the first page of a visitor or at the sign-in of another person, even if no page was open meanwhile."""
    page = await visit("ana")
    kept = "Object.keys(localStorage).filter(key => /^(draft|searches):/.test(key)).map(key => key.split(':')[0]).sort()"
    await page.goto(f"{town.base_url}/search?q=secret")
    await wait_until(lambda: _is(page, kept, ["searches"]))
    await page.goto(f"{town.base_url}/compose")
    await page.locator("textarea[name=text]").fill("Private words")
    await wait_until(lambda: _is(page, kept, ["draft", "searches"]))
    # a page of ours that runs no scripts
    await page.goto(town.base_url + assets().url("css/site.css"))
    elsewhere = await visit("ana")
    await elsewhere.goto(f"{town.base_url}/settings/security")
    await elsewhere.get_by_role("button", name="Sign out everywhere else").click()
    await expect(elsewhere.get_by_role("button", name="Sign out everywhere else")).to_have_count(0)
    assert await _is(page, kept, ["draft", "searches"])
    await page.goto(f"{town.base_url}/sign-in")
    assert await _is(page, kept, [])


async def _is(page: Page, script: str, wanted: object) -> bool:
    return bool(await page.evaluate(script) == wanted)


async def test_a_page_goes_on_for_the_same_person_who_signs_in_again(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    await send(page, town, "Answered after signing in again")
    await page.goto(f"{town.base_url}/home")
    await page.locator("article.post a.act.reply").first.click()
    text = page.locator(".composing textarea[name=text]")
    await expect(page.locator(".composing input[name=draft]")).not_to_have_value("")
    await page.keyboard.type("Half a thought")
    note = page.get_by_role("alert").filter(has_text="You are signed out.")
    other = await page.context.new_page()
    await _sign_out_beside(page, town)
    for name, notes in (("bob", 1), ("ana", 0)):
        await other.context.clear_cookies()
        await let_in(other, town, name)
        async with page.expect_response("**/notifications/unread"):
            await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await expect(note).to_have_count(notes)
        await expect(text).to_have_value(re.compile("Half a thought$"))
        assert len(await page.evaluate(_KEPT)) == 1 - notes, name


async def test_a_post_sent_after_the_session_ended_asks_to_sign_in_and_keeps_the_words(
    town: Server, visit: Visit
) -> None:
    page = await visit("ana", viewport=PHONE)
    await page.route_web_socket("**", lambda socket: None)  # it has not heard of the end
    await send(page, town, "Answered too late")
    await page.goto(f"{town.base_url}/home")
    await page.locator("article.post a.act.reply").first.click()
    await page.locator(".composing textarea[name=text]").fill("@ana Kept words")
    await page.context.clear_cookies(name=re.compile("session"))
    await page.locator(".composing").get_by_role("button", name="Reply", exact=True).click()
    await expect(page.get_by_text("Sign in and you can send it.")).to_be_visible()
    await expect(page.get_by_text("@ana Kept words")).to_be_visible()


async def test_refused_sockets_are_no_errors_of_the_server(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    await page.goto(f"{town.base_url}/about")
    await page.context.clear_cookies()
    await page.evaluate(
        "new Promise(done => new WebSocket(location.origin.replace('http', 'ws') + '/api/v1/streaming?stream=user').onerror = done)"
    )
    await page.goto(f"{town.base_url}/about")  # answered by the same process, later
    assert "completing handshake" not in town.log
