"""The further posts of a thread in the composer, in a real browser."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, ViewportSize, expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import DESK, PHONE, faults_of, listen
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def begin(page: Page, town: Server, *texts: str) -> None:
    await page.goto(f"{town.base_url}/compose")
    await page.locator("textarea[name=text]").fill(texts[0])
    for words in texts[1:]:
        await page.get_by_role("button", name="Add another post").click()
        await page.keyboard.type(words)


async def shoot(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            await page.screenshot(path=Path(folder) / f"{name}-{scheme}.png")
        await page.emulate_media(color_scheme="light")


async def texts_of(page: Page) -> list[str]:
    return await page.locator(".parts textarea").evaluate_all(
        "all => all.map(one => `${one.name} ${one.value}`)"
    )


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_posts_of_a_thread_are_moved_by_keyboard(
    town: Server, visit: Visit, size: ViewportSize
) -> None:
    page = await visit("ana", viewport=size)
    heard = listen(page)
    await begin(page, town, "One of a moved thread", "Two", "Three", "Four")
    up = page.locator(".part", has=page.get_by_label("Post 4")).get_by_role("button", name="Move up")
    assert await faults_of(page) == []
    await shoot(page, f"thread-{size['width']}")
    await up.focus()
    await page.keyboard.press("Enter")
    assert await texts_of(page) == ["chain_1 Two", "chain_2 Four", "chain_3 Three"]
    four = page.locator(".part", has=page.get_by_label("Post 3"))
    await expect(four.get_by_role("button", name="Move up")).to_be_focused()
    await expect(page.get_by_text("This is post 3 of 4 now.")).to_have_attribute("role", "status")
    await page.keyboard.press("Enter")
    assert await texts_of(page) == ["chain_1 Four", "chain_2 Two", "chain_3 Three"]
    # once more, and it is the first of the thread
    first = page.locator(".part", has=page.get_by_label("Post 2"))
    await expect(first.get_by_role("button", name="Move up")).to_be_focused()
    await page.keyboard.press("Enter")
    begun = page.locator("textarea[name=text]")
    await expect(begun).to_be_focused()
    await expect(begun).to_have_value("Four")
    await expect(page.get_by_text("This is post 1 of 4 now.")).to_have_attribute("role", "status")
    assert await texts_of(page) == ["chain_1 One of a moved thread", "chain_2 Two", "chain_3 Three"]
    await first.get_by_role("button", name="Move up").click()
    assert await texts_of(page) == ["chain_1 Four", "chain_2 Two", "chain_3 Three"]
    await expect(page.locator("#chain_1_limit")).to_have_text("496 characters left")
    await expect(page.locator("#draft-state")).to_have_text("Draft saved")
    await page.goto(f"{town.base_url}/compose")
    assert await texts_of(page) == ["chain_1 Four", "chain_2 Two", "chain_3 Three"]
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.get_by_text("Thread sent.")).to_be_visible()
    shown = await page.locator("article.post .content").all_inner_texts()
    assert shown[-4:] == ["One of a moved thread", "Four", "Two", "Three"]
    assert not heard


async def test_the_poll_of_a_thread_says_where_it_stays(town: Server, visit: Visit) -> None:
    page = await visit("ana", viewport=DESK)
    await begin(page, town, "One with a poll")
    await page.locator("summary[title=Poll]").click()
    await page.get_by_label("Option 1").fill("Tea")
    hint = page.locator(".hint", has_text="The poll stays with the first post.")
    await expect(hint).to_be_hidden()
    await page.get_by_role("button", name="Add another post").click()
    await page.keyboard.type("Two")
    await expect(hint).to_be_visible()
    await page.locator(".part").get_by_role("button", name="Move up").click()
    await expect(page.locator("textarea[name=text]")).to_have_value("Two")
    await expect(page.locator(".parts-said")).to_have_text(
        "This is post 1 of 2 now. The poll stays with the first post."
    )
    await page.locator("summary[title=Poll]").click()
    await page.locator(".part").get_by_role("button", name="Move up").click()
    await expect(page.locator(".parts-said")).to_have_text("This is post 1 of 2 now.")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_a_removed_post_of_a_thread_comes_back(town: Server, visit: Visit, size: ViewportSize) -> None:
    page = await visit("ana", viewport=size)
    await begin(page, town, "One of a shorter thread", "Two", "Three", "")
    await page.locator(".part").nth(2).get_by_role("button", name="Remove").click()
    # an empty one goes at once
    await expect(page.get_by_label("Post 3")).to_be_focused()
    await expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    await page.locator(".part").nth(0).get_by_role("button", name="Remove").click()
    undo = page.get_by_role("button", name="Undo")
    await expect(undo).to_be_focused()
    await expect(page.get_by_label("Post 2")).to_have_value("Three")
    await shoot(page, f"removed-{size['width']}")
    assert await faults_of(page) == []
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Post 2")).to_be_focused()
    assert await texts_of(page) == ["chain_1 Two", "chain_2 Three"]
    await page.locator(".part").nth(0).get_by_role("button", name="Remove").click()
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.get_by_text("Thread sent.")).to_be_visible()
    shown = await page.locator("article.post .content").all_inner_texts()
    assert shown[-2:] == ["One of a shorter thread", "Three"]
