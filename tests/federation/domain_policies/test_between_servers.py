"""A domain that stops federating and begins again, between two whole servers that know each other only by HTTPS."""

from typing import Any

import pytest

from tests.federation.acting import NO_LIMITS, Person, Times, people
from tests.support.servers import running_servers

pytestmark = [pytest.mark.anyio, pytest.mark.servers]


async def test_follows_rest_and_come_back() -> None:
    async with (
        running_servers("ana.test", "ben.test", env=NO_LIMITS) as servers,
        people(*servers) as (ana, ben),
    ):
        times = Times()
        await _follow_each_other(ana, ben, times)
        await _switched(ana, times, "on")
        written = await ana.write("Among ourselves")
        assert (written["visibility"], written["local_only"]) == ("private", True)
        await ben.write("Into the void")
        answer = await ana.http.get("/api/v2/search", params={"q": f"@{ben.handle}", "resolve": "true"})
        assert answer.status_code == 403
        assert (await ben.get("/api/v2/search", q=written["url"], resolve="true"))["statuses"] == []
        await _switched(ana, times, "off")
        await ana.write("Back again")

        async def arrived() -> Any:
            return await ben.seen("Back again")

        await times.until("a post after it was turned off", arrived)
        seen = [post["content"] for post in await ben.home()]
        assert not any("Among ourselves" in content for content in seen)

        await ben.write("Hello ana")

        async def heard() -> Any:
            return await ana.seen("Hello ana")

        await times.until("a post in the other direction", heard)
        for server in servers:
            assert "Traceback" not in server.log, server.log


async def _follow_each_other(ana: Person, ben: Person, times: Times) -> None:
    for one, other in ((ana, ben), (ben, ana)):
        found = await one.look_up(other.handle)
        await one.post(f"/api/v1/accounts/{found}/follow")

        async def accepted(one: Person = one, found: str = found) -> bool:
            return bool((await one.relationship(found))["following"])

        await times.until("follow", accepted)
    await ana.write("Hello everybody")

    async def arrived() -> Any:
        return await ben.seen("Hello everybody")

    await times.until("first post", arrived)


async def _switched(ana: Person, times: Times, state: str) -> None:
    await ana.server.takahe("domain", "local-only", "ana.test", state)

    async def known() -> bool:
        limited = (await ana.get("/api/v2/instance"))["configuration"]["limited_federation"]
        return bool(limited == (state == "on"))

    await times.until(f"local-only {state}", known)
