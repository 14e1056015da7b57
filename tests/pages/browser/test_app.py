"""The pages as an app: what is pushed to a browser and shown by its worker.

The headless shell refuses to show notifications, whatever it was permitted, and ends a worker that sets a badge: these
functions of the browser, and its answer whether it may, are put aside.
"""

import json

import pytest
from playwright.async_api import Browser, BrowserContext, CDPSession, Dialog, Page, Worker, expect

from tests.api.notifications.push_service import Browser as PushBrowser
from tests.pages.browser.line import Line, context_with_line, keep_home, kept, until
from tests.pages.browser.town import PHONE, faults_of, let_in, listen, sign_in
from tests.support.browser import new_context
from tests.support.servers import Server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]

# in place of the push service of the browser's maker, which tests can't reach
ADDRESS = """keys => {
    PushManager.prototype.subscribe = async function (options) {
        if (!options.userVisibleOnly || options.applicationServerKey.length !== 87) throw new Error('wrong options');
        return { toJSON: () => ({ endpoint: 'https://push.example/of-this-browser', keys }) };
    };
}"""
PERMITTED = """
    Object.defineProperty(Notification, 'permission', { get: () => 'default' });
    Notification.requestPermission = async () => 'granted';
"""
BADGES = """
    window.badges = [];
    Navigator.prototype.setAppBadge = async count => { badges.push(count); };
    Navigator.prototype.clearAppBadge = async () => { badges.push(0); };
"""
SHOWN = """() => {
    self.shown = [];
    WorkerNavigator.prototype.setAppBadge = async count => { self.badge = count; };
    registration.showNotification = async (title, options) => { self.shown.push({ title, ...options }); };
}"""


async def _worker(context: BrowserContext, page: Page) -> Worker:
    await page.evaluate("navigator.serviceWorker.ready")
    await wait_until(lambda: bool(context.service_workers))
    return context.service_workers[0]


async def _push(devtools: CDPSession, town: Server, number: str, **message: object) -> None:
    """What the push service does when the server sent it a message, which the browser has decrypted."""
    order = {"origin": town.base_url, "registrationId": number, "data": json.dumps(message)}
    await devtools.send("ServiceWorker.deliverPushMessage", order)


async def _registration(devtools: CDPSession) -> str:
    found: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(one["registrationId"] for one in event["registrations"]),
    )
    await devtools.send("ServiceWorker.enable")
    await wait_until(lambda: bool(found))
    return found[0]


async def test_a_browser_is_told_after_one_press(town: Server, chromium_process: Browser) -> None:
    context = await new_context(chromium_process, has_worker=True, viewport=PHONE)
    page = await context.new_page()
    await page.add_init_script(PERMITTED)
    heard = listen(page)
    await let_in(page, town, "ana")
    await page.goto(f"{town.base_url}/settings/notifications")
    await page.evaluate(ADDRESS, PushBrowser().keys)
    await page.get_by_label("Likes", exact=True).check()
    await page.get_by_role("button", name="Turn on").click()
    await expect(page.get_by_text("Notifications are on in this browser.")).to_be_visible()
    await expect(page.get_by_label("Likes", exact=True)).to_be_checked()
    await expect(page.get_by_role("button", name="Send a test notification")).to_be_visible()
    assert await faults_of(page) == []

    worker = await _worker(context, page)
    await worker.evaluate(SHOWN)
    devtools = await context.new_cdp_session(page)
    number = await _registration(devtools)
    told = {
        "title": "Bob mentioned you",
        "body": "Hello",
        "tag": "notification-1",
        "url": "/notifications/1/open",
    }
    await _push(devtools, town, number, **told, icon="/icons/192.png", lang="en", unread=3)

    async def is_shown() -> bool:
        return bool(await worker.evaluate("self.shown.length"))

    await wait_until(is_shown)
    [shown] = await worker.evaluate("self.shown")
    assert await worker.evaluate("self.badge") == 3
    assert (shown["title"], shown["body"], shown["data"]["url"]) == (
        "Bob mentioned you",
        "Hello",
        "/notifications/1/open",
    )

    await page.get_by_role("button", name="Turn off").click()
    await expect(page.get_by_text("Notifications are off in this browser.")).to_be_visible()
    assert heard == []
    await context.close()


