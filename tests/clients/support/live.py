"""A running server with users, for clients written by others."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from tests.support.servers import Server, running_server

_ENVIRONMENT = {
    "TAKAHE_RATE_LIMIT_PERCENT": "0",  # clients under test send more requests than people do
    "TAKAHE_ALLOWED_NETWORKS": "127.0.0.0/8",  # the tests' push services listen on loopback
    "TAKAHE_ALLOW_HTTP": "true",
    "TAKAHE_PASSWORD_GRANT": "true",
}


@dataclass
class Live:
    """A running server. `tokens` by username: users with a login `NAME@example.com` and the password seed.PASSWORD."""

    server: Server
    tokens: dict[str, str]

    @property
    def base_url(self) -> str:
        return self.server.base_url

    @property
    def host(self) -> str:
        return self.server.domain

    def http(self, name: str = "") -> httpx.AsyncClient:
        """Return an HTTP client for this user, or for an anonymous one."""
        return self.server.client(self.tokens[name] if name else "")


@asynccontextmanager
async def running_town(
    *names: str, domain: str = "", env: Mapping[str, str] | None = None
) -> AsyncIterator[Live]:
    """Run a server at localhost:PORT, or named `domain`, with open sign-up and without rate limits. The first of `names` is the admin."""
    async with running_server(domain, env={**_ENVIRONMENT, **(env or {})}) as server:
        tokens = json.loads(await server.run("tests.clients.seed", server.domain, *names))
        await server.wait_known()
        yield Live(server, tokens)
        assert "Traceback" not in server.log, "an error that nobody expected is in the log"
