"""Reading in a real browser: the viewer of pictures, keys, menus, and scrolling on and back."""

import asyncio
import re
from functools import partial

import pytest
from playwright.async_api import BrowserContext, Locator, Page, Route, expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import DESK, PHONE, answer, faults_of, let_in, listen, send, write
from tests.support.servers import Server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


@pytest.fixture
async def page(town: Server, browser: BrowserContext) -> Page:
    page = await browser.new_page()
    await page.set_viewport_size(DESK)  # type: ignore[arg-type]
    await let_in(page, town, "ana")
    await page.goto(f"{town.base_url}/home")
    await page.wait_for_load_state()  # keys that are pressed before its scripts run are lost
    return page


async def test_pictures_open_over_the_page(town: Server, page: Page) -> None:
    await page.goto(f"{town.base_url}/@fan@far.test")  # at home the other tests write on top
    several = page.locator(".media:has(figure:nth-of-type(2) > a > img)").first
    picture = several.locator("figure > a").first
    await picture.scroll_into_view_if_needed()
    address = page.url
    await picture.click()
    viewer = page.get_by_role("dialog", name="Picture")
    await expect(viewer).to_be_visible()
    await expect(viewer.locator(".counter")).to_contain_text("1 of ")
    await page.keyboard.press("ArrowRight")
    await expect(viewer.locator(".counter")).to_contain_text("2 of ")
    await page.keyboard.press("Escape")
    await expect(viewer).not_to_be_visible()
    await wait_until(lambda: page.evaluate("!history.state?.viewer"))  # the step back is done
    await picture.click()
    await expect(viewer).to_be_visible()  # else Back leaves the page
    await page.go_back()
    await expect(viewer).not_to_be_visible()
    assert page.url == address
    await wait_until(  # the focus comes back
        lambda: page.evaluate("document.activeElement.matches('.media figure > a')")
    )


async def test_keys_go_from_post_to_post_and_act(town: Server, page: Page) -> None:
    focused = page.locator("article.post:focus")
    await page.keyboard.press("b")  # of a page that has just begun: "g b" leads elsewhere, "b" does not
    await page.keyboard.press("j")
    first = await focused.get_attribute("id")
    assert first is not None
    await page.keyboard.press("j")
    await expect(focused).not_to_have_id(first)
    await page.keyboard.press("k")
    await expect(focused).to_have_id(first)
    assert page.url.endswith("/home")
    pressed = page.locator(f"#{first} button.bookmark")
    was = await pressed.get_attribute("aria-pressed")
    await page.keyboard.press("s")
    await expect(pressed).to_have_attribute("aria-pressed", "false" if was == "true" else "true")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("g")
    await page.keyboard.press("l")
    await expect(page.locator("h1")).to_contain_text("Local")
    await page.goto(f"{town.base_url}/search")
    await page.locator("main input[type=search], main input[name=q]").first.press_sequentially("jn?")
    assert page.url.endswith("/search"), "letters typed in a field are no keys"


async def test_scrolling_goes_on_and_back_finds_the_post(page: Page) -> None:
    heard = listen(page)
    posts = page.locator("main > .feed > article.post")
    await wait_until(
        lambda: _has(posts, 15)
    )  # a page has twenty, and shows a post that several people boosted once
    start = await posts.count()
    await page.mouse.wheel(0, 20_000)
    await expect(posts.nth(start + 1)).to_be_attached()
    await posts.nth(start + 1).scroll_into_view_if_needed()
    there = await posts.nth(start + 1).get_attribute("id")
    await posts.nth(start + 1).locator("a.when").click()
    await expect(page.locator("article.focus")).to_be_visible()
    await page.go_back()
    await expect(page.locator(f"#{there}")).to_be_in_viewport()
    assert heard == []


