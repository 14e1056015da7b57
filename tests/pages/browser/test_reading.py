"""Reading in a real browser: the viewer of pictures, keys, and scrolling on and back."""

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.pages.browser.town import DESK, PHONE, faults_of, listen, sign_in, write
from tests.support.servers import Server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


@pytest.fixture
async def page(town: Server, browser: BrowserContext) -> Page:
    page = await browser.new_page()
    await page.set_viewport_size(DESK)  # type: ignore[arg-type]
    await sign_in(page, town, "ana")
    await page.wait_for_load_state()  # keys that are pressed before its scripts run are lost
    return page


async def test_pictures_open_over_the_page(page: Page) -> None:
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
    await page.keyboard.press("j")
    first = await focused.get_attribute("id")
    await page.keyboard.press("j")
    assert await focused.get_attribute("id") != first
    await page.keyboard.press("k")
    assert await focused.get_attribute("id") == first
    pressed = page.locator(f"#{first} button.bookmark")
    was = await pressed.get_attribute("aria-pressed")
    await page.keyboard.press("s")
    await expect(pressed).to_have_attribute("aria-pressed", "false" if was == "true" else "true")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
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
    start = 20
    await expect(posts).to_have_count(start)
    await page.mouse.wheel(0, 20_000)
    await expect(posts.nth(start + 1)).to_be_attached()
    await posts.nth(start + 1).scroll_into_view_if_needed()
    there = await posts.nth(start + 1).get_attribute("id")
    await posts.nth(start + 1).locator("a.when").click()
    await expect(page.locator("article.focus")).to_be_visible()
    await page.go_back()
    assert "max_id=" in page.url
    await expect(page.locator(f"#{there}")).to_be_in_viewport()
    assert heard == []


async def test_the_composer_opens_on_top_of_home_and_one_stays_there(page: Page) -> None:
    heard = listen(page)
    await page.get_by_role("link", name="What's going on?").click()
    text = page.locator("form.composer textarea[name=text]")
    await expect(text).to_be_focused()
    await text.press_sequentially("From the top of home")
    await expect(page.locator("#text-limit")).to_contain_text("480")
    await page.locator("form.composer").get_by_role("button", name="Post", exact=True).click()
    await expect(page.get_by_role("status").first).to_contain_text("published")
    assert page.url.endswith("/home")
    assert heard == []


async def test_a_thread_grows_where_it_is_read(town: Server, page: Page) -> None:
    """Replies are written under the post, stand in a tree, and its pages are sound on a phone and on a desktop."""
    heard = listen(page)
    address = await write(page, town, "A signal box is moved brick by brick.")
    box = page.locator("form.reply-box")
    for words in ("Each has a number.", "In chalk?"):
        await box.locator("textarea").press_sequentially(words)
        await box.get_by_role("button", name="Reply", exact=True).click()
        await expect(page.locator(".trunk")).to_contain_text(words)
        assert page.url == address
    await expect(page.locator(".trunk > .branch")).to_have_count(2)
    await page.locator(".trunk a.when").first.click()
    await box.locator("textarea").press_sequentially("No, in wax crayon.")
    await box.get_by_role("button", name="Reply", exact=True).click()
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
    await other.locator("form.reply-box textarea").fill("It hangs in the library.")
    await other.locator("form.reply-box").get_by_role("button", name="Reply", exact=True).click()
    await expect(page.locator(".trunk > .branch > .post .content")).to_have_text("It hangs in the library.")
