"""Signing in, writing and looking for faults in a browser."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import axe_playwright_python
from django.core import signing
from playwright.async_api import ConsoleMessage, Page, Route, expect

from core import clock
from tests.pages.seed import PASSWORD, UNCONFIRMED_EMAIL, UNCONFIRMED_ID
from tests.support.servers import Server
from tests.support.waiting import PATIENCE_S
from users.logins.services.confirmation import CONFIRM_SALT

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
# passing rules aren't reported, which saves a fifth of the time; the only rule that preloads anything is about media
# a target that something else covers in part can be scrolled clear of it, or the menu over it closed
AXE_RUN = """options => axe.run({resultTypes: ['violations'], preload: {assets: ['media']}, ...options}).then(r => r.violations.map(
    v => [v.id, v.nodes.filter(n => !n.any.some(check => check.data?.messageKey === 'partiallyObscured'))]).filter(([, nodes]) => nodes.length).map(
    ([id, nodes]) => id + ' ' + nodes.slice(0, 3).map(n => n.target.join(' ')).join(', ')))"""
LOOKS: dict[str, Any] = {
    "light": {"color_scheme": "light", "contrast": "null", "reduced_motion": "reduce"},
    "dark": {"color_scheme": "dark", "contrast": "null", "reduced_motion": "reduce"},
    "more contrast": {"color_scheme": "light", "contrast": "more", "reduced_motion": "reduce"},
}
PHONE, TABLET = {"width": 390, "height": 800}, {"width": 820, "height": 1100}
DESK, WIDE = {"width": 1280, "height": 900}, {"width": 1440, "height": 900}
# WCAG 2.2 AA 2.5.8, which axe leaves out unless it is asked
AXE_RULES = {"rules": {"target-size": {"enabled": True}}}


async def sign_in(page: Page, town: Server, name: str) -> None:
    await page.goto(f"{town.base_url}/sign-in")
    await page.fill("#id_email", f"{name}@example.com")
    await page.fill("#id_password", PASSWORD)
    await page.click("main button")
    await expect(page.locator("h1")).to_have_text("Home")


async def let_in(page: Page, town: Server, name: str) -> None:
    """Give the page's browser a session without opening a page. `sign_in` uses the form, which costs a second of CPU."""
    fields = {"email": f"{name}@example.com", "password": PASSWORD}
    await _send(page, f"{town.base_url}/sign-in", fields)


async def open_home(page: Page, town: Server, name: str) -> None:
    """Sign a user in and open Home."""
    await let_in(page, town, name)
    await page.goto(f"{town.base_url}/home")
    await expect(page.locator("h1")).to_have_text("Home")


async def send(page: Page, town: Server, *texts: str) -> None:
    """Write posts without opening pages, for tests of something else. `write` costs half a second of CPU each."""
    for text in texts:
        await _send(page, f"{town.base_url}/compose", {"text": text, "visibility": "0"})


async def reply(page: Page, town: Server, address: str, text: str) -> str:
    """Reply to a post without opening its page; return the path of the reply."""
    number = address.rpartition("/")[2]
    fields = {"text": text, "visibility": "0", "reply_to": number}
    return await _send(page, f"{town.base_url}/compose?reply_to={number}", fields)


async def _send(page: Page, address: str, fields: dict[str, str]) -> str:
    """Send the form at an address; return the path to which its answer leads."""
    request = page.context.request
    form = await (await request.get(address)).text()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
    assert token
    fields = {**fields, "csrfmiddlewaretoken": token[1]}
    origin = address.rpartition("/")[0]
    answer = await request.post(address, form=fields, headers={"origin": origin}, max_redirects=0)  # type: ignore[arg-type]
    assert answer.status == 303, answer.status  # 200 would be the form with errors
    return answer.headers["location"]


def confirm_path(town: Server) -> str:
    """Return the link that confirms the address of the seed's sign-up, as the server signs it."""
    secret = (Path(town.env["TAKAHE_DATA_DIR"]) / "secret_key").read_text().strip()
    payload = {"u": UNCONFIRMED_ID, "a": UNCONFIRMED_EMAIL, "t": int(clock.now().timestamp())}
    return f"/confirm/{signing.dumps(payload, key=secret, salt=CONFIRM_SALT)}"


def listen(page: Page) -> list[str]:
    """Record what the browser reports, except for pictures that test servers don't have."""
    heard: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        where = str(message.location.get("url", ""))
        is_of_a_peer = ".test/" in where or "/media/r/" in where
        is_ours = (
            "404" not in message.text and "blocked by Playwright" not in message.text
        )  # tests/support/browser.py
        if message.type in {"error", "warning"} and not is_of_a_peer and is_ours:
            heard.append(f"{where}: {message.text}")

    page.on("console", hear)

    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


async def refuse_later(page: Page, address: str | re.Pattern[str]) -> Callable[[], None]:
    """Let the next requests for an address wait, and fail once the returned function is called."""
    held = asyncio.Event()

    async def refuse(route: Route) -> None:
        await held.wait()
        await route.fulfill(status=500)

    await page.route(address, refuse)
    return held.set


async def settled(page: Page) -> None:
    """Wait until htmx knows what it swapped in. Until then, 20 ms, a press sends the form as a browser without scripts does."""
    await expect(page.locator(".htmx-request, .htmx-added, .htmx-settling")).to_have_count(0)


async def write(page: Page, town: Server, text: str) -> str:
    """Write a post and return its URL."""
    await page.goto(f"{town.base_url}/compose")
    await page.fill("textarea", text)
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.locator("article.focus .content")).to_contain_text(text)
    return page.url


async def answer(page: Page, text: str) -> None:
    """Reply to the open post: the box under it becomes the composer."""
    await page.locator("#answer textarea").click()  # it may have the focus from a reply before
    composer = page.locator("main > .feed > .composing")
    await composer.locator("textarea[name=text]").fill(text)
    await composer.get_by_role("button", name="Reply", exact=True).click()


async def eventually(check: Callable[[], Awaitable[None]]) -> None:
    """Reload the page until it shows what the worker adds to it."""
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            await check()
            return
        except AssertionError:
            if time.monotonic() > end:
                raise


async def faults_of(page: Page) -> list[str]:
    """Return what is wrong in the light scheme, and which colours are in the dark one."""
    found = await faults_in(page, "light")
    return [*found, *(f"dark: {fault}" for fault in await colours_in(page, "dark"))]


async def colours_in(page: Page, look: str) -> list[str]:
    """Return what axe-core finds wrong with the colours, on a page in which it has run before."""
    await page.emulate_media(**LOOKS[look])
    found: list[str] = await page.evaluate(AXE_RUN, {"runOnly": ["color-contrast", "link-in-text-block"]})
    return found


async def scrolls_sideways(page: Page) -> bool:
    return bool(
        await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    )


async def faults_in(page: Page, look: str) -> list[str]:
    """Return what axe-core finds (WCAG A and AA and best practices), sideways scrolling, and injected code that ran."""
    await page.emulate_media(**LOOKS[look])
    if await page.evaluate(
        "!window.axe"
    ):  # a test of many pages injects it into all of them beforehand: half a megabyte less to send
        await page.evaluate(AXE)
    found: list[str] = await page.evaluate(AXE_RUN, AXE_RULES)
    if await scrolls_sideways(page):
        found.append("scrolls sideways")
    if await page.evaluate("'pwned' in window"):
        found.append("foreign code ran")
    return found
