"""In Chromium, with a real provider: staff add it, somebody new comes in by it and signs out of both."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.pages.accounts.providers.test_real_provider import running
from tests.support.browser import new_context
from tests.support.servers import running_server

pytestmark = [pytest.mark.anyio, pytest.mark.servers, pytest.mark.browser, pytest.mark.slow]

NETWORKS = {"TAKAHE_ALLOWED_NETWORKS": "127.0.0.0/8", "TAKAHE_ALLOW_HTTP": "true"}
PASSWORD = "correct horse battery"


async def sign_in_there(page: Page, name: str) -> None:
    """Fill in the provider's two forms."""
    await page.fill("input[name=login]", name)
    await page.fill("input[name=password]", "x")
    await page.click("button[type=submit]")
    await page.click("button[type=submit]")


async def test_staff_add_a_provider_and_somebody_new_comes_in(page: Page, tmp_path: Path) -> None:
    async with running_server(env=NETWORKS) as server:
        await server.set_up()
        await page.goto(f"{server.base_url}/sign-in?next=/admin/providers/new")
        await page.fill("input[name=email]", "admin@example.com")
        await page.fill("input[name=password]", PASSWORD)
        await page.click("main form button >> nth=0")
        addresses = [await page.input_value(f"#{one}") for one in ("redirect-uri", "after-sign-out")]
        async with running(tmp_path, *addresses, "RS256") as issuer:
            await page.fill("input[name=issuer]", issuer)
            await page.fill("input[name=name]", "House")
            await page.fill("input[name=client_id]", "takahe")
            await page.fill("input[name=client_secret]", "a secret: with % and +")
            await page.check("input[name=creates_logins]")
            await page.click("main form.card button >> text=Add")
            await expect(page.locator("main")).to_contain_text("On: it is offered on the sign-in page.")
            await page.click("text=Try it with your own login")
            await page.fill("input[name=password]", PASSWORD)
            await page.click("main form button")
            await sign_in_there(page, "boss")
            await expect(page.locator("main")).to_contain_text("boss@example.org")
            await page.goto(f"{server.base_url}/admin/providers")
            browser = page.context.browser
            assert browser is not None
            context = await new_context(browser, viewport={"width": 390, "height": 800})
            phone = await context.new_page()
            await phone.goto(f"{server.base_url}/sign-in?next=/settings/security")
            await phone.click("text=Sign in with House")
            await sign_in_there(phone, "zoe")
            await expect(phone.locator("input[name=username]")).to_have_value("zoe")
            await phone.click("main form button")
            await expect(phone).to_have_url(f"{server.base_url}/settings/security")
            await expect(phone.locator("main")).to_contain_text("zoe@example.org")
            await phone.goto(f"{server.base_url}/more")
            await phone.click("main >> text=Sign out")
            await phone.click("text=Yes, sign me out")
            await expect(phone).to_have_url(f"{server.base_url}/")
            await context.close()
