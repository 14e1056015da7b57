"""A browser on the authorization page, and the requests that an app makes before and after."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.api.support.world import World

OOB = "urn:ietf:wg:oauth:2.0:oob"
CALLBACK = "https://client.example/callback?x=1"
CUSTOM = "myapp://oauth/done"


class Browser:
    """A signed-in user's browser on the authorization page."""

    def __init__(self, world: World, cookie: str) -> None:
        self.http = world.http
        self.cookies = f"__Host-session={cookie}"

    async def open(self, **asked: str) -> httpx.Response:
        return await self.http.get("/oauth/authorize", params=asked, headers={"Cookie": self.cookies})

    async def decide(self, page: httpx.Response, decision: str = "allow", **changed: str) -> httpx.Response:
        """Submit the form of the page."""
        fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
        fields = {name: unescape(value) for name, value in fields.items()}
        chosen = re.search(r'name="identity" value="(\d+)" checked', page.text)
        if chosen:
            fields["identity"] = chosen.group(1)
        token = page.cookies.get("csrftoken") or re.search(
            r"csrftoken=(\w+)", page.headers["set-cookie"]
        ).group(1)
        return await self.http.post(
            "/oauth/authorize",
            data={**fields, "decision": decision, **changed},
            headers={"Cookie": f"{self.cookies}; csrftoken={token}"},
        )


async def register(world: World, **changed: Any) -> dict[str, Any]:
    registration = {"client_name": "App", "redirect_uris": CALLBACK, "scopes": "read write", **changed}
    return await world.nobody.post("/api/v1/apps", "CredentialApplication", data=registration)


def asks(app: dict[str, Any], **changed: str) -> dict[str, str]:
    return {
        "client_id": app["client_id"],
        "redirect_uri": app["redirect_uris"][0],
        "response_type": "code",
        "scope": "read write",
        **changed,
    }


def query_of(response: httpx.Response) -> dict[str, str]:
    assert response.status_code in {302, 303}, response.text
    return {
        name: values[0] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()
    }


async def change(world: World, app: dict[str, Any], code: str, **changed: str) -> httpx.Response:
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "redirect_uri": app["redirect_uris"][0],
        **changed,
    }
    return await world.http.post("/oauth/token", data=fields)