async def test_back_finds_the_post_at_its_height(town: Server, visit: Visit) -> None:
    """Near the place where one page of posts follows another, the posts above it belong to the page before."""
    page = await visit("bob")
    await send(page, town, *(f"Post number {number}" for number in range(45)))
    posts = page.locator("main > .feed > article.post")
    for place in (-3, 2, 9):
        await page.goto(f"{town.base_url}/home")
        start = await posts.count()
        await page.mouse.wheel(0, 20_000)
        await wait_until(partial(_has, posts, start + 12))
        await _leave_and_come_back(page, posts.nth(start + place))


async def _leave_and_come_back(page: Page, post: Locator) -> None:
    again = page.locator(f"#{await post.get_attribute('id')}")
    await post.evaluate("post => scrollTo({ top: post.offsetTop - 420, behavior: 'instant' })")
    await wait_until(lambda: _is_remembered(page))
    before = float(await post.evaluate(TOP))
    await post.locator("a.when").click()
    await expect(page.locator("article.focus")).to_be_visible()
    await page.go_back()
    await expect(again).to_be_in_viewport()
    await wait_until(lambda: _is_at(again, before))
    # and with the pictures and older posts that come later
    await page.wait_for_load_state("networkidle")
    await expect(page.locator(".htmx-request, .htmx-settling")).to_have_count(0)
    await wait_until(lambda: _is_at(again, before))


async def _is_at(post: Locator, top: float) -> bool:
    return abs(float(await post.evaluate(TOP)) - top) < 3


TOP = "post => post.getBoundingClientRect().top"


async def _is_remembered(page: Page) -> bool:
    return bool(await page.evaluate("history.state?.post"))


async def test_a_menu_stays_open_while_older_posts_come(page: Page) -> None:
    """The page presses its link to older posts itself: that is no click beside the menu."""
    posts = page.locator("main > .feed > article.post")
    count = await posts.count()
    menu = page.locator("article.post > footer > details.menu").first
    await menu.locator("summary").click()
    await page.mouse.wheel(0, 20_000)
    await wait_until(lambda: _has(posts, count + 1))
    await expect(menu).to_have_attribute("open", "")


async def _has(posts: Locator, count: int) -> bool:
    return await posts.count() >= count


async def test_the_composer_opens_on_top_of_home_and_one_stays_there(page: Page) -> None:
    heard = listen(page)
    await page.get_by_role("link", name="What's going on?").click()
    text = page.locator("form.composer textarea[name=text]")
    await expect(text).to_be_focused()
    await text.press_sequentially("From the top of home")
    await expect(page.locator("#text-limit")).to_contain_text("480")
    await page.locator("form.composer").get_by_role("button", name="Post", exact=True).click()
    await expect(page.get_by_role("status").first).to_contain_text("Post sent.")
    assert page.url.endswith("/home")
    assert heard == []


async def test_a_thread_grows_where_it_is_read(town: Server, page: Page) -> None:
    """Replies are written under the post, stand in a tree, and its pages are sound on a phone and on a desktop."""
    heard = listen(page)
    address = await write(page, town, "A signal box is moved brick by brick.")
    for words in ("Each has a number.", "In chalk?"):
        await answer(page, words)
        await expect(page.locator(".trunk")).to_contain_text(words)
        assert page.url == address
    await expect(page.locator(".trunk > .branch")).to_have_count(2)
    await page.locator(".trunk a.when").first.click()
    await answer(page, "No, in wax crayon.")
    await expect(page.locator(".trunk")).to_contain_text("wax crayon")
    await page.goto(address)
    await expect(page.locator(".trunk > .branch > .post")).to_have_count(3)
    await page.get_by_role("link", name="Reader view").click()
    await expect(page.locator(".reader")).to_contain_text("wax crayon")
    for width in (PHONE, DESK):
        await page.set_viewport_size(width)  # type: ignore[arg-type]
        for path in (address, f"{address}/reader", f"{address}/likes", f"{address}/quotes"):
            await page.goto(path)
            assert await faults_of(page) == [], path
    assert heard == []


async def test_a_reply_of_another_tab_appears_under_its_post(
    town: Server, page: Page, browser: BrowserContext
) -> None:
    address = await write(page, town, "Who has the drawing?")
    other = await browser.new_page()
    await other.goto(address)
    await answer(other, "It hangs in the library.")
    await expect(page.locator(".trunk > .branch > .post .content")).to_have_text("It hangs in the library.")


