"""Circles over two whole servers: a member elsewhere reads what was written to it, somebody beside them does not."""

from typing import Any

import pytest

from tests.federation.acting import NO_LIMITS, Person, Times, people
from tests.support.servers import running_servers

pytestmark = [pytest.mark.anyio, pytest.mark.servers]


async def test_a_circle_reaches_its_members_on_another_server_and_nobody_else() -> None:
    async with (
        running_servers("ana.test", "ben.test", env=NO_LIMITS) as servers,
        people(*servers) as (ana, ben),
        servers[1].client(await servers[1].person("cem")) as cems,
    ):
        times, cem = Times(), Person(servers[1], "cem", cems)
        for follower in (ben, cem):
            await _follow(follower, ana, times)
        ben_at_ana, cem_at_ana = await ana.look_up(ben.handle), await ana.look_up(cem.handle)
        circle = (await ana.post("/api/v1/circles", title="Friends"))["id"]
        members = f"/api/v1/circles/{circle}/accounts"
        await ana.post(members, account_ids=[ben_at_ana])

        first = await ana.post("/api/v1/statuses", status="Only for Ben's eyes", circle_id=circle)
        await ana.write("For everyone, after the first")
        at_ben = await times.until("circle: home", lambda: ben.seen("Only for Ben"))
        assert (at_ben["visibility"], at_ben["visibility_ex"], at_ben["uri"]) == (
            "private",
            "limited",
            first["uri"],
        )
        await times.until("public: home", lambda: cem.seen("For everyone, after the first"))
        await _sees_nothing(cem, at_ben, first["uri"])
        assert await ben.notified("mention") == []
        assert (await ben.http.post(f"/api/v1/statuses/{at_ben['id']}/reblog")).status_code == 403

        await _answers(ana, ben, cem, times, at_ben)
        await _changes(ana, ben, cem, times, (members, ben_at_ana, cem_at_ana), (first, at_ben, circle))
        for server in servers:
            assert "Traceback" not in server.log, server.log


async def _follow(follower: Person, ana: Person, times: Times) -> None:
    there = await follower.look_up(ana.handle)
    await follower.post(f"/api/v1/accounts/{there}/follow")

    async def accepted() -> bool:
        return bool((await follower.relationship(there))["following"])

    await times.until("follow", accepted)


async def _sees_nothing(cem: Person, at_ben: Any, uri: str) -> None:
    """Neither at home, nor by its id or address, which his server fetches with a signature of his."""
    assert await cem.seen("Ben's eyes") is None
    assert not await cem.shows(at_ben["id"])
    found = await cem.get("/api/v2/search", q=uri, resolve="true")
    assert found["statuses"] == []
    account = at_ben["account"]["id"]
    shown = await cem.get(f"/api/v1/accounts/{account}/statuses", limit="40")
    assert at_ben["id"] not in [one["id"] for one in shown]


async def _answers(ana: Person, ben: Person, cem: Person, times: Times, at_ben: Any) -> None:
    """His reply reaches its author, though his app copies `private`."""
    await ben.write("I read it", "private", in_reply_to_id=at_ben["id"])

    async def told() -> list[Any]:
        return await ana.notified("mention")

    (notice,) = await times.until("reply: notification", told)
    assert notice["status"]["visibility"] == "direct"
    assert await cem.seen("I read it") is None


async def _changes(
    ana: Person,
    ben: Person,
    cem: Person,
    times: Times,
    people: tuple[str, str, str],
    posts: tuple[Any, Any, str],
) -> None:
    """An edit and a deletion arrive. Who leaves the circle keeps what they got, and gets nothing new."""
    (members, ben_at_ana, cem_at_ana), (first, at_ben, circle) = people, posts
    answer = await ana.http.request("DELETE", members, json={"account_ids": [ben_at_ana]})
    assert answer.status_code == 200
    await ana.post(members, account_ids=[cem_at_ana])
    second = await ana.post("/api/v1/statuses", status="Only for Cem's eyes", circle_id=circle)
    await times.until("circle: second member", lambda: cem.seen("Cem's eyes"))
    assert await ben.seen("Cem's eyes") is None
    assert (await ben.get("/api/v2/search", q=second["uri"], resolve="true"))["statuses"] == []
    answer = await ana.http.put(f"/api/v1/statuses/{first['id']}", json={"status": "Still for Ben, edited"})
    assert answer.status_code == 200
    edited = await times.until("circle: edit", lambda: ben.seen("Still for Ben, edited"))
    assert (edited["id"], edited["visibility_ex"]) == (at_ben["id"], "limited")
    await _sees_nothing(cem, at_ben, first["uri"])
    assert (await ana.http.delete(f"/api/v1/statuses/{first['id']}")).status_code == 200

    async def gone() -> bool:
        return not await ben.shows(at_ben["id"])

    await times.until("circle: deletion", gone)
