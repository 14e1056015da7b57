"""A server full of all kinds of posts, and browsers of its users."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Browser, Page

from tests.pages.browser.town import DESK, let_in
from tests.support.browser import new_context
from tests.support.servers import Server, running_server

type Visit = Callable[..., Awaitable[Page]]


@pytest.fixture(scope="module")
async def town(anyio_backend: object, request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    """Run one server for this module: ana is its admin, bob has an account, and ana's home timeline has all kinds of posts.

    A module's `TOWN_ENV` are settings of its server.
    """
    async with running_server(env=getattr(request.module, "TOWN_ENV", None)) as server:
        await server.run("tests.pages.seed", server.domain)
        await server.wait_known()
        yield server


@pytest.fixture
async def visit(town: Server, chromium_process: Browser) -> AsyncIterator[Visit]:
    """Return a function that opens a page in a user's own signed-in browser: `await visit("ana")`. Options are those of its context."""
    opened: list[Page] = []

    async def open_page(name: str, **options: object) -> Page:
        options = {"viewport": DESK, **options}
        page = await (await new_context(chromium_process, **options)).new_page()  # type: ignore[arg-type]
        opened.append(page)
        await let_in(page, town, name)
        return page

    yield open_page
    for page in opened:
        await page.context.close()
