"""The pages in a real browser: the main job with and without scripts, by keyboard alone, in both colour schemes, with axe-core looking on."""

import base64
import datetime as dt
import re

import pytest
from playwright.async_api import Browser, Page, Route, expect

from core import clock
from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import DESK, PHONE, eventually, faults_of, let_in, listen, send, sign_in, write
from tests.pages.seed import PASSWORD
from tests.support.browser import new_context
from tests.support.servers import Server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def _delete_shown(page: Page, scripts: bool) -> None:
    await page.locator("article.focus").get_by_role("link", name="Delete", exact=True).click()
    if not scripts:
        await page.get_by_role("button", name="Delete post").click()
    await expect(page.locator("#toast, .note", has_text="Post deleted")).to_be_visible()
    await expect(page.locator("article.focus")).to_have_count(0)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_reading_and_writing_posts(town: Server, chromium_process: Browser, scripts: bool) -> None:
    """Sign in, write, find, follow, like, boost, reply, be told, edit, look up versions, delete, sign out."""
    word = "scripts" if scripts else "plain"
    contexts = [
        await new_context(chromium_process, java_script_enabled=scripts, viewport=DESK) for _ in range(2)
    ]
    ana, bob = [await context.new_page() for context in contexts]
    heard = listen(ana)
    await sign_in(ana, town, "ana")
    await sign_in(bob, town, "bob")
    address = await write(ana, town, f"Hello {word} world")

    await bob.goto(f"{town.base_url}/search?q=ana")
    await bob.locator(".person a[href='/@ana']").last.click()
    await bob.get_by_role("button", name="Follow", exact=True).click()
    await expect(bob.locator("main .following > summary")).to_have_text("Following")

    await bob.goto(address)
    post = bob.locator("article.focus")
    await post.get_by_role("button", name=re.compile("^Like")).click()
    await expect(post.get_by_role("button", name=re.compile("^Like"))).to_have_attribute(
        "aria-pressed", "true"
    )
    if scripts:
        assert await bob.evaluate("document.activeElement.id.startsWith('like-')"), (
            "the focus stays on the button"
        )
    await post.get_by_role("button", name=re.compile("^Boost")).click()
    if scripts:
        await bob.get_by_role("menuitem", name="Boost").click()
    await expect(post.get_by_role("button", name=re.compile("^Boost"), pressed=True)).to_be_visible()
    await post.get_by_role("button", name="Bookmark").click()
    await expect(post.get_by_role("button", name="Bookmark", pressed=True)).to_be_visible()
    await post.get_by_role("link", name=re.compile("^Reply")).click()
    # with scripts the composer opens under the post, with the caret behind whom it answers
    text = bob.locator(".composing textarea[name=text]" if scripts else "textarea[name=text]")
    if scripts:
        await expect(text).to_be_focused()
        await wait_until(  # not by Playwright, which needs `eval` for it, and our policy forbids that
            lambda: bob.evaluate("document.activeElement.selectionStart > 0")
        )
    else:
        await text.press("Control+End")
    await text.press_sequentially(f"An answer in {word}")
    await bob.get_by_role("button", name="Reply", exact=True).click()
    # without scripts Reply leads to a page of its own
    await expect(bob.locator(".trunk" if scripts else "article.focus")).to_contain_text(
        f"An answer in {word}"
    )

    async def told() -> None:
        await ana.goto(f"{town.base_url}/notifications")
        await expect(ana.locator("main")).to_contain_text(f"An answer in {word}", timeout=500)

    await eventually(told)
    for words in ("liked your post", "boosted your post", "follows? you"):  # with others it is "follow"
        await expect(ana.locator("main")).to_contain_text(re.compile(words))
    await ana.goto(address)
    await expect(ana.locator(".thread article")).to_have_count(2)

    await ana.locator("article.focus summary").click()
    await ana.locator("article.focus").get_by_role("link", name="Edit").click()
    await ana.fill("form.composer textarea[name=text]", f"Hello {word} world, changed")
    await ana.get_by_role("button", name="Save").click()
    await expect(ana.locator("article.focus")).to_contain_text("changed")
    await ana.get_by_role("link", name="Edited").click()
    await expect(ana.locator("article")).to_have_count(2)

    await ana.goto(address)
    await ana.locator("article.focus summary").click()
    await _delete_shown(ana, scripts)
    await ana.get_by_role("button", name="Undo").click()
    if scripts:
        await expect(ana.locator("article.focus")).to_be_visible()
    await ana.goto(address)
    await ana.locator("article.focus summary").click()
    await _delete_shown(ana, scripts)
    gone = await ana.goto(address)
    assert gone is not None
    assert gone.status == 404
    await bob.goto(f"{town.base_url}/@ana")
    await bob.locator("main .following > summary").click()
    await bob.get_by_role("button", name="Unfollow").click()
    await expect(bob.get_by_role("button", name="Follow", exact=True)).to_be_visible()
    await ana.goto(f"{town.base_url}/home")
    await ana.locator(".switcher summary").click()
    await ana.get_by_role("button", name="Sign out").click()
    await expect(ana.get_by_role("link", name="Sign in").first).to_be_visible()
    assert heard == []
    for context in contexts:
        await context.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_reporting_an_account(town: Server, visit: Visit, scripts: bool) -> None:
    """With scripts the thanks stand where the form stood, without them on the next page; both fit a phone."""
    page = await visit("bob", java_script_enabled=scripts, viewport=PHONE, reduced_motion="no-preference")
    heard = listen(page)
    await page.goto(f"{town.base_url}/@ana")
    await page.locator("section.profile summary.act").click()
    await page.locator("section.profile").get_by_role("link", name="Report").click()
    await expect(page.locator("h1")).to_have_text("Report")
    if scripts:
        assert await faults_of(page) == []
    await page.get_by_label("Spam").check()
    await page.get_by_label("What should the moderators know?").fill("Adverts")
    await page.get_by_role("button", name="Send report").click()
    await expect(page.get_by_text("Thank you. The moderators will review your report.")).to_be_visible()
    await expect(page.locator("h1")).to_have_text("Report" if scripts else "Home")
    assert heard == []


