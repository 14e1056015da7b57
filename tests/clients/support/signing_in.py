"""A user's browser without scripts, as far as authorizing an app needs it."""

import re
from html import unescape
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

from tests.clients.seed import PASSWORD, SCOPES, email_of
from tests.clients.support.library import Client
from tests.support.waiting import PATIENCE_S

CALLBACK = "https://app.example/done"
_HIDDEN = re.compile(r'type="hidden" name="([^"]+)" value="([^"]*)"')
_CODE = re.compile(r"<(?:code|input)[^>]*?(?:value=\"([\w-]{20,})\"|>([\w-]{20,})<)")


def sign_in(client: Client, name: str) -> str:
    """Return a new token for `client`, an app that `name` authorizes, with a code to copy."""
    oob, scopes = "urn:ietf:wg:oauth:2.0:oob", SCOPES.split()
    library = client.library
    library.client_id, library.client_secret = client.create_app(
        "An app",
        scopes=scopes,
        redirect_uris=[oob, CALLBACK],
        website="https://app.example",
        api_base_url=library.api_base_url,
    )
    address = client.auth_request_url(redirect_uris=oob, scopes=scopes, allow_http=True, force_login=True)
    token = client.log_in(
        code=let_in(address, name)["code"], redirect_uri=oob, scopes=scopes, allow_http=True
    )
    return str(token)


def let_in(address: str, name: str) -> dict[str, str]:
    """Open the authorization page at `address` as `name`, sign in there and authorize the app. Returns its parameters: `code`, perhaps `state`."""
    with requests.Session() as browser:
        page = browser.get(address, timeout=PATIENCE_S)
        if "/sign-in" in page.url:
            page = _send(browser, page, email=email_of(name), password=PASSWORD)
        page = _send(browser, page, decision="allow")
        if 300 <= page.status_code < 400:
            asked = parse_qs(urlsplit(page.headers["location"]).query)
            return {key: values[0] for key, values in asked.items()}
        found = _CODE.search(page.text)
        assert found, page.text
        return {"code": found[1] or found[2]}


def _send(browser: requests.Session, page: requests.Response, **fields: str) -> requests.Response:
    """Submit the page's main form with its hidden fields. Follows redirects on this server only."""
    form = page.text.partition("<main")[2]
    action = re.search(r'<form[^>]*action="([^"]*)"', form)
    target = urljoin(page.url, unescape(action[1]) if action else page.url)
    hidden = {key: unescape(value) for key, value in _HIDDEN.findall(form)}
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
    answer = browser.post(
        target,
        data={**hidden, **fields},
        headers={"Origin": origin, "Referer": page.url},
        allow_redirects=False,
        timeout=PATIENCE_S,
    )
    while 300 <= answer.status_code < 400:
        there = urljoin(target, answer.headers["location"])
        if not there.startswith(origin):
            return answer
        answer = browser.get(there, allow_redirects=False, timeout=PATIENCE_S)
    assert answer.status_code == 200, (answer.status_code, answer.text)
    return answer
