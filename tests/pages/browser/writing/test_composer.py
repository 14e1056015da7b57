"""The composer in a real browser: threads written as a chain."""

import asyncio
import datetime as dt
import re

import pytest
from playwright.async_api import Browser, Page, Route, ViewportSize, expect

from core import clock
from tests.pages.browser.conftest import Visit
from tests.pages.browser.line import context_with_line, keep_home
from tests.pages.browser.town import DESK, PHONE, faults_of, let_in, listen, sign_in, write
from tests.pages.posts.test_writing import picture
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def test_a_thread_survives_a_reload_and_is_sent(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    heard = listen(page)
    await page.goto(f"{town.base_url}/compose")
    await page.locator("textarea[name=text]").fill("The first of three")
    for words in ("The second", "The third"):
        await page.get_by_role("button", name="Add another post").click()
        await page.keyboard.type(words)
    await expect(page.locator("#chain_2_limit")).to_have_text("491 characters left")
    await expect(page.locator("#draft-state")).to_have_text("Draft saved")
    await page.goto(f"{town.base_url}/compose")
    await expect(page.get_by_text("Your draft was restored.")).to_be_visible()
    await expect(page.locator("textarea[name=chain_2]")).to_have_value("The third")
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.get_by_text("Thread sent.")).to_be_visible()
    for words in ("The second", "The third"):
        await expect(page.get_by_text(words, exact=True)).to_be_visible()
    assert not heard


