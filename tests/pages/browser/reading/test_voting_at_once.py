"""A vote shows at once, and goes back when the server refuses it."""

import asyncio
import re

import pytest
from playwright.async_api import Page, Route, expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import PHONE, faults_of, listen, refuse_later
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def _ask(page: Page, town: Server, text: str, *, hides: bool = False) -> str:
    await page.goto(f"{town.base_url}/compose")
    await page.locator("textarea[name=text]").fill(text)
    await page.locator("summary", has_text="Poll").click()
    for number, option in enumerate(("Tea", "Cocoa"), 1):
        await page.get_by_label(f"Option {number}").fill(option)
    if hides:
        await page.get_by_label("Hide results until the poll ends").check()
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.locator("article.focus .poll")).to_be_attached()
    return page.url


async def _vote(page: Page, option: str) -> None:
    """Vote, be refused, and vote again."""
    poll, vote, answer = [
        page.locator(".focus .poll"), page.get_by_role("button", name="Vote"), page.get_by_label(option)
    ]  # fmt: skip
    own, before = poll.locator(".own"), await poll.locator(".number").all_text_contents()
    refuse = await refuse_later(page, re.compile("/vote$"))
    await answer.check()
    await vote.press("Enter")
    await expect(own).to_be_visible()
    await expect(own).to_contain_text(option)
    await expect(own.locator(".badge")).to_have_text("Your vote")
    await expect(poll).to_be_focused()
    await expect(vote).to_be_hidden()
    shown = [await poll.locator(f"div > .options {what}").all_text_contents() for what in ("bdi", ".number")]
    counted = (await poll.locator("div > .hint:visible").inner_text()).partition("·")[0]
    refuse()
    await expect(vote).to_be_focused()
    await expect(own).to_have_count(0)
    await expect(answer).to_be_checked()
    await expect(page.locator("#toast")).to_contain_text("did not work")
    assert await poll.locator(".number").all_text_contents() == before
    await page.unroute(re.compile("/vote$"))

    heard = listen(page)
    await vote.press("Enter")
    await expect(vote).to_have_count(0)
    await expect(own).to_contain_text(option)
    await expect(poll).to_be_focused()
    assert await faults_of(page) == []
    assert heard == []
    told = [await poll.locator(f".options {what}").all_text_contents() for what in ("bdi", ".number")]
    spaceless = [["".join(one.split()) for one in kind] for kind in (*shown, *told)]
    assert spaceless[1] == spaceless[3], "the numbers were right at once"
    assert (await poll.locator(".hint").inner_text()).partition("·")[0] == counted
    assert len(shown[1]) == len(told[1])


@pytest.mark.parametrize("hides", [False, True], ids=["open", "hidden"])
async def test_a_first_vote_shows_at_once_and_goes_back(town: Server, visit: Visit, hides: bool) -> None:
    ana, page = [await visit(name, viewport=PHONE) for name in ("ana", "bob")]
    await page.goto(await _ask(ana, town, f"What to drink, {hides}?", hides=hides))
    await page.wait_for_load_state("networkidle")
    await _vote(page, "Cocoa")
    await expect(page.locator(".poll progress")).to_have_count(0 if hides else 2)


async def test_a_vote_is_added_to_those_of_others(town: Server, visit: Visit) -> None:
    page = await visit("ana", viewport=PHONE)
    await page.goto(f"{town.base_url}/home")
    await (
        page.locator("article.post", has=page.get_by_role("button", name="Vote"))
        .first.locator("time")
        .first.click()
    )
    await page.wait_for_load_state("networkidle")
    await _vote(page, "Tea")


async def test_a_menu_that_opens_before_the_answer_stays_open(town: Server, visit: Visit) -> None:
    """The answer of the server would have the focus, and a menu closes when the focus leaves it."""
    ana, page = [await visit(name, viewport=PHONE) for name in ("ana", "bob")]
    await page.goto(await _ask(ana, town, "What to eat?"))
    await page.wait_for_load_state("networkidle")
    held = asyncio.Event()

    async def hold(route: Route) -> None:
        await held.wait()
        await route.continue_()

    await page.route("**/vote", hold)
    await page.get_by_label("Tea").check()
    await page.get_by_role("button", name="Vote").click()
    await expect(page.locator(".focus .poll .own")).to_be_visible()
    await page.locator("article.focus summary.act").click()
    quote = page.locator("article.focus").get_by_role("link", name="Quote", exact=True)
    await expect(quote).to_be_visible()
    async with page.expect_response("**/vote"):
        held.set()
    await expect(page.locator(".focus .poll [hidden]")).to_have_count(0)
    await expect(page.locator(".htmx-settling, .htmx-added")).to_have_count(0)
    await expect(quote).to_be_visible()


async def test_a_menu_that_opens_while_the_answer_settles_stays_open(town: Server, visit: Visit) -> None:
    ana, page = [await visit(name, viewport=PHONE) for name in ("ana", "bob")]
    await page.goto(await _ask(ana, town, "What to read?"))
    await page.wait_for_load_state("networkidle")
    await page.evaluate("htmx.config.defaultSettleDelay = 1500")  # 20 ms, or more on a busy machine
    await page.get_by_label("Tea").check()
    await page.get_by_role("button", name="Vote").click()
    await expect(page.locator(".focus .poll.htmx-added")).to_have_count(1)
    await page.locator("article.focus summary.act").click()
    quote = page.locator("article.focus").get_by_role("link", name="Quote", exact=True)
    await expect(quote).to_be_visible()
    await expect(page.locator(".htmx-settling, .htmx-added")).to_have_count(0)
    await expect(quote).to_be_visible()
