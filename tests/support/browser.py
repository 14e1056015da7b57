"""Debian's Chromium, driven by playwright. Domains like localhost:PORT need no name service."""

import os
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

# the shell is Chromium without its windows: a page costs less than half of the processor's time
_PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def chromium() -> str | None:
    """The browser's program: CHROMIUM from the environment, or what Debian installs."""
    found = (shutil.which(name) for name in _PROGRAMS)
    return os.environ.get("CHROMIUM") or next(filter(None, found), None)


@pytest.fixture(scope="session")
async def chromium_process(anyio_backend: object) -> AsyncIterator[Browser]:
    """One browser for the session; each test has a context (cookies, storage) of its own."""
    program = chromium()
    if program is None:
        pytest.skip("Chromium is not installed: `make test` installs it")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def browser(chromium_process: Browser) -> AsyncIterator[BrowserContext]:
    """A fresh browser profile, without motion: drawing what moves between two pages costs as much as the second page."""
    context = await chromium_process.new_context(ignore_https_errors=True, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    yield context
    await context.close()


@pytest.fixture
async def page(browser: BrowserContext) -> Page:
    """A tab in a fresh browser profile."""
    return await browser.new_page()


@pytest.fixture
async def page_without_scripts(chromium_process: Browser) -> AsyncIterator[Page]:
    """A tab of a browser that runs no JavaScript."""
    context = await chromium_process.new_context(
        java_script_enabled=False, ignore_https_errors=True, reduced_motion="reduce"
    )
    context.set_default_timeout(10_000)
    yield await context.new_page()
    await context.close()