async def test_a_gap_in_a_thread_survives_a_reload(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    await page.goto(f"{town.base_url}/compose")
    await page.locator("textarea[name=text]").fill("A head")
    for _ in range(3):
        await page.get_by_role("button", name="Add another post").click()
    await page.keyboard.type("The tail")
    await expect(page.locator("#draft-state")).to_have_text("Draft saved")
    await page.goto(f"{town.base_url}/compose")
    await expect(page.locator("textarea[name=chain_3]")).to_have_value("The tail")
    await expect(page.locator("#chain_3_limit")).to_have_text("492 characters left")
    await page.get_by_role("button", name="Discard draft").click()


async def test_pills_are_menus_and_post_stays_in_sight_on_a_phone(town: Server, visit: Visit) -> None:
    page = await visit("ana", viewport=PHONE)
    heard = listen(page)
    await page.goto(f"{town.base_url}/home")
    await page.get_by_role("link", name="What's going on?").click()
    await page.wait_for_url("**/compose?next=/home")
    await expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    await page.locator("textarea[name=text]").fill("Written on a phone")
    await page.get_by_role("button", name="Who can see it: Public").click()
    menu = page.get_by_role("dialog", name="Who can see it")
    await expect(menu.get_by_role("radio", name="Public")).to_be_focused()
    assert await faults_of(page) == []
    await menu.get_by_role("radio", name="Followers only").click()
    await expect(menu).to_be_hidden()
    await expect(page.get_by_role("button", name="Who can see it: Followers only")).to_be_focused()
    await expect(page.locator("select[name=visibility]")).to_have_value("2")
    await page.get_by_role("button", name="Language: My default").click()
    await page.get_by_role("searchbox").fill("deut")
    await page.get_by_role("radio", name="Deutsch").press("Space")
    await expect(page.get_by_role("button", name="Language: Deutsch")).to_be_focused()
    await page.set_viewport_size({"width": PHONE["width"], "height": 340})  # a keyboard came up
    post = page.get_by_role("button", name="Post", exact=True)
    await expect(post).to_be_in_viewport(ratio=1)
    await post.click()
    await expect(page.get_by_text("Post sent.")).to_be_visible()
    await expect(page.get_by_text("Written on a phone")).to_be_visible()
    assert not heard


async def test_the_composer_is_compact_and_its_ring_fills(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    await page.goto(f"{town.base_url}/home")
    await page.get_by_role("link", name="What's going on?").click()
    form = page.locator("form.composer")
    await expect(form.get_by_role("button", name="Language: My default")).to_be_visible()
    box = await form.bounding_box()
    assert box
    assert box["height"] < 200
    rest = page.locator("#text-limit > span").nth(1)
    await expect(rest).to_have_class("visually-hidden")
    await page.locator("textarea[name=text]").fill("👩‍👩‍👧" * 450)  # one grapheme each
    await expect(rest).to_have_text("50")
    await page.locator("textarea[name=text]").press("a")
    await expect(rest).to_have_text("49")
    await expect(rest).not_to_have_class("visually-hidden")
    part = await page.locator("#text-limit .ring").evaluate("ring => ring.style.getPropertyValue('--part')")
    assert part.startswith("90.2")
    await page.set_viewport_size(PHONE)
    for pill in await form.locator(".pill").all():
        await expect(pill).to_be_in_viewport(ratio=1)


async def test_several_files_are_numbered_before_anything_is_sent(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    await page.goto(f"{town.base_url}/compose")
    async with page.expect_file_chooser() as chooser:
        await page.locator("summary", has_text="Pictures, video or audio").click()
    files = [{"name": f"{name}.png", "mimeType": "image/png", "buffer": picture()} for name in "ab"]
    await (await chooser.value).set_files(files)  # type: ignore[arg-type]
    for number in (1, 2):
        await expect(page.get_by_role("textbox", name=f"Description of file {number}")).to_be_visible()


async def test_the_first_of_several_files_has_the_focus(town: Server, visit: Visit) -> None:
    """Also if it arrives last."""
    page = await visit("ana")
    arrived = asyncio.Event()
    sent = 0

    async def first_is_last(route: Route) -> None:
        nonlocal sent
        sent += 1
        if sent == 1:
            await arrived.wait()
        await route.continue_()

    await page.route("**/compose/upload", first_is_last)
    await page.goto(f"{town.base_url}/compose")
    async with page.expect_file_chooser() as chooser:
        await page.locator("summary", has_text="Pictures, video or audio").click()
    files = [{"name": f"{name}.png", "mimeType": "image/png", "buffer": picture()} for name in "abc"]
    await (await chooser.value).set_files(files)  # type: ignore[arg-type]
    described = page.get_by_role("textbox", name="Description of file")
    await expect(described).to_have_count(2)
    await expect(page.locator(".file-row textarea:focus")).to_have_count(0)
    arrived.set()
    await expect(described).to_have_count(3)
    await expect(described.first).to_be_focused()


async def test_an_emptied_date_leaves_only_post_now(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    await page.goto(f"{town.base_url}/compose")
    await page.fill("textarea[name=text]", "Some day")
    await page.locator("summary", has_text="Publish later").click()
    await page.get_by_label("Date and time").fill(f"{clock.now() + dt.timedelta(days=2):%Y-%m-%dT%H:%M}")
    await page.get_by_role("button", name="Schedule", exact=True).click()
    await page.locator("article", has_text="Some day").get_by_role("link", name="Edit").click()
    save, now = (page.get_by_role("button", name=name, exact=True) for name in ("Save", "Post now"))
    await expect(save).to_be_visible()
    await expect(now).to_be_visible()
    await page.get_by_label("Date and time").fill("")
    await expect(save).to_be_hidden()
    await now.click()
    await expect(page.get_by_text("It will be published in a moment.")).to_be_visible()


async def test_a_click_on_a_picture_sets_its_focus(town: Server, visit: Visit) -> None:
    page = await visit("ana")
    heard = listen(page)
    await page.goto(f"{town.base_url}/compose")
    async with page.expect_file_chooser() as chooser:
        await page.locator("summary", has_text="Pictures, video or audio").click()
    file = {"name": "a.png", "mimeType": "image/png", "buffer": picture()}
    await (await chooser.value).set_files([file])  # type: ignore[list-item]
    await expect(page.get_by_label("Description", exact=True)).to_be_focused()
    await page.keyboard.type("Dots")
    row = await page.locator(".file-row").bounding_box()
    assert row
    assert row["height"] < 110  # a thumbnail, its words, and a menu for the rest
    choice = page.get_by_label("Focus")
    await page.get_by_label("More: Description").click()
    await expect(choice).to_have_value("0,0")
    focus = page.locator(".focal img")
    await focus.scroll_into_view_if_needed()
    box = await focus.bounding_box()
    assert box
    await focus.click(position={"x": box["width"] * 0.75, "y": box["height"] * 0.25})
    await expect(choice.locator("option:checked")).to_have_text("Chosen in the picture")
    x, y = map(float, (await choice.input_value()).split(","))
    assert abs(x - 0.5) < 0.1
    assert abs(y - 0.5) < 0.1
    await expect(page.locator(".focus-dot")).to_be_visible()
    assert await faults_of(page) == []
    await choice.select_option(label="Left")
    await page.locator("textarea[name=text]").fill("A picture with a focus")  # the focus closes the menu
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.get_by_text("Post sent.")).to_be_visible()
    await page.goto(page.url.replace("/@ana/", "/posts/") + "/edit")
    await expect(page.locator("select[name^=focus_]")).to_have_value("-0.7,0")
    assert not heard


async def test_the_reply_box_places_the_cursor_after_the_names(town: Server, visit: Visit) -> None:
    """Before them it would be `words@ana`, which mentions nobody."""
    address = await write(await visit("ana"), town, "Answer this by the keyboard")
    other = await visit("bob")
    await other.goto(address)
    box = other.get_by_label("Your reply")
    await box.evaluate("box => box.focus()")
    await other.keyboard.type("by keys")
    # what was typed into the box goes with it into the composer
    composer = other.locator("main > .feed > .composing textarea[name=text]")
    await expect(composer).to_have_value(re.compile(r"^@ana\S* by keys$"))
    await other.keyboard.press("Control+Enter")
    await expect(other.locator("article .content", has_text="by keys")).to_be_visible()


@pytest.mark.parametrize("size", [DESK, PHONE])
async def test_a_reply_is_written_under_its_post(town: Server, visit: Visit, size: ViewportSize) -> None:
    """On a phone over the whole screen. It is sent without leaving the page; what is closed stays a draft."""
    page = await visit("ana", viewport=size)
    heard = listen(page)
    await page.goto(f"{town.base_url}/home")
    await page.get_by_role("link", name="What's going on?").click()
    await page.locator("textarea[name=text]").fill(f"To be answered at {size['width']}")
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.get_by_text("Post sent.")).to_be_visible()
    await page.goto(f"{town.base_url}/home")
    post = page.locator("article.post").first
    await expect(post).to_contain_text("To be answered")
    reply = post.get_by_role("link", name="Reply", exact=True)
    await page.evaluate("window.isSame = true")
    await reply.click()
    form = page.get_by_role("form", name="Reply to Ana")
    text = form.locator("textarea[name=text]")
    await expect(text).to_be_focused()
    await expect(form.get_by_role("button", name="Who can see it: Public")).to_be_visible()
    assert await faults_of(page) == []
    await page.keyboard.type("Half a reply")
    await expect(page.locator("#draft-state")).to_have_text("Draft saved")
    await page.keyboard.press("Escape")
    await expect(form).to_be_hidden()
    await expect(reply).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(text).to_have_value("Half a reply")
    await expect(form.locator("#text-limit")).to_contain_text("488")
    if size is PHONE:
        await page.set_viewport_size({"width": PHONE["width"], "height": 340})  # a keyboard came up
    send = form.get_by_role("button", name="Reply", exact=True)
    await expect(send).to_be_in_viewport(ratio=1)
    await text.fill("x" * 501)
    await send.click()
    await expect(form.locator("#id_text_error")).to_be_visible()
    await text.fill("A whole reply")
    await send.click()
    toast = page.locator("#toast")
    await expect(toast).to_contain_text("Post sent.")
    await expect(form).to_be_hidden()
    assert page.url == f"{town.base_url}/home"
    assert await page.evaluate("window.isSame")
    await toast.get_by_role("link", name="View").click()
    await expect(page.locator("article.focus .content")).to_have_text("A whole reply")
    await page.locator("#answer textarea").fill("abc")
    left = "#reply-limit" if size is PHONE else "#text-limit"
    await expect(page.locator(left)).to_contain_text("497")
    assert [one for one in heard if "422" not in one] == []


async def test_without_scripts_a_reply_has_its_page(town: Server, page_without_scripts: Page) -> None:
    page = page_without_scripts
    await let_in(page, town, "ana")
    await page.goto(f"{town.base_url}/home")
    await page.get_by_role("link", name="Reply", exact=True).first.click()
    await expect(page.locator("h1")).to_contain_text("Reply to")


@pytest.mark.parametrize("is_noticed", [True, False])
async def test_a_reply_begun_with_a_connection_waits_for_the_next(
    town: Server, chromium_process: Browser, is_noticed: bool
) -> None:
    """One is not begun without: who may see it depends on a post that the kept composer does not know."""
    async with context_with_line(chromium_process, viewport=DESK) as (context, line):
        page = await context.new_page()
        await sign_in(page, town, "ana")
        await keep_home(page, town)
        reply = page.locator("article.post a.act.reply").first
        await reply.click()
        words = f"Written on the ferry, {is_noticed}"
        await page.locator(".composing textarea[name=text]").fill(words)
        await line.cut(unnoticed=not is_noticed)
        await page.locator(".composing").get_by_role("button", name="Reply", exact=True).click()
        await expect(page.get_by_role("heading", name="Waiting posts")).to_be_visible()
        await expect(page.locator("#waiting article")).to_contain_text(words)
        await page.goto(f"{town.base_url}/home")
        await reply.click()
        offline = page.get_by_role("heading", name="You are offline")
        await expect(offline).to_be_visible()
        await line.mend()
        await expect(offline).to_be_hidden()  # it loads itself again, which would end the next step
        await page.goto(f"{town.base_url}/waiting")
        await expect(page.get_by_text("Nothing is waiting to be sent.")).to_be_visible()
        await page.goto(f"{town.base_url}/@ana/replies")
        post = page.locator("article.post", has_text=words)
        await expect(post).to_have_count(1)
        await expect(post).to_contain_text("In reply to")
        await context.close()


@pytest.mark.parametrize("scripts", [True, False])
async def test_enter_in_the_warning_sends_nothing(town: Server, visit: Visit, scripts: bool) -> None:
    """The browser pressed the first button of the form: a post half written became a saved draft."""
    page = await visit("ana", java_script_enabled=scripts)
    await page.goto(f"{town.base_url}/compose")
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url) if one.is_navigation_request() else None)
    await page.locator("textarea[name=text]").fill("Half")
    await page.locator("summary", has_text="Content warning").click()
    warning = page.locator("input[name=content_warning]")
    await warning.fill("Of what")
    await warning.press("Enter")
    await expect(warning).to_have_value("Of what")
    assert sent == []
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.locator("article.focus")).to_contain_text("Of what")
