"""The pages in a real browser: the main job with and without scripts, by keyboard alone, in both colour schemes, with axe-core looking on."""

import base64
import datetime as dt
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import axe_playwright_python
import pytest
from django.core import signing
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Route, expect

from core import clock
from tests.pages.seed import PASSWORD, UNCONFIRMED_EMAIL, UNCONFIRMED_ID
from tests.support.servers import ROOT, Server, running_server
from users.logins.services.confirmation import CONFIRM_SALT

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]

_AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
_AXE_RUN = """options => axe.run(options).then(r => r.violations.map(
    v => v.id + ' ' + v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(', ')))"""
_PHONE, _DESK = {"width": 390, "height": 800}, {"width": 1280, "height": 900}
_PAGES = ("/home", "/notifications", "/private-mentions", "/compose", "/scheduled", "/lists", "/filters", "/followed-tags", "/explore", "/@fan@far.test", "/search?q=a", "/@ana", "/@mallory@evil.test", "/@dana@ivrit.test", "/settings",
          "/settings/posting", "/settings/identities", "/settings/security", "/settings/apps", "/blocks", "/mutes", "/follow-requests",
          "/more", "/federated", "/admin", "/admin/queues", "/admin/peers", "/admin/people?kind=all", "/admin/reports", "/admin/sign-ups",
          "/admin/domains", "/admin/announcements", "/admin/options", "/about", "/admin/domains/1", "/no-such-page", "/authorize_interaction?uri=acct:mallory@evil.test",
          "/authorize_interaction?uri=nobody")  # fmt: skip


@pytest.fixture(scope="module")
async def town(anyio_backend: object) -> AsyncIterator[Server]:
    """One server for this module: ana runs it, bob is there too, and ana's home is full of all kinds of posts."""
    async with running_server() as server:
        await server.takahe(
            "setup", "--domain", server.domain, "--email", "ana@example.com", "--handle", "ana", "--password", PASSWORD
        )  # fmt: skip
        await server.person("bob")
        environment = {**os.environ, **server.env, "DJANGO_SETTINGS_MODULE": "takahe.settings"}
        command = [sys.executable, "-m", "tests.pages.seed", f"ana@{server.domain}"]
        subprocess.run(command, check=True, cwd=ROOT, env=environment)
        yield server


async def _sign_in(page: Page, town: Server, name: str) -> None:
    await page.goto(f"{town.base_url}/sign-in")
    await page.fill("#id_email", f"{name}@example.com")
    await page.fill("#id_password", PASSWORD)
    await page.click("main button")
    await expect(page.locator("h1")).to_have_text("Home")


def _confirm_path(town: Server) -> str:
    """The link that confirms the address of the seed's sign-up, as the server signs it."""
    secret = (Path(town.env["TAKAHE_DATA_DIR"]) / "secret_key").read_text().strip()
    payload = {"u": UNCONFIRMED_ID, "a": UNCONFIRMED_EMAIL, "t": int(clock.now().timestamp())}
    return f"/confirm/{signing.dumps(payload, key=secret, salt=CONFIRM_SALT)}"


def _listen(page: Page) -> list[str]:
    """What the browser complains about, but for pictures that this test's servers do not have."""
    heard: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        where = str(message.location.get("url", ""))
        if message.type in {"error", "warning"} and ".test/" not in where and "404" not in message.text:
            heard.append(f"{where}: {message.text}")

    page.on("console", hear)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


