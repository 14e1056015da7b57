"""Every page on a phone, a tablet and a desktop: accessible, nothing wider than the screen, nothing foreign running."""

import re

import pytest
from playwright.async_api import Browser

from tests.pages.browser.town import (
    AXE,
    DESK,
    PHONE,
    TABLET,
    WIDE,
    colours_in,
    faults_in,
    let_in,
    listen,
    scrolls_sideways,
)
from tests.pages.browser.walk.outlines import OUTLINES, missing
from tests.pages.browser.walk.places import PAGES, made_places, places_of_strangers
from tests.pages.browser.walk.screen_reader import faults_in_order, met_on, outline
from tests.pages.browser.walk.weighing import WEIGHED, Scale, shift_of
from tests.support.browser import new_context
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]

FROM_THE_RIGHT = ("/home", "/compose", "/notifications", "/columns", "/private-mentions", "/explore", "/search?q=a", "/lists", "/@ana", "/@fan@far.test",
                  "/@dana@ivrit.test", "/settings", "/settings/appearance", "/settings/list", "/more", "/about", "/admin", "/admin/people?kind=all", "/admin/reports")  # fmt: skip
WIDTHS = (PHONE, TABLET, WIDE)
THIRDS = (0, 1, 2)


@pytest.fixture(scope="module")
async def full_town(town: Server) -> Server:
    await town.run("tests.pages.browser.walk.rows")
    return town


@pytest.mark.parametrize("third", THIRDS)
async def test_every_page_is_accessible_fits_and_runs_nothing_foreign(
    full_town: Server, chromium_process: Browser, third: int
) -> None:
    """Each page is looked at light, dark and with more contrast, at another width each, in the third look for its colours only.

    It is loaded on a phone; on the same load it is read in order as by a screen reader, and the main ones are weighed.
    """
    town = full_town
    context = await new_context(chromium_process, viewport=PHONE)  # type: ignore[arg-type]
    await context.add_init_script(AXE)
    page = await context.new_page()
    line = await context.new_cdp_session(page)
    heard = listen(page)
    faults: list[str] = []

    async def arrive(path: str) -> list[str]:
        if _general(path) not in WEIGHED:
            await page.goto(f"{town.base_url}{path}")
            return await shift_of(page)
        async with Scale(line) as scale:
            await page.goto(f"{town.base_url}{path}", wait_until="networkidle")
            return [*scale.faults(), *await shift_of(page)]

    async def listen_to(path: str) -> list[str]:
        met = await met_on(page, line)
        wanted = OUTLINES.get(_general(path), ()) if is_let_in else ()
        lost = missing(outline(met), wanted)
        return [*await faults_in_order(page, met), *([f"{lost} is not heard in its place"] if lost else [])]

    async def look_at(paths: list[str]) -> None:
        for number, path in enumerate(paths[third::3]):
            await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
            # the page before has it now: a new one that is still getting narrower would move
            await page.evaluate(
                "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
            )
            faults.extend(f"{path}: {fault}" for fault in await arrive(path))
            faults.extend(f"{path}, heard: {fault}" for fault in await listen_to(path))
            first = number % 3
            widths = (*WIDTHS[first:], *WIDTHS[:first])
            second, third_look = ("dark", "more contrast")[:: 1 if number // 2 % 2 else -1]
            for width, look in zip(widths, ("light", second, third_look), strict=True):
                await page.set_viewport_size(width)  # type: ignore[arg-type]
                if look == third_look:
                    found = await colours_in(page, look)
                    found += ["scrolls sideways"] if await scrolls_sideways(page) else []
                else:
                    found = await faults_in(page, look)
                faults.extend(f"{path}, {width['width']} wide, {look}: {fault}" for fault in found)

    is_let_in = False
    await look_at(await places_of_strangers(page, town))
    is_let_in = True
    await let_in(page, town, "ana")
    await look_at([*PAGES, *await made_places(page, town)])
    assert faults == []
    # axe isn't let into the sandboxed preview of an embedded post
    assert [words for words in heard if "403" not in words and "allow-scripts" not in words] == []
    await context.close()


def _general(path: str) -> str:
    return re.sub(r"/\d+$", "/N", path)


async def test_pages_are_accessible_and_fit_from_right_to_left(
    town: Server, chromium_process: Browser
) -> None:
    """In Arabic, whose words are others in length and direction; all widths in turn."""
    context = await new_context(chromium_process, viewport=PHONE, locale="ar")  # type: ignore[arg-type]
    await context.add_init_script(AXE)
    page = await context.new_page()
    heard = listen(page)
    faults: list[str] = []
    for number, path in enumerate(("/", "/sign-in", *FROM_THE_RIGHT)):
        if path == FROM_THE_RIGHT[0]:
            await let_in(page, town, "ana")
        await page.goto(f"{town.base_url}{path}")
        assert await page.evaluate("document.documentElement.lang + document.dir") == "arrtl", path
        await page.set_viewport_size((PHONE, DESK, TABLET, WIDE)[number % 4])  # type: ignore[arg-type]
        faults += [f"{path}: {fault}" for fault in await faults_in(page, "light")]
    assert faults == []
    assert heard == []
    await context.close()
