"""The pages as an app: the browser itself reads the manifest and offers to install it."""

import json
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Route

from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]

SMALLEST_ICON = 144  # pixels, of an icon for every purpose


async def test_chromium_would_install_it(town: Server, browser: BrowserContext) -> None:
    """The headless shell never lists reasons not to install, so what Chromium asks for is also looked for in what it has read."""
    page = await browser.new_page()
    await page.goto(f"{town.base_url}/about")
    line = await browser.new_cdp_session(page)
    answer = await line.send("Page.getAppManifest")
    assert answer["errors"] == []
    assert (await line.send("Page.getInstallabilityErrors"))["installabilityErrors"] == []
    assert await page.evaluate("isSecureContext")
    read: dict[str, Any] = answer["manifest"]
    assert read["name"]
    assert read["display"] == "kStandalone"
    assert read["startUrl"].startswith(read["scope"])
    assert not read["preferRelatedApplications"]
    said = json.loads(answer["data"])
    purposes = {icon["src"]: icon.get("purpose", "any") for icon in said["icons"]}
    large = [
        icon["url"]
        for icon in read["icons"]
        if int(icon["sizes"].partition("x")[0]) >= SMALLEST_ICON
        and "any" in purposes[icon["url"].removeprefix(town.base_url)].split()
    ]
    assert large
    # each picture is as large as it is said to be
    size = "url => fetch(url).then(r => r.blob()).then(createImageBitmap).then(b => `${b.width}x${b.height}`)"
    for picture in [*read["icons"], *(one["image"] for one in read["screenshots"])]:
        if not picture["url"].partition("?")[0].endswith(".svg"):
            assert await page.evaluate(size, picture["url"]) == picture["sizes"], picture


async def test_a_broken_manifest_would_be_seen(town: Server, browser: BrowserContext) -> None:
    page = await browser.new_page()

    async def break_it(route: Route) -> None:
        await route.fulfill(body='{"name": "', content_type="application/manifest+json")

    await page.route("**/manifest.webmanifest", break_it)
    await page.goto(f"{town.base_url}/about")
    line = await browser.new_cdp_session(page)
    assert (await line.send("Page.getAppManifest"))["errors"]