async def _write(page: Page, town: Server, text: str) -> str:
    """Writes a post and returns its address."""
    await page.goto(f"{town.base_url}/compose")
    await page.fill("textarea", text)
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.locator("article.focus .content")).to_contain_text(text)
    return page.url


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_the_main_job(town: Server, chromium_process: Browser, scripts: bool) -> None:
    """Sign in, write, find, follow, like, boost, reply, be told, edit, look up versions, delete, sign out."""
    word = "scripts" if scripts else "plain"
    contexts = [
        await chromium_process.new_context(java_script_enabled=scripts, viewport=_DESK) for _ in range(2)
    ]
    ana, bob = [await context.new_page() for context in contexts]
    heard = _listen(ana)
    await _sign_in(ana, town, "ana")
    await _sign_in(bob, town, "bob")
    address = await _write(ana, town, f"Hello {word} world")

    await bob.goto(f"{town.base_url}/search?q=ana")
    await bob.locator(".person", has_text="@ana@").get_by_role("link").last.click()
    await bob.get_by_role("button", name="Follow", exact=True).click()
    await expect(bob.get_by_role("button", name="Unfollow")).to_be_visible()

    await bob.goto(address)
    post = bob.locator("article.focus")
    await post.get_by_role("button", name=re.compile("^Like")).click()
    await expect(post.get_by_role("button", name=re.compile("^Undo like"))).to_have_attribute(
        "aria-pressed", "true"
    )
    if scripts:
        assert await bob.evaluate("document.activeElement.id.startsWith('like-')"), (
            "the focus stays on the button"
        )
    await post.get_by_role("button", name=re.compile("^Boost")).click()
    await expect(post.get_by_role("button", name=re.compile("^Undo boost"))).to_be_visible()
    await post.get_by_role("button", name="Bookmark").click()
    await expect(post.get_by_role("button", name="Remove bookmark")).to_be_visible()
    await post.get_by_role("link", name=re.compile("^Reply")).click()
    if not scripts:
        await bob.locator("textarea[name=text]").press(
            "Control+End"
        )  # with scripts the cursor stands there already
    await bob.locator("textarea[name=text]").press_sequentially(f"An answer in {word}")
    await bob.get_by_role("button", name="Reply", exact=True).click()
    await expect(bob.locator("article.focus")).to_contain_text(f"An answer in {word}")

    async def told() -> None:
        await ana.goto(f"{town.base_url}/notifications")
        await expect(ana.locator("main")).to_contain_text(f"An answer in {word}", timeout=500)

    await _eventually(told)
    for words in ("liked your post", "boosted your post", "follows you"):
        await expect(ana.locator("main")).to_contain_text(words)
    await ana.goto(address)
    await expect(ana.locator(".thread article")).to_have_count(2)

    await ana.locator("article.focus summary").click()
    await ana.locator("article.focus").get_by_role("link", name="Edit").click()
    await ana.fill("textarea", f"Hello {word} world, changed")
    await ana.get_by_role("button", name="Save").click()
    await expect(ana.locator("article.focus")).to_contain_text("changed")
    await ana.get_by_role("link", name="Edit history").click()
    await expect(ana.locator("article")).to_have_count(2)

    await ana.goto(address)
    await ana.locator("article.focus summary").click()
    await ana.locator("article.focus").get_by_role("link", name="Delete").click()
    await ana.get_by_role("button", name="Delete post").click()
    await expect(ana.get_by_role("status").first).to_contain_text("deleted")
    gone = await ana.goto(address)
    assert gone is not None
    assert gone.status == 404
    await bob.goto(f"{town.base_url}/@ana")
    await bob.get_by_role("button", name="Unfollow").click()
    await expect(bob.get_by_role("button", name="Follow", exact=True)).to_be_visible()
    await ana.goto(f"{town.base_url}/home")
    await ana.get_by_role("button", name="Sign out").click()
    await expect(ana.get_by_role("link", name="Sign in").first).to_be_visible()
    assert heard == []
    for context in contexts:
        await context.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_reporting_somebody(town: Server, chromium_process: Browser, scripts: bool) -> None:
    """With scripts the thanks stand where the form stood, without them on the next page; both fit a phone."""
    context = await chromium_process.new_context(java_script_enabled=scripts, viewport=_PHONE)
    page = await context.new_page()
    heard = _listen(page)
    await _sign_in(page, town, "bob")
    await page.goto(f"{town.base_url}/@ana")
    await page.locator("section.profile summary").click()
    await page.locator("section.profile").get_by_role("link", name="Report").click()
    await expect(page.locator("h1")).to_have_text("Report")
    if scripts:
        assert await _faults(page) == []
    await page.get_by_label("Spam").check()
    await page.get_by_label("What should the moderators know?").fill("Adverts")
    await page.get_by_role("button", name="Send report").click()
    await expect(page.get_by_text("Thank you. The moderators will review your report.")).to_be_visible()
    await expect(page.locator("h1")).to_have_text("Report" if scripts else "Home")
    assert heard == []
    await context.close()


