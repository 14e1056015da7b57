"""Open pages stay alive in a real browser: the pill of new posts, notifications, deletions, edits, replies."""

import re

import pytest
from playwright.async_api import Browser, Page, Route, WebSocketRoute, expect

from activities.posts.models import Visibility
from core.pages.static_files import assets
from tests.pages.browser.conftest import Visit
from tests.pages.browser.line import context_with_line
from tests.pages.browser.town import DESK, answer, let_in, listen
from tests.support.browser import new_context
from tests.support.servers import Server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def _post(page: Page, town: Server, text: str) -> str:
    await page.goto(f"{town.base_url}/compose")
    await page.locator("textarea[name=text]").fill(text)
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.locator("article.focus")).to_contain_text(text)
    return page.url


async def test_replies_of_strangers_come_into_an_open_thread(town: Server, visit: Visit) -> None:
    """Neither follows the other and nobody is named: each reply appears under its post, one that they may not see does not."""
    ana, bob = [await visit(name) for name in ("ana", "bob")]
    heard = listen(bob)
    root = await _post(ana, town, "Which of the old ferries is still afloat?")
    beside = await _post(ana, town, "Something else")
    elsewhere = await bob.context.new_page()
    await elsewhere.goto(beside)  # a page that may hold the connection
    await bob.goto(root)
    await bob.evaluate("window.same = true")

    async def reply(to: str, text: str, audience: Visibility = Visibility.public) -> str:
        number = to.rsplit("/", 1)[1]
        await ana.goto(f"{town.base_url}/compose?reply_to={number}")
        await ana.locator("textarea[name=text]").fill(text)
        await ana.select_option("#id_visibility", str(audience.value))
        await ana.get_by_role("button", name="Reply", exact=True).click()
        await expect(ana.locator("article.focus")).to_contain_text(text)
        return ana.url

    first = await reply(root, "The green one")
    branch = bob.locator(".trunk > .branch", has_text="The green one")
    await expect(branch).to_be_visible()
    hidden = await reply(root, "For my followers only", Visibility.followers)
    await reply(first, "She was painted blue")
    await expect(branch.locator(".replies .content", has_text="She was painted blue")).to_be_visible()
    await expect(bob.locator(".trunk > .branch")).to_have_count(1)
    await expect(bob.locator("article.post", has_text="For my followers only")).to_have_count(0)
    assert await bob.evaluate("window.same"), "nothing was loaded again"
    await ana.goto(f"{first.replace('/@ana/', '/posts/')}/delete")
    await ana.get_by_role("button", name="Delete post").click()
    await expect(bob.locator("article.post", has_text="The green one")).to_have_count(0)
    await expect(elsewhere.locator("article.post")).to_have_count(1)
    assert hidden.rsplit("/", 1)[1] not in await bob.content()
    assert heard == []


async def test_counts_settle_while_somebody_looks(town: Server, visit: Visit) -> None:
    ana, bob = [await visit(name) for name in ("ana", "bob")]
    heard = listen(bob)
    address = await _post(ana, town, "Who counts the gulls?")
    await bob.clock.install()
    asked: list[str] = []
    bob.on("request", lambda one: asked.append(one.url) if "/posts/counts" in one.url else None)
    await bob.goto(f"{town.base_url}/local")
    row = bob.locator("article.post", has_text="Who counts the gulls?")
    await expect(row.locator(".act.like")).to_have_attribute("aria-label", "Like")
    async with ana.expect_response("**/like*"):
        await ana.locator("article.focus .act.like").click()
    await answer(ana, "I do")
    await expect(ana.locator(".trunk")).to_contain_text("I do")
    assert asked == []
    await bob.clock.fast_forward(20_000)
    await expect(row.locator(".act.like .number")).to_have_text("1")
    await expect(row.locator(".act.like")).to_have_attribute("aria-label", "Like, 1 so far")
    await expect(row.locator(".act.reply")).to_have_attribute("aria-label", "Reply, 1 so far")
    assert len(asked) == 1, "one request for all posts"
    await ana.goto(address)
    async with ana.expect_response("**/unlike*"):  # the button changes before the server has heard of it
        await ana.locator("article.focus .act.like").click()
    await bob.clock.fast_forward(20_000)
    await expect(row.locator(".act.like .number")).to_have_count(0)
    await expect(row.locator(".act.like")).to_have_attribute("aria-label", "Like")
    assert heard == []


