"""Circles in a real browser: made, filled and written to, with scripts and without, on a phone and at a desk."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, ViewportSize, expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import DESK, PHONE, TABLET, faults_of, listen
from tests.support.servers import Server

WIDE: ViewportSize = {"width": 1440, "height": 900}
pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def _look(page: Page, name: str) -> None:
    """Keep a picture for the eyes of who asks for it: `CIRCLE_PICTURES=folder`."""
    if folder := os.environ.get("CIRCLE_PICTURES"):
        width = (page.viewport_size or DESK)["width"]
        await page.screenshot(path=Path(folder) / f"{name}-{width}.png")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("viewport", [PHONE, TABLET, WIDE], ids=["phone", "tablet", "wide"])
async def test_a_circle_is_made_filled_and_written_to(
    town: Server, visit: Visit, viewport: ViewportSize, scripts: bool
) -> None:
    title = f"Friends of {viewport['width']} {scripts}, and a name that is too long for the pill of a phone"
    bob = await visit("bob", viewport=viewport)
    await bob.goto(f"{town.base_url}/@ana")
    if await (follow := bob.get_by_role("button", name="Follow", exact=True)).count():
        await follow.first.click()
        await expect(bob.locator("main .following")).to_be_visible()
    ana = await visit("ana", viewport=viewport, java_script_enabled=scripts)
    heard = listen(ana)
    await ana.goto(f"{town.base_url}/lists")
    await ana.get_by_role("main").get_by_role("link", name="Circles").click()
    await ana.get_by_label("Title").fill(title)
    await ana.get_by_role("button", name="Create circle").click()
    await expect(ana.get_by_role("heading", level=1)).to_have_text(title)
    await ana.get_by_role("searchbox", name="Name or handle").fill("bob")
    await ana.get_by_role("main").get_by_role("button", name="Search").click()
    await _look(ana, f"found-{scripts}")
    await ana.locator("#found").get_by_role("button", name="Add @bob").click()
    await expect(ana.get_by_role("button", name="Remove @bob")).to_be_visible()
    if scripts:
        assert await faults_of(ana) == []
    await _look(ana, f"circle-{scripts}")
    await ana.goto(f"{town.base_url}/circles")
    await _look(ana, f"circles-{scripts}")

    await ana.goto(f"{town.base_url}/compose")
    await ana.locator("textarea[name=text]").fill(f"For {title}")
    if scripts:
        await ana.get_by_role("button", name="Who can see it: Public").click()
        menu = ana.get_by_role("dialog", name="Who can see it")
        await _look(ana, "menu")
        await menu.get_by_role("radio", name=f"Circle: {title}").click()
        await expect(ana.get_by_role("button", name=f"Who can see it: Circle: {title}")).to_be_focused()
        assert await faults_of(ana) == []
    else:
        await ana.get_by_label("Who can see it").select_option(f"Circle: {title}")
    await _look(ana, f"compose-{scripts}")
    await ana.get_by_role("button", name="Post", exact=True).click()
    await expect(ana.get_by_text(f"For {title}", exact=True)).to_be_visible()
    await _look(ana, f"post-{scripts}")
    await ana.get_by_role("link", name=f"Your circle {title}").click()
    await expect(ana.get_by_role("heading", level=1)).to_have_text("Recipients")
    await expect(ana.get_by_role("main").get_by_text("@bob")).to_be_visible()
    await _look(ana, f"received-{scripts}")

    await bob.goto(f"{town.base_url}/home")
    row = bob.locator("article", has_text=f"For {title}")
    await expect(row).to_be_visible()
    await expect(row.get_by_title("A circle of @ana")).to_be_visible()
    assert title not in (await bob.content()).replace(f"For {title}", "")
    await _look(bob, f"member-{scripts}")
    assert not heard