async def test_a_browser_that_says_no_is_told_why(town: Server, chromium_process: Browser) -> None:
    context = await new_context(chromium_process, has_worker=True, viewport=PHONE)
    page = await context.new_page()
    await let_in(page, town, "bob")
    await page.add_init_script("Object.defineProperty(Notification, 'permission', { get: () => 'denied' })")
    await page.goto(f"{town.base_url}/settings/notifications")
    await expect(page.get_by_text("Your browser blocks notifications from this site.")).to_be_visible()
    await expect(page.get_by_role("button", name="Turn on")).to_be_hidden()
    await context.close()


async def test_the_last_pages_are_read_without_a_connection(town: Server, chromium_process: Browser) -> None:
    async with context_with_line(chromium_process, viewport=PHONE) as (context, line):
        page = await context.new_page()
        await sign_in(page, town, "ana")
        await keep_home(page, town)
        before = await page.locator("article.post").count()
        await line.cut()
        await page.goto(f"{town.base_url}/home")
        await expect(page.get_by_text("You are offline. This page is from")).to_be_visible()
        assert await page.locator("article.post").count() == before > 0
        has_style = "getComputedStyle(document.querySelector('.main-nav')).position"
        assert await page.evaluate(has_style) == "fixed", "the style sheets are kept, too"
        await page.goto(f"{town.base_url}/explore")
        await expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
        await page.get_by_role("link", name="Home").click()
        await expect(page.locator("article.post").first).to_be_visible()

        await _mend(page, line)
        await page.goto(f"{town.base_url}/more")
        assert "/home" in await kept(page)
        await page.get_by_role("button", name="Sign out").last.click()
        await expect(page.get_by_text("You are signed out.")).to_be_visible()

        async def is_forgotten() -> bool:
            return await kept(page) == []

        await wait_until(is_forgotten)
        await context.close()


@pytest.mark.parametrize("path", ["/home", "/explore"])
async def test_a_page_without_the_server_loads_again_by_itself(
    town: Server, chromium_process: Browser, path: str
) -> None:
    """Also where the browser noticed neither that the server was away nor that it is back."""
    async with context_with_line(chromium_process, viewport=PHONE) as (context, line):
        page = await context.new_page()
        await sign_in(page, town, "ana")
        await keep_home(page, town)
        await line.cut(unnoticed=True)
        await page.goto(f"{town.base_url}{path}")
        await expect(page.get_by_text("You are offline").first).to_be_visible()
        await page.wait_for_timeout(500)  # it has asked, in vain
        await line.mend()
        await expect(page.get_by_text("You are offline")).to_have_count(0)
        await expect(page).to_have_url(f"{town.base_url}{path}")
        await context.close()


async def test_kept_pages_go_when_the_session_ends_elsewhere(town: Server, chromium_process: Browser) -> None:
    async with context_with_line(chromium_process, viewport=PHONE) as (context, line):
        page = await context.new_page()
        await sign_in(page, town, "ana")
        await keep_home(page, town)
        await context.clear_cookies()
        await page.goto(f"{town.base_url}/local")

        async def is_forgotten() -> bool:
            return await kept(page) == []

        await wait_until(is_forgotten)
        await line.cut()
        await page.goto(f"{town.base_url}/home")
        await expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
        await context.close()


