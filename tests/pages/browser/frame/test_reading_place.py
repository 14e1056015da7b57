"""The places where Home and Notifications were read, which all devices of a person know."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import (
    DESK,
    PHONE,
    eventually,
    faults_of,
    let_in,
    listen,
    open_home,
    send,
    write,
)
from tests.support.browser import new_context
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_what_was_read_on_one_device_is_marked_on_the_other(
    town: Server, chromium_process: Browser, page_without_scripts: Page
) -> None:
    contexts = [await new_context(chromium_process, viewport=size) for size in (DESK, PHONE)]
    desk, phone = [await context.new_page() for context in contexts]
    heard = listen(phone)
    async with desk.expect_request("**/home/read") as told:
        await open_home(desk, town, "ana")
    newest = await desk.locator("article.post").first.get_attribute("data-post")
    request = await told.value
    assert f'name="post"\r\n\r\n{newest}\r\n' in (request.post_data or ""), "the newest one that was in sight"
    response = await request.response()
    assert response is not None
    assert response.status == 204
    await write(desk, town, "Written after all was read")

    await open_home(phone, town, "ana")
    line = phone.get_by_text("You read until here")
    await expect(line).to_be_visible()
    await expect(phone.locator("p.until + article.post")).to_have_attribute("data-post", newest or "")
    await expect(phone.locator("article.post:has(+ p.until)")).to_contain_text("Written after all was read")
    assert await faults_of(phone) == []

    # without scripts Home says it as it is loaded
    without = page_without_scripts
    async with without.expect_response("**/home/read?post=*") as said:
        await open_home(without, town, "ana")
    assert (await said.value).status == 204
    await phone.goto(f"{town.base_url}/home")
    await expect(line).to_have_count(0)
    assert heard == []
    for context in contexts:
        await context.close()


async def test_home_leads_to_a_place_further_down(town: Server, chromium_process: Browser) -> None:
    context = await new_context(chromium_process, viewport=PHONE)
    page = await context.new_page()
    await page.route("**/home/read", lambda route: route.abort())  # this device has not read what is new
    await open_home(page, town, "bob")
    first = await write(page, town, "Where bob stopped")
    assert (await page.request.get(f"{town.base_url}/home/read?post={first.rpartition('/')[2]}")).ok
    await send(page, town, *(f"Later, {number}" for number in range(20)))
    await page.goto(f"{town.base_url}/home")
    await expect(page.get_by_text("Where bob stopped")).to_have_count(0)
    await page.get_by_role("link", name="Go to where you left off").click()
    await expect(page.locator("p.until + article.post")).to_contain_text("Where bob stopped")
    await expect(page.get_by_text("You read until here")).to_be_in_viewport()
    await context.close()


async def test_notifications_read_on_one_device_are_read_on_the_other(
    town: Server, chromium_process: Browser, page_without_scripts: Page
) -> None:
    contexts = [await new_context(chromium_process, viewport=size) for size in (DESK, PHONE)]
    desk, phone = [await context.new_page() for context in contexts]
    heard = [listen(page) for page in (desk, phone)]
    bob = await (await new_context(chromium_process)).new_page()
    await let_in(bob, town, "bob")
    badge = "nav a[href='/notifications'] .count"

    async def mention(words: str) -> None:
        await send(bob, town, f"@ana {words}")

        async def told() -> None:
            await desk.goto(f"{town.base_url}/more")
            await expect(desk.locator(badge)).to_be_visible(timeout=500)

        await eventually(told)

    await let_in(desk, town, "ana")
    await let_in(phone, town, "ana")
    await mention("The first bell")
    beside = await contexts[0].new_page()
    await beside.goto(f"{town.base_url}/more")
    await phone.goto(f"{town.base_url}/more")
    for page in (beside, phone):
        await expect(page.locator(badge)).to_be_visible()
    async with desk.expect_request("**/notifications/read") as told:
        await desk.goto(f"{town.base_url}/notifications")
    newest = await desk.locator("[data-newest]").first.get_attribute("data-newest")
    assert f'name="notification"\r\n\r\n{newest}\r\n' in ((await told.value).post_data or "")
    for page in (desk, beside):  # and what is open elsewhere in this browser
        await expect(page.locator(badge)).to_have_count(0)
    # the other device hears of it
    await expect(phone.locator(badge)).to_have_count(0)

    await mention("The second bell")
    await phone.goto(f"{town.base_url}/notifications")
    line = phone.get_by_text("You read until here")
    await expect(line).to_be_visible()
    await expect(phone.locator("p.until + [data-group]")).to_contain_text("The first bell")
    await expect(phone.locator("[data-group]:has(+ p.until)")).to_contain_text("The second bell")
    assert await faults_of(phone) == []

    await phone.goto("about:blank")  # it would read the next one while it is open

    # without scripts the page says it as it is loaded
    await mention("The third bell")
    without = page_without_scripts
    async with without.expect_response("**/notifications/read?notification=*") as said:
        await let_in(without, town, "ana")
        await without.goto(f"{town.base_url}/notifications")
    assert (await said.value).status == 200
    await phone.goto(f"{town.base_url}/notifications")
    await expect(phone.locator("main .unread")).to_have_count(0)
    await expect(line).to_have_count(0)
    assert heard == [[], []]
    for context in (*contexts, bob.context):
        await context.close()


async def test_a_badge_clears_when_somebody_comes_back_to_a_page_that_heard_nothing(
    town: Server, visit: Visit
) -> None:
    """A phone that slept has lost its connection without knowing it."""
    phone = await visit("ana", viewport=PHONE)
    await phone.route_web_socket("**/api/v1/streaming*", lambda socket: None)
    bob = await visit("bob")
    await send(bob, town, "@ana The fourth bell")
    badge = phone.locator("nav a[href='/notifications'] .count").first

    async def told() -> None:
        await phone.goto(f"{town.base_url}/more")
        await expect(badge).to_be_visible(timeout=500)

    await eventually(told)
    await expect(phone).to_have_title(re.compile(r"^\(\d+\) "))
    await phone.wait_for_load_state("networkidle")  # app.js is there
    desk = await visit("ana")
    async with desk.expect_response("**/notifications/read"):
        await desk.goto(f"{town.base_url}/notifications")
    await expect(badge).to_be_visible()
    await phone.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(badge).to_have_count(0)
    await expect(phone).not_to_have_title(re.compile(r"^\("))
