"""Subscribed blocklists: fetched from a real server, looked at, applied, changed, retracted; staff's own decisions always count."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from federation.models import Peer, Policy
from stator.workers.worker import Worker
from tests.activities import people as rows
from tests.federation.conftest import running
from tests.pages.conftest import Site
from tests.support.peers import outbound
from tests.support.waiting import wait_until
from users.audit.models import Act, AuditEntry
from users.blocklists.models import ListedServer, SubscribedServer, Subscription
from users.severances.models import SeveranceEvent

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PAGE = "/admin/blocklists/subscriptions"
_AT_REST = ("shown", "held", "current", "ended")


class ListServer:
    """An HTTP server with lists at their paths. It counts requests."""

    def __init__(self) -> None:
        self.lists: dict[str, bytes] = {}
        self.status = 200
        self.asked = 0
        self.port = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked += 1
        body = self.lists.get(head.split()[1], b"")
        tag = f'"{hash(body)}"'
        status = 304 if f"if-none-match: {tag}" in head.lower() else self.status
        body = b"" if status == 304 else body
        lines = (
            f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nETag: {tag}\r\nConnection: close\r\n\r\n"
        )
        writer.write(lines.encode() + body)
        await writer.drain()
        writer.close()

    def put(self, name: str, *lines: str) -> str:
        """Serve a list; return its address."""
        self.lists[f"/{name}"] = "\n".join(["domain,severity,public_comment", *lines]).encode()
        return f"http://127.0.0.1:{self.port}/{name}"


@pytest.fixture
async def lists(db: None) -> AsyncIterator[ListServer]:
    served = ListServer()
    async with outbound(), await asyncio.start_server(served.answer, "127.0.0.1", 0) as server:
        served.port = server.sockets[0].getsockname()[1]
        yield served


async def run_until_idle() -> None:
    async def is_idle() -> bool:
        busy = Subscription.objects.exclude(state__in=_AT_REST).filter(problem="")
        return not await busy.aexists()

    async with running(Worker([Subscription], with_jobs=False, poll_s=0.2, drain_s=1)):
        await wait_until(is_idle, 30)


async def policies() -> dict[str, str]:
    return {peer.host: str(peer.policy) async for peer in Peer.objects.exclude(policy=Policy.open)}


async def subscribed(site: Site, address: str, *, is_applied: bool = True) -> str:
    """Subscribe, and apply the list; return the path of its page."""
    answer = await site.admin.post(PAGE, {"address": address})
    assert answer.status_code == 303, answer.text
    path = str(answer.headers["location"])
    await run_until_idle()
    if is_applied:
        await act(site, path, "apply")
    return path


async def act(site: Site, path: str, action: str) -> None:
    assert (await site.admin.post(path, {"action": action})).status_code == 303
    await run_until_idle()


async def test_a_list_is_looked_at_applied_and_removed(site: Site, lists: ListServer) -> None:
    far = await rows.make_remote("far", "bad.example")
    await rows.follow(site.member.me, far)
    await Peer.objects.acreate(host="bad.example")
    await Peer.objects.acreate(host="own.example", policy=Policy.limited)
    address = lists.put(
        "a.csv",
        "bad.example,suspend,Spam",
        "quiet.example,silence,",
        "own.example,suspend,",
        "*.x.example,suspend,",
    )
    path = await subscribed(site, address, is_applied=False)
    page = (await site.admin.get(path)).text
    for words in ("New: 2", "Already decided here: 1", "Skipped: 1", "would block: 1", "bad.example", "Spam"):
        assert words in page
    assert await policies() == {"own.example": "limited"}, "nothing changes before staff agree"
    await act(site, path, "apply")
    assert await policies() == {
        "bad.example": "blocked",
        "quiet.example": "limited",
        "own.example": "limited",
    }
    assert (await Peer.objects.aget(host="bad.example")).policy_note == "Spam"
    assert [one.target_name async for one in SeveranceEvent.objects.all()] == ["bad.example"]
    assert "applied" in (await site.admin.get(PAGE)).text
    await act(site, path, "retract")
    assert await policies() == {"own.example": "limited"}
    assert (await Peer.objects.aget(host="bad.example")).policy_note == ""
    assert not await ListedServer.objects.aexists()
    assert not await SubscribedServer.objects.aexists()
    acts = {one.act async for one in AuditEntry.objects.all()}
    assert {Act.subscribe_blocklist, Act.apply_subscription, Act.unsubscribe_blocklist} <= acts


async def test_a_server_that_disappears_gets_its_policy_back(site: Site, lists: ListServer) -> None:
    path = await subscribed(
        site, lists.put("a.csv", "one.example,suspend,", "two.example,suspend,", "three.example,suspend,")
    )
    lists.put("a.csv", "two.example,silence,", "three.example,suspend,", "four.example,suspend,")
    await act(site, path, "refresh")
    assert await policies() == {
        "two.example": "limited",
        "three.example": "blocked",
        "four.example": "blocked",
    }


async def test_of_several_lists_the_strictest_counts(site: Site, lists: ListServer) -> None:
    mild = lists.put("a.csv", "one.example,silence,", "two.example,suspend,")
    strict = lists.put("b.csv", "one.example,suspend,", "three.example,suspend,")
    path = await subscribed(site, strict)
    await subscribed(site, mild)
    assert await policies() == dict.fromkeys(("one.example", "two.example", "three.example"), "blocked")
    await act(site, path, "retract")
    assert await policies() == {"one.example": "limited", "two.example": "blocked"}


async def test_what_staff_decide_counts_and_stays(site: Site, lists: ListServer) -> None:
    path = await subscribed(
        site, lists.put("a.csv", "one.example,suspend,", "two.example,suspend,", "three.example,suspend,")
    )
    await site.moderator.post("/admin/peers", {"host": "one.example", "policy": "open"})
    await site.moderator.post("/admin/peers", {"host": "two.example", "policy": "blocked"})
    lists.put("a.csv", "one.example,suspend,again", "two.example,silence,", "three.example,suspend,")
    await act(site, path, "refresh")
    assert await policies() == {"two.example": "blocked", "three.example": "blocked"}
    lists.put("a.csv", "three.example,suspend,", "four.example,suspend,")
    await act(site, path, "refresh")
    await act(site, path, "apply")
    await act(site, path, "retract")
    assert await policies() == {"two.example": "blocked"}, "confirming a policy makes it staff's own"


async def test_policies_can_be_kept_at_the_end(site: Site, lists: ListServer) -> None:
    address = lists.put("a.csv", "one.example,suspend,", "two.example,suspend,")
    other = await subscribed(site, lists.put("b.csv", "two.example,suspend,"))
    path = await subscribed(site, address)
    await act(site, path, "keep")
    assert await policies() == {"one.example": "blocked", "two.example": "blocked"}
    await act(site, other, "retract")
    assert await policies() == {"one.example": "blocked"}, "the other list still gave this one"
    assert (await site.admin.post(PAGE, {"address": address})).status_code == 303, (
        "it can be subscribed again"
    )


@pytest.mark.parametrize("what", ["empty", "error", "large", "words", "wide"])
async def test_a_broken_answer_retracts_nothing(site: Site, lists: ListServer, what: str) -> None:
    path = await subscribed(site, lists.put("a.csv", "one.example,suspend,", "two.example,suspend,"))
    before = await policies()
    lists.lists["/a.csv"] = {
        "empty": b"",
        "error": b"domain\nnew.example\n",
        "large": b"x.example\n" * 600_000,
        "words": b"<html>Please log in</html>",
        "wide": b"a," * 2_000_000,
    }[what]
    lists.status = 500 if what == "error" else 200
    await act(site, path, "refresh")
    one = await Subscription.objects.aget()
    assert (one.state, bool(one.problem)) == ("fetching", True)
    assert one.state_due_at is not None
    assert "What this list set before stays." in (await site.admin.get(path)).text
    assert await policies() == before


async def test_a_list_that_loses_most_of_its_servers_waits_for_staff(site: Site, lists: ListServer) -> None:
    many = [f"s{number}.example,suspend," for number in range(5)]
    path = await subscribed(site, lists.put("a.csv", *many))
    lists.put("a.csv", "s0.example,suspend,", "s1.example,suspend,", "new.example,suspend,")
    await act(site, path, "refresh")
    assert (await Subscription.objects.aget()).state == "held"
    assert len(await policies()) == 5
    page = (await site.admin.get(path)).text
    assert "Disappeared: 3" in page
    assert "s4.example" in page
    await act(site, path, "apply")
    assert set(await policies()) == {"s0.example", "s1.example", "new.example"}


async def test_a_list_that_has_not_changed_is_not_read_again(site: Site, lists: ListServer) -> None:
    path = await subscribed(site, lists.put("a.csv", "one.example,suspend,"))
    generation = (await Subscription.objects.aget()).generation
    await act(site, path, "refresh")
    one = await Subscription.objects.aget()
    assert (one.state, one.generation, lists.asked) == ("current", generation, 2)


async def test_addresses_that_are_not_fetched(site: Site, lists: ListServer) -> None:
    for address in (
        "ftp://x.example/a.csv",
        "https://user:pw@x.example/a",
        "no address",
        "https://x.example:22/a",
    ):
        assert (await site.admin.post(PAGE, {"address": address})).status_code == 422
    assert (await site.member.post(PAGE, {"address": lists.put("a.csv")})).status_code == 404
    assert not await Subscription.objects.aexists()


async def test_an_own_domain_is_never_blocked(site: Site, lists: ListServer) -> None:
    await subscribed(
        site,
        lists.put("a.csv", "testserver.example,suspend,", f"{site.domain.name},suspend,", "org,suspend,"),
    )
    assert await policies() == {"testserver.example": "blocked"}
