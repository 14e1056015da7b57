"""Pages on a phone and on a desktop: nothing out of sight, nothing covered, nothing wider than the screen."""

import pytest
from playwright.async_api import BrowserContext, expect

from tests.pages.browser.town import DESK, PHONE, let_in
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]

HANDLES_ARE_WHOLE = (
    "[...document.querySelectorAll('main .handle')].every(e => e.scrollWidth <= e.clientWidth)"
)


async def test_everything_is_reachable_on_a_phone(town: Server, browser: BrowserContext) -> None:
    page = await browser.new_page()
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await let_in(page, town, "bob")
    await page.goto(f"{town.base_url}/home")
    bar = page.get_by_role("navigation", name="Main")
    await bar.get_by_role("link", name="Write").click()
    await expect(page.locator("h1")).to_have_text("Write a post")
    await page.get_by_role("link", name="Close").click()  # the composer has the whole screen
    for place in ("Profile", "Local", "Federated", "Explore", "Lists", "Followed hashtags", "Bookmarks", "Likes", "Scheduled posts",
                  "Filters", "Follow requests", "Settings"):  # fmt: skip
        await bar.get_by_role("link", name="More").click()
        await page.get_by_role("navigation", name="More").get_by_role("link", name=place, exact=True).click()
        await expect(page.locator("h1")).to_be_visible()
        assert not page.url.endswith("/more")
    await bar.get_by_role("link", name="More").click()
    await page.locator("main").get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("link", name="Sign in").first).to_be_visible()


async def test_nothing_is_out_of_sight_on_a_phone(town: Server, browser: BrowserContext) -> None:
    """Tabs are one line with the current one in sight, signing out is above the bar, a long handle is whole."""
    page = await browser.new_page()
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await let_in(page, town, "ana")
    await page.goto(f"{town.base_url}/more")
    bar = await page.get_by_role("navigation", name="Main").bounding_box()
    button = await page.locator("main").get_by_role("button", name="Sign out").bounding_box()
    assert bar is not None
    assert button is not None
    assert button["y"] + button["height"] <= bar["y"]
    await page.goto(f"{town.base_url}/tags/{'long' * 50}")
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    await page.goto(f"{town.base_url}/admin/options")
    tab = await page.locator(".tabs [aria-current]").bounding_box()
    strip = await page.locator(".tabs").bounding_box()
    assert tab is not None
    assert strip is not None
    assert 0 <= round(tab["x"]) < round(tab["x"] + tab["width"]) <= PHONE["width"]
    assert strip["height"] < 2 * tab["height"]
    await page.goto(f"{town.base_url}/settings/identities")
    assert await page.evaluate(HANDLES_ARE_WHOLE)


async def test_a_handle_beside_a_badge_is_whole_on_a_phone(town: Server, browser: BrowserContext) -> None:
    page = await browser.new_page()
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await let_in(page, town, "ana")
    await page.goto(f"{town.base_url}/admin/people?q=bob")
    await page.locator(".person .who a").click()
    await page.get_by_role("button", name="Limit", exact=True).click()
    await expect(page.locator(".person .badge")).to_have_text("Limited")
    assert await page.evaluate(HANDLES_ARE_WHOLE)
    person = page.url
    await page.goto(f"{town.base_url}/admin/people?kind=restricted")
    await expect(page.locator(".person .badge").first).to_be_visible()
    assert await page.evaluate(HANDLES_ARE_WHOLE)
    await page.goto(person)
    await page.get_by_role("button", name="Remove restriction").click()
    await expect(page.locator(".person .badge")).to_have_count(0)


async def test_all_of_an_admins_navigation_is_in_sight(town: Server, browser: BrowserContext) -> None:
    page = await browser.new_page()
    await let_in(page, town, "ana")
    await page.goto(f"{town.base_url}/home")
    bar = page.get_by_role("navigation", name="Main")
    menu = bar.locator(".switcher summary")
    for height in (620, 680, 720, 768, 800, 880):
        await page.set_viewport_size({"width": 1280, "height": height})
        write = await bar.get_by_role("link", name="Write").last.bounding_box()
        last = await bar.get_by_role("link", name="More", exact=True).bounding_box()
        assert write is not None, height
        assert last is not None, height
        assert last["y"] + last["height"] <= write["y"], height
        assert write["y"] + write["height"] <= height
        await menu.click()
        sign_out = await bar.get_by_role("button", name="Sign out").bounding_box()
        assert sign_out is not None, height
        assert sign_out["y"] + sign_out["height"] <= height
        await menu.click()


