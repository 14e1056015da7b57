"""Rows and columns that are still on their way."""

import asyncio
import re
from collections.abc import Callable

import pytest
from playwright.async_api import Locator, Page, Route, expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import PHONE, listen, reply, write
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_rows_without_words_stand_for_older_posts(town: Server, visit: Visit) -> None:
    page = await visit("ana", viewport=PHONE)
    held = asyncio.Event()

    async def hold(route: Route) -> None:
        await held.wait()
        await route.continue_()

    await page.route(re.compile(r"/home\?.*max_id="), hold)
    await page.goto(f"{town.base_url}/home")
    count = await page.locator("article.post").count()
    pager = page.locator(".pager:has(a.htmx-request)")
    await page.evaluate("scrollTo(0, document.body.scrollHeight)")
    await expect(pager).to_be_visible()
    box = await pager.bounding_box()
    assert box
    assert box["height"] > 400
    assert await pager.evaluate("one => getComputedStyle(one).animationName") == "none", "reduced motion"
    held.set()
    await expect(page.locator("article.post").nth(count)).to_be_attached()


async def test_the_right_column_comes_with_its_style(town: Server, visit: Visit) -> None:
    page = await visit("ana", viewport={"width": 1440, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    held = asyncio.Event()

    async def hold(route: Route) -> None:
        await held.wait()
        await route.continue_()

    await page.route("**/parts/aside*.css", hold)
    await page.goto(f"{town.base_url}/home", wait_until="domcontentloaded")
    async with page.expect_response("**/aside?next=*"):
        assert not [address for address in asked if "/aside?" in address], "not before its style sheet"
        held.set()
    await expect(page.locator("aside .around[hx-get]")).to_have_count(0)


async def _hold(page: Page, address: re.Pattern[str]) -> Callable[[], None]:
    """Let requests for an address wait until the returned function is called."""
    held = asyncio.Event()

    async def wait(route: Route) -> None:
        await held.wait()
        await route.continue_()

    await page.route(address, wait)
    return held.set


async def _is_drawn(page: Page, place: Locator, part: str) -> None:
    """Bars without words, that breathe only for those who like motion."""
    for motion, name in (("no-preference", "breathe"), ("reduce", "none")):
        await page.emulate_media(reduced_motion=motion)  # type: ignore[arg-type]
        assert await place.evaluate(f"one => getComputedStyle(one, '{part}').animationName") == name
    drawn = await place.evaluate(
        "(one, part) => { const { content, boxShadow } = getComputedStyle(one, part); return [content, boxShadow]; }",
        part,
    )
    assert drawn[0] == '""'
    assert drawn[1] != "none"


async def test_what_opens_late_has_its_shape_before(town: Server, visit: Visit) -> None:
    page = await visit("bob", viewport={"width": 1440, "height": 900})
    heard = listen(page)
    address = await write(page, town, "Many answers")
    number = address.rpartition("/")[2]
    await page.goto(address)
    await page.wait_for_load_state("networkidle")

    come = await _hold(page, re.compile(r"/posts/\d+/menu"))
    await page.goto(f"{town.base_url}/home")
    await page.wait_for_load_state("networkidle")
    menu = page.locator(f"article.post[data-post='{number}'] footer .menu")
    await menu.locator("summary").click()
    box = menu.locator(":scope > div")
    await expect(menu).to_have_class(re.compile("htmx-request"))
    await _is_drawn(page, box, "::before")
    come()
    await expect(box.get_by_role("link", name="Edit")).to_be_visible()
    assert (await box.evaluate("one => getComputedStyle(one, '::before').content")) == "none"
    await page.keyboard.press("Escape")

    come = await _hold(page, re.compile(r"/compose"))
    await page.goto(f"{town.base_url}/local")
    await page.wait_for_load_state("networkidle")
    await page.keyboard.press("n")
    dialog = page.get_by_role("dialog", name="Write")
    await expect(dialog).to_be_visible()
    await _is_drawn(page, dialog, "::after")
    shape = await dialog.bounding_box()
    assert shape
    assert shape["width"] == 640, "as wide as the composer will be"
    come()
    await expect(page.locator("dialog .composer textarea[name=text]")).to_be_focused()
    await page.keyboard.press("Escape")
    come = await _hold(page, re.compile(r"/compose"))
    await page.keyboard.press("n")
    await expect(dialog).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    async with page.expect_response(re.compile("/compose")):
        come()
    await expect(page.locator("dialog")).to_have_count(0)
    assert heard == []


async def test_the_other_accounts_have_their_shape(town: Server, visit: Visit) -> None:
    page = await visit("ana", viewport={"width": 1440, "height": 900})
    come = await _hold(page, re.compile(r"/settings/identities/menu"))
    await page.goto(f"{town.base_url}/local")
    await page.wait_for_load_state("networkidle")
    switcher = page.locator(".switcher")
    await switcher.locator("summary").click()
    await expect(switcher).to_have_class(re.compile("htmx-request"))
    await _is_drawn(page, switcher.locator(".others"), "::after")
    come()
    await expect(switcher).not_to_have_class(re.compile("htmx-request"))
    shown = "one => getComputedStyle(one, '::after').content"
    assert await switcher.locator(".others").evaluate(shown) == "none"


async def test_a_reply_has_its_place_before_its_form(town: Server, visit: Visit) -> None:
    page = await visit("bob", viewport={"width": 1440, "height": 900})
    heard = listen(page)
    await write(page, town, "Answer me")
    come = await _hold(page, re.compile(r"/compose"))
    await page.goto(f"{town.base_url}/home")
    await page.wait_for_load_state("networkidle")
    post = page.locator("article.post", has_text="Answer me")
    await post.locator(".act.reply").click()
    shape = page.locator("article.post + .coming")
    await _is_drawn(page, shape, "::after")
    place = await shape.bounding_box()
    await page.evaluate(
        """new MutationObserver((_, watch) => {
            if (!document.querySelector("article.post + .composing form.composer")) return;
            window.shownAt = performance.now();
            watch.disconnect();
        }).observe(document.body, { childList: true, subtree: true })"""
    )
    come()
    form = page.locator("article.post + .composing form.composer")
    await expect(form.locator("textarea[name=text]")).to_be_focused()
    await expect(shape).to_have_count(0)
    found = await form.bounding_box()
    scripts = "performance.getEntriesByType('resource').filter((one) => one.name.includes('/writing/form.'))"
    assert await page.evaluate(f"{scripts}.every((one) => one.responseEnd < window.shownAt)"), "it would grow"
    assert await page.evaluate(f"{scripts}.length")
    assert place
    assert found
    assert abs(place["height"] - found["height"]) < 40, (place, found)
    await page.keyboard.press("Escape")

    come = await _hold(page, re.compile(r"/compose"))
    start = page.locator("main > .start")
    await start.click()
    await _is_drawn(page, page.locator(".start + .coming"), "::after")
    await expect(start).to_be_hidden()
    come()
    await expect(page.locator("main > .composing textarea[name=text]")).to_be_focused()
    assert heard == []


async def test_folded_replies_have_a_shape_on_their_way(town: Server, visit: Visit) -> None:
    page, ana = [await visit(name, viewport=PHONE) for name in ("bob", "ana")]
    address = await write(page, town, "Who is there?")
    await reply(ana, town, address, "Not me")
    first = await reply(ana, town, address, "Me")
    for number in range(7):
        await reply(page, town, first, f"Number {number}")
    await page.goto(address)
    await page.wait_for_load_state("networkidle")
    come = await _hold(page, re.compile(r"/replies\?"))
    more = page.locator(".more-replies[hx-get]").first
    height = (await more.bounding_box() or {"height": 0})["height"]
    await more.click()
    await expect(more).to_have_class(re.compile("htmx-request"))
    await _is_drawn(page, more, "::after")
    assert (await more.bounding_box() or {"height": 0})["height"] > height + 30
    count = await page.locator("article.post").count()
    come()
    await expect(page.locator("article.post").nth(count)).to_be_attached()


async def test_the_right_column_fills_without_a_shift(town: Server, visit: Visit) -> None:
    page = await visit("ana", viewport={"width": 1440, "height": 900})
    await page.add_init_script(
        """window.shifts = [];
        new PerformanceObserver((list) => {
            for (const one of list.getEntries()) for (const { node } of one.sources) if (node?.parentElement?.closest('aside') || node?.matches?.('aside')) {
                shifts.push(`${one.value} ${node.outerHTML?.slice(0, 80)}`);
            }
        }).observe({ type: 'layout-shift', buffered: true });"""
    )
    come = await _hold(page, re.compile(r"/aside\?next="))
    await page.goto(f"{town.base_url}/home")
    place = page.locator("aside .around.htmx-request")
    await expect(place).to_be_visible()
    await _is_drawn(page, place, "::before")
    box = await place.bounding_box()
    assert box
    assert box["height"] > 200
    await expect(place.locator(".foot")).to_be_hidden()
    come()
    await expect(page.locator("aside .around[hx-get]")).to_have_count(0)
    await expect(page.locator("aside .foot")).to_be_visible()
    assert await page.evaluate("shifts") == []


async def test_the_shapes_touch_nothing_that_is_there(town: Server, visit: Visit) -> None:
    """The style sheet of the shapes comes late: it moves nothing of a page that has all it needs."""
    page = await visit("ana", viewport=PHONE)
    await page.route("**/css/later*.css", lambda route: route.abort())
    await page.goto(f"{town.base_url}/notifications")
    await page.wait_for_load_state("networkidle")
    places = (
        "[...document.querySelectorAll('main *')].slice(0, 200).map(one => one.getBoundingClientRect().top)"
    )
    before = await page.evaluate(places)
    await page.unroute("**/css/later*.css")
    await page.reload()
    await page.wait_for_load_state("networkidle")
    assert await page.evaluate(places) == before