_PICTURE = base64.b64decode(  # two pixels
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAADUlEQVR4nGP4zwAE/wEHAAH/4iOeWQAAAABJRU5ErkJggg=="
)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_asking_voting_showing_and_quoting(town: Server, visit: Visit, scripts: bool) -> None:
    """A poll is asked and voted in, a picture with its description is shown, a post is quoted and one is put off, with and without scripts."""
    word = "scripts" if scripts else "plain"
    ana, bob = [
        await visit(name, java_script_enabled=scripts, viewport=PHONE, reduced_motion="no-preference")
        for name in ("ana", "bob")
    ]
    heard = listen(ana) + listen(bob)

    await ana.goto(f"{town.base_url}/compose")
    await ana.fill("textarea[name=text]", f"Which one, {word}?")
    await ana.locator("summary", has_text="Poll").click()
    await ana.get_by_label("Option 1").fill("This one")
    await ana.get_by_label("Option 2").fill("That one")
    await ana.get_by_role("button", name="Post", exact=True).click()
    await expect(ana.locator("article.focus .options li")).to_have_count(2)
    await bob.goto(ana.url)
    poll = bob.get_by_role("group", name="Poll", exact=True)
    await poll.get_by_label("That one").check()
    await poll.get_by_role("button", name="Vote").click()
    await expect(poll.locator(".own")).to_contain_text("That one")
    await expect(poll.locator(".own")).to_contain_text("100 %")
    if scripts:
        await expect(bob.locator("article.focus .poll")).to_be_focused()

    await bob.locator("article.focus summary.act").click()
    await bob.locator("article.focus").get_by_role("link", name="Quote").click()
    await expect(bob.locator("blockquote")).to_contain_text(f"Which one, {word}?")
    await bob.fill("form.composer textarea[name=text]", "A good question")
    await bob.get_by_role("button", name="Post", exact=True).click()
    await expect(bob.locator("article.focus blockquote")).to_contain_text(f"Which one, {word}?")

    await ana.goto(f"{town.base_url}/compose")
    picture = {"name": "dot.png", "mimeType": "image/png", "buffer": _PICTURE}
    pictures = ana.locator("summary", has_text="Pictures")
    if scripts:
        async with ana.expect_file_chooser() as chooser:
            await pictures.click()
        await (await chooser.value).set_files(picture)  # type: ignore[arg-type]
        await ana.get_by_label("Description").first.fill("Two dots")
    else:
        await pictures.click()
        await expect(ana.get_by_label("File 2")).to_be_visible()
        await ana.get_by_label("File 1").set_input_files(picture)  # type: ignore[arg-type]
        await ana.get_by_label("Description").first.fill("Two dots")
        await ana.get_by_role("button", name="Upload").click()
        await expect(ana.get_by_label("Description of file 1", exact=True)).to_have_value("Two dots")
    await ana.get_by_role("button", name="Post", exact=True).click()
    await expect(ana.get_by_role("img", name="Two dots")).to_be_visible()
    await ana.locator(".alt summary").click()
    await expect(ana.locator(".alt p")).to_have_text("Two dots")

    await ana.goto(f"{town.base_url}/compose")
    await ana.fill("textarea[name=text]", f"Later, {word}")
    await ana.locator("summary", has_text="Publish later").click()
    await ana.get_by_label("Date and time").fill(f"{clock.now() + dt.timedelta(days=2):%Y-%m-%dT%H:%M}")
    await ana.get_by_role("button", name="Schedule" if scripts else "Post", exact=True).click()
    await expect(ana.locator("h1")).to_have_text("Scheduled posts")
    waiting = ana.locator("article", has_text=f"Later, {word}")
    await waiting.get_by_role("link", name="Delete").click()
    await ana.get_by_role("button", name="Delete", exact=True).click()
    await expect(ana.locator("h1")).to_have_text("Scheduled posts")
    await expect(waiting).to_have_count(0)
    assert heard == []