async def test_muting_hides_the_posts_at_once_and_undo_brings_them_back(town: Server, page: Page) -> None:
    heard = listen(page)
    author = "/@fan@far.test"
    written = f'article.post:has(> .face[href="{author}"])'  # not one of ana that quotes them
    post = page.locator(f"{written}:not(:has(> .because)):has(details.menu)").first
    by_them = page.locator(f'article.post:visible:has(> .face[href="{author}"])')
    count = await by_them.count()
    await post.locator("details.menu > summary").click()
    await post.get_by_role("button", name="Mute @").click()
    toast = page.get_by_role("status").filter(has_text="Muted A faithful fan.")
    await expect(toast).to_be_visible()
    await expect(by_them).to_have_count(0)
    await toast.hover()  # what somebody points at stays
    assert await faults_of(page) == []
    await toast.get_by_role("button", name="Undo", exact=True).click()
    await wait_until(lambda: _has(by_them, count))  # and those that came from further down meanwhile
    await expect(toast).not_to_be_visible()
    assert heard == []


async def test_a_press_shows_at_once_and_goes_back_when_the_server_says_no(town: Server, page: Page) -> None:
    button = page.locator("article.post button.act.like[aria-pressed=false]:not([aria-disabled])").first
    name = await button.get_attribute("id")
    button = page.locator(f"#{name}")
    held = asyncio.Event()

    async def refuse(route: Route) -> None:
        await held.wait()
        await route.fulfill(status=500)

    await page.wait_for_load_state("networkidle")
    await page.route("**/like*", refuse)
    count = int(await button.inner_text() or 0)
    label = re.sub(r"\W.*", "", await button.get_attribute("aria-label") or "")
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "true")
    await expect(button).to_have_text(str(count + 1))
    held.set()
    await expect(button).to_have_attribute("aria-pressed", "false")
    await expect(button).to_have_text(str(count or ""))
    await expect(page.get_by_role("status").filter(has_text="did not work")).to_be_visible()
    await page.unroute("**/like*")
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "true")
    await expect(button).to_have_attribute("aria-label", re.compile(f"^{label}"))
    bookmark = page.locator("article.post button.act.bookmark[aria-pressed=false][id]").first
    bookmark = page.locator(f"#{await bookmark.get_attribute('id')}")
    await bookmark.click()
    await page.get_by_role("button", name="Undo", exact=True).click()
    await expect(bookmark).to_have_attribute("aria-pressed", "false")


async def test_long_posts_unfold_in_place(town: Server, page: Page) -> None:
    words = "A line of a rather long poem\n" * 17
    await page.goto(f"{town.base_url}/compose")
    await page.fill("textarea", words)
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.locator("article.focus .content")).to_contain_text("rather long poem")
    await page.goto(f"{town.base_url}/@ana")
    post = page.locator("article.post", has_text="rather long poem").first
    content = post.locator(".content")
    before = await content.evaluate("one => one.clientHeight / parseFloat(getComputedStyle(one).lineHeight)")
    assert 11.5 < before < 12.5
    assert await faults_of(page) == []
    await post.get_by_text("Read more").click()
    await expect(post.get_by_text("Read less")).to_be_visible()
    assert await content.evaluate("one => one.clientHeight >= one.scrollHeight - 1")


