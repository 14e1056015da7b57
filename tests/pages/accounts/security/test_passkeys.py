"""Passkeys in a real Chromium with a device made of software (WebAuthn over CDP)."""

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.pages.browser.conftest import town as town
from tests.pages.browser.town import sign_in
from tests.pages.seed import PASSWORD
from tests.support.servers import Server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]
_DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


async def test_a_passkey_is_made_used_and_removed(town: Server, browser: BrowserContext, page: Page) -> None:
    device = await browser.new_cdp_session(page)
    await device.send("WebAuthn.enable")
    await device.send("WebAuthn.addVirtualAuthenticator", {"options": _DEVICE})
    await page.goto(f"{town.base_url}/sign-in")
    await expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_visible()
    await sign_in(page, town, "ana")
    await page.goto(f"{town.base_url}/settings/security/passkeys")
    await page.get_by_label("Name of the passkey").fill("Laptop")
    await page.get_by_label("Your password").fill(PASSWORD)
    await page.get_by_role("button", name="Add a passkey").click()
    await expect(page.get_by_text("Laptop", exact=True).first).to_be_visible()
    host = town.base_url.partition("://")[2]
    await expect(page.get_by_text(f"Works on {host},")).to_be_visible()

    await browser.clear_cookies()
    await page.goto(f"{town.base_url}/sign-in?next=/settings/security/passkeys")
    # this device answers by itself to what the field of the address offers
    await page.wait_for_url(f"{town.base_url}/settings/security/passkeys")
    await expect(page.get_by_text("last used")).to_be_visible()
    await page.get_by_role("button", name="Remove Laptop").click()
    await expect(page.get_by_text("You have none yet.")).to_be_visible()

    await browser.clear_cookies()
    await page.goto(f"{town.base_url}/sign-in")
    refused = "This passkey is not known here. Sign in with your password."
    await expect(page.get_by_role("alert")).to_have_text(refused)
    async with page.expect_response("**/sign-in/passkey") as answer:
        await page.get_by_role("button", name="Sign in with a passkey").click()
    assert (await answer.value).status == 401
    await expect(page.get_by_role("alert")).to_have_text(refused)


async def test_without_scripts_the_password_is_the_way(town: Server, page_without_scripts: Page) -> None:
    page = page_without_scripts
    await page.goto(f"{town.base_url}/sign-in")
    await expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    await sign_in(page, town, "ana")
