"""Columns in a real browser: they fill by themselves, are moved and removed in place, and swiped on a phone."""

import pytest
from playwright.async_api import expect

from tests.pages.browser.conftest import Visit
from tests.pages.browser.town import PHONE, listen, write
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers, pytest.mark.slow]

KINDS = "[...document.querySelectorAll('.column[data-kind]')].map((one) => one.dataset.kind)"


async def test_columns_stay_alive(town: Server, visit: Visit) -> None:
    """Ana has columns open while bob writes: a column at its top takes the post in, one in whose middle she reads offers it."""
    bob, ana = [await visit(name) for name in ("bob", "ana")]
    heard, sockets = listen(ana), []
    ana.on("websocket", lambda one: sockets.append(one.url))
    await ana.goto(f"{town.base_url}/columns")
    await ana.locator("button[value=federated]").click()
    local, federated = ana.locator("[data-kind=local]"), ana.locator("[data-kind=federated]")
    await ana.wait_for_url("**/columns#column-*")
    await expect(federated).to_be_in_viewport()
    await ana.mouse.move(5, 5)
    await federated.locator(".rows").evaluate("(rows) => rows.scrollTo({ top: 400 })")
    assert await federated.locator(".rows").evaluate("(rows) => rows.scrollTop") > 100, "it scrolls by itself"
    read = federated.locator("article.post").nth(5)
    place = await read.evaluate("(post) => post.getBoundingClientRect().top")
    assert await ana.evaluate("scrollY") == 0

    await write(bob, town, "Columns are alive")
    await expect(local.locator("article.post", has_text="Columns are alive")).to_be_visible()
    pill = federated.get_by_role("button", name="1 new post")
    await expect(pill).to_be_visible()
    await expect(federated.locator("article.post", has_text="Columns are alive")).to_have_count(0)
    assert await read.evaluate("(post) => post.getBoundingClientRect().top") == pytest.approx(place, abs=2)
    await pill.click()
    await expect(federated.locator("article.post", has_text="Columns are alive")).to_be_in_viewport()

    # a press in one column leaves the same post in the other alone
    await local.locator("article.post", has_text="Columns are alive").locator("button.like").click()
    mine = local.locator("article.post", has_text="Columns are alive").locator("button.like")
    await expect(mine).to_have_attribute("aria-pressed", "true")

    ids = await ana.evaluate("[...document.querySelectorAll('[id]')].map((one) => one.id)")
    assert len(ids) == len(set(ids))
    assert len(sockets) <= 2, "one connection for all columns of a page"
    assert heard == []


async def test_columns_are_arranged_in_place(town: Server, visit: Visit) -> None:
    page = await visit("bob")
    heard = listen(page)
    await page.goto(f"{town.base_url}/columns")
    await page.evaluate("window.same = true")
    assert await page.evaluate(KINDS) == ["home", "notifications", "local"]
    await page.keyboard.press("3")
    await expect(page.locator("[data-kind=local] h2 a")).to_be_focused()
    await page.keyboard.press("Shift+ArrowLeft")
    await expect(page.locator(".column").nth(1)).to_have_attribute("data-kind", "local")
    await expect(page.locator("[data-kind=local] h2 a")).to_be_focused()
    await page.keyboard.press("Shift+ArrowLeft")
    await expect(page.locator(".column").first).to_have_attribute("data-kind", "local")

    local = page.locator("[data-kind=local]")
    await local.locator("header summary").click()
    await expect(local.get_by_role("button", name="Move left")).to_be_disabled()
    await local.get_by_role("button", name="Wide column").click()
    await expect(local).to_have_class("column wide")
    home = page.locator("[data-kind=home]")
    await home.locator("header summary").click()
    await home.get_by_role("button", name="Remove column").click()
    await expect(home).to_have_count(0)
    assert await page.evaluate("window.same"), "nothing was loaded again"
    await page.get_by_role("button", name="Undo").click()
    await expect(home).to_be_visible()
    assert await page.evaluate(KINDS) == ["local", "home", "notifications"]
    await page.reload()
    assert await page.evaluate(KINDS) == ["local", "home", "notifications"]
    assert await local.evaluate("(one) => one.className") == "column wide"
    assert heard == []


async def test_older_posts_load_and_a_phone_has_one_column(town: Server, visit: Visit) -> None:
    page = await visit("ana", viewport=PHONE, has_touch=True, is_mobile=True)
    heard = listen(page)
    await page.goto(f"{town.base_url}/columns")
    home, other = page.locator("[data-kind=home]"), page.locator("[data-kind=notifications]")
    first = await home.locator("article.post").count()
    await page.locator(".deck-tabs a", has_text="Home").click()
    await expect(home).to_be_in_viewport(ratio=0.9)
    await expect(page.locator(".deck-tabs [aria-current]")).to_have_text("Home")
    await expect(other).not_to_be_in_viewport()
    await home.locator(".rows").evaluate("(rows) => rows.scrollTo({ top: rows.scrollHeight })")
    await expect(home.locator("article.post").nth(first)).to_be_attached()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is no wider"
    assert heard == []


async def test_columns_without_scripts(town: Server, visit: Visit) -> None:
    page = await visit("ana", java_script_enabled=False)
    await page.goto(f"{town.base_url}/columns")
    home, first = page.locator("[data-kind=home]"), page.locator(".column").first
    await expect(first).to_have_attribute("data-kind", "home")
    await home.locator("header summary").click()
    await home.get_by_role("button", name="Move right").click()
    await expect(first).to_have_attribute("data-kind", "notifications")
    await home.locator(".pager a").click()
    await expect(page.locator("h1")).to_have_text("Home")
    assert "max_id=" in page.url
