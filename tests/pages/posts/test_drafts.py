"""In a real browser: what was typed in the composer is there again, and times are the reader's own."""

import datetime as dt
import re
from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, Page, expect

from tests.pages.browser.town import eventually, let_in
from tests.pages.posts.test_writing import picture
from tests.pages.seed import PASSWORD
from tests.support.browser import new_context
from tests.support.servers import Server, running_server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


@pytest.fixture(scope="module")
async def town(anyio_backend: object) -> AsyncIterator[Server]:
    async with running_server() as server:
        await server.set_up("ana", "ana@example.com", PASSWORD)
        yield server


@pytest.fixture
async def ana(town: Server, chromium_process: Browser) -> AsyncIterator[tuple[Page, Server]]:
    """A browser of each test's own, which keeps the drafts."""
    context = await new_context(chromium_process, timezone_id="Asia/Kathmandu", locale="en-GB")
    page = await context.new_page()
    await let_in(page, town, "ana")
    yield page, town
    await context.close()


async def _kept(page: Page) -> int:
    return int(
        await page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:')).length")
    )


async def test_drafts_and_times(ana: tuple[Page, Server]) -> None:
    page, server = ana
    compose = f"{server.base_url}/compose"
    await page.goto(compose)
    await page.locator("textarea[name=text]").press_sequentially("Half a thought")
    await page.locator("summary", has_text="Content warning").click()
    await page.locator("input[name=content_warning]").press_sequentially("Unfinished")
    await page.goto(f"{server.base_url}/home")
    await page.goto(compose)
    await expect(page.locator("textarea[name=text]")).to_have_value("Half a thought")
    await expect(page.locator("input[name=content_warning]")).to_have_value("Unfinished")
    await expect(page.get_by_text("Your draft was restored.")).to_be_visible()

    # a form that was refused keeps its draft; one that arrived does not
    await page.locator("select[name=visibility]").select_option("3")
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("mentions nobody")
    assert await _kept(page) == 1
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.get_by_text("Post sent.")).to_be_visible()
    await page.goto(compose)
    await expect(page.locator("textarea[name=text]")).to_have_value("")
    assert await _kept(page) == 0
    await page.go_back()
    assert await page.locator("article.focus details.warning").get_attribute("open") is None

    written = await page.locator("article.focus time").first.inner_text()
    there = await page.evaluate(
        "new Intl.DateTimeFormat('en-GB', {dateStyle: 'long', timeStyle: 'short', timeZone: 'Asia/Kathmandu'})"
        ".format(new Date(document.querySelector('article.focus time').dateTime))"
    )
    assert written == there

    # another reply has a draft of its own, which can be discarded and ends with the session
    reply = f"{server.base_url}{await page.locator('article.focus a.act.reply').get_attribute('href')}"
    await page.goto(reply)
    await expect(page.locator("textarea[name=text]")).to_have_value("")
    await page.locator("textarea[name=text]").press_sequentially("A reply")
    await page.goto(compose)
    await expect(page.locator("textarea[name=text]")).to_have_value("")
    await page.goto(reply)
    await expect(page.locator("textarea[name=text]")).to_have_value("A reply")
    await page.get_by_role("button", name="Discard draft").click()
    await expect(page.locator("textarea[name=text]")).to_have_value("")
    assert await _kept(page) == 0
    await page.locator("textarea[name=text]").press_sequentially("Again")
    await page.goto(f"{server.base_url}/home")
    assert await _kept(page) == 1
    await page.locator(".switcher summary").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    assert await _kept(page) == 0