_PICTURE = base64.b64decode(  # two pixels
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAADUlEQVR4nGP4zwAE/wEHAAH/4iOeWQAAAABJRU5ErkJggg=="
)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_asking_voting_showing_and_quoting(
    town: Server, chromium_process: Browser, scripts: bool
) -> None:
    """A poll is asked and voted in, a picture with its description is shown, a post is quoted and one is put off, with and without scripts."""
    word = "scripts" if scripts else "plain"
    contexts = [
        await chromium_process.new_context(java_script_enabled=scripts, viewport=_PHONE) for _ in range(2)
    ]
    ana, bob = [await context.new_page() for context in contexts]
    heard = _listen(ana) + _listen(bob)
    await _sign_in(ana, town, "ana")
    await _sign_in(bob, town, "bob")

    await ana.goto(f"{town.base_url}/compose")
    await ana.fill("textarea[name=text]", f"Which one, {word}?")
    await ana.locator("summary", has_text="Poll").click()
    await ana.get_by_label("Option 1").fill("This one")
    await ana.get_by_label("Option 2").fill("That one")
    await ana.get_by_role("button", name="Post", exact=True).click()
    await expect(ana.locator("article.focus .options li")).to_have_count(2)
    await bob.goto(ana.url)
    poll = bob.get_by_role("group", name="Poll", exact=True)
    await poll.get_by_label("That one").check()
    await poll.get_by_role("button", name="Vote").click()
    await expect(poll.locator(".own")).to_contain_text("That one")
    await expect(poll.locator(".own")).to_contain_text("100 %")
    if scripts:
        assert await bob.evaluate("document.activeElement.className") == "poll", "the focus stays there"

    await bob.locator("article.focus summary.act").click()
    await bob.locator("article.focus").get_by_role("link", name="Quote").click()
    await expect(bob.locator("blockquote")).to_contain_text(f"Which one, {word}?")
    await bob.fill("textarea[name=text]", "A good question")
    await bob.get_by_role("button", name="Post", exact=True).click()
    await expect(bob.locator("article.focus blockquote")).to_contain_text(f"Which one, {word}?")

    await ana.goto(f"{town.base_url}/compose")
    await ana.locator("summary", has_text="Pictures").click()
    await expect(ana.get_by_label("File 2")).to_be_visible(visible=not scripts)
    picture = {"name": "dot.png", "mimeType": "image/png", "buffer": _PICTURE}
    await ana.get_by_label("File 1").set_input_files(picture)  # type: ignore[arg-type]
    await ana.get_by_label("Description").first.fill("Two dots")
    await ana.get_by_role("button", name="Upload").click()
    await expect(ana.get_by_label("Description of file 1")).to_have_value("Two dots")
    await ana.get_by_role("button", name="Post", exact=True).click()
    await expect(ana.get_by_role("img", name="Two dots")).to_be_visible()
    await ana.locator(".alt summary").click()
    await expect(ana.locator(".alt p")).to_have_text("Two dots")

    await ana.goto(f"{town.base_url}/compose")
    await ana.fill("textarea[name=text]", f"Later, {word}")
    await ana.locator("summary", has_text="Publish later").click()
    await ana.get_by_label("Date and time").fill(f"{clock.now() + dt.timedelta(days=2):%Y-%m-%dT%H:%M}")
    await ana.get_by_role("button", name="Post", exact=True).click()
    await expect(ana.locator("h1")).to_have_text("Scheduled posts")
    waiting = ana.locator("article", has_text=f"Later, {word}")
    await waiting.get_by_role("button", name="Don't publish").click()
    await expect(waiting).to_have_count(0)
    assert heard == []
    for context in contexts:
        await context.close()