async def test_a_post_written_offline_is_sent_once_later(town: Server, chromium_process: Browser) -> None:
    async with context_with_line(chromium_process, viewport=PHONE) as (context, line):
        page = await context.new_page()
        await sign_in(page, town, "bob")
        await keep_home(page, town)
        await line.cut()
        for number, words in enumerate(("Written in a tunnel", "x" * 600), 1):
            await page.goto(f"{town.base_url}/compose")
            await page.locator("textarea[name=text]").fill(words)
            await page.get_by_role("button", name="Post", exact=True).click()
            await expect(page.get_by_role("heading", name="Waiting posts")).to_be_visible()
            await expect(page.locator("#waiting article")).to_have_count(number)
        await expect(page.locator("#waiting article").first).to_contain_text("Written in a tunnel")
        assert await faults_of(page) == []

        await _mend(page, line)
        await expect(page.locator("#waiting article")).to_have_count(1)
        await expect(page.locator("#waiting .reason")).to_contain_text("too long")
        await page.goto(f"{town.base_url}/@bob")
        await expect(page.get_by_text("Written in a tunnel")).to_have_count(1)
        await page.goto(f"{town.base_url}/waiting")
        await page.get_by_role("link", name="Edit").click()
        await expect(page.locator("textarea[name=text]")).to_have_value("x" * 600)
        await page.locator("textarea[name=text]").fill("Short enough now")
        await page.get_by_role("button", name="Post", exact=True).click()
        await expect(page.locator("article.focus .content")).to_contain_text("Short enough now")
        await page.goto(f"{town.base_url}/waiting")
        await expect(page.get_by_text("Nothing is waiting to be sent.")).to_be_visible()
        await context.close()


async def _mend(page: Page, line: Line) -> None:
    """Mend the connection; the page, which is a kept one, then loads itself again."""
    await line.mend()
    await expect(page.locator("body[data-kept]")).to_have_count(0)


async def _write_offline(page: Page, town: Server, line: Line, words: str) -> None:
    """Leave a post that the server will refuse, so that it stays where it waits."""
    await line.cut()
    await page.goto(f"{town.base_url}/compose")
    await page.locator("textarea[name=text]").fill(words)
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.locator("#waiting article")).to_have_count(1)
    await _mend(page, line)
    await expect(page.locator("#waiting .reason")).to_contain_text("too long")


async def test_waiting_posts_are_visible_to_their_author_only(
    town: Server, chromium_process: Browser
) -> None:
    """A session may end in other ways than by signing out, which clears the browser."""
    async with context_with_line(chromium_process, viewport=PHONE) as (context, line):
        page = await context.new_page()
        await sign_in(page, town, "bob")
        await keep_home(page, town)
        await _write_offline(page, town, line, "secret " * 90)
        await context.clear_cookies()
        await sign_in(page, town, "ana")
        await page.goto(f"{town.base_url}/waiting")
        await expect(page.get_by_text("Nothing is waiting to be sent.")).to_be_visible()
        [number] = await page.evaluate(
            """() => new Promise(done => {
                indexedDB.open('posts', 1).onsuccess = ({ target }) => {
                    target.result.transaction('waiting').objectStore('waiting').getAllKeys().onsuccess = ({ target }) => done(target.result);
                };
            })"""
        )
        await page.goto(f"{town.base_url}/compose?waiting={number}")
        await expect(page.locator("textarea[name=text]")).to_have_value("")
        await context.clear_cookies()
        await sign_in(page, town, "bob")
        await page.goto(f"{town.base_url}/waiting")
        await expect(page.locator("#waiting article")).to_contain_text("secret")
        await context.close()


async def test_waiting_posts_survive_editing_and_sign_out_asks_first(
    town: Server, chromium_process: Browser
) -> None:
    async with context_with_line(chromium_process, viewport=PHONE) as (context, line):
        page = await context.new_page()
        await sign_in(page, town, "bob")
        await keep_home(page, town)
        await _write_offline(page, town, line, "y" * 600)
        await line.cut()
        await page.get_by_role("link", name="Edit").click()
        await expect(page.locator("textarea[name=text]")).to_have_value("y" * 600)
        await page.get_by_role("button", name="Save draft").click()
        await expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
        await page.goto(f"{town.base_url}/waiting")
        await expect(page.locator("#waiting article")).to_have_count(1)

        await page.get_by_role("link", name="Edit").click()
        await expect(page.locator("textarea[name=text]")).to_have_value("y" * 600)
        await page.locator("textarea[name=text]").fill("z" * 600)
        await page.get_by_role("button", name="Post", exact=True).click()
        await expect(page.locator("#waiting article")).to_have_count(1)  # in place of the other
        await expect(page.locator("#waiting article")).to_contain_text("zzz")

        await _mend(page, line)
        await expect(page.locator("#waiting .reason")).to_contain_text("too long")
        await page.goto(f"{town.base_url}/more")
        await expect(page.locator("#posts-wait")).to_be_visible()
        asked: list[str] = []

        async def refuse(dialog: Dialog) -> None:
            asked.append(dialog.message)
            await dialog.dismiss()

        page.once("dialog", refuse)
        await page.get_by_role("button", name="Sign out").last.click()
        await wait_until(lambda: bool(asked))
        await page.goto(f"{town.base_url}/waiting")
        await expect(page.locator("#waiting article")).to_have_count(1)
        await context.close()


