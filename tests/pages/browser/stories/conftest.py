"""The six ways in which each story is lived through: three widths, each with and without JavaScript."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NamedTuple

import pytest
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize

from tests.pages.browser.town import PHONE, TABLET, WIDE, let_in
from tests.support.browser import new_context
from tests.support.servers import Server

type Arrive = Callable[..., Awaitable[Page]]


class Way(NamedTuple):
    """The window, whether scripts run, and a word for what is written, which no other way uses."""

    size: ViewportSize
    scripts: bool
    word: str


_WAYS = [
    Way(ViewportSize(**size), scripts, f"{size['width']}{'live' if scripts else 'plain'}")
    for size in (PHONE, TABLET, WIDE)
    for scripts in (True, False)
]


@pytest.fixture(params=_WAYS, ids=lambda way: way.word)
def way(request: pytest.FixtureRequest) -> Way:
    found: Way = request.param
    return found


@pytest.fixture(scope="module")
def sessions() -> dict[str, Any]:
    """The cookies of each user who has signed in: a server lets one address do that so often."""
    return {}


@pytest.fixture
async def arrive(
    town: Server, chromium_process: Browser, sessions: dict[str, Any], way: Way
) -> AsyncIterator[Arrive]:
    """Return a function that opens a page in a user's signed-in browser, in this way: `await arrive("ana")`.

    `leaves`: with a session of its own, which the story may end.
    """
    opened: list[BrowserContext] = []

    async def open_page(name: str, *, leaves: bool = False) -> Page:
        known = None if leaves else sessions.get(name)
        context = await new_context(
            chromium_process, java_script_enabled=way.scripts, viewport=way.size, storage_state=known
        )
        opened.append(context)
        page = await context.new_page()
        if known is None:
            await let_in(page, town, name)
            if not leaves:
                sessions[name] = await context.storage_state()
        return page

    yield open_page
    for context in opened:
        await context.close()
