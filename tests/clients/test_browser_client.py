"""A browser client in headless Chromium against a live server of another origin: the way people use web clients."""

import re
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, Request, Response, expect

from tests.clients.seed import NEWS, PASSWORD, email_of
from tests.clients.support.browser_client import serving_client
from tests.clients.support.live import Live
from tests.media.files import image
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]

_ITS_OWN = "/api/v1/_mock/"  # endpoints of the server that the client is shipped with; it does without them


def _listen(page: Page, live: Live) -> list[str]:
    """What goes wrong between the client and the server: refused calls, failed ones (CORS among them), errors in scripts."""
    heard: list[str] = []

    def answered(response: Response) -> None:
        if response.status >= 400 and _ITS_OWN not in response.url:
            heard.append(f"{response.status} {response.request.method} {response.url}")

    def failed(request: Request) -> None:
        if (
            live.base_url in request.url and request.failure != "net::ERR_ABORTED"
        ):  # the page was left before it was answered
            heard.append(f"{request.url}: {request.failure}")

    page.on("response", answered)
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("requestfailed", failed)
    return heard


async def _sign_in(page: Page, live: Live, client: str) -> None:
    await page.goto(client)
    await page.get_by_placeholder("https://another.instance").fill(live.base_url)
    await page.get_by_role("button", name="Use").click()
    await page.get_by_role("button", name="show").click()
    await page.get_by_role("button", name="Authorize via OAuth").click()
    await page.fill("#id_email", email_of("ada"))
    await page.fill("#id_password", PASSWORD)
    await page.click("main button")
    await page.get_by_role("button", name="Authorize").click()
    await page.wait_for_url(re.compile(re.escape(client) + "home"))


async def test_a_browser_client(live: Live, browser: BrowserContext) -> None:
    """Sign in, home, post with a picture and a warning, favourite, boost, bookmark, thread, live, search, notifications, profile."""
    page = await browser.new_page()
    heard = _listen(page, live)
    async with serving_client() as client, live.http("ada") as ada, live.http("bob") as bob:
        await _sign_in(page, live, client)
        await expect(page.locator("app-announcements")).to_contain_text(re.sub("<.*?>", "", NEWS))
        await page.get_by_title("Dismiss").click()

        await page.locator("textarea").fill("Written in a browser #web")
        await page.locator("input[type=file]").set_input_files(
            {"name": "red.jpg", "mimeType": "image/jpeg", "buffer": image()}
        )
        await expect(page.locator("app-compose img")).to_be_visible()
        await page.get_by_role("button", name="Post", exact=True).click()
        post = page.locator("app-status-card", has_text="Written in a browser")
        await expect(post).to_be_visible()
        for name in ("Favourite", "Boost", "Bookmark"):
            await post.get_by_title(name, exact=True).click()

        async def liked() -> Any:
            found = (await bob.get("/api/v1/timelines/public")).json()[-1]
            return found["favourites_count"] and found["reblogs_count"] and found

        found = await wait_until(liked)
        assert found["media_attachments"][0]["type"] == "image"

        await page.goto(f"{client}statuses/{found['id']}")
        await page.locator("textarea[placeholder='Post your reply']").fill("An answer of my own")
        await page.locator("app-compose").get_by_role("button", name="Reply", exact=True).click()
        await expect(page.locator("app-status-card", has_text="An answer of my own")).to_be_visible()

        await page.goto(f"{client}home")
        await page.get_by_role("button", name="Go live").click()
        await expect(page.get_by_role("button", name="● Live")).to_be_visible()
        await bob.post(
            "/api/v1/statuses", json={"status": "@ada Nice picture", "in_reply_to_id": found["id"]}
        )
        await bob.post(f"/api/v1/statuses/{found['id']}/favourite")

        async def told() -> bool:  # the client asks once
            kinds = {one["type"] for one in (await ada.get("/api/v1/notifications")).json()}
            return {"mention", "favourite"} <= kinds

        await wait_until(told)
        await page.goto(f"{client}notifications")
        await expect(page.locator("app-notifications")).to_contain_text("Nice picture")

        await page.goto(f"{client}search")
        await page.get_by_placeholder("Search accounts, statuses, hashtags").fill("bob")
        await page.get_by_role("button", name="Search").click()
        await expect(page.locator("app-search")).to_contain_text("@bob")

        for where in (
            "public",
            "explore",
            "conversations",
            "favourites",
            "bookmarks",
            "lists",
            "tags",
            "about",
            "settings",
        ):
            await page.goto(client + where)
            await page.wait_for_load_state("networkidle")
    assert heard == []