async def test_a_button_pressed_while_another_is_under_way_is_not_lost(town: Server, visit: Visit) -> None:
    """It was dropped without a word: all buttons of a post shared one request. The same button twice is still once."""
    # what passes through a service worker, Playwright does not hold
    page = await visit("bob")
    await page.goto(await write(page, town, "Liked and boosted at once"))
    likes: list[Route] = []

    async def hold(route: Route) -> None:
        likes.append(route)

    await page.route("**/like", hold)
    post = page.locator("article.focus")
    like = post.get_by_role("button", name=re.compile("^Like"))
    await like.dblclick()
    await post.get_by_role("button", name=re.compile("^Boost")).click()
    await page.get_by_role("menuitem", name="Boost").click()
    await expect(post.get_by_role("button", name=re.compile("^Boost"), pressed=True)).to_be_visible()
    assert len(likes) == 1
    await likes[0].continue_()
    await expect(post.get_by_role("button", name=re.compile("^Like"), pressed=True)).to_be_visible()
    await expect(post.get_by_role("button", name=re.compile("^Boost"), pressed=True)).to_be_visible()


async def test_by_keyboard_alone(town: Server, page: Page) -> None:
    """Skip link first, every stop visible, writing and liking without a mouse, Escape closes a menu and keeps the place."""
    await page.goto(f"{town.base_url}/sign-in")
    await expect(page.locator("#id_email")).to_be_focused()
    await page.keyboard.type("bob@example.com")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("Home")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    assert await page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "main"

    await page.goto(f"{town.base_url}/compose")
    await page.keyboard.type("Typed only")
    await expect(page.locator("#text-limit")).to_contain_text("490")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("article.focus")).to_contain_text("Typed only")

    stops = []
    for _ in range(60):
        await page.keyboard.press("Tab")
        stop = await page.evaluate(
            """(() => { const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();
               return [e.id || e.textContent.trim().slice(0, 20) || e.ariaLabel, s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2, b.width > 0 && b.height > 0]; })()"""
        )
        stops.append(stop)
        assert stop[1], f"no focus ring on {stop[0]}"
        assert stop[2], f"nothing to see of {stop[0]}"
        if str(stop[0]).startswith("like-"):
            break
    assert str(stops[-1][0]).startswith("like-"), stops
    await page.keyboard.press("Enter")
    await expect(page.locator("article.focus .act.like")).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    menu = page.locator("article.focus details.menu")
    await expect(menu).to_have_attribute("open", "")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Escape")
    await expect(menu).not_to_have_attribute("open", "")
    assert await page.evaluate("document.activeElement.tagName") == "SUMMARY"


async def test_older_posts_come_in_place(town: Server, page: Page) -> None:
    await let_in(page, town, "ana")
    await send(page, town, *(f"Number {number} of a long list" for number in range(8)))
    await page.goto(f"{town.base_url}/home")
    await expect(page.locator(".feed > article")).to_have_count(20)
    # the page presses its link "Older posts" itself when it comes near, and a click of ours on it would find it gone
    await page.mouse.wheel(0, 20_000)
    await expect(page.locator(".feed > article").nth(21)).to_be_visible()
    ids = await page.eval_on_selector_all(".feed > article", "all => all.map(one => one.id)")
    assert len(ids) == len(set(ids))
