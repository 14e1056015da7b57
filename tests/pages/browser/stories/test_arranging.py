"""Stories of what one arranges: columns beside each other, people to recommend, whom one brings along, and where one came from."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.pages.browser.stories.conftest import Arrive, Way
from tests.pages.browser.town import faults_of, listen, scrolls_sideways, send
from tests.pages.seed import PASSWORD
from tests.support.servers import Server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def _looks_well(page: Page, way: Way) -> None:
    assert not await scrolls_sideways(page)
    if way.scripts:
        assert await faults_of(page) == []


async def _choose(column: Locator, name: str) -> None:
    """Press one of a column's options."""
    await column.locator("header summary").click()
    await column.get_by_role("button", name=name).click()


async def test_a_hashtag_gets_a_column(town: Server, arrive: Arrive, way: Way) -> None:
    """It fills, moves beside the others, stays there on the next visit, and goes."""
    tag = f"Marsh{way.word}"
    await send(await arrive("ana"), town, f"Low water #{tag}")
    bob = await arrive("bob")
    heard = listen(bob)
    await bob.goto(f"{town.base_url}/columns")
    before = await bob.locator(".column[data-kind]").count()
    await bob.get_by_label("A hashtag or a person").fill(f"#{tag}")
    await bob.locator("#more-columns").get_by_role("button", name="Add", exact=True).click()
    column = bob.locator(".column[data-kind=hashtag]")
    await expect(column).to_be_in_viewport()
    await expect(column.locator("article.post")).to_contain_text("Low water")
    await _looks_well(bob, way)
    await _choose(column, "Move left")
    await expect(bob.locator(".column").nth(before - 1)).to_have_attribute("data-kind", "hashtag")
    await bob.goto(f"{town.base_url}/columns")
    await expect(bob.locator(".column").nth(before - 1)).to_have_attribute("data-kind", "hashtag")
    await _choose(column, "Remove column")
    await expect(column).to_have_count(0)
    await bob.goto(f"{town.base_url}/columns")
    await expect(bob.locator(".column[data-kind]")).to_have_count(before)
    assert heard == []


async def test_people_are_recommended(town: Server, arrive: Arrive, way: Way) -> None:
    """A collection is named, filled from a profile, read by the one in it, and deleted."""
    name = f"Tide watchers, {way.word}"
    bob = await arrive("bob")
    heard = listen(bob)
    main = bob.locator("main")
    await bob.goto(f"{town.base_url}/collections")
    await bob.get_by_label("Name").fill(name)
    await bob.get_by_role("button", name="Create collection").click()
    await bob.goto(f"{town.base_url}/@ana")
    await bob.locator("section.profile details.menu").last.locator("summary").click()
    await bob.get_by_role("link", name="Collections …").click()
    await main.get_by_role("button", name="Add").first.click()
    await bob.goto(f"{town.base_url}/collections")
    await main.get_by_role("link").filter(has_text=name).click()
    await expect(bob.get_by_role("heading", level=1)).to_have_text(name)
    await expect(main).to_contain_text("@ana")
    await _looks_well(bob, way)
    shown = bob.url
    ana = await arrive("ana")
    heard += listen(ana)
    await ana.goto(shown)
    await expect(ana.locator("main")).to_contain_text("You are in this collection.")
    await bob.get_by_role("link", name="Edit", exact=True).click()
    await bob.get_by_role("button", name="Delete collection").click()
    await expect(main).not_to_contain_text(name)
    assert (await ana.request.get(shown)).status == 404
    assert heard == []


async def test_somebody_brings_whom_they_follow(town: Server, arrive: Arrive, way: Way) -> None:
    """Pasted addresses are looked up; who is followed and who was not found is told."""
    host = town.base_url.partition("://")[2]
    bob = await arrive("bob")
    heard = listen(bob)
    main = bob.locator("main")
    await bob.goto(f"{town.base_url}/settings/import")
    await _looks_well(bob, way)
    await main.get_by_role("textbox").fill(f"ana@{host}\nnobody{way.word}@{host}")
    await main.get_by_role("button", name="Follow them").click()
    told = main.get_by_role("status").filter(has_text="not found")
    await expect(told).to_be_visible()

    async def is_done() -> bool:
        await bob.reload()
        return re.search(r"[1-9]\d* followed, 0 waiting, [1-9]", await told.inner_text()) is not None

    await wait_until(is_done)
    await main.get_by_text("Not found", exact=True).click()
    await expect(main.get_by_text(f"nobody{way.word}@{host}")).to_be_visible()
    await bob.goto(f"{town.base_url}/@ana")
    await bob.locator("main .following > summary").click()
    await bob.get_by_role("button", name="Unfollow").click()
    await expect(bob.get_by_role("button", name="Follow", exact=True)).to_be_visible()
    assert heard == []


async def test_somebody_says_where_they_came_from(town: Server, arrive: Arrive, way: Way) -> None:
    """An alias is kept and removed; a move to an account that has no such alias is refused with the reason."""
    host = town.base_url.partition("://")[2]
    bob = await arrive("bob")
    heard = listen(bob)
    main = bob.locator("main")
    await bob.goto(f"{town.base_url}/settings/move")
    await _looks_well(bob, way)
    alias = main.locator("form", has=bob.get_by_role("button", name="Add alias"))
    await alias.get_by_role("textbox").fill(f"ana@{host}")
    await alias.get_by_role("button", name="Add alias").click()
    row = main.locator(".person", has_text="ana")
    await expect(row).to_be_visible()
    await row.get_by_role("button", name="Remove").click()
    await expect(row).to_have_count(0)
    move = main.locator("form", has=bob.get_by_role("button", name="Move my followers"))
    await move.get_by_role("textbox").first.fill(f"ana@{host}")
    await move.get_by_label("Your password").fill(PASSWORD)
    await move.get_by_role("button", name="Move my followers").click()
    await expect(move).to_contain_text("as an alias. Add it there first.")
    await bob.goto(f"{town.base_url}/home")
    await expect(bob.locator("h1")).to_have_text("Home")
    # the browser notes the answer 422 to the refused move
    assert [one for one in heard if "422" not in one] == []