async def test_boost_offers_to_quote(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    heard = listen(page)
    await page.goto(await write(page, town, "To be boosted or quoted"))
    post = page.locator("article.focus")
    boost = post.get_by_role("button", name=re.compile("^Boost"))
    await boost.focus()
    await page.keyboard.press("Enter")
    menu = page.get_by_role("menu")
    await expect(menu.get_by_role("menuitem", name="Boost")).to_be_focused()
    assert await faults_of(page) == []
    await page.keyboard.press("ArrowDown")
    await expect(menu.get_by_role("menuitem", name="Quote")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(menu).to_have_count(0)
    await expect(boost).to_be_focused()
    await expect(boost).to_have_attribute("aria-pressed", "false")
    await boost.click()
    await menu.get_by_role("menuitem", name="Boost").click()
    undo = post.get_by_role("button", name=re.compile("^Boost"))
    await expect(undo).to_have_accessible_name("Boost, 1 so far")  # the answer has come
    await expect(undo).to_have_attribute("aria-pressed", "true")
    await expect(undo).to_be_focused()
    await expect(undo).to_have_attribute("aria-haspopup", "menu")
    async with page.expect_response(lambda answer: answer.request.method == "POST"):
        await page.keyboard.press("b")  # the key asks nothing
    await expect(boost).to_have_attribute("aria-pressed", "false")
    await expect(post.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(
        0
    )  # the new button is there
    await boost.click()
    await menu.get_by_role("menuitem", name="Quote").click()
    await expect(page.get_by_role("dialog", name="Quote a post")).to_be_visible()
    assert heard == []


async def test_without_scripts_boost_boosts(town: Server, page_without_scripts: Page) -> None:
    page = page_without_scripts
    await let_in(page, town, "ana")
    await page.goto(await write(page, town, "Boosted at once"))
    await page.locator("article.focus").get_by_role("button", name=re.compile("^Boost")).click()
    await expect(page.get_by_text("Boosted.")).to_be_visible()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_menus_stay_in_the_window_and_go_by_arrow_keys(
    town: Server, visit: Visit, size: dict[str, int]
) -> None:
    page = await visit("ana", viewport=size)
    await page.goto(
        f"{town.base_url}/@fan@far.test"
    )  # at home the first post is another test's, maybe a short one
    more = page.locator("article.post details.menu > summary").first
    # its button is at the bottom of what is seen
    await more.evaluate("button => scrollBy(0, button.getBoundingClientRect().bottom - innerHeight + 90)")
    box = await more.bounding_box()
    await page.set_viewport_size(
        {"width": size["width"], "height": round(box["y"] + box["height"]) + 90 if box else 0}
    )
    await more.focus()
    await page.keyboard.press("ArrowDown")
    first = page.get_by_role("link", name="Open conversation")
    await expect(first).to_be_focused()
    end = await page.evaluate(
        """() => {
          const bar = document.querySelector('.main-nav');
          const isBar = getComputedStyle(bar).position === 'fixed';
          const box = document.querySelector('details.menu[open] > div').getBoundingClientRect();
          return [box.top, box.bottom, isBar ? bar.getBoundingClientRect().top : innerHeight];
        }"""
    )
    assert 0 <= end[0] < end[1] <= end[2]
    await page.keyboard.press("End")
    await expect(page.locator("details.menu[open] > div > :last-child")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(first).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Home")
    await expect(first).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(more).to_be_focused()
    await expect(page.locator("details.menu[open]")).to_have_count(0)
    if size is DESK:
        switcher = page.locator(".switcher > summary")
        await switcher.focus()
        await page.keyboard.press("ArrowDown")
        await expect(page.get_by_role("link", name="View profile")).to_be_focused()
        await page.keyboard.press("End")
        await expect(page.locator(".switcher").get_by_role("button", name="Sign out")).to_be_focused()


async def test_recent_searches_are_kept_and_cleared(town: Server, page: Page) -> None:
    await page.goto(f"{town.base_url}/search")
    recent = page.locator("#recent-searches")
    await expect(recent).to_be_hidden()
    for words in ("gulls", "<b>terns</b>", "gulls"):
        await page.goto(f"{town.base_url}/search")
        await page.fill("#q", words)
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(re.compile(r"[?]q="))
    await page.goto(f"{town.base_url}/search")
    await expect(recent.get_by_role("link")).to_have_text(["gulls", "<b>terns</b>"])
    await recent.get_by_role("link", name="gulls").click()
    await expect(page.locator("#q")).to_have_value("gulls")
    await page.goto(f"{town.base_url}/search")
    await recent.get_by_role("button", name="Clear").click()
    await expect(recent).to_be_hidden()
    await page.reload()
    await expect(recent).to_be_hidden()
