"""The panels and the row of tools of the composer in a real browser: focus, order and room."""

import pytest
from playwright.async_api import Page, ViewportSize, expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import DESK, PHONE, faults_of, let_in, listen
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def _top(page: Page, selector: str) -> float:
    box = await page.locator(selector).first.bounding_box()
    assert box
    return box["y"]


@pytest.mark.parametrize("size", [DESK, PHONE])
async def test_a_panel_opens_with_its_first_field_and_the_tools_stay_together(
    town: Server, visit: Visit, size: ViewportSize
) -> None:
    page = await visit("ana", viewport=size)
    heard = listen(page)
    await page.goto(f"{town.base_url}/compose")
    for name, field in (("Content warning", "content_warning"), ("Poll", "option_1")):
        await page.locator("summary", has_text=name).click()
        await expect(page.locator(f"[name={field}]")).to_be_focused()
    tools = [".tools > .files > summary", ".tools > [name=add_post]", ".tools > .tool[aria-controls]"]
    tops = [await _top(page, one) for one in tools]
    panels = [await _top(page, f"[name={one}]") for one in ("content_warning", "option_2", "poll_seconds")]
    assert max(panels) < min(tops)
    assert max(tops) - min(tops) < 2, tops
    await page.locator("summary", has_text="Content warning").click()
    await expect(page.locator("[name=content_warning]")).to_be_hidden()
    options = page.locator("[name^=option_]:visible")
    await expect(options).to_have_count(2)
    await page.locator("[name=option_1]").fill("One")
    await expect(options).to_have_count(2)
    await page.locator("[name=option_2]").fill("Two")
    await expect(options).to_have_count(3)
    await page.locator("[name=option_3]").fill("Three")
    await expect(options).to_have_count(4)
    assert await faults_of(page) == []
    await expect(page.locator("#draft-state")).to_have_text("Draft saved")
    await page.reload()
    await expect(options).to_have_count(4)
    await page.get_by_role("button", name="Discard draft").click()
    assert not heard


async def test_saving_the_draft_moves_nothing(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    await page.goto(f"{town.base_url}/home")
    face = await page.locator(".start .avatar").bounding_box()
    words = await page.locator(".start > span:not(.avatar)").bounding_box()
    await page.get_by_role("link", name="What's going on?").click()
    await expect(page.locator("#text-limit .ring")).to_be_visible()
    await expect(page.locator("input[name=draft]")).not_to_have_value("")
    assert await page.locator(".composing .avatar").bounding_box() == face
    text = await page.locator(".composing textarea[name=text]").bounding_box()
    assert text
    assert words
    assert text["x"] == words["x"]
    before = await _top(page, "main > .feed > article")
    for state in ("", "Draft saved"):
        await page.locator(".composing textarea[name=text]").press("a")
        await expect(page.locator("#draft-state")).to_have_text(state)
        assert await _top(page, "main > .feed > article") == before
    await expect(page.get_by_role("button", name="Draft saved")).to_be_visible()
    await page.reload()
    await page.get_by_role("link", name="What's going on?").click()
    note = await page.get_by_role("button", name="Discard draft").bounding_box()
    close = await page.locator(".composing .close-box").bounding_box()
    assert note
    assert close
    assert note["x"] + note["width"] <= close["x"]
    await page.get_by_role("button", name="Discard draft").click()
    await expect(page.locator("#toast")).to_have_text("Draft deleted.")


async def test_a_picture_is_chosen_at_once_and_a_date_schedules(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    await page.goto(f"{town.base_url}/compose")
    async with page.expect_file_chooser():
        await page.locator("summary", has_text="Pictures, video or audio").click()
    await expect(page.get_by_role("button", name="Add files")).to_be_hidden()
    await page.locator("summary", has_text="Publish later").click()
    send = page.locator(".send > button:not([name])")
    await expect(send).to_have_text("Post")
    await page.locator("[name=scheduled_at]").fill("2099-01-01T12:00")
    await expect(send).to_have_text("Schedule")
    await page.locator("[name=scheduled_at]").fill("")
    await expect(send).to_have_text("Post")
    await page.get_by_role("button", name="Who can see it").click()
    menu = page.get_by_role("dialog", name="Who can see it")
    await expect(menu).to_contain_text("Only those who follow you")
    await expect(menu.get_by_role("radio", name="Followers only")).to_have_accessible_description(
        "Only those who follow you, and people you mention."
    )
    assert await faults_of(page) == []


async def test_without_scripts_a_poll_has_all_its_options(town: Server, page_without_scripts: Page) -> None:
    page = page_without_scripts
    await let_in(page, town, "ana")
    await page.goto(f"{town.base_url}/compose")
    await page.locator("summary", has_text="Poll").click()
    await expect(page.locator("[name^=option_]:visible")).to_have_count(4)


@pytest.mark.parametrize("language", ["de", "uk", "fr"])
async def test_the_head_of_the_composer_is_one_line_on_a_phone(
    town: Server, visit: Visit, language: str
) -> None:
    page = await visit("ana", viewport=PHONE, locale=language)
    await page.goto(f"{town.base_url}/compose")
    await expect(page.locator("html")).to_have_attribute("lang", language)
    head = await page.locator(".page-head").bounding_box()
    assert head
    assert head["height"] < 64
    assert await faults_of(page) == []
