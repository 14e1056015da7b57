"""The pages as an app: what is pushed to a browser and shown by its worker.

The headless shell refuses to show notifications, whatever it was permitted: that function of the browser, and its answer
whether it may, are put aside.
"""

import json

import pytest
from playwright.async_api import Browser, BrowserContext, CDPSession, Page, Worker, expect

from tests.api.notifications.push_service import Browser as PushBrowser
from tests.pages.browser.town import PHONE, faults_of, listen, sign_in
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
SHOWN = """() => {
    self.shown = [];
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
    context = await chromium_process.new_context(viewport=PHONE)
    page = await context.new_page()
    await page.add_init_script(PERMITTED)
    heard = listen(page)
    await sign_in(page, town, "ana")
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
    context = await chromium_process.new_context(viewport=PHONE)
    page = await context.new_page()
    await sign_in(page, town, "bob")
    await page.add_init_script("Object.defineProperty(Notification, 'permission', { get: () => 'denied' })")
    await page.goto(f"{town.base_url}/settings/notifications")
    await expect(page.get_by_text("Your browser blocks notifications of this site.")).to_be_visible()
    await expect(page.get_by_role("button", name="Turn on")).to_be_hidden()
    await context.close()
