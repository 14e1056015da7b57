"""Files and warnings of the further posts of a thread, in a real browser."""

import pytest
from playwright.async_api import Page, ViewportSize, expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import DESK, PHONE, faults_of, listen
from tests.pages.browser.writing.test_chains import begin, shoot
from tests.pages.posts.test_writing import picture
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers, pytest.mark.slow]


async def choose(page: Page, post: int, *names: str) -> None:
    """Choose pictures for a further post."""
    async with page.expect_file_chooser() as chooser:
        await page.locator(".part").nth(post - 2).locator(".files > summary").click()
    files = [{"name": name, "mimeType": "image/png", "buffer": picture()} for name in names]
    await (await chooser.value).set_files(files)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_pictures_go_with_their_post(town: Server, visit: Visit, size: ViewportSize) -> None:
    page = await visit("ana", viewport=size)
    heard = listen(page)
    await begin(page, town, "One with pictures later", "Two", "Three")
    await choose(page, 3, "a.png", "b.png")
    part = page.locator(".part").nth(1)
    await part.get_by_label("Description of file 1").fill("The first picture")
    await part.get_by_label("Description of file 2").fill("The second picture")
    await part.locator("summary", has_text="Content warning").click()
    await expect(part.get_by_label("Content warning", exact=True)).to_be_focused()
    await page.keyboard.type("Birds")
    await shoot(page, f"files-{size['width']}")
    assert await faults_of(page) == []
    row = part.locator(".file-row").nth(1)
    await row.locator(".menu > summary").click()
    await row.get_by_role("button", name="Earlier").press("Enter")
    await page.keyboard.press("Escape")  # the menu may be above the next button
    await expect(row.locator(".menu[open]")).to_have_count(0)
    await expect(part.locator(".file-row textarea").first).to_have_value("The second picture")
    await part.get_by_role("button", name="Move up").click()
    first = page.locator(".part").nth(0)
    assert (
        await first.locator("[type=hidden]").evaluate_all("all => all.map(one => one.name)")
        == ["media_1"] * 2
    )
    await first.get_by_role("button", name="Remove").click()
    await expect(page.locator(".file-row")).to_have_count(0)
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator(".file-row")).to_have_count(2)
    await expect(page.locator("#draft-state")).to_have_text("Draft saved")
    await page.goto(f"{town.base_url}/compose")
    await page.get_by_role("link", name="Continue your draft").click()
    first = page.locator(".part").nth(0)
    await expect(first.locator(".file-row textarea").first).to_have_value("The second picture")
    await expect(first.get_by_label("Content warning", exact=True)).to_have_value("Birds")
    # uploads.js again, for a form with files
    await choose_more(page, first)
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.get_by_text("Thread sent.")).to_be_visible()
    posts = page.locator("article.post", has=page.locator(".content"))
    three = posts.filter(has_text="Birds").last
    await expect(three.locator(".media img")).to_have_count(3)
    address = await three.locator("time").locator("..").get_attribute("href") or ""
    status = await (
        await page.context.request.get(f"{town.base_url}/api/v1/statuses/{address.rpartition('/')[2]}")
    ).json()
    assert [file["description"] for file in status["media_attachments"]] == [
        "The second picture",
        "The first picture",
        "The third picture",
    ]
    assert (status["content"], status["spoiler_text"]) == ("<p>Three</p>", "Birds")
    assert all("422" in line for line in heard), "the reminder alone"


async def choose_more(page: Page, part: object) -> None:
    async with page.expect_file_chooser() as chooser:
        await part.get_by_role("button", name="Add files").click()  # type: ignore[attr-defined]
    await (await chooser.value).set_files([{"name": "c.png", "mimeType": "image/png", "buffer": picture()}])
    await expect(page.locator(".file-row [name=media_1]")).to_have_count(3)
    await page.get_by_role("button", name="Post", exact=True).click()
    # the reminder is for further posts, too
    missing = page.get_by_role("textbox", name="Description of file 3")
    await expect(page.get_by_text("Describe this file.")).to_be_visible()
    await missing.fill("The third picture")


async def test_what_is_pasted_goes_into_the_post_with_the_caret(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    await begin(page, town, "One with a paste", "Two", "Three")
    await page.evaluate(
        """([bytes]) => {
          const clipboardData = new DataTransfer();
          clipboardData.items.add(new File([new Uint8Array(bytes)], "p.png", { type: "image/png" }));
          for (const name of ["chain_1", "text"]) {
            document.querySelector(`textarea[name=${name}]`).dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
          }
        }""",
        [list(picture())],
    )
    await expect(page.locator(".part").nth(0).locator(".file-row [name=media_1]")).to_have_count(1)
    await expect(page.locator(".composer > .tools .file-row [name=media]")).to_have_count(1)


async def test_the_second_post_becomes_the_first_with_its_files(town: Server, visit: Visit) -> None:
    page = await visit("ana", viewport=PHONE)
    heard = listen(page)
    await begin(page, town, "One", "Two", "Three")
    await choose(page, 2, "a.png")
    part = page.locator(".part").first
    await part.get_by_role("textbox", name="Description").fill("A picture of two")
    await page.locator(".composer > .tools summary", has_text="Content warning").click()
    await page.locator("[name=content_warning]").fill("Birds")
    await part.locator("summary", has_text="Content warning").click()
    await part.get_by_label("No warning, though the first post has one").check()
    await shoot(page, "bare-390")
    assert await faults_of(page) == []
    await part.get_by_role("button", name="Move up").click()
    await expect(page.locator("textarea[name=text]")).to_have_value("Two")
    await expect(page.locator(".composer > .tools .file-row textarea")).to_have_value("A picture of two")
    await expect(page.locator("[name=content_warning]")).to_have_value("")
    assert await page.locator(".parts [name^=warning_]").evaluate_all("all => all.map(one => one.value)") == [
        "Birds",
        "Birds",
    ]
    await expect(part.locator(".file-row")).to_have_count(0)
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.get_by_text("Thread sent.")).to_be_visible()
    first = page.locator("article.focus")
    await expect(first.locator(".media img")).to_have_attribute("alt", "A picture of two")
    await expect(first.locator("details.warning")).to_have_count(0)
    await expect(page.locator("article.post:not(.focus) details.warning summary")).to_have_count(2)
    assert heard == []
