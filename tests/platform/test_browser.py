"""The browser fixtures drive a real Chromium."""

import pytest
from playwright.async_api import BrowserContext, Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


async def test_a_page_runs_scripts_and_forgets_everything_between_tests(
    page: Page, browser: BrowserContext
) -> None:
    await page.set_content(
        "<p id=a>before</p><script>document.getElementById('a').textContent = 'after'</script>"
    )
    assert await page.text_content("#a") == "after"
    assert await browser.cookies() == []


async def test_a_page_without_scripts_runs_none(page_without_scripts: Page) -> None:
    page = page_without_scripts
    await page.set_content(
        "<p id=a>before</p><script>document.getElementById('a').textContent = 'after'</script>"
    )
    assert await page.text_content("#a") == "before"