async def test_notifications_come_into_their_open_page(town: Server, visit: Visit) -> None:
    """They appear on top and join their groups; behind a pill while somebody reads further down."""
    ana, bob = [await visit(name) for name in ("ana", "bob")]
    heard = listen(ana)
    address = await _post(ana, town, "A lamp on the pier")
    await ana.goto(f"{town.base_url}/notifications")
    rows = ana.locator("main > .feed > [data-group] > article")
    count = await rows.count()
    assert count > 2
    await ana.evaluate("window.same = true")
    await bob.goto(address)
    await bob.locator("article.focus .act.like").click()
    await expect(rows.first).to_contain_text("liked")
    await expect(rows.first).to_contain_text("A lamp on the pier")
    await expect(ana.locator(".main-nav a[href='/notifications'] .count")).to_have_count(0)
    await ana.set_viewport_size({"width": 1280, "height": 300})
    await ana.evaluate("scrollTo(0, 400)")
    await _post(bob, town, "@ana It burns")
    pill = ana.get_by_role("button", name="1 new", exact=True)
    await expect(pill).to_be_visible()
    await expect(rows.first).to_contain_text("A lamp on the pier")
    async with ana.expect_response("**/notifications/read"):
        await pill.click()
    await expect(rows.first).to_contain_text("It burns")
    await expect(pill).to_have_count(0)
    assert await ana.evaluate("window.same"), "nothing was loaded again"
    count = ana.locator(".main-nav a[href='/notifications'] .count")
    await expect(count).to_have_count(0)
    # the stream tells of one that is read already: the page had fetched it for another's sake
    await ana.evaluate("scrollTo(0, 0); document.activeElement.blur()")
    async with ana.expect_response(f"{town.base_url}/notifications"):
        await ana.evaluate(
            """async (script) => {
              const message = { event: "notification", stream: "user" };
              (await import(script)).hear(message);
              document.dispatchEvent(new CustomEvent("live", { detail: message }));
            }""",
            assets().url("js/live/page.js"),
        )
    await expect(count).to_have_count(0)
    await ana.goto(f"{town.base_url}/notifications")
    await expect(ana.locator("main .unread")).to_have_count(0)
    assert heard == []


async def test_the_count_goes_when_notifications_are_read_elsewhere(town: Server, visit: Visit) -> None:
    """On a page that stays in sight all the while, without being asked."""
    desk, phone, bob = [await visit(name) for name in ("ana", "ana", "bob")]
    await phone.goto(f"{town.base_url}/notifications")
    await phone.goto("about:blank")  # an open list would read the next one as it comes
    async with desk.expect_websocket():
        await desk.goto(f"{town.base_url}/lists")
    await _post(bob, town, "@ana Look up")
    count = desk.locator(".main-nav a[href='/notifications'] .count")
    await expect(count).to_be_visible()
    assert (await desk.title()).startswith("(")
    async with phone.expect_response("**/notifications/read"):
        await phone.goto(f"{town.base_url}/notifications")
    await expect(count).to_have_count(0)
    await expect(desk).to_have_title(re.compile("^Lists"))


