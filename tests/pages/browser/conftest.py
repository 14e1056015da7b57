"""A server full of all kinds of posts, and browsers of people who look at it."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Browser, Page

from tests.pages.browser.town import DESK, let_in
from tests.support.servers import Server, running_server

type Visit = Callable[..., Awaitable[Page]]


@pytest.fixture(scope="module")
async def town(anyio_backend: object) -> AsyncIterator[Server]:
    """One server for this module: ana runs it, bob is there too, and ana's home is full of all kinds of posts."""
    async with running_server() as server:
        await server.run("tests.pages.seed", server.domain)
        await server.wait_known()
        yield server


@pytest.fixture
async def visit(town: Server, chromium_process: Browser) -> AsyncIterator[Visit]:
    """`await visit("ana")` is a page in a browser of ana's own, who is signed in. Options are those of its context."""
    opened: list[Page] = []

    async def open_page(name: str, **options: object) -> Page:
        options = {"viewport": DESK, "reduced_motion": "reduce", **options}
        page = await (await chromium_process.new_context(**options)).new_page()  # type: ignore[arg-type]
        opened.append(page)
        await let_in(page, town, name)
        return page

    yield open_page
    for page in opened:
        await page.context.close()