async def test_a_button_pressed_while_another_is_under_way_is_not_lost(town: Server, page: Page) -> None:
    """It was dropped without a word: all buttons of a post shared one request. The same button twice is still once."""
    await _sign_in(page, town, "bob")
    await page.goto(await _write(page, town, "Liked and boosted at once"))
    likes: list[Route] = []

    async def hold(route: Route) -> None:
        likes.append(route)

    await page.route("**/like", hold)
    post = page.locator("article.focus")
    like = post.get_by_role("button", name=re.compile("^Like"))
    await like.dblclick()
    await post.get_by_role("button", name=re.compile("^Boost")).click()
    await expect(post.get_by_role("button", name=re.compile("^Undo boost"))).to_be_visible()
    assert len(likes) == 1
    await likes[0].continue_()
    await expect(post.get_by_role("button", name=re.compile("^Undo like"))).to_be_visible()
    await expect(post.get_by_role("button", name=re.compile("^Undo boost"))).to_be_visible()


async def _eventually(check: object, tries: int = 20) -> None:
    """The page is asked again until it shows what the worker brings there."""
    for left in range(tries - 1, -1, -1):
        try:
            await check()  # type: ignore[operator]
            return
        except AssertionError:
            if not left:
                raise


@pytest.mark.parametrize("width", [_PHONE, _DESK], ids=["phone", "desk"])
async def test_every_page_is_accessible_fits_and_runs_nothing_foreign(
    town: Server, chromium_process: Browser, width: dict[str, int]
) -> None:
    context = await chromium_process.new_context(viewport=width)  # type: ignore[arg-type]
    page = await context.new_page()
    heard = _listen(page)
    faults: list[str] = []
    confirm = _confirm_path(town)
    for path in (
        "/",
        "/sign-in",
        "/sign-up",
        "/password/forgotten",
        confirm,
        f"{confirm}/new-password",
        *_PAGES,
    ):
        if path == "/home":
            await _sign_in(page, town, "ana")
        await page.goto(f"{town.base_url}{path}")
        faults += [f"{path}: {fault}" for fault in await _faults(page)]
    assert faults == []
    assert [words for words in heard if "403" not in words] == []
    await context.close()


async def _faults(page: Page) -> list[str]:
    """What axe-core finds (WCAG A and AA and good habits) in light, then of colours in dark, sideways scrolling, and hostile code that ran."""
    await page.emulate_media(color_scheme="light", reduced_motion="reduce")
    await page.evaluate(_AXE)
    found: list[str] = await page.evaluate(_AXE_RUN, {})
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")  # colours are all that it changes
    dark: list[str] = await page.evaluate(_AXE_RUN, {"runOnly": ["color-contrast", "link-in-text-block"]})
    found += [f"dark: {fault}" for fault in dark]
    if await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append("scrolls sideways")
    if await page.evaluate("'pwned' in window"):
        found.append("foreign code ran")
    return found