async def test_the_button_that_posts_is_in_sight_on_a_phone(town: Server, browser: BrowserContext) -> None:
    page = await browser.new_page()
    await let_in(page, town, "ana")
    for height in (640, 800):
        await page.set_viewport_size({"width": PHONE["width"], "height": height})
        await page.goto(f"{town.base_url}/compose")
        await expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
        await expect(page.get_by_role("button", name="Post", exact=True)).to_be_in_viewport(ratio=1)
        await expect(page.get_by_role("button", name="Who can see it")).to_be_in_viewport(ratio=1)
        row = await page.locator(".pills").bounding_box()  # the others are reached by scrolling in it
        assert row is not None, height
        assert row["x"] + row["width"] <= PHONE["width"], height


async def test_the_menu_of_the_last_post_is_in_sight_on_a_phone(
    town: Server, browser: BrowserContext
) -> None:
    page = await browser.new_page()
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await let_in(page, town, "ana")
    await page.goto(f"{town.base_url}/home")
    while await page.locator(".feed > .pager").count():  # older posts come while one scrolls
        await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        await page.wait_for_timeout(50)
    await page.locator("article summary.act").last.click()
    await expect(page.locator("details.menu[open] > div > *")).not_to_have_count(1)
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
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await let_in(page, town, "ana")
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


async def test_tabs_are_one_line_and_sections_one_column_on_a_desktop(
    town: Server, browser: BrowserContext
) -> None:
    page = await browser.new_page()
    await page.set_viewport_size(DESK)  # type: ignore[arg-type]
    await let_in(page, town, "ana")
    await page.goto(f"{town.base_url}/@ana")
    tab = await page.locator(".tabs [aria-current]").bounding_box()
    strip = await page.locator(".tabs").bounding_box()
    assert tab is not None
    assert strip is not None
    assert strip["height"] < 2 * tab["height"]
    ends = "[...document.querySelectorAll('.sections a')].map(a => a.getBoundingClientRect().right)"
    for path, beside in (("/settings", "main > form.card"), ("/admin", "main > section.card")):
        await page.goto(f"{town.base_url}{path}")
        card = await page.locator(beside).first.bounding_box()
        assert card is not None
        assert max(await page.evaluate(ends)) <= card["x"], path


async def test_nothing_covers_the_page_at_400_percent(town: Server, browser: BrowserContext) -> None:
    """A window of 1280 by 1024 pixels shows 320 by 256: two bars took half of that."""
    page = await browser.new_page()
    await page.set_viewport_size({"width": 320, "height": 256})
    await let_in(page, town, "ana")
    stays = """() => [...document.querySelectorAll('body *')].filter((one) => one.checkVisibility()
        && ['fixed', 'sticky'].includes(getComputedStyle(one).position) && one.offsetHeight > 1
        && one.getBoundingClientRect().bottom > 0).map((one) => one.className)"""
    for path in ("/home", "/compose", "/settings", "/notifications"):
        await page.goto(f"{town.base_url}{path}")
        await page.evaluate("scrollTo(0, 150)")
        assert await page.evaluate(stays) == [], path
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320, path


async def test_small_gaps_are_even(town: Server, browser: BrowserContext) -> None:
    page = await browser.new_page()
    await let_in(page, town, "bob")
    await page.goto(f"{town.base_url}/home")
    await page.evaluate(
        """() => {
          const note = document.createElement('section');
          note.className = 'note row';
          note.innerHTML = '<p class="who">New here?</p><a class="button small" href="/welcome">Start</a>';
          document.querySelector('main').append(note);
        }"""
    )
    above, below = await page.evaluate(
        """() => {
          const note = document.querySelector('.note.row').getBoundingClientRect();
          const words = document.querySelector('.note.row > p').getBoundingClientRect();
          return [words.top - note.top, note.bottom - words.bottom];
        }"""
    )
    assert abs(above - below) < 2
    await page.goto(f"{town.base_url}/settings/notifications")
    gap = await page.evaluate(
        """() => document.querySelector('label[for=id_policy]').getBoundingClientRect().top
          - document.querySelector('main fieldset').getBoundingClientRect().bottom"""
    )
    assert gap >= 12


async def test_settings_on_a_phone_are_a_page_with_a_way_back(town: Server, browser: BrowserContext) -> None:
    page = await browser.new_page()
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await let_in(page, town, "ana")
    await page.goto(f"{town.base_url}/more")
    listed = page.get_by_role("navigation", name="Settings")
    await page.get_by_role("navigation", name="More").get_by_role("link", name="Settings").click()
    await expect(listed.get_by_role("link")).to_have_count(19)
    await listed.get_by_role("link", name="Posting").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Posting")
    await expect(listed).to_be_hidden()  # its place is taken by the way back
    await page.get_by_role("link", name="All settings").click()
    await expect(listed.get_by_role("link")).to_have_count(19)
    await page.set_viewport_size(DESK)  # type: ignore[arg-type]
    await page.goto(f"{town.base_url}/settings/posting")
    await expect(listed.get_by_role("link")).to_have_count(19)
    await expect(page.get_by_role("link", name="All settings")).to_be_hidden()
