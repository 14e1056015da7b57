"""Films and sounds of other sites, played in place in a real browser: nothing of them is loaded before a press."""

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Request, Route, expect

from tests.pages.browser.town import DESK, PHONE, faults_of, let_in, listen, write
from tests.support.browser import new_context
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]

FILM = "<title>Film</title><button>Pause the herons</button><script>document.body.append(`from ${document.referrer}`)</script>"


@pytest.fixture(scope="module")
async def path(town: Server, chromium_process: Browser) -> str:
    """The address of ana's post with a film."""
    context = await new_context(chromium_process, viewport=DESK)
    page = await context.new_page()
    await let_in(page, town, "ana")
    address = await write(page, town, "Look at these herons")
    await town.run("tests.pages.browser.cards.playable")
    await context.close()
    return address


async def visit(context: BrowserContext, address: str) -> tuple[Page, list[str]]:
    """Open the post, with the site of the film played by this test; return what is asked of that site."""
    asked: list[str] = []

    async def serve(route: Route) -> None:
        await route.fulfill(body=FILM, content_type="text/html")

    def note(request: Request) -> None:
        if "video.test" in request.url:
            asked.append(request.url)

    page = await context.new_page()
    page.on("request", note)
    await context.route("https://video.test/**", serve)
    await page.goto(address)
    return page, asked


async def test_a_press_plays_in_place(town: Server, chromium_process: Browser, path: str) -> None:
    context = await new_context(chromium_process, viewport=PHONE)
    page, asked = await visit(context, path)
    heard = listen(page)
    play = page.get_by_role("button", name="Play: Herons at dawn")
    await expect(play).to_be_visible()
    assert await faults_of(page) == []
    assert asked == []
    await play.focus()
    await page.keyboard.press("Enter")
    film = page.frame_locator(".player > iframe").frame_locator("iframe")
    await expect(film.get_by_role("button", name="Pause the herons")).to_be_visible()
    await expect(film.locator("body")).to_contain_text(f"from {town.base_url}/")
    assert asked == ["https://video.test/embed/1?autoplay=1"]
    assert not await page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    frame = await page.locator(".player > iframe").bounding_box()
    assert frame
    assert frame["width"] / frame["height"] == pytest.approx(560 / 315, abs=0.02)
    await expect(page.get_by_role("link", name="Herons at dawn")).to_have_attribute(
        "href", "https://video.test/watch/1"
    )
    await page.get_by_role("button", name="Close the player").click()
    await expect(page.locator("iframe")).to_have_count(0)
    await expect(play).to_be_focused()
    assert heard == []
    await context.close()


async def test_links_of_explore_play_like_those_of_posts(
    town: Server, chromium_process: Browser, path: str
) -> None:
    context = await new_context(chromium_process, viewport=DESK)
    page, asked = await visit(context, f"{town.base_url}/explore/news")
    heard = listen(page)
    assert asked == []
    await page.locator("main .card").get_by_role("button", name="Play: Herons at dawn").click()
    film = page.frame_locator(".player > iframe").frame_locator("iframe")
    await expect(film.get_by_role("button", name="Pause the herons")).to_be_visible()
    assert asked == ["https://video.test/embed/1?autoplay=1"]
    assert heard == []
    await context.close()


async def test_no_other_site_can_be_framed(town: Server, chromium_process: Browser, path: str) -> None:
    """Not by the page of a post at all, and by that of the player only the one of the card."""
    context = await new_context(chromium_process, viewport=DESK)
    page, asked = await visit(context, path)
    other = "https://video.test.evil.test/"
    add = (
        "address => { const f = document.createElement('iframe'); f.src = address; document.body.append(f); }"
    )
    async with page.expect_console_message(lambda message: "Content Security Policy" in message.text):
        await page.evaluate(add, "https://video.test/embed/1")
    assert asked == []
    await page.goto(f"{town.base_url}/posts/{path.rpartition('/')[2]}/player")
    async with page.expect_console_message(lambda message: "Content Security Policy" in message.text):
        await page.evaluate(add, other)
    assert other not in asked
    await context.close()


async def test_without_scripts_the_card_leads_to_the_site(chromium_process: Browser, path: str) -> None:
    context = await new_context(chromium_process, viewport=PHONE, java_script_enabled=False)
    page, asked = await visit(context, path)
    await expect(page.get_by_role("button", name="Play: Herons at dawn")).to_be_hidden()
    await expect(page.get_by_role("link", name="Herons at dawn")).to_have_attribute(
        "href", "https://video.test/watch/1"
    )
    assert asked == []
    await context.close()