async def test_the_icon_of_the_app_shows_how_much_is_unread(town: Server, chromium_process: Browser) -> None:
    context = await new_context(chromium_process, has_worker=True, viewport=PHONE)
    page = await context.new_page()
    await page.add_init_script(BADGES)
    await let_in(page, town, "ana")
    await page.goto(f"{town.base_url}/home")
    count = int(await page.locator(".main-nav [data-count]").first.get_attribute("data-count") or 0)
    assert count
    await until(page, f"badges.at(-1) === {count}")
    await page.goto(f"{town.base_url}/notifications")
    await until(page, "badges.at(-1) === 0")
    await context.close()


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
async def test_a_pull_at_the_top_loads_the_page_again(
    town: Server, chromium_process: Browser, motion: str
) -> None:
    context = await new_context(
        chromium_process, has_worker=True, viewport=PHONE, has_touch=True, is_mobile=True
    )
    page = await context.new_page()
    await let_in(page, town, "ana")
    await page.goto(f"{town.base_url}/home")
    await page.emulate_media(reduced_motion=motion)  # type: ignore[arg-type]
    await page.wait_for_selector(".pull", state="attached")
    devtools = await context.new_cdp_session(page)

    async def touch(kind: str, y: int = 0) -> None:
        points = [] if kind == "touchEnd" else [{"x": 200, "y": y}]
        await devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    await page.evaluate("window.isOld = true")
    for end in (40, 200):
        await touch("touchStart", 100)
        for y in range(110, 100 + end, 10):
            await touch("touchMove", y)
        words = "Release to reload" if end == 200 else "Pull to reload"
        await expect(page.locator(".pull")).to_have_text(words)
        await touch("touchEnd")
        if end == 40:
            assert await page.evaluate("window.isOld")
    await expect(page.locator("html.pulls")).to_be_attached()
    await until(page, "!window.isOld && document.readyState === 'complete'")

    await page.wait_for_selector(".pull", state="attached")
    await page.evaluate("window.isOld = true; scrollTo(0, 400)")
    await touch("touchStart", 100)
    for y in range(110, 300, 10):
        await touch("touchMove", y)
    await touch("touchEnd")
    assert await page.evaluate("window.isOld"), "only at the top"
    await context.close()


async def test_the_server_hears_of_another_address_for_pushes(
    town: Server, chromium_process: Browser
) -> None:
    """The browser tells the script beside the pages, whether one is open or not."""
    context = await new_context(chromium_process, has_worker=True)
    page = await context.new_page()
    await page.add_init_script(PERMITTED)
    await let_in(page, town, "bob")
    await page.goto(f"{town.base_url}/settings/notifications")
    worker = await _worker(context, page)
    answers: list[int] = []
    context.on("response", lambda one: answers.append(one.status) if one.url.endswith("/renew") else None)
    change = """keys => {
        const event = new ExtendableEvent("pushsubscriptionchange");
        event.newSubscription = { toJSON: () => ({ endpoint: "https://push.example/of-now", keys }) };
        dispatchEvent(event);
    }"""
    await worker.evaluate(change, PushBrowser().keys)
    await wait_until(lambda: answers)
    assert answers == [404], "nothing is on here"
    await page.evaluate(ADDRESS, PushBrowser().keys)
    await page.get_by_role("button", name="Turn on").click()
    await expect(page.get_by_text("Notifications are on in this browser.")).to_be_visible()
    await worker.evaluate(change, PushBrowser().keys)
    await wait_until(lambda: len(answers) == 2)
    assert answers[1] == 204
    await context.close()
