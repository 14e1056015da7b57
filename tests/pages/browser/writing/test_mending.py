"""Errors of a refused form, in a real browser: each goes when its field is changed."""

import pytest
from playwright.async_api import expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.writing.test_chains import begin
from tests.pages.posts.test_writing import picture
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_a_missing_text_is_forgiven_at_the_first_letter(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    await page.goto(f"{town.base_url}/compose")
    post, text = page.get_by_role("button", name="Post", exact=True), page.locator("textarea[name=text]")
    error = page.locator("#id_text_error")
    await post.click()
    await expect(error).to_be_visible()
    await expect(text).to_have_attribute("aria-invalid", "true")
    await page.locator("summary", has_text="Content warning").click()
    await page.keyboard.type("Birds")
    await expect(error).to_be_visible()
    await text.press("x")
    await expect(error).to_have_count(0)
    await expect(text).not_to_have_attribute("aria-invalid", "true")
    await expect(text).to_have_accessible_description("499 characters left")
    await text.press("Backspace")
    await post.click()
    await expect(error).to_be_visible()
    # a picture needs no words
    async with page.expect_file_chooser() as chooser:
        await page.locator(".tools > .files > summary").click()
    await (await chooser.value).set_files([{"name": "a.png", "mimeType": "image/png", "buffer": picture()}])
    await expect(error).to_have_count(0)


async def test_the_box_goes_with_the_part_that_was_too_long(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    await begin(page, town, "One", "Two", "Three")
    await page.get_by_label("Post 3").fill("x" * 501)
    await page.get_by_role("button", name="Post", exact=True).click()
    box = page.get_by_role("alert").filter(has_text="Post 3 of your thread is too long")
    await expect(box).to_be_visible()
    await page.locator("textarea[name=text]").press("x")
    await page.locator(".part").nth(0).get_by_role("button", name="Move down").click()
    await expect(box).to_be_visible()
    await page.get_by_label("Post 2").fill("Shorter")
    await expect(box).to_have_count(0)


async def test_a_post_for_nobody_is_forgiven_with_its_audience(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    await page.goto(f"{town.base_url}/compose?private")
    await page.locator("textarea[name=text]").fill("For whom?")
    await page.get_by_role("button", name="Post", exact=True).click()
    box = page.get_by_role("alert").filter(has_text="This post mentions nobody")
    await expect(box).to_be_visible()
    await page.locator("button.pill").first.click()
    await page.get_by_role("radio", name="Public").click()
    await expect(box).to_have_count(0)
