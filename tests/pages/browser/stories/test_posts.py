"""Stories of posts: written, answered, changed and deleted; polls, pictures and quotes; a thread; drafts and what waits for its time."""

import base64
import datetime as dt
import re

import pytest
from playwright.async_api import Page, expect

from core import clock
from tests.pages.browser.stories.conftest import Arrive, Way
from tests.pages.browser.town import PHONE, eventually, listen, write
from tests.support.servers import Server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]

_PICTURE = base64.b64decode(  # two pixels
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAADUlEQVR4nGP4zwAE/wEHAAH/4iOeWQAAAABJRU5ErkJggg=="
)


async def _delete_shown(page: Page, scripts: bool) -> None:
    await page.locator("article.focus summary.act").click()
    await page.locator("article.focus").get_by_role("link", name="Delete", exact=True).click()
    if not scripts:
        await page.get_by_role("button", name="Delete post").click()
    await expect(page.locator("#toast, .note", has_text="Post deleted")).to_be_visible()
    await expect(page.locator("article.focus")).to_have_count(0)


async def test_a_post_is_written_liked_and_answered(town: Server, arrive: Arrive, way: Way) -> None:
    """Write, find, follow, like, boost, reply, be told, end the follow, sign out."""
    ana, bob = await arrive("ana"), await arrive("bob", leaves=True)
    heard = listen(ana) + listen(bob)
    address = await write(ana, town, f"Hello {way.word} world")

    await bob.goto(f"{town.base_url}/search?q=ana")
    await bob.locator(".person a[href='/@ana']").last.click()
    await bob.get_by_role("button", name="Follow", exact=True).click()
    await expect(bob.locator("main .following > summary")).to_have_text("Following")

    await bob.goto(address)
    post = bob.locator("article.focus")
    like = post.get_by_role("button", name=re.compile("^Like"))
    await like.click()
    await expect(like).to_have_attribute("aria-pressed", "true")
    if way.scripts:
        assert await bob.evaluate("document.activeElement.id.startsWith('like-')"), "it keeps the focus"
    await post.get_by_role("button", name=re.compile("^Boost")).click()
    if way.scripts:
        await bob.get_by_role("menuitem", name="Boost").click()
    await expect(post.get_by_role("button", name=re.compile("^Boost"), pressed=True)).to_be_visible()
    await post.get_by_role("button", name="Bookmark").click()
    await expect(post.get_by_role("button", name="Bookmark", pressed=True)).to_be_visible()
    await post.get_by_role("link", name=re.compile("^Reply")).click()
    # with scripts the composer opens under the post, with the caret behind whom it answers
    text = bob.locator(".composing textarea[name=text]" if way.scripts else "textarea[name=text]")
    if way.scripts:
        await expect(text).to_be_focused()
        # not by Playwright, which needs `eval` for it, and our policy forbids that
        await wait_until(lambda: bob.evaluate("document.activeElement.selectionStart > 0"))
    else:
        await text.press("Control+End")
    await text.press_sequentially(f"An answer in {way.word}")
    await bob.locator("form.composer").get_by_role("button", name="Reply", exact=True).click()
    # without scripts Reply leads to a page of its own
    answered = bob.locator(".trunk" if way.scripts else "article.focus")
    await expect(answered).to_contain_text(f"An answer in {way.word}")

    async def told() -> None:
        await ana.goto(f"{town.base_url}/notifications")
        await expect(ana.locator("main")).to_contain_text(f"An answer in {way.word}", timeout=500)

    await eventually(told)
    for words in ("liked your post", "boosted your post", "follows? you"):  # with others it is "follow"
        await expect(ana.locator("main")).to_contain_text(re.compile(words))
    await ana.goto(address)
    await expect(ana.locator(".thread article")).to_have_count(2)
    await bob.goto(f"{town.base_url}/@ana")
    await bob.locator("main .following > summary").click()
    await bob.get_by_role("button", name="Unfollow").click()
    await expect(bob.get_by_role("button", name="Follow", exact=True)).to_be_visible()
    await bob.goto(f"{town.base_url}/more")
    await bob.locator("main").get_by_role("button", name="Sign out").click()
    await expect(bob.get_by_role("link", name="Sign in").first).to_be_visible()
    assert heard == []


async def test_a_post_is_changed_deleted_and_brought_back(town: Server, arrive: Arrive, way: Way) -> None:
    ana = await arrive("ana")
    heard = listen(ana)
    address = await write(ana, town, f"Begun {way.word}")
    await ana.locator("article.focus summary.act").click()
    await ana.locator("article.focus").get_by_role("link", name="Edit").click()
    await ana.fill("form.composer textarea[name=text]", f"Begun {way.word}, changed")
    await ana.get_by_role("button", name="Save").click()
    await expect(ana.locator("article.focus")).to_contain_text("changed")
    await ana.get_by_role("link", name="Edited").click()
    await expect(ana.locator("article")).to_have_count(2)
    await ana.goto(address)
    await _delete_shown(ana, way.scripts)
    await ana.get_by_role("button", name="Undo").click()
    if way.scripts:
        await expect(ana.locator("article.focus")).to_be_visible()
    await ana.goto(address)
    await _delete_shown(ana, way.scripts)
    gone = await ana.goto(address)
    assert gone is not None
    assert gone.status == 404
    assert heard == []