async def test_by_keyboard_alone(town: Server, page: Page) -> None:
    """Skip link first, every stop visible, writing and liking without a mouse, Escape closes a menu and keeps the place."""
    await page.goto(f"{town.base_url}/sign-in")
    await page.keyboard.type("bob@example.com")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("Home")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    assert await page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "main"

    await page.goto(f"{town.base_url}/compose")
    await page.keyboard.type("Typed only")
    await expect(page.locator("#text-limit")).to_contain_text("490")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("article.focus")).to_contain_text("Typed only")

    stops = []
    for _ in range(60):
        await page.keyboard.press("Tab")
        stop = await page.evaluate(
            """(() => { const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();
               return [e.id || e.textContent.trim().slice(0, 20) || e.ariaLabel, s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2, b.width > 0 && b.height > 0]; })()"""
        )
        stops.append(stop)
        assert stop[1], f"no focus ring on {stop[0]}"
        assert stop[2], f"nothing to see of {stop[0]}"
        if str(stop[0]).startswith("like-"):
            break
    assert str(stops[-1][0]).startswith("like-"), stops
    await page.keyboard.press("Enter")
    await expect(page.locator("article.focus .act.like")).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    menu = page.locator("article.focus details.menu")
    await expect(menu).to_have_attribute("open", "")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Escape")
    await expect(menu).not_to_have_attribute("open", "")
    assert await page.evaluate("document.activeElement.tagName") == "SUMMARY"


async def test_everything_is_reachable_on_a_phone(town: Server, browser: BrowserContext) -> None:
    page = await browser.new_page()
    await page.set_viewport_size(_PHONE)  # type: ignore[arg-type]
    await _sign_in(page, town, "bob")
    bar = page.get_by_role("navigation", name="Main")
    await bar.get_by_role("link", name="Write").click()
    await expect(page.locator("h1")).to_have_text("Write a post")
    for place in ("Profile", "Local", "Federated", "Explore", "Lists", "Followed hashtags", "Bookmarks", "Likes", "Scheduled posts",
                  "Filters", "Follow requests", "Settings"):  # fmt: skip
        await bar.get_by_role("link", name="More").click()
        await page.get_by_role("navigation", name="More").get_by_role("link", name=place, exact=True).click()
        await expect(page.locator("h1")).to_be_visible()
        assert not page.url.endswith("/more")
    await bar.get_by_role("link", name="More").click()
    await page.locator("main").get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("link", name="Sign in").first).to_be_visible()


async def test_older_posts_come_in_place(town: Server, page: Page) -> None:
    await _sign_in(page, town, "ana")
    for number in range(8):
        await _write(page, town, f"Number {number} of a long list")
    await page.goto(f"{town.base_url}/home")
    await expect(page.locator(".feed > article")).to_have_count(20)
    await page.get_by_role("link", name="Older posts").click()
    await expect(page.locator(".feed > article").nth(21)).to_be_visible()
    ids = await page.eval_on_selector_all(".feed > article", "all => all.map(one => one.id)")
    assert len(ids) == len(set(ids))


async def test_nothing_is_out_of_sight_on_a_phone(town: Server, browser: BrowserContext) -> None:
    """Tabs are one line with the current one in sight, signing out is above the bar, a long handle is whole."""
    page = await browser.new_page()
    await page.set_viewport_size(_PHONE)  # type: ignore[arg-type]
    await _sign_in(page, town, "ana")
    await page.goto(f"{town.base_url}/more")
    bar = await page.get_by_role("navigation", name="Main").bounding_box()
    button = await page.locator("main").get_by_role("button", name="Sign out").bounding_box()
    assert bar is not None
    assert button is not None
    assert button["y"] + button["height"] <= bar["y"]
    await page.goto(f"{town.base_url}/tags/{'long' * 50}")
    assert await page.evaluate("document.documentElement.scrollWidth") <= _PHONE["width"]
    await page.goto(f"{town.base_url}/admin/options")
    tab = await page.locator(".tabs [aria-current]").bounding_box()
    strip = await page.locator(".tabs").bounding_box()
    assert tab is not None
    assert strip is not None
    assert 0 <= round(tab["x"]) < round(tab["x"] + tab["width"]) <= _PHONE["width"]
    assert strip["height"] < 2 * tab["height"]
    await page.goto(f"{town.base_url}/settings/identities")
    assert await page.evaluate(
        "[...document.querySelectorAll('.handle')].every(e => e.scrollWidth <= e.clientWidth)"
    )


