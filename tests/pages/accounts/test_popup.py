"""A browser client of another origin opens the authorize page in a pop-up and waits for what it sends back: in a real Chromium."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.pages.seed import PASSWORD
from tests.support.servers import Server, running_server

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.servers]

_CLIENT = b"""<!doctype html><meta charset=utf-8><title>A client</title><button id=go>Sign in</button><p id=said></p><script>
let popup
document.getElementById('go').onclick = () => { popup = window.open(location.hash.slice(1), 'signin', 'width=500,height=700') }
addEventListener('message', event => { if (event.origin === location.origin) document.getElementById('said').textContent = event.data })
setInterval(() => {
  try { if (popup && popup.location.pathname === '/polled') { document.getElementById('said').textContent = popup.location.search; popup.close() } }
  catch (error) { /* it is still on the other origin */ }
}, 50)
</script>"""
_CALLBACK = b"""<!doctype html><meta charset=utf-8><title>Back</title><script>
if (opener) { opener.postMessage(location.search, location.origin); window.close() }</script>"""
_POLLED = b"<!doctype html><meta charset=utf-8><title>Back</title>"


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    path = head.split()[1].partition(b"?")[0]
    body = {b"/": _CLIENT, b"/callback": _CALLBACK, b"/polled": _POLLED}.get(path, b"")
    status = b"200 OK" if body else b"404 Not Found"
    writer.write(
        b"HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
        % (status, len(body), body)
    )
    await writer.drain()
    writer.close()


@asynccontextmanager
async def _client_site() -> AsyncIterator[str]:
    server = await asyncio.start_server(_answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.fixture(scope="module")
async def town(anyio_backend: object) -> AsyncIterator[Server]:
    async with running_server() as server:
        await server.set_up("ana", "ana@example.com", PASSWORD)
        yield server


async def _sign_in(page: Page) -> None:
    await page.fill("#id_email", "ana@example.com")
    await page.fill("#id_password", PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.parametrize("way", ["callback", "polled"], ids=["by message", "by looking at the address"])
async def test_a_pop_up_signs_in_and_brings_the_code_back(
    town: Server, browser: BrowserContext, way: str
) -> None:
    async with _client_site() as origin, httpx.AsyncClient(base_url=town.base_url) as http:
        redirect = f"{origin}/{way}"
        registration = {"client_name": "A client", "redirect_uris": redirect, "scopes": "read"}
        app = (await http.post("/api/v1/apps", data=registration)).json()
        asked = {
            "client_id": app["client_id"],
            "redirect_uri": redirect,
            "response_type": "code",
            "scope": "read",
            "state": "s t",
        }
        page = await browser.new_page()
        await page.goto(f"{origin}/#{town.base_url}/oauth/authorize?{urlencode(asked)}")
        async with page.expect_popup() as opened:
            await page.click("#go")
        popup = await opened.value
        await _sign_in(popup)
        await expect(popup.locator("h1")).to_have_text("Authorize A client?")
        await popup.get_by_role("button", name="Authorize").click(no_wait_after=True)
        await expect(page.locator("#said")).to_contain_text("code=")
        answer = parse_qs(urlsplit((await page.locator("#said").text_content()) or "").query)
        assert answer["state"] == ["s t"]
        fields = {
            "grant_type": "authorization_code",
            "code": answer["code"][0],
            "client_id": app["client_id"],
            "client_secret": app["client_secret"],
            "redirect_uri": redirect,
        }
        token = (await http.post("/oauth/token", data=fields)).json()
        assert token["token_type"] == "Bearer"


async def test_an_app_of_the_system_is_called_by_its_own_scheme(
    town: Server, browser: BrowserContext
) -> None:
    """The browser tries to open `myapp:`; that the form's policy let it try is what no error in the console says."""
    async with httpx.AsyncClient(base_url=town.base_url) as http:
        registration = {"client_name": "An app", "redirect_uris": "myapp://done", "scopes": "read"}
        app = (await http.post("/api/v1/apps", data=registration)).json()
    asked = {
        "client_id": app["client_id"],
        "redirect_uri": "myapp://done",
        "response_type": "code",
        "scope": "read",
    }
    page = await browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    await page.goto(f"{town.base_url}/oauth/authorize?{urlencode(asked)}")
    await _sign_in(page)
    async with page.expect_response(lambda response: response.request.method == "POST") as sent:
        await page.get_by_role("button", name="Authorize").click(no_wait_after=True)
    location = (await (await sent.value).all_headers())["location"]
    assert location.startswith("myapp://done?code=")
    assert await page.evaluate("document.title"), "the page is still there, and has had time to complain"
    assert not [words for words in said if "Content Security Policy" in words]
