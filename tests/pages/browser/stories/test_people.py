"""Stories of people: how one settles in, keeps others away, sets what one sees and is told of, and what visitors find."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.pages.browser.photos import photo
from tests.pages.browser.stories.conftest import Arrive, Way
from tests.pages.browser.town import faults_of, listen, scrolls_sideways, send
from tests.support.browser import new_context
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]


async def _save(page: Page, way: Way) -> None:
    """Send the form of a settings page. With scripts it saves what changes by itself, and says so."""
    if not way.scripts:
        await page.locator("main").get_by_role("button", name="Save", exact=True).first.click()
    await expect(page.locator("#toast, [role=status]", has_text=re.compile("[Ss]aved")).first).to_be_visible()


async def _ask_first(page: Page, town: Server, asks: bool) -> None:
    """Let followers wait for approval, or not."""
    await page.goto(f"{town.base_url}/settings")
    await page.get_by_label("Approve each follow request").set_checked(asks)
    await page.locator("main").get_by_role("button", name="Save", exact=True).first.click()
    await expect(page.get_by_role("status").filter(has_text=re.compile("[Ss]aved")).first).to_be_visible()


async def test_somebody_new_settles_in(town: Server, arrive: Arrive, way: Way) -> None:
    """The steps of the welcome, one after the other, a picture, and what is on the profile and on Home then."""
    bob = await arrive("bob")
    heard = listen(bob)
    main = bob.locator("main")
    step = main.locator("[aria-current=step]")
    await bob.goto(f"{town.base_url}/welcome/profile")
    await bob.get_by_label("Display name").fill(f"Bob of the estuary, {way.word}")
    await bob.get_by_label("About you").fill("I count birds.")
    await main.get_by_role("button", name="Save and continue").click()
    await expect(step).to_have_text("People")
    await main.get_by_role("button", name="Not now").click()
    await expect(step).to_have_text("Hashtags")
    await bob.get_by_label("Others").fill(f"tide{way.word}, #salt{way.word}")
    await main.get_by_role("button", name="Follow and continue").click()
    await expect(step).to_have_text("Import")
    await main.get_by_role("button", name="Not now").click()
    await expect(step).to_have_text("App")
    await main.get_by_role("button", name="Done").click()
    await expect(bob.locator("h1")).to_have_text("Home")
    await bob.goto(f"{town.base_url}/followed-tags")
    for tag in ("tide", "salt"):
        await expect(main.get_by_role("link", name=f"#{tag}{way.word}")).to_be_visible()
    await bob.goto(f"{town.base_url}/settings")
    picture = {"name": "bird.png", "mimeType": "image/png", "buffer": photo(300, 200)}
    await bob.locator("#id_icon").set_input_files(picture)  # type: ignore[arg-type]
    await bob.get_by_label("Profile picture description").fill(f"A heron, {way.word}")
    await main.get_by_role("button", name="Save", exact=True).first.click()
    await expect(bob.get_by_role("status").filter(has_text=re.compile("[Ss]aved")).first).to_be_visible()
    await bob.goto(f"{town.base_url}/@bob")
    await expect(bob.locator("h1")).to_have_text(f"Bob of the estuary, {way.word}")
    await expect(bob.locator("section.profile")).to_contain_text("I count birds.")
    await expect(bob.get_by_role("img", name=f"A heron, {way.word}")).to_be_visible()
    assert heard == []


async def test_somebody_unwanted_is_muted_blocked_and_reported(
    town: Server, arrive: Arrive, way: Way
) -> None:
    """And a moderator deals with the report."""
    bob = await arrive("bob")
    heard = listen(bob)
    profile, menu = f"{town.base_url}/@ana", bob.locator("section.profile details.menu").last
    for press, undo in (("Mute", "Unmute"), ("Block", "Unblock")):
        await bob.goto(profile)
        await menu.locator("summary").click()
        await menu.get_by_role("button", name=press, exact=True).click()
        back = bob.locator("section.profile").get_by_role("button", name=undo, exact=True)
        await expect(back).to_be_visible()
        if way.scripts:
            await expect(bob.locator("section.profile form.htmx-request")).to_have_count(0)
        await bob.goto(profile)
        await back.click()
        await expect(bob.get_by_role("button", name="Follow", exact=True)).to_be_visible()
        if way.scripts:
            await expect(bob.locator("section.profile form.htmx-request")).to_have_count(0)
    await menu.locator("summary").click()
    await menu.get_by_role("link", name="Report").click()
    await expect(bob.locator("h1")).to_have_text("Report")
    if way.scripts:
        assert await faults_of(bob) == []
    await bob.get_by_label("Spam").check()
    await bob.get_by_label("What should the moderators know?").fill(f"Adverts, {way.word}")
    await bob.get_by_role("button", name="Send report").click()
    await expect(bob.get_by_text("Thank you. The moderators will review your report.")).to_be_visible()
    # with scripts the thanks stand where the form stood, without them on the next page
    await expect(bob.locator("h1")).to_have_text("Report" if way.scripts else "Home")
    ana = await arrive("ana")
    heard += listen(ana)
    await ana.goto(f"{town.base_url}/admin/reports")
    await ana.locator("main").get_by_role("link").filter(has_text=f"Adverts, {way.word}").first.click()
    await expect(ana.locator("main")).to_contain_text(f"Adverts, {way.word}")
    assert not await scrolls_sideways(ana)
    await ana.get_by_role("button", name="Resolve").click()
    await expect(ana.locator("#toast, [role=status]", has_text="Report resolved.").first).to_be_visible()
    await expect(ana.locator("main")).not_to_contain_text(f"Adverts, {way.word}")
    assert heard == []


async def test_somebody_sets_how_pages_look_and_what_they_hear_of(
    town: Server, arrive: Arrive, way: Way
) -> None:
    """Dark pages, at once and on the next page; which mails come; who is asked before they follow; and back."""
    bob = await arrive("bob")
    heard = listen(bob)
    settings = f"{town.base_url}/settings"
    await bob.goto(f"{settings}/appearance")
    await bob.locator("[name=theme]").select_option("dark")
    await _save(bob, way)
    await bob.goto(f"{settings}/notifications/mail")
    box = bob.get_by_label("Mentions and replies")
    was = await box.is_checked()
    await box.set_checked(not was)
    await _save(bob, way)
    await bob.reload()
    await expect(box).to_be_checked(checked=not was)
    await expect(bob.locator("html")).to_have_attribute("data-theme", "dark")
    await bob.goto(f"{settings}/appearance")
    await bob.locator("[name=theme]").select_option("system")
    await _save(bob, way)
    await bob.goto(f"{settings}/notifications/policy")
    policy = bob.locator("main").get_by_role("combobox").first
    await policy.select_option(index=1)
    chosen = await policy.input_value()
    await _save(bob, way)
    await bob.reload()
    await expect(policy).to_have_value(chosen)
    await _ask_first(bob, town, True)
    ana = await arrive("ana")
    heard += listen(ana)
    await ana.goto(f"{town.base_url}/@bob")
    await ana.get_by_role("button", name="Follow", exact=True).click()
    stands = ana.locator("main .following > summary")
    await expect(stands).to_have_text("Requested")
    await bob.goto(f"{town.base_url}/follow-requests")
    await bob.locator("main").get_by_role("button", name="Accept @ana").click()
    await expect(bob.get_by_role("button", name="Accept @ana")).to_have_count(0)
    await ana.goto(f"{town.base_url}/@bob")
    await expect(stands).to_have_text("Following")
    await stands.click()
    await ana.get_by_role("button", name="Unfollow").click()
    await expect(ana.get_by_role("button", name="Follow", exact=True)).to_be_visible()
    await _ask_first(bob, town, False)
    assert heard == []


async def test_forms_that_need_scripts_are_not_shown_without(town: Server, arrive: Arrive, way: Way) -> None:
    """Every form that is shown can be sent."""
    bob = await arrive("bob")
    settings = f"{town.base_url}/settings/notifications"
    await bob.add_init_script("Object.defineProperty(Notification, 'permission', { get: () => 'default' })")
    await bob.goto(settings)
    main = bob.locator("main")
    if way.scripts:
        await expect(main.get_by_role("checkbox")).not_to_have_count(0)
        return
    await expect(main.locator("noscript .note")).to_have_text("This needs JavaScript.")
    await expect(main.get_by_role("checkbox")).to_have_count(0)
    await expect(main.get_by_role("combobox")).to_have_count(0)
    pages = await main.get_by_role("link", name="Choose").evaluate_all("all => all.map(one => one.href)")
    assert len(pages) == 3
    for address in (settings, *pages):
        await bob.goto(address)
        for form in await main.locator("form:visible").all():
            await expect(form.locator("button:visible:enabled")).not_to_have_count(0)


async def test_a_visitor_reads_and_is_led_to_their_own_server(
    town: Server, arrive: Arrive, chromium_process: Browser, way: Way
) -> None:
    """A profile, one of its posts and its feed are open; Follow asks for the visitor's own server, Join leads to the form."""
    await send(await arrive("ana"), town, f"For everyone, {way.word}")
    context = await new_context(chromium_process, viewport=way.size, java_script_enabled=way.scripts)  # type: ignore[arg-type]
    page = await context.new_page()
    heard = listen(page)
    await page.goto(f"{town.base_url}/@ana")
    feed = await page.locator("link[type='application/rss+xml']").first.get_attribute("href")
    assert feed
    assert f"For everyone, {way.word}" in await (await page.request.get(f"{town.base_url}{feed}")).text()
    await page.locator("article.post", has_text=f"For everyone, {way.word}").locator("a.when").click()
    await expect(page.locator("article.focus")).to_contain_text(f"For everyone, {way.word}")
    assert not await scrolls_sideways(page)
    await page.goto(f"{town.base_url}/@ana")
    await page.locator("section.profile").get_by_role("link", name="Follow", exact=True).click()
    server = page.get_by_label(re.compile("server|address|handle", re.IGNORECASE)).first
    await expect(server).to_be_visible()
    await page.goto(f"{town.base_url}/about")
    await expect(page.locator("h1")).to_be_visible()
    assert not await scrolls_sideways(page)
    assert heard == []
    await context.close()
