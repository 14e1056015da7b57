"""An open conversation looks as it did. What is said there would be seen in the other pictures, so it has a server of its own."""

import pytest
from playwright.async_api import Browser, expect

from activities.posts.models import Visibility
from tests.pages.browser.pictures.sheets import STILL, compare, tile
from tests.pages.browser.town import DESK, PHONE, let_in
from tests.support.browser import new_context
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]

_LOOKS = {"phone light": (PHONE, "light", 3), "desk dark": (DESK, "dark", 5)}


async def test_a_conversation_looks_as_it_did(town: Server, chromium_process: Browser) -> None:
    context = await new_context(
        chromium_process,
        viewport=PHONE,
        has_touch=True,
        is_mobile=True,
        locale="en-GB",
        bypass_csp=True,  # type: ignore[arg-type]
    )
    page = await context.new_page()
    await let_in(page, town, "ana")
    await page.goto(f"{town.base_url}/compose")
    await page.fill("textarea[name=text]", "@fan@far.test Are you coming to the lake on Saturday?")
    await page.select_option("#id_visibility", str(Visibility.mentioned.value))
    await page.get_by_role("button", name="Post", exact=True).first.click()
    await expect(page.locator(".message.mine")).to_have_count(1)
    await page.get_by_label("Your message").fill("Nine o'clock, at the old boathouse.")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".message.mine")).to_have_count(2)
    tiles = {}
    for name, (size, scheme, scale) in _LOOKS.items():
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        await page.reload()
        await page.add_style_tag(content=STILL)
        await page.wait_for_load_state("networkidle")
        tiles[name] = tile(await page.screenshot(animations="disabled"), scale)
    await context.close()
    assert compare("talk.webp", tiles) == {}
