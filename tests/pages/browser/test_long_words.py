"""Pages in German, whose words are long, and in Arabic, from right to left: nothing is cut, covered or out of sight, on a phone and on a desktop."""

import pytest
from playwright.async_api import Browser

from tests.pages.browser.town import AXE, AXE_RUN, PHONE, let_in
from tests.support.browser import new_context
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]

VISITORS = ("/sign-in", "/sign-up", "/password/forgotten", "/nothing-here", "/about", "/@ana")
# where most words stand side by side; all pages took five times as long and found the same
OWN = (
    "/home",
    "/",
    "/columns",
    "/compose",
    "/notifications",
    "/search?q=ana",
    "/settings/appearance",
    "/settings/import",
    "/admin",
    "/admin/people",
    "/admin/emojis/servers",
)
WITH_AXE = {"/sign-in", "/home", "/compose", "/admin"}
SIZES = {"phone": PHONE, "desk": {"width": 1440, "height": 900}}
# what belongs to people may be cut with an ellipsis; what is pinned to the window or lies on a picture covers what is under it
_FAULTS = """() => {
    const found = new Set();
    const named = (one) => `${one.tagName.toLowerCase()}.${[...one.classList].join(".")} “${(one.innerText || one.value || one.ariaLabel || "").trim().slice(0, 40)}”`;
    const isSeen = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !one.closest(".visually-hidden, .skip, [inert]");
    const page = document.documentElement;
    if (page.scrollWidth > page.clientWidth) found.add("scrolls sideways");
    for (const one of document.querySelectorAll("button, .button, .tabs a, .nav-link, .nav-link span, label, summary, legend, th, td, dt, h1, h2, .badge, .act, .hint")) {
        const style = getComputedStyle(one);
        if (!isSeen(one) || style.display === "inline" || style.textOverflow === "ellipsis" || style.clipPath !== "none") continue;
        const hasBadge = one.querySelector(".count") && style.position === "relative"; // on its corner
        if (!hasBadge && one.scrollWidth > one.clientWidth + 1 && one.clientWidth && ![...one.querySelectorAll(".handle, bdi, [dir=auto], code")].some((part) => part.scrollWidth > part.clientWidth))
            found.add(`is wider than its box: ${named(one)}`);
        const box = one.getBoundingClientRect();
        const scroller = one.closest(".tabs, .scroll, .pills, .chips, .deck, pre, [data-scrolls]");
        if (!scroller && (box.left < -1 || box.right > page.clientWidth + 1)) found.add(`is out of sight: ${named(one)}`);
    }
    const pen = document.createElement("canvas").getContext("2d");
    for (const field of document.querySelectorAll("input[placeholder], textarea[placeholder]")) {
        const style = getComputedStyle(field);
        pen.font = style.font;
        const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
        if (field.tagName === "INPUT" && isSeen(field) && pen.measureText(field.placeholder).width > room + 1)
            found.add(`placeholder is cut: ${field.placeholder}`);
    }
    const pinned = (one) => {
        for (let up = one; up; up = up.parentElement) if (["fixed", "sticky"].includes(getComputedStyle(up).position)) return up;
        return null;
    };
    const targets = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
        .filter((one) => isSeen(one) && getComputedStyle(one).clipPath === "none" && !one.closest(".media, .cover, .map, article .body > a"))
        .map((one) => ({ one, under: pinned(one), boxes: [...one.getClientRects()] }));
    for (const [place, a] of targets.entries())
        for (const b of targets.slice(place + 1)) {
            if (a.under !== b.under || a.one.contains(b.one) || b.one.contains(a.one)) continue;
            if (a.boxes.some((p) => b.boxes.some((q) => Math.min(p.right, q.right) - Math.max(p.left, q.left) > 2 && Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top) > 2)))
                found.add(`cover each other: ${named(a.one)} and ${named(b.one)}`);
        }
    return [...found];
}"""


@pytest.mark.parametrize("language", ["de", "ar"])
async def test_nothing_is_cut_or_covered(town: Server, chromium_process: Browser, language: str) -> None:
    context = await new_context(chromium_process, locale=language)
    await context.add_init_script(AXE)
    page = await context.new_page()
    faults: dict[str, list[str]] = {}
    for path in (*VISITORS, *OWN):
        if path == "/home":
            await let_in(page, town, "ana")
        await page.goto(f"{town.base_url}{path}")
        for size, viewport in SIZES.items():
            await page.set_viewport_size(viewport)  # type: ignore[arg-type]
            if found := await page.evaluate(_FAULTS):
                faults[f"{path} {size}"] = found
        assert await page.evaluate("document.documentElement.lang") == language
        if path in WITH_AXE:
            faults |= {f"{path} axe": found for found in [await page.evaluate(AXE_RUN, {})] if found}
    assert not faults, "\n".join(f"{where}: {found}" for where, found in faults.items())
    await context.close()
