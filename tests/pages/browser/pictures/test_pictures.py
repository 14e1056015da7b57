"""Forty-seven states of the pages look as they did when somebody last looked at them, twenty of them on two devices."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Browser, Page, expect

from tests.pages.browser.photos import photo
from tests.pages.browser.pictures.sheets import STILL, compare, tile
from tests.pages.browser.town import DESK, PHONE, let_in
from tests.support.browser import new_context
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]

_SCALE = {"phone": 3, "desk": 5}
_VIEWPORTS = {"phone": PHONE, "desk": DESK}
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


async def _viewer(page: Page) -> None:
    await page.locator(".media:has(figure:nth-of-type(2) > a > img) figure > a").first.click()
    await expect(page.get_by_role("dialog", name="Picture")).to_be_visible()


async def _reply(page: Page) -> None:
    await page.wait_for_load_state("networkidle")  # with its script
    await page.locator("#answer textarea").click()
    await page.locator(".composing textarea[name=text]").fill("And the herons?")


async def _dialog(page: Page) -> None:
    await page.locator(".nav-foot a").click()
    await expect(page.get_by_role("dialog").locator("textarea[name=text]")).to_be_visible()


async def _keys(page: Page) -> None:
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_be_visible()


async def _toast(page: Page) -> None:
    detail = "{ text: 'Muted Carol.', undo: '/people/1/unmute' }"
    await page.evaluate(f"document.dispatchEvent(new CustomEvent('toast', {{ detail: {detail} }}))")
    await expect(page.locator("#toast button")).to_be_visible()


async def _emojis(page: Page) -> None:
    await page.get_by_role("button", name="Emoji", exact=True).click()
    await expect(page.locator(".emoji-picker")).to_be_visible()


async def _files(page: Page) -> None:
    picture = {"name": "bird.png", "mimeType": "image/png", "buffer": photo(640, 480)}
    await page.locator("summary[title^=Pictures]").click()
    await page.locator("input[type=file]").first.set_input_files(files=[picture])  # type: ignore[list-item]
    await expect(page.locator(".thumbnails img, .file-row img").first).to_be_visible()


async def _contrast(page: Page) -> None:
    await page.emulate_media(contrast="more")


async def _switcher(page: Page) -> None:
    await page.locator(".switcher > summary").click()
    await expect(page.get_by_role("button", name="Sign out")).to_be_visible()


async def _arabic(page: Page) -> None:
    devtools = await page.context.new_cdp_session(page)
    agent = {"userAgent": await page.evaluate("navigator.userAgent")}
    await devtools.send("Emulation.setUserAgentOverride", agent | {"acceptLanguage": "ar"})
    await page.reload()
    await devtools.send("Emulation.setUserAgentOverride", agent | {"acceptLanguage": "en-GB"})
    await expect(page.locator("html")).to_have_attribute("dir", "rtl")


async def _invited(page: Page) -> None:
    await page.fill("#id_invitee", "@bob")
    await page.get_by_role("button", name="Invite", exact=True).click()
    await expect(page.get_by_role("heading", name="Open invitations")).to_be_visible()
    await page.reload()  # without the toast, which goes away


async def _css(page: Page) -> None:
    await page.fill(
        "#id_source", ".post > header {\n  position: fixed;\n}"
    )  # nothing that the others would show
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", name="Not used")).to_be_visible()
    await page.reload()  # without the toast


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
# device and scheme → the states that are seen there only
_ONCE: dict[tuple[str, str], dict[str, tuple[str, str, Steps | None]]] = {
    ("phone", "light"): {
        "viewer": ("ana", "/@fan@far.test", _viewer),
        "reply under a post": ("ana", "/@ana/first", _reply),
        "more": ("ana", "/more", None),
        "settings of posts": ("ana", "/settings/posting", None),
        "profile for visitors": ("", "/@ana", None),
        "Arabic thread": ("ana", "/@ana/first", _arabic),
        "shared account": ("ana", "/settings/sharing", _invited),
    },
    ("phone", "dark"): {
        "composer with files": ("ana", "/compose", _files),
        "nothing found": ("ana", "/search?q=zzzz", None),
        "media of a profile": ("ana", "/@fan@far.test/media", None),
        "filters": ("ana", "/filters", None),
        "sign-up": ("", "/sign-up", None),
        "identities": ("ana", "/settings/identities", None),
        "settings of a domain": ("ana", "/admin/domains/1", None),
    },
    ("desk", "light"): {
        "dialog": ("ana", "/local", _dialog),
        "columns": ("ana", "/columns", None),
        "keys": ("ana", "/lists", _keys),
        "more contrast": ("ana", "/notifications", _contrast),
        "about": ("", "/about", None),
        "Arabic home": ("ana", "/home", _arabic),
        "rule of the storm shelter": ("ana", "/admin/shelter/new", None),
    },
    ("desk", "dark"): {
        "toast": ("ana", "/bookmarks", _toast),
        "emoji picker": ("ana", "/compose", _emojis),
        "lists": ("ana", "/lists", None),
        "switcher": ("ana", "/directory", _switcher),
        "first steps": ("ana", "/welcome/people", None),
        "style sheet of a domain": ("ana", "/admin/domains/1/style", _css),
    },
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", ["phone", "desk"])
async def test_pages_look_as_they_did(
    town: Server, chromium_process: Browser, device: str, scheme: str
) -> None:
    # every second state, so that each is seen light on one device and dark on the other
    first = (device == "desk") ^ (scheme == "dark")
    states = dict(list(_STATES.items())[first::2]) | _ONCE[device, scheme]
    context = await new_context(
        chromium_process,
        viewport=_VIEWPORTS[device],  # type: ignore[arg-type]
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
        locale="en-GB",
        bypass_csp=True,  # for the style of STILL
    )
    page = await context.new_page()
    tiles = []
    within = ""
    for who, path, steps in states.values():
        if who != within:
            await context.clear_cookies()
            within = who
            if who:
                await let_in(page, town, who)
        if path == "/@ana/first":
            await page.goto(f"{town.base_url}/@ana")
            path = await page.locator("article a:has(time)").last.get_attribute("href") or ""
            path = path.removeprefix(town.base_url)
        await page.emulate_media(contrast="null")
        await page.goto(f"{town.base_url}{path}")
        if steps is not None:
            await steps(page)
        await page.add_style_tag(content=STILL)
        await page.wait_for_load_state("networkidle")
        tiles.append(tile(await page.screenshot(animations="disabled"), _SCALE[device]))
    await context.close()
    assert compare(f"{device}-{scheme}.webp", dict(zip(states, tiles, strict=True))) == {}
