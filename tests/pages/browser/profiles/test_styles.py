"""A domain's own style sheet in a browser: readers see its colours, the form to sign in does not, and nothing else is asked for."""

import os

import pytest
from playwright.async_api import Browser

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import DESK, PHONE, listen
from tests.support.browser import new_context
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]

SHEET = """:root { --accent: #a03060; --link: light-dark(#8a1f4d, #ff9cc3); --ground: light-dark(#fdf1f5, #24131a) }
h1, h2 { font-family: "Georgia", serif }
.card { border: 2px solid var(--accent); border-radius: 2px; background: linear-gradient(var(--surface), var(--ground)) }
a { background: url(https://evil.example/a); position: fixed }
@import "https://evil.example/b";
"""
_GROUND = "getComputedStyle(document.documentElement).getPropertyValue('--ground')"


async def test_readers_see_it_and_forms_to_sign_in_do_not(
    town: Server, visit: Visit, chromium_process: Browser
) -> None:
    page = await visit("ana")
    await page.goto(f"{town.base_url}/admin/domains")
    await page.locator("main").get_by_role("link", name=town.domain).first.click()
    await page.get_by_role("link", name="Style sheet").click()
    await page.fill("#id_source", SHEET)
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("heading", name="Not used").wait_for()
    shots = os.environ.get("SHOTS")
    if shots:
        await page.screenshot(path=f"{shots}/admin.png", full_page=True)
        for name, view, scheme in (("phone", PHONE, "dark"), ("desk", DESK, "light")):
            context = await new_context(chromium_process, viewport=view, color_scheme=scheme)
            seen = await context.new_page()
            for path in ("/", "/about", "/sign-in"):
                await seen.goto(f"{town.base_url}{path}")
                await seen.screenshot(path=f"{shots}/{name}{path.replace('/', '_')}.png")
            await context.close()
    context = await new_context(chromium_process, viewport=DESK)
    reader = await context.new_page()
    heard, asked = listen(reader), []
    reader.on("request", lambda request: asked.append(request.url))
    await reader.goto(f"{town.base_url}/")
    assert "fdf1f5" in await reader.evaluate(_GROUND)
    assert [one for one in asked if "evil" in one] == []
    for path in ("/sign-in", "/?plain"):
        await reader.goto(f"{town.base_url}{path}")
        assert "fdf1f5" not in await reader.evaluate(_GROUND), path
    assert heard == []
    await context.close()