async def test_a_draft_keeps_what_was_chosen_and_nothing_of_old_settings(ana: tuple[Page, Server]) -> None:
    page, server = ana
    compose, policy = f"{server.base_url}/compose", page.locator("select[name=quote_policy] option:checked")

    async def by_default(label: str) -> None:
        await page.goto(f"{server.base_url}/settings/posting")
        # which saves itself
        async with page.expect_response(f"{server.base_url}/settings/posting"):
            await page.locator("select[name=default_quote_policy]").select_option(label=label)

    await by_default("Everyone")
    await page.goto(compose)
    await page.locator("textarea[name=text]").fill("Half a thought")
    await by_default("Only me")
    await page.goto(compose)
    await expect(page.locator("textarea[name=text]")).to_have_value("Half a thought")
    await expect(policy).to_have_text("Only me")
    await page.locator("select[name=quote_policy]").select_option(label="My followers")
    await by_default("Everyone")
    await page.goto(compose)
    await expect(policy).to_have_text("My followers")
    # a form that came back, too
    await page.locator("select[name=visibility]").select_option("3")
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("mentions nobody")
    await page.locator("textarea[name=text]").press_sequentially(" and more")
    await by_default("Only me")
    await page.goto(compose)
    await expect(page.locator("textarea[name=text]")).to_have_value("Half a thought and more")
    await expect(policy).to_have_text("My followers")
    await expect(page.locator("select[name=visibility]")).to_have_value("3")


async def test_times_are_typed_in_the_zone_of_the_reader(ana: tuple[Page, Server]) -> None:
    page, server = ana
    await page.goto(f"{server.base_url}/admin/announcements")
    await expect(page.locator("[data-zone]")).to_have_text(re.compile(r"^\(your time, Asia/Kath?mandu\)$"))
    await page.fill("textarea[name=content]", "We rest")
    await page.fill("input[name=ends_at]", "2036-01-31T18:00")
    await page.get_by_role("button", name="Publish").click()
    await expect(page.get_by_text("It is shown until 31 January 2036 at 18:00.")).to_be_visible()
    await expect(page.locator("article time[data-shape=full]")).to_have_attribute(
        "datetime", "2036-01-31T12:15:00Z"
    )
    # a date that comes back with a draft is in the same zone
    compose = f"{server.base_url}/compose"
    await page.goto(compose)
    await page.locator("textarea[name=text]").fill("Later")
    await page.locator("summary", has_text="Publish later").click()
    await page.fill("input[name=scheduled_at]", "2026-12-31T18:00")
    await page.goto(f"{server.base_url}/admin/announcements")
    # who points at a time reads all of it
    made = page.locator("article time[title]")
    instant = dt.datetime.fromisoformat(str(await made.get_attribute("datetime")))
    there = instant.astimezone(ZoneInfo("Asia/Kathmandu"))
    await expect(made).to_have_attribute("title", re.compile(" UTC$"))
    await made.hover()
    await expect(made).to_have_attribute("title", f"{there:%-d %B %Y at %H:%M}")
    await page.goto(compose)
    await expect(page.locator("input[name=scheduled_at]")).to_have_value("2026-12-31T18:00")
    await expect(page.locator("input[name=utc_offset]")).to_have_value("-345")


async def test_an_edit_keeps_its_draft_until_it_is_saved(ana: tuple[Page, Server]) -> None:
    page, server = ana
    text = page.locator("textarea[name=text]")
    await page.goto(f"{server.base_url}/compose")
    await text.fill("First version")
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.get_by_text("Post sent.")).to_be_visible()
    post = await page.locator("article.focus").get_attribute("id")
    assert post
    edit = f"{server.base_url}/posts/{post.removeprefix('post-')}/edit"
    await page.goto(edit)
    assert await _kept(page) == 0
    await text.fill("Second version, not saved yet")
    await page.goto(f"{server.base_url}/home")
    await page.goto(f"{server.base_url}/compose")
    await expect(text).to_have_value("")
    await page.goto(edit)
    await expect(text).to_have_value("Second version, not saved yet")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Post saved.")).to_be_visible()
    await page.goto(edit)
    await expect(text).to_have_value("Second version, not saved yet")
    await expect(page.get_by_text("Your draft was restored.")).to_have_count(0)
    assert await _kept(page) == 0