@pytest.mark.parametrize("height", [620, 800])
async def test_all_of_an_admins_navigation_is_in_sight(
    town: Server, browser: BrowserContext, height: int
) -> None:
    page = await browser.new_page()
    await page.set_viewport_size({"width": 1280, "height": height})
    await _sign_in(page, town, "ana")
    bar = page.get_by_role("navigation", name="Main")
    write = await bar.get_by_role("link", name="Write").last.bounding_box()
    administration = await bar.get_by_role("link", name="Administration").bounding_box()
    sign_out = await bar.get_by_role("button", name="Sign out").bounding_box()
    assert write is not None
    assert administration is not None
    assert sign_out is not None
    assert administration["y"] + administration["height"] <= write["y"]
    assert sign_out["y"] + sign_out["height"] <= height


@pytest.mark.parametrize("height", [640, 800])
async def test_the_button_that_posts_is_in_sight_on_a_phone(
    town: Server, browser: BrowserContext, height: int
) -> None:
    page = await browser.new_page()
    await page.set_viewport_size({"width": _PHONE["width"], "height": height})
    await _sign_in(page, town, "ana")
    await page.goto(f"{town.base_url}/compose")
    bar = await page.get_by_role("navigation", name="Main").bounding_box()
    button = await page.get_by_role("button", name="Post", exact=True).bounding_box()
    assert bar is not None
    assert button is not None
    assert button["y"] + button["height"] <= bar["y"]
    boxes = [await one.bounding_box() for one in await page.locator(".foot select").all()]
    assert all(box is not None and box["x"] + box["width"] <= _PHONE["width"] for box in boxes)


async def test_the_menu_of_the_last_post_is_in_sight_on_a_phone(
    town: Server, browser: BrowserContext
) -> None:
    page = await browser.new_page()
    await page.set_viewport_size(_PHONE)  # type: ignore[arg-type]
    await _sign_in(page, town, "ana")
    await page.locator("article summary.act").last.click()
    last = page.locator("details.menu[open] > div > :last-child")
    await expect(last).to_be_visible()
    await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    bar = await page.get_by_role("navigation", name="Main").bounding_box()
    box = await last.bounding_box()
    assert bar is not None
    assert box is not None
    assert box["y"] + box["height"] <= bar["y"]


async def test_tables_are_as_narrow_as_a_phone(town: Server, browser: BrowserContext) -> None:
    page = await browser.new_page()
    await page.set_viewport_size(_PHONE)  # type: ignore[arg-type]
    await _sign_in(page, town, "ana")
    places = (
        "/settings/security",
        "/admin",
        "/admin/queues",
        "/admin/peers",
        "/admin/sign-ups",
        "/admin/domains",
    )
    for path in places:
        await page.goto(f"{town.base_url}{path}")
        widths = await page.eval_on_selector_all(
            ".scroll:has(.table)", "all => all.map(one => [one.scrollWidth, one.clientWidth])"
        )
        assert widths, path
        assert all(whole <= seen for whole, seen in widths), (path, widths)
    await page.goto(f"{town.base_url}/settings/security")
    label = "getComputedStyle(document.querySelector('td:nth-child(2)'), '::before').content"
    assert await page.evaluate(label) == '"IP address: "'


async def test_tabs_are_one_line_on_a_desktop(town: Server, browser: BrowserContext) -> None:
    page = await browser.new_page()
    await page.set_viewport_size(_DESK)  # type: ignore[arg-type]
    await _sign_in(page, town, "ana")
    for path in ("/settings", "/admin"):
        await page.goto(f"{town.base_url}{path}")
        tab = await page.locator(".tabs [aria-current]").bounding_box()
        strip = await page.locator(".tabs").bounding_box()
        assert tab is not None
        assert strip is not None
        assert strip["height"] < 2 * tab["height"], path
