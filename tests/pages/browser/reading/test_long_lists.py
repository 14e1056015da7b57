"""Lists of people and private messages go on as one scrolls, and leave addresses that lead back."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import DESK, PHONE, listen
from tests.support.servers import Server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


@pytest.fixture(scope="module")
async def crowded(town: Server) -> Server:
    await town.run("tests.pages.browser.reading.crowd")
    return town


async def _scroll_to_the_end(page: Page, rows: Locator, count: int) -> None:
    async def further() -> bool:
        await page.evaluate("scrollTo(0, document.body.scrollHeight)")
        return await rows.count() >= count

    await wait_until(further, message=f"{count} rows at {page.url}")


async def _walk(page: Page, town: Server, path: str, rows: Locator, count: int) -> None:
    """Scroll through a list, reload in its midst, and find the row that was in sight at its place."""
    await page.goto(f"{town.base_url}{path}")
    await page.wait_for_load_state("networkidle")
    first = await rows.count()
    assert first < count, path
    await _scroll_to_the_end(page, rows, count)
    ids = await rows.evaluate_all("rows => rows.map(row => row.id)")
    assert len(set(ids)) == len(ids) >= count, path
    marked = page.locator(f"#{ids[first + 5]}")
    await marked.evaluate("row => scrollBy(0, row.getBoundingClientRect().top - 200)")
    near = ids[first : first + 6]
    await wait_until(lambda: page.evaluate("ids => ids.includes(history.state?.post)", near), message=path)
    assert re.search("max_id=|offset=", page.url)
    await page.reload()
    await expect(marked).to_be_in_viewport()


async def test_lists_of_people_and_messages_go_on(crowded: Server, visit: Visit) -> None:
    page = await visit("ana", viewport=DESK)
    heard = listen(page)
    people = page.locator("main .person[id]")
    await page.goto(f"{crowded.base_url}/@ana")
    post = page.locator("article.post", has_text="Liked by a crowd.")
    likes = f"/@ana/{await post.get_attribute('data-post')}/likes"
    for path, count in (
        ("/@ana/followers", 90),
        (likes, 90),
        ("/search?q=crowd&type=people", 90),
        ("/private-mentions", 90),
    ):
        await _walk(page, crowded, path, people, count)
    assert heard == []


async def test_a_message_that_comes_leaves_what_scrolling_brought(crowded: Server, visit: Visit) -> None:
    page, bob = [await visit(name, viewport=DESK) for name in ("ana", "bob")]
    async with page.expect_websocket():
        await page.goto(f"{crowded.base_url}/private-mentions")
    rows = page.locator("main .talk")
    await _scroll_to_the_end(page, rows, 90)
    await page.evaluate("scrollTo(0, 0)")
    await page.locator("main").focus()
    count = await rows.count()
    await bob.goto(f"{crowded.base_url}/compose?private&text=%40ana%20Fresh%20news")
    await bob.get_by_role("button", name="Post", exact=True).first.click()
    await expect(rows.first).to_contain_text("Fresh news")
    await expect(rows).to_have_count(count + 1)
    assert not await page.evaluate("location.search"), "the newest stand at the address of the first page"


async def test_earlier_messages_come_above_without_a_jump(crowded: Server, visit: Visit) -> None:
    page = await visit("ana", viewport=PHONE)
    heard = listen(page)
    await page.goto(f"{crowded.base_url}/private-mentions")
    await page.locator(".talk", has_text="Message 69").locator("a.by").click()
    await page.wait_for_load_state("networkidle")
    await expect(page.locator("#newest")).to_contain_text("Message 69")
    address = page.url
    messages = page.locator(".chat > [data-post]")
    before = await messages.count()
    place = page.locator(".message", has_text="Message 55")
    await place.evaluate("one => scrollBy(0, one.getBoundingClientRect().top - 300)")
    top = await place.evaluate("one => one.getBoundingClientRect().top")
    await wait_until(lambda: messages.count(), message="messages")
    assert abs(await place.evaluate("one => one.getBoundingClientRect().top") - top) < 3

    async def further() -> bool:
        await page.evaluate("scrollTo(0, 0)")
        return await messages.count() >= 70

    await wait_until(further, message="all 70 messages")
    assert await messages.count() > before
    words = await messages.locator(".content").all_inner_texts()
    assert words == ["Letter 89", *[f"Message {number}" for number in range(1, 70)]]
    await expect(page.locator("#newest")).to_have_count(1)
    await expect(page.get_by_role("link", name="Earlier messages")).to_have_count(0)
    assert page.url == address, "it stays that of the conversation"
    assert heard == []