async def test_a_draft_begun_in_one_browser_is_continued_in_another(
    ana: tuple[Page, Server], chromium_process: Browser
) -> None:
    page, server = ana
    await page.goto(f"{server.base_url}/compose")
    await page.locator("textarea[name=text]").press_sequentially("Begun on the phone")
    await expect(page.locator("#draft-state")).to_have_text("Draft saved")
    other = await new_context(chromium_process)
    await other.add_cookies(await page.context.cookies())  # type: ignore[arg-type]
    desk = await other.new_page()
    await desk.goto(f"{server.base_url}/drafts")
    await desk.locator("article", has_text="Begun on the phone").get_by_role("link", name="Continue").click()
    await expect(desk.locator("textarea[name=text]")).to_have_value("Begun on the phone")
    await desk.locator("textarea[name=text]").press_sequentially(", sent from the desk")
    await desk.get_by_role("button", name="Post", exact=True).click()
    await expect(desk.locator("article.focus .content")).to_contain_text("sent from the desk")
    await desk.goto(f"{server.base_url}/drafts")
    await expect(desk.locator("article", has_text="Begun on the phone")).to_have_count(0)
    await page.locator("textarea[name=text]").press_sequentially("!")
    await page.wait_for_timeout(3500)
    await desk.reload()
    await expect(desk.locator("article", has_text="Begun on the phone")).to_have_count(0)
    await other.close()


async def test_a_page_that_is_left_at_once_leaves_one_draft(ana: tuple[Page, Server]) -> None:
    """The save on leaving makes a draft whose id the page never learns."""
    page, server = ana
    drafts = page.locator("article", has_text="at once")
    for ends in ("Post", "Discard draft"):
        await page.goto(f"{server.base_url}/compose")
        await page.locator("textarea[name=text]").fill(f"Left at once, then {ends}")
        await page.wait_for_timeout(500)  # typed, and not saved on the server yet
        await page.goto(f"{server.base_url}/home")

        async def is_saved() -> None:
            await page.goto(f"{server.base_url}/drafts")
            await expect(drafts).to_have_count(1, timeout=500)

        await eventually(is_saved)
        await page.goto(f"{server.base_url}/compose")
        await expect(page.get_by_text("Your draft was restored.")).to_be_visible()
        await expect(page.locator("#draft-state")).to_have_text("Draft saved")
        await page.get_by_role("button", name=ends, exact=True).click()
        if ends == "Post":
            await expect(page.get_by_text("Post sent.")).to_be_visible()
        else:
            await expect(page.get_by_text("Your draft was restored.")).to_have_count(0)

        async def is_gone() -> None:
            """Nobody waits for the request that discards it."""
            await page.goto(f"{server.base_url}/drafts")
            await expect(drafts).to_have_count(0, timeout=500)

        await eventually(is_gone)


def _picture(colour: str) -> dict[str, object]:
    return {"name": f"{colour}.png", "mimeType": "image/png", "buffer": picture(colour)}


async def test_files_are_uploaded_while_somebody_writes(ana: tuple[Page, Server]) -> None:
    page, server = ana
    await page.goto(f"{server.base_url}/compose")
    async with page.expect_file_chooser() as chooser:
        await page.locator("summary", has_text="Pictures, video or audio").click()
    files = [_picture("red"), _picture("green")]
    await (await chooser.value).set_files(files)  # type: ignore[arg-type]
    rows = page.locator(".file-row")
    await expect(page.locator(".file-row > img")).to_have_count(2)
    first = await rows.nth(0).locator("[name=media]").input_value()
    await rows.nth(0).get_by_label("More: Description").click()
    await rows.nth(0).get_by_role("button", name="Later").click()
    await page.keyboard.press("Escape")
    assert await rows.nth(1).locator("[name=media]").input_value() == first
    await rows.nth(0).locator("textarea").fill("The green one")
    await expect(page.locator("#draft-state")).to_have_text("Draft saved")
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="Add files").click()
    await (await chooser.value).set_files({"name": "a.png", "mimeType": "image/png", "buffer": b"not one"})
    await expect(page.get_by_role("alert").filter(has_text="a.png")).to_be_visible()
    await expect(rows).to_have_count(2)
    await page.goto(f"{server.base_url}/compose")
    await page.get_by_role("link", name="Continue your draft").click()
    await expect(rows).to_have_count(2)
    await rows.nth(1).get_by_label("More: Description").click()
    await rows.nth(1).get_by_label("Remove this file").click()
    await expect(rows).to_have_count(1)
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.locator("article.focus img[alt='The green one']")).to_be_visible()
