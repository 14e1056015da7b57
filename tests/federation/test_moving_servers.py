"""Three whole servers: a reply reaches who does not know its author, and an account moves from one server to another with its follower."""

from typing import Any

import pytest

from tests.federation.acting import NO_LIMITS, Person, Times, people
from tests.support.servers import CommandFailed, running_servers

pytestmark = [pytest.mark.anyio, pytest.mark.servers]

_PASSWORD = "correct horse battery"  # of everybody whom `Server.set_up` makes


async def test_a_reply_is_passed_on_and_a_follower_goes_along() -> None:
    async with (
        running_servers("ana.test", "ben.test", "cem.test", env=NO_LIMITS) as servers,
        people(*servers) as (ana, ben, cem),
    ):
        times = Times()
        ana_at_cem = await cem.look_up(ana.handle)
        await cem.post(f"/api/v1/accounts/{ana_at_cem}/follow")

        async def follows(account_id: str) -> bool:
            return bool((await cem.relationship(account_id))["following"])

        await times.until("accepted", lambda: follows(ana_at_cem))
        await _passed_on(ana, ben, cem, times)
        await _moved(ana, ben, cem, times)
        await _moved_by_command(ana, ben, cem, times)
        for server in servers:
            assert "Traceback" not in server.log, server.log


async def _passed_on(ana: Person, ben: Person, cem: Person, times: Times) -> None:
    """Ben answers Ana; Cem's server, which has never heard of Ben, gets it from Ana's with Ben's proof."""
    post = await ana.write("a question to all")
    await times.until("the question", lambda: cem.seen("a question"))
    found = await ben.get("/api/v2/search", q=post["uri"], resolve="true", type="statuses")
    answer = await ben.write("an answer from afar", in_reply_to_id=found["statuses"][0]["id"])

    async def known() -> list[Any]:
        return list((await cem.get("/api/v2/search", q=answer["uri"], type="statuses"))["statuses"])

    (shown,) = await times.until("the answer", known)
    assert shown["account"]["acct"] == ben.handle


async def _moved(ana: Person, ben: Person, cem: Person, times: Times) -> None:
    own = await ana.get("/api/v1/accounts/verify_credentials")
    marked = await ben.post("/api/v1/accounts/alias", also_known_as_uris=[f"@{ana.handle}"])
    assert marked["source"]["also_known_as_uris"] == [own["uri"]]
    answer = await ana.http.post(
        "/api/v1/accounts/move", json={"moved_to_uri": f"@{ben.handle}", "password": _PASSWORD}
    )
    assert answer.status_code == 202, answer.text

    async def gone_over() -> bool:
        found = await cem.get("/api/v1/accounts/lookup", acct=ben.handle)
        return bool((await cem.relationship(found["id"]))["following"])

    await times.until("the move", gone_over)
    at_cem = await cem.get("/api/v1/accounts/lookup", acct=ana.handle)
    assert at_cem["moved"]["acct"] == ben.handle
    assert not (await cem.relationship(at_cem["id"]))["following"]
    assert (await ana.http.post("/api/v1/statuses", json={"status": "still here"})).status_code == 403
    await ben.write("words from the new place")
    await times.until("a post of the new account", lambda: cem.seen("the new place"))


async def _moved_by_command(ana: Person, ben: Person, cem: Person, times: Times) -> None:
    """The operator of Ben's server moves Ben to another account of Ana's, and back: the follower on a third server goes along, once."""
    token = await ana.server.person("dan")
    new = f"dan@{ana.server.domain}"
    move = ("identity", "move", "--handle", f"@{ben.handle}")
    with pytest.raises(CommandFailed, match="ended with 1"):  # the new account does not name Ben yet
        await ben.server.takahe(*move, "--to", f"@{new}", "--yes")
    async with ana.server.client(token) as dan:
        marked = await dan.post("/api/v1/accounts/alias", json={"also_known_as_uris": [f"@{ben.handle}"]})
        assert marked.status_code == 200, marked.text
    with pytest.raises(CommandFailed, match="Add --yes"):
        await ben.server.takahe(*move, "--to", f"@{new}")
    said = await ben.server.takahe(*move, "--to", f"@{new}", "--yes")
    assert said.startswith(f"{ben.handle} has moved to {new}.")
    at_cem = await cem.look_up(new)
    ben_at_cem = str((await cem.get("/api/v1/accounts/lookup", acct=ben.handle))["id"])

    async def gone_over() -> bool:
        return bool((await cem.relationship(at_cem))["following"])

    await times.until("the move by command", gone_over)
    old = await cem.get(f"/api/v1/accounts/{ben_at_cem}")
    assert old["moved"]["acct"] == new
    assert not (await cem.relationship(ben_at_cem))["following"]
    assert (await ben.http.post("/api/v1/statuses", json={"status": "still here"})).status_code == 403

    said = await ben.server.takahe(*move, "--undo")
    assert said.startswith(f"{ben.handle} works again.")
    await ben.write("back again")

    async def is_back() -> bool:
        return (await cem.get(f"/api/v1/accounts/{ben_at_cem}")).get("moved") is None

    await times.until("the undone move", is_back)
    with pytest.raises(CommandFailed, match="ended with 1"):  # once in thirty days
        await ben.server.takahe(*move, "--to", f"@{new}", "--yes")
    assert await gone_over()