async def test_an_open_page_is_alive(town: Server, chromium_process: Browser) -> None:
    """Bob reads two timelines in two tabs, of which one holds the connection, while ana writes, edits, answers and deletes."""
    contexts = [await new_context(chromium_process, viewport=DESK) for _ in range(2)]
    ana, bob = [await context.new_page() for context in contexts]
    heard = listen(bob)
    thread = await contexts[1].new_page()
    sockets: list[str] = []
    for page in (bob, thread):
        page.on("websocket", lambda one: sockets.append(one.url))
    await let_in(ana, town, "ana")
    await let_in(bob, town, "bob")
    await bob.goto(f"{town.base_url}/home")
    await wait_until(lambda: sockets)
    before = len(sockets)
    await bob.goto(f"{town.base_url}/local")
    await wait_until(lambda: len(sockets) > before)
    before = len(sockets)

    first = await _post(ana, town, "The tide is out")
    pill = bob.get_by_role("button", name="1 new post")
    await expect(pill).to_be_visible()
    assert (await bob.title()).startswith("(1) ")
    await expect(bob.locator("article.post", has_text="The tide is out")).to_have_count(0)
    await pill.click()
    row = bob.locator("article.post", has_text="The tide is out")
    await expect(row).to_be_visible()
    assert not (await bob.title()).startswith("(")

    await thread.goto(first)
    await ana.goto(first)
    await ana.locator("article.focus details.menu > summary").click()
    await ana.locator("article.focus").get_by_role("link", name="Edit").click()
    await ana.locator("form.composer textarea[name=text]").fill("The tide is in, @bob")
    await ana.get_by_role("button", name="Save").click()
    await expect(bob.locator("article.post", has_text="The tide is in")).to_be_visible()
    await expect(thread.locator("article.focus")).to_contain_text("The tide is in")

    await ana.goto(first)
    await ana.locator("article.focus").get_by_role("link", name="Reply").click()
    await ana.locator(".composing textarea[name=text]").fill("@bob And high")
    await ana.locator(".composing").get_by_role("button", name="Reply", exact=True).click()
    await expect(ana.locator(".trunk")).to_contain_text("And high")  # written under the post
    await expect(thread.locator("article.post", has_text="And high")).to_be_visible()
    await expect(thread.locator(".main-nav .count").first).to_be_visible()
    assert len(sockets) == before, "one connection for both tabs"

    await ana.goto(f"{first.replace('/@ana/', '/posts/')}/delete")
    await ana.get_by_role("button", name="Delete post").click()
    await expect(bob.locator("article.post", has_text="The tide is in")).to_have_count(0)

    # the connection goes on in the other tab when the one that held it is closed
    await bob.close()
    await wait_until(lambda: len(sockets) > before)
    before = len(sockets)
    await thread.goto(f"{town.base_url}/local")
    await wait_until(lambda: len(sockets) > before)
    await _post(ana, town, "Later on")
    await expect(thread.get_by_role("button", name="1 new post")).to_be_visible()
    assert heard == []
    for context in contexts:
        await context.close()


async def test_a_deletion_can_be_undone_when_its_event_comes_first(town: Server, visit: Visit) -> None:
    """The stream tells of it before the answer is there: the post stays until then, and with it the way back."""
    page = await visit("ana")
    await page.goto(await _post(page, town, "Deleted by mistake"))

    async def answer_late(route: Route) -> None:
        answer = await route.fetch()
        await page.wait_for_timeout(1500)
        await route.fulfill(response=answer)

    await page.route("**/delete", answer_late)
    await page.locator("article.focus summary").click()
    await page.locator("article.focus").get_by_role("link", name="Delete", exact=True).click()
    await expect(page.locator("#toast", has_text="Post deleted")).to_be_visible()
    await expect(page.locator("article.focus")).to_have_count(0)
    await page.locator("#toast").get_by_role("button", name="Undo").click()
    await expect(page.locator("article.focus")).to_contain_text("Deleted by mistake")


async def test_a_deletion_can_be_undone_when_its_event_comes_before_what_offers_undo(
    town: Server, visit: Visit
) -> None:
    """The first message of a page loads its script: what the stream tells meanwhile leaves the post in its place."""
    page = await visit("ana")

    async def load_late(route: Route) -> None:
        await page.wait_for_timeout(1500)
        await route.continue_()

    await page.route("**/toasts*.js", load_late)
    await page.goto(await _post(page, town, "Deleted while a script loads"))
    await page.locator("article.focus summary").click()
    await page.locator("article.focus").get_by_role("link", name="Delete", exact=True).click()
    await page.locator("#toast").get_by_role("button", name="Undo").click()
    await expect(page.locator("article.focus")).to_contain_text("Deleted while a script loads")


async def test_a_deletion_that_was_undone_stays_undone_when_its_event_comes_late(
    town: Server, visit: Visit
) -> None:
    page = await visit("ana", reduced_motion="no-preference")
    held: list[str | bytes] = []
    routes: list[WebSocketRoute] = []

    def hold(route: WebSocketRoute) -> None:
        routes.append(route)
        route.connect_to_server().on_message(lambda message: held.append(message))

    await page.route_web_socket("**/api/v1/streaming*", hold)
    await page.goto(await _post(page, town, "Deleted and restored"))
    await wait_until(lambda: routes)
    await page.locator("article.focus summary").click()
    await page.locator("article.focus").get_by_role("link", name="Delete", exact=True).click()
    await page.locator("#toast").get_by_role("button", name="Undo").click()
    await expect(page.locator("article.focus")).to_contain_text("Deleted and restored")
    await wait_until(lambda: any('"event":"delete"' in str(message) for message in held))
    for message in held:
        routes[-1].send(message)
    await page.wait_for_timeout(2000)
    await expect(page.locator("article.focus")).to_contain_text("Deleted and restored")


