"""Forty states of the pages look as they did when somebody last looked at them: twenty, on a phone and on a desktop, light and dark.

The expected pictures are sheets of small tiles beside this file, so that fonts and single pixels of a machine do not matter, but what moved,
vanished or lost its colour does. After a change that is meant: `PICTURES=new .venv/bin/python -m pytest tests/pages/browser/pictures`,
look at each tile of the new sheets, and commit them.
"""

import os
from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageFilter
from playwright.async_api import Browser, Page, expect

from tests.pages.browser.town import DESK, PHONE, let_in
from tests.support.browser import new_context
from tests.support.servers import ROOT, Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]

_SHEETS = Path(__file__).parent
_FOUND = ROOT / ".cache" / "pictures"  # what a failed comparison saw
_SCALE = {"phone": 3, "desk": 5}
_VIEWPORTS = {"phone": PHONE, "desk": DESK}
_COLUMNS = 5
_LOUD = 28  # of 255: how far a pixel of a blurred tile has to be off
_SHARE = 0.02  # of a tile's pixels may be
# what differs from run to run: times, the port in handles and addresses, the blinking mark in fields, and what is still being fetched
_STILL = """time, .handle, .domain, .version, [datetime] { visibility: hidden !important }
    * { caret-color: transparent !important } #found-replies, #fetching { display: none !important }"""

type Steps = Callable[[Page], Awaitable[None]]


async def _menu(page: Page) -> None:
    await page.locator("article summary.act").first.click()
    await expect(page.locator("details.menu[open] > div > *").nth(2)).to_be_visible()


async def _composer(page: Page) -> None:
    await page.fill("textarea[name=text]", "A heron by the lake, and a question.")
    await page.locator("summary[title=Poll]").click()


async def _refused(page: Page) -> None:
    await page.fill("#id_email", "ana@example.com")
    await page.fill("#id_password", "not this one")
    await page.click("main button")
    await expect(page.locator("main [role=alert], main .errors, main .error").first).to_be_visible()


# name → who looks ("" for a stranger), where, and what they do there
_STATES: dict[str, tuple[str, str, Steps | None]] = {
    "home": ("ana", "/home", None),
    "menu of a post": ("ana", "/@ana", _menu),
    "thread": ("ana", "/@ana/first", None),
    "profile elsewhere": ("ana", "/@fan@far.test", None),
    "right to left": ("ana", "/@dana@ivrit.test", None),
    "notifications": ("ana", "/notifications", None),
    "private messages": ("ana", "/private-mentions", None),
    "composer": ("ana", "/compose", _composer),
    "explore": ("ana", "/explore", None),
    "search": ("ana", "/search?q=a", None),
    "nothing yet": ("bob", "/home", None),
    "settings": ("ana", "/settings", None),
    "appearance": ("ana", "/settings/appearance", None),
    "security": ("ana", "/settings/security", None),
    "administration": ("ana", "/admin", None),
    "reports": ("ana", "/admin/reports", None),
    "people of staff": ("ana", "/admin/people?kind=all", None),
    "front page": ("", "/", None),
    "refused sign-in": ("", "/sign-in", _refused),
    "no such page": ("", "/no-such-page", None),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", ["phone", "desk"])
async def test_pages_look_as_they_did(
    town: Server, chromium_process: Browser, device: str, scheme: str
) -> None:
    # every second state, so that each is seen light on one device and dark on the other
    first = (device == "desk") ^ (scheme == "dark")
    states = list(_STATES)[first::2]
    context = await new_context(
        chromium_process,
        viewport=_VIEWPORTS[device],  # type: ignore[arg-type]
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
        locale="en-GB",
        bypass_csp=True,  # for the style of _STILL
    )
    page = await context.new_page()
    tiles = []
    within = ""
    for state in states:
        who, path, steps = _STATES[state]
        if who != within:
            await context.clear_cookies()
            within = who
            if who:
                await let_in(page, town, who)
        if path == "/@ana/first":
            await page.goto(f"{town.base_url}/@ana")
            path = await page.locator("article a:has(time)").last.get_attribute("href") or ""
            path = path.removeprefix(town.base_url)
        await page.goto(f"{town.base_url}{path}")
        if steps is not None:
            await steps(page)
        await page.add_style_tag(content=_STILL)
        await page.wait_for_load_state("networkidle")
        tiles.append(_tile(await page.screenshot(animations="disabled"), _SCALE[device]))
    await context.close()
    name = f"{device}-{scheme}.webp"
    sheet = _sheet(tiles)
    if os.environ.get("PICTURES") == "new":
        sheet.save(_SHEETS / name, quality=90, method=6)
    differences = _differences(Image.open(_SHEETS / name).convert("RGB"), tiles, states)
    if differences:
        _FOUND.mkdir(parents=True, exist_ok=True)
        sheet.save(_FOUND / name, quality=90)
    assert differences == {}, f"what was seen is in {_FOUND / name}"


def _tile(png: bytes, scale: int) -> Image.Image:
    with Image.open(BytesIO(png)) as picture:
        return picture.convert("RGB").reduce(scale)


def _place(number: int, size: tuple[int, int]) -> tuple[int, int]:
    return number % _COLUMNS * size[0], number // _COLUMNS * size[1]


def _sheet(tiles: list[Image.Image]) -> Image.Image:
    width, height = tiles[0].size
    sheet = Image.new("RGB", (width * _COLUMNS, height * -(-len(tiles) // _COLUMNS)))
    for number, tile in enumerate(tiles):
        sheet.paste(tile, _place(number, tile.size))
    return sheet


def _differences(expected: Image.Image, tiles: list[Image.Image], states: list[str]) -> dict[str, str]:
    """State → the share of pixels that are off, of those where too many are."""
    found = {}
    for number, (state, tile) in enumerate(zip(states, tiles, strict=True)):
        left, top = _place(number, tile.size)
        before = expected.crop((left, top, left + tile.width, top + tile.height))
        blur = ImageFilter.GaussianBlur(2)
        off = ImageChops.difference(before.filter(blur), tile.filter(blur)).convert("L")
        share = sum(off.histogram()[_LOUD:]) / (tile.width * tile.height)
        if share > _SHARE:
            found[state] = f"{share:.1%}"
    return found
