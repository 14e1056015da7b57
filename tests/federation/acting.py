"""Users of complete servers, through their API, and how long each step took to arrive at the other server."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.servers import Server
from tests.support.waiting import PATIENCE_S, wait_until

NO_LIMITS = {"TAKAHE_RATE_LIMIT_PERCENT": "0"}  # waiting sends more requests than people do


@dataclass
class Person:
    """A user of one of the servers, through the API."""

    server: Server
    username: str
    http: httpx.AsyncClient

    @property
    def handle(self) -> str:
        return f"{self.username}@{self.server.domain}"

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.http.get(path, params=query)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.json()

    async def post(self, path: str, **form: Any) -> Any:
        answer = await self.http.post(path, json=form)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.json()

    async def look_up(self, handle: str) -> str:
        """Return the id of this account on this user's server."""
        found = await self.get("/api/v2/search", q=handle, resolve="true", type="accounts")
        assert [account["acct"].lower() for account in found["accounts"]][:1] == [
            handle.lower().removesuffix(f"@{self.server.domain}")
        ], found
        return str(found["accounts"][0]["id"])

    async def home(self) -> list[Any]:
        return list(await self.get("/api/v1/timelines/home", limit="40"))

    async def notified(self, kind: str) -> list[Any]:
        return [one for one in await self.get("/api/v1/notifications", limit="40") if one["type"] == kind]

    async def write(self, status: str, visibility: str = "public", **more: Any) -> Any:
        return await self.post("/api/v1/statuses", status=status, visibility=visibility, **more)

    async def seen(self, words: str) -> Any:
        """Wait for the post with this text in this user's home timeline."""
        return next(
            (post for post in await self.home() if words in (post["reblog"] or post)["content"]), None
        )

    async def relationship(self, account_id: str) -> Any:
        return (await self.get("/api/v1/accounts/relationships", **{"id[]": account_id}))[0]

    async def shows(self, status_id: str) -> bool:
        return (await self.http.get(f"/api/v1/statuses/{status_id}")).status_code == 200


@dataclass
class Times:
    """How long each step took to arrive at the other server."""

    steps: list[tuple[str, float]] = field(default_factory=list)

    async def until[T](
        self, step: str, predicate: Callable[[], Awaitable[T]], timeout_s: float = PATIENCE_S
    ) -> T:
        start = time.monotonic()
        value = await wait_until(predicate, timeout_s, step)
        self.steps.append((step, time.monotonic() - start))
        return value

    def table(self) -> str:
        return "\n".join(f"{seconds * 1000:7.0f} ms  {step}" for step, seconds in self.steps)


@asynccontextmanager
async def plain_requests(*servers: Server) -> AsyncIterator[list[float]]:
    """Time a request without any work to each server four times a second; yield the list of seconds, which grows.

    They say how fast the machine is meanwhile, with all that runs beside.
    """
    took: list[float] = []

    async def ask() -> None:
        async with AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(server.client()) for server in servers]
            while True:
                for client in clients:
                    start = time.monotonic()
                    with suppress(httpx.TransportError):  # some stories stop a server
                        await client.get("/nodeinfo/2.0")
                        took.append(time.monotonic() - start)
                await asyncio.sleep(0.25)

    asking = asyncio.create_task(ask())
    yield took
    asking.cancel()
    with suppress(asyncio.CancelledError):
        await asking


@asynccontextmanager
async def people(*servers: Server) -> AsyncIterator[list[Person]]:
    """Create one user on each server: ana on the first, ben on the second, and so on."""
    async with AsyncExitStack() as stack:
        found = []
        for server, username in zip(servers, ("ana", "ben", "cem"), strict=False):
            token = await server.set_up(handle=username, email=f"{username}@example.com")
            http = await stack.enter_async_context(server.client(token))
            found.append(Person(server, username, http))
        yield found