async def test_a_poll_is_asked_voted_in_and_quoted(town: Server, arrive: Arrive, way: Way) -> None:
    ana, bob = await arrive("ana"), await arrive("bob")
    heard = listen(ana) + listen(bob)
    await ana.goto(f"{town.base_url}/compose")
    await ana.fill("textarea[name=text]", f"Which one, {way.word}?")
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
    if way.scripts:
        await expect(bob.locator("article.focus .poll")).to_be_focused()

    await bob.locator("article.focus summary.act").click()
    await bob.locator("article.focus").get_by_role("link", name="Quote").click()
    await expect(bob.locator("blockquote")).to_contain_text(f"Which one, {way.word}?")
    await bob.fill("form.composer textarea[name=text]", "A good question")
    await bob.get_by_role("button", name="Post", exact=True).click()
    if way.scripts and way.size["width"] > PHONE["width"]:  # nobody leaves the page that they read
        await bob.locator("#toast").get_by_role("link", name="View").click()
    await expect(bob.locator("article.focus blockquote")).to_contain_text(f"Which one, {way.word}?")
    assert heard == []


async def test_a_picture_is_posted_with_its_description(town: Server, arrive: Arrive, way: Way) -> None:
    """Its visitor opens it, reads what it shows, and comes back to the post."""
    ana, bob = await arrive("ana"), await arrive("bob")
    heard = listen(ana) + listen(bob)
    await ana.goto(f"{town.base_url}/compose")
    picture = {"name": "dot.png", "mimeType": "image/png", "buffer": _PICTURE}
    pictures = ana.locator("summary", has_text="Pictures")
    if way.scripts:
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
    await ana.locator("textarea[name=text]").fill(f"A picture, {way.word}")
    await ana.get_by_role("button", name="Post", exact=True).click()
    await expect(ana.get_by_role("img", name="Two dots")).to_be_visible()
    await bob.goto(ana.url)
    await bob.locator(".alt summary").click()
    await expect(bob.locator(".alt p")).to_have_text("Two dots")
    await bob.locator(".alt summary").click()
    shown = bob.get_by_role("img", name="Two dots")
    if way.scripts:
        await shown.click()
        await expect(bob.get_by_role("dialog").get_by_role("img", name="Two dots")).to_be_visible()
        await bob.keyboard.press("Escape")
        await expect(bob.get_by_role("dialog")).to_have_count(0)
    else:
        async with bob.expect_popup() as opened:
            await shown.click()
        await (await opened.value).close()
    await expect(bob.locator("article.focus")).to_contain_text(f"A picture, {way.word}")
    assert heard == []


async def test_a_post_waits_as_a_draft_and_for_its_time(town: Server, arrive: Arrive, way: Way) -> None:
    bob = await arrive("bob")
    heard = listen(bob)
    main = bob.locator("main")
    await bob.goto(f"{town.base_url}/compose")
    await bob.fill("textarea[name=text]", f"When the tide is out, {way.word}")
    if way.scripts:
        await expect(bob.locator("#draft-state")).to_have_text("Draft saved")
    else:
        await bob.get_by_role("button", name="Save draft").click()
        await expect(bob.get_by_role("status").first).to_be_visible()
    await bob.goto(f"{town.base_url}/drafts")
    draft = main.locator("article", has_text=f"When the tide is out, {way.word}")
    await draft.get_by_role("link", name=re.compile("^(Continue|Edit)")).first.click()
    await expect(bob.locator("textarea[name=text]")).to_have_value(f"When the tide is out, {way.word}")
    await bob.locator("summary", has_text="Publish later").click()
    await bob.get_by_label("Date and time").fill(f"{clock.now() + dt.timedelta(days=7):%Y-%m-%dT%H:%M}")
    await bob.get_by_role("button", name="Schedule" if way.scripts else "Post", exact=True).click()
    await expect(bob.locator("h1")).to_have_text("Scheduled posts")
    await draft.get_by_role("button", name="Turn into a draft").click()
    await expect(bob.locator("textarea[name=text]")).to_have_value(f"When the tide is out, {way.word}")
    await bob.goto(f"{town.base_url}/scheduled")
    await expect(draft).to_have_count(0)
    await bob.goto(f"{town.base_url}/drafts")
    await expect(draft).to_have_count(1)
    await draft.get_by_role("button", name=re.compile("^Delete")).first.click()
    await expect(draft).to_have_count(0)
    assert heard == []
