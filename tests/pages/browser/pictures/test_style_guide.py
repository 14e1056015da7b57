"""The style guide in a browser: each component in each state, light and dark, looks as it did, is accessible, and bears what people write."""

import pytest
from playwright.async_api import Browser

from tests.pages.browser.pictures.sheets import STILL, compare, tile
from tests.pages.browser.town import AXE, PHONE, faults_in, let_in, listen
from tests.support.browser import new_context
from tests.support.servers import Server
from web.styleguide.guide import ONCE, SECTIONS

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]

TOWN_ENV = {"TAKAHE_DEBUG": "1"}  # for the town: elsewhere there is no such page
_LOOKS = {"phone": (PHONE, "light"), "desk": ({"width": 1440, "height": 900}, "dark")}
# both halves have the same landmarks; hashtags in a text are as high as its lines
_EXPECTED = ("landmark-unique", "target-size #post-1000007 > .content")
# texts that lie on each other, and what is wider than its half: names, right to left, CJK, thirty hashtags, a word of 500 characters
_FAULTS = """() => {
    const found = new Set();
    const clipped = (range, one) => [...range.getClientRects()].map((r) => {
        const box = { left: r.left, top: r.top, right: r.right, bottom: r.bottom };
        for (let up = one; up && !up.matches('.half'); up = up.parentElement) {
            const style = getComputedStyle(up);
            if (style.overflow === 'visible' && style.clipPath === 'none') continue;
            const limit = up.getBoundingClientRect();
            box.left = Math.max(box.left, limit.left); box.right = Math.min(box.right, limit.right);
            box.top = Math.max(box.top, limit.top); box.bottom = Math.min(box.bottom, limit.bottom);
        }
        return box;
    }).filter((box) => box.right - box.left > 1 && box.bottom - box.top > 1);
    for (const half of document.querySelectorAll('.half')) {
        const limit = half.getBoundingClientRect();
        const texts = [];
        const walker = document.createTreeWalker(half, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const one = node.parentElement;
            if (!node.data.trim() || !one.checkVisibility({ opacityProperty: true }) || one.closest('.visually-hidden, .menu > div, svg, option, textarea')) continue;
            const range = document.createRange();
            range.selectNodeContents(node);
            const boxes = clipped(range, one);
            if (boxes.some((box) => box.left < limit.left - 1 || box.right > limit.right + 1)) found.add(`leaves its half: ${node.data.trim().slice(0, 40)}`);
            texts.push({ node, boxes });
        }
        for (let place = 0; place < texts.length; place++)
            for (const other of texts.slice(place + 1, place + 40))
                if (texts[place].boxes.some((a) => other.boxes.some((b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
                    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 5)))
                    found.add(`lie on each other: ${texts[place].node.data.trim().slice(0, 40)} and ${other.node.data.trim().slice(0, 40)}`);
    }
    return [...found];
}"""


@pytest.mark.parametrize("device", list(_LOOKS))
async def test_each_component_looks_as_it_did(town: Server, chromium_process: Browser, device: str) -> None:
    """Each half has its own scheme; what is there once has that of the page."""
    viewport, scheme = _LOOKS[device]
    context = await new_context(chromium_process, viewport=viewport, bypass_csp=True)
    await context.add_init_script(AXE)
    page = await context.new_page()
    heard = listen(page)
    await let_in(page, town, "ana")
    await page.goto(f"{town.base_url}/styleguide")
    found = await faults_in(page, scheme)
    faults = [fault for fault in found if not fault.startswith(_EXPECTED)]
    faults += await page.evaluate(_FAULTS)
    assert not faults, "\n".join(faults)
    assert heard == []
    if device == "desk":
        # the samples have no real sounds and films
        await page.add_style_tag(content=STILL + ".player, audio, video { visibility: hidden }")
        # the sheet below takes the focus when it comes, which may close them
        await page.evaluate(
            "for (const menu of document.querySelectorAll('#controls .menu')) menu.open = true"
        )
        tiles = {}
        for name in (*SECTIONS, *ONCE):
            picture = await page.locator(f"section#{name}").screenshot(animations="disabled")
            tiles[name] = tile(picture, 5)
        assert compare("guide.webp", tiles) == {}
    await context.close()