async def test_what_was_deleted_meanwhile_goes_with_the_connection_back(
    town: Server, chromium_process: Browser, visit: Visit
) -> None:
    """Also from further down the page; posts that are still there stay."""
    ana = await visit("ana")
    addresses = [await _post(ana, town, words) for words in ("Stays on the shore", "Goes with the tide")]
    async with context_with_line(chromium_process, viewport=DESK) as (other, line):
        bob = await other.new_page()
        sockets: list[str] = []
        bob.on("websocket", lambda one: sockets.append(one.url))
        await let_in(bob, town, "bob")
        await bob.goto(f"{town.base_url}/local")
        gone = bob.locator("article.post", has_text="Goes with the tide")
        await expect(gone).to_be_visible()
        await wait_until(lambda: sockets)
        hearing = await ana.context.new_page()
        await hearing.goto(f"{town.base_url}/local")
        told = hearing.locator("article.post", has_text="Goes with the tide")
        await expect(told).to_be_visible()
        await line.cut()
        await ana.goto(f"{addresses[1].replace('/@ana/', '/posts/')}/delete")
        await ana.get_by_role("button", name="Delete post").click()
        await expect(told).to_have_count(0)  # whoever was there has heard of it
        await expect(gone).to_be_visible()
        # before the server says it for good, when nobody can undo it any more
        async with bob.expect_request(f"**/posts/{addresses[1].rpartition('/')[2]}/row*"):
            await line.mend()
        await expect(gone).to_have_count(0)
        await expect(bob.locator("article.post", has_text="Stays on the shore")).to_be_visible()


async def test_what_was_edited_and_voted_meanwhile_is_shown_with_the_connection_back(
    town: Server, chromium_process: Browser, visit: Visit
) -> None:
    """In timelines and on the post's own page; what did not change is not asked for."""
    bob = await visit("bob")
    addresses = [await _post(bob, town, words) for words in ("Low water at six", "Nothing about water")]
    edited, same = (address.rpartition("/")[2] for address in addresses)
    async with context_with_line(chromium_process, viewport=DESK) as (other, line):
        ana = await other.new_page()
        sockets: list[str] = []
        asked: list[str] = []
        ana.on("websocket", lambda one: sockets.append(one.url))
        await let_in(ana, town, "ana")
        await ana.goto(f"{town.base_url}/compose")
        await ana.locator("textarea[name=text]").fill("Shall we sail?")
        await ana.locator("summary", has_text="Poll").click()
        await ana.get_by_label("Option 1").fill("Yes")
        await ana.get_by_label("Option 2").fill("No")
        await ana.get_by_role("button", name="Post", exact=True).click()
        await expect(ana.locator("article.focus .poll")).to_be_visible()
        poll = ana.url
        single = await other.new_page()
        await single.goto(addresses[0])
        await ana.goto(f"{town.base_url}/local")
        for row in ("Low water at six", "Nothing about water"):
            await expect(ana.locator("article.post", has_text=row)).to_be_visible()
        await wait_until(lambda: sockets)
        await ana.wait_for_timeout(300)  # the socket is asked for, but may not be open yet
        ana.on("request", lambda one: asked.append(one.url) if "/row" in one.url else None)
        await line.cut()
        await bob.goto(f"{town.base_url}/posts/{edited}/edit")
        await bob.fill("textarea[name=text]", "Low water at seven")
        await bob.get_by_role("button", name="Save").click()
        await expect(bob.locator("article.focus")).to_contain_text("seven")
        await bob.goto(poll)
        await bob.get_by_label("Yes").check()
        await bob.get_by_role("button", name="Vote").click()
        await expect(bob.locator(".poll .own")).to_contain_text("Yes")
        await expect(ana.locator(f"#post-{edited}")).to_contain_text("six")
        await line.mend()
        await expect(ana.locator(f"#post-{edited}")).to_contain_text("Low water at seven")
        await expect(single.locator("article.focus")).to_contain_text("Low water at seven")
        await expect(ana.locator("article.post", has_text="Shall we sail?")).to_contain_text("100 %")
        assert not [one for one in asked if f"/{same}/" in one]
