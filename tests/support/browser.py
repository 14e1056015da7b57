"""Debian's Chromium, driven by Playwright. It resolves localhost:PORT without DNS."""

import os
import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.support.waiting import PATIENCE_S

# the headless shell takes less than half the CPU per page
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
_PATIENCE_MS = PATIENCE_S * 1000
expect.set_options(timeout=_PATIENCE_MS)


def chromium() -> str | None:
    """Return the path of the browser: CHROMIUM from the environment, or Debian's."""
    found = (shutil.which(name) for name in _PROGRAMS)
    return os.environ.get("CHROMIUM") or next(filter(None, found), None)


@pytest.fixture(scope="session")
async def chromium_process(anyio_backend: object) -> AsyncIterator[Browser]:
    """Start one browser for the session. Each test has its own context (cookies, storage)."""
    program = chromium()
    if program is None:
        pytest.skip("Chromium is not installed: `make test` installs it")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        await browser.close()


async def new_context(chromium: Browser, *, has_worker: bool = False, **options: Any) -> BrowserContext:
    """Open a fresh browser profile with reduced motion: animating between two pages costs as much CPU as the second page.

    So does the service worker, which loads the pages of the app once more: only with `has_worker` it is installed.
    """
    options = {"reduced_motion": "reduce", "service_workers": "allow" if has_worker else "block", **options}
    context = await chromium.new_context(**options)
    context.set_default_timeout(_PATIENCE_MS)
    return context


@pytest.fixture
async def browser(chromium_process: Browser) -> AsyncIterator[BrowserContext]:
    """Open a fresh browser profile."""
    context = await new_context(chromium_process, ignore_https_errors=True)
    yield context
    await context.close()


@pytest.fixture
async def page(browser: BrowserContext) -> Page:
    """Open a tab in a fresh browser profile."""
    return await browser.new_page()


@pytest.fixture
async def page_without_scripts(chromium_process: Browser) -> AsyncIterator[Page]:
    """Open a tab in a browser with JavaScript disabled."""
    context = await new_context(chromium_process, java_script_enabled=False, ignore_https_errors=True)
    yield await context.new_page()
    await context.close()
