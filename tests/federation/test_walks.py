"""Stories of whole processes with other servers: forwarding among three of ours, a moderated group, a relay of LitePub, kills in the middle of work."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, LiteralString

import httpx
import psycopg
import pytest

from tests.core.http_peers import Request, serve
from tests.federation.acting import NO_LIMITS, Person, people
from tests.media import files
from tests.support.peers import Actor, ActorRelay, FakePeer, MastodonPeer
from tests.support.peers.groups import PUBLIC, LemmyPeer
from tests.support.servers import running_server, running_servers
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.servers]

# names of their own: a site that is slow is asked less
PEERS = ("lemmy.test", "home.test", "relay.test", "elsewhere.test", "slow.test", "pictures.test")
LOOPBACK = {
    **NO_LIMITS,
    "TAKAHE_ALLOWED_NETWORKS": "127.0.0.0/8",
    "TAKAHE_ALLOW_HTTP": "true",
    "TAKAHE_RESOLVE": ",".join(f"{name}=127.0.0.1" for name in PEERS),
}
PICTURE = files.image((400, 300), "PNG")


@pytest.fixture(scope="module")
async def ana(anyio_backend: object) -> AsyncIterator[Person]:
    """The only person of a server that reaches peers on loopback."""
    async with running_server(env=LOOPBACK) as server, people(server) as (ana,):
        yield ana


async def tell(ana: Person, peer: FakePeer, actor: Actor, *activities: dict[str, Any]) -> None:
    """Post what an actor of a peer says to ana's server."""
    async with ana.server.client() as client:
        for activity in activities:
            body = json.dumps(activity).encode()
            headers = peer.signed(actor, f"{ana.server.base_url}/inbox", body)
            headers |= {"content-type": "application/activity+json"}
            answer = await client.post("/inbox", content=body, headers=headers)
            assert answer.status_code == 202, answer.text


async def follow(ana: Person, peer: FakePeer, actor: Actor) -> str:
    """Let ana follow somebody of a peer, who accepts; return the id of the account."""
    account = await ana.look_up(f"{actor.username}@{peer.host}")
    await ana.post(f"/api/v1/accounts/{account}/follow")

    def asked() -> Any:
        return next((one.json() for one in peer.inbox if one.json()["type"] == "Follow"), None)

    await tell(ana, peer, actor, peer.activity(actor, "Accept", await wait_until(asked, message="Follow")))

    async def follows() -> Any:
        return (await ana.relationship(account))["following"]

    await wait_until(follows, message="ana follows")
    return account


# --- three servers ----------------------------------------------------------------------------------------------------


async def test_replies_are_forwarded_to_those_who_do_not_know_their_author() -> None:
    """Ben reads ana, whom cem answers: ana's server passes on what cem says, and ben's believes it by cem's proof."""
    async with (
        running_servers("ana.test", "ben.test", "cem.test", env=NO_LIMITS) as servers,
        people(*servers) as (ana, ben, cem),
    ):
        await _follows(ben, ana)
        await _a_follow_that_its_target_lost_ends(ana, ben)
        for person in (ben, cem):
            await _follows(person, ana)
        mine = await ana.write("Who has been to the pond?")
        at_cem = await wait_until(lambda: cem.seen("to the pond"), message="the post at cem's")
        at_ben = await wait_until(lambda: ben.seen("to the pond"), message="the post at ben's")
        answer = await cem.write("I have, in spring", in_reply_to_id=at_cem["id"])

        async def replies() -> list[Any]:
            async with ben.server.client() as nobody:  # whose look at it makes ben's server fetch nothing
                found = await nobody.get(f"/api/v1/statuses/{at_ben['id']}/context")
                return [one["content"] for one in found.json()["descendants"]]

        async def says(*wanted: str) -> bool:
            found = await replies()
            return len(found) == len(wanted) and all(
                text in content for text, content in zip(wanted, found, strict=True)
            )

        await wait_until(lambda: says("I have, in spring"), message="the reply at ben's")
        await cem.http.put(f"/api/v1/statuses/{answer['id']}", json={"status": "I have, in autumn"})
        await wait_until(lambda: says("I have, in autumn"), message="the edit at ben's")
        assert (await cem.http.delete(f"/api/v1/statuses/{answer['id']}")).status_code == 200
        await wait_until(says, message="the deletion at ben's")
        assert mine["uri"] == at_ben["uri"]
        async with await psycopg.AsyncConnection.connect(ben.server.database_url) as database:
            came = await database.execute(
                "SELECT activity_type, is_forwarded, state FROM federation_inboxmessage WHERE host = 'cem.test' ORDER BY id"
            )
            assert await came.fetchall() == [
                (kind, True, "handled") for kind in ("Create", "Update", "Delete")
            ]
        for server in servers:
            assert "Traceback" not in server.log, server.log


async def _run(person: Person, statement: LiteralString) -> None:
    async with await psycopg.AsyncConnection.connect(person.server.database_url, autocommit=True) as database:
        await database.execute(statement)


async def _follows(person: Person, ana: Person) -> str:
    """Let somebody of another server follow ana; return her id there."""
    at = await person.look_up(ana.handle)
    await person.post(f"/api/v1/accounts/{at}/follow")

    async def is_accepted() -> Any:
        return (await person.relationship(at))["following"]

    await wait_until(is_accepted, message=f"{person.username} follows ana")
    return at


async def _a_follow_that_its_target_lost_ends(ana: Person, ben: Person) -> None:
    """Ana's server lost that ben follows her; her next post to a neighbour of his tells his server, which asks and believes it (FEP-8fcf)."""
    async with ben.server.client(await ben.server.person("eve")) as http:
        eve = Person(ben.server, "eve", http)
        at_ben = await _follows(eve, ana)
        await _run(
            ana, "DELETE FROM users_follow USING users_identity i WHERE i.id = source_id AND username = 'ben'"
        )
        await _run(
            ben, "UPDATE users_follow SET accepted_at = now() - interval '1 hour'"
        )  # else it may be too new
        await ana.write("For whoever follows me", "private")

        async def is_over() -> bool:
            return not (await ben.relationship(at_ben))["following"]

        await wait_until(is_over, message="ben's server knows that he follows ana no more")
        assert (await eve.relationship(at_ben))["following"]
        await wait_until(lambda: eve.seen("For whoever follows me"), message="eve has it")


# --- a group ----------------------------------------------------------------------------------------------------------


async def test_a_group_is_followed_and_moderated(ana: Person) -> None:
    """A thread comes once, a removed reply goes and comes back, a locked thread takes no reply, a deleted thread is gone."""
    async with LemmyPeer("lemmy.test") as peer, MastodonPeer("home.test") as home:
        cats, moderator, mia = peer.add_group(), peer.add_actor("mod"), home.add_actor("mia")
        account = await follow(ana, peer, cats)
        thread = peer.thread(home, mia, cats)
        await tell(ana, peer, cats, *peer.pass_on(cats, thread))
        top = (await wait_until(lambda: ana.seen("Look."), message="the thread"))["reblog"]
        replies = [peer.reply(home, mia, cats, thread) for _ in range(2)]
        for reply in replies:
            await tell(ana, peer, cats, *peer.pass_on(cats, reply))

        async def shown() -> list[str]:
            return [
                one["uri"] for one in (await ana.get(f"/api/v1/statuses/{top['id']}/context"))["descendants"]
            ]

        async def shows(*wanted: dict[str, Any]) -> bool:
            return sorted(await shown()) == sorted(one["id"] for one in wanted)

        await wait_until(lambda: shows(*replies), message="both replies")
        assert len([one for one in await ana.home() if "Look." in (one["reblog"] or one)["content"]]) == 1
        assert len(await ana.get(f"/api/v1/accounts/{account}/statuses")) == 1

        def by_moderator(kind: str, value: Any, **more: Any) -> dict[str, Any]:
            return peer.activity(moderator, kind, value, to=[PUBLIC], **more)

        removal = by_moderator("Delete", replies[0]["id"], summary="spam")
        await tell(ana, peer, cats, peer.announce(cats, removal))
        await wait_until(lambda: shows(replies[1]), message="one removed")
        await tell(ana, peer, cats, peer.announce(cats, by_moderator("Undo", removal)))
        await wait_until(lambda: shows(*replies), message="it is back")

        lock = by_moderator("Lock", thread["id"])

        async def answer() -> int:
            form = {"status": "Mine, too", "in_reply_to_id": top["id"]}
            return (await ana.http.post("/api/v1/statuses", json=form)).status_code

        await tell(ana, peer, cats, peer.announce(cats, lock))

        async def is_closed() -> bool:
            return await answer() == 403

        await wait_until(is_closed, message="locked")
        await tell(ana, peer, cats, peer.announce(cats, by_moderator("Undo", lock)))

        async def is_open() -> bool:
            return await answer() == 200

        await wait_until(is_open, message="open again")

        def mine(at: FakePeer) -> Any:
            return next((one.json()["object"] for one in at.inbox if one.json()["type"] == "Create"), None)

        at_group = await wait_until(lambda: mine(peer), message="the reply at the group")
        assert (at_group["audience"], cats.uri in at_group["cc"]) == (cats.uri, True)
        await wait_until(lambda: mine(home), message="the reply at the server of whom it answers")

        removal = by_moderator("Remove", replies[1]["id"], target=cats.uri)
        await tell(ana, peer, cats, peer.announce(cats, removal))

        async def is_removed() -> bool:
            return replies[1]["id"] not in await shown()

        await wait_until(is_removed, message="one removed by the other word")
        await tell(ana, peer, moderator, by_moderator("Undo", removal))  # its own server may say so, too

        async def is_back() -> bool:
            return replies[1]["id"] in await shown()

        await wait_until(is_back, message="it is back, too")
        await tell(ana, peer, cats, peer.announce(cats, by_moderator("Delete", thread["id"])))

        async def is_gone() -> bool:
            return await ana.seen("Look.") is None

        await wait_until(is_gone, message="the removed thread leaves home")
        assert "Traceback" not in ana.server.log, ana.server.log


# --- a relay of LitePub -----------------------------------------------------------------------------------------------


async def test_a_relay_of_litepub_passes_posts_both_ways(ana: Person) -> None:
    """From the first Follow to the Undo: the relay follows back, announces, takes an announcement back, and is told of ours and of their end."""
    async with ActorRelay("relay.test") as relay, MastodonPeer("elsewhere.test") as home:
        lou = home.add_actor("lou")
        await ana.server.takahe("relay", "add", relay.actor.uri)
        asked = (await wait_until(lambda: relay.follows, message="Follow"))[0]
        back = relay.follow_back(asked)
        await tell(ana, relay, relay.actor, relay.accept(asked), back)

        def came(kind: str) -> list[dict[str, Any]]:
            return [one for one in relay.taken if one["type"] == kind]

        accepted = (await wait_until(lambda: came("Accept"), message="Accept of the Follow back"))[0]
        assert accepted["object"]["id"] == back["id"]

        async def is_accepted() -> bool:  # of its two messages the Follow may be handled first
            [listed] = json.loads(await ana.server.takahe("relay", "list", "--json"))
            return listed["state"] == "accepted"

        await wait_until(is_accepted, every_s=1)
        note = home.note(lou, "<p>Seen from afar</p>")
        announced = relay.announce(note["id"])
        await tell(ana, relay, relay.actor, announced)

        async def federated() -> Any:
            found = await ana.get("/api/v1/timelines/public", remote="true")
            return [one["uri"] for one in found if one["uri"] == note["id"]]

        await wait_until(federated, message="the post in the federated timeline")
        assert await ana.seen("Seen from afar") is None
        await tell(ana, relay, relay.actor, relay.activity(relay.actor, "Undo", announced))
        mine = await ana.write("Hello, fediverse")
        await ana.write("Hello, followers", visibility="private")
        sent = (await wait_until(lambda: came("Announce"), message="our post at the relay"))[0]
        assert sent["object"] == mine["uri"]
        await ana.http.put(f"/api/v1/statuses/{mine['id']}", json={"status": "Hello, all"})
        await ana.http.delete(f"/api/v1/statuses/{mine['id']}")
        await ana.server.takahe("relay", "remove", relay.actor.uri)
        await wait_until(lambda: came("Undo"), message="the Undo of the Follow")
        assert [one["type"] for one in relay.taken] == [
            "Follow", "Accept", "Announce", "Update", "Delete", "Undo",
        ]  # fmt: skip
        assert came("Undo")[0]["object"]["id"] == asked["id"]
        assert await federated(), "what it brought stays"
        assert "Traceback" not in ana.server.log, ana.server.log


# --- kills ------------------------------------------------------------------------------------------------------------


async def another(ana: Person, name: str, before: int) -> None:
    """Wait for a process of this name with another id."""

    def is_there() -> bool:
        try:
            return getattr(ana.server, f"{name}_pid") != before
        except AssertionError:
            return False

    await wait_until(is_there, 20, f"another {name} process")


async def end_leases(ana: Person) -> None:
    """Make due what a killed process held: its leases would end by themselves, within two minutes, and half of one for files."""
    await _run(ana, "UPDATE federation_remotefile SET leased_until = now() WHERE leased_until > now()")
    soon = "state_due_at = now() WHERE state_due_at BETWEEN now() AND now() + interval '3 minutes'"
    await _run(ana, f"UPDATE federation_peer SET {soon}")
    await _run(ana, f"UPDATE federation_inboxmessage SET {soon}")


async def test_a_worker_killed_while_it_delivers_and_fetches_loses_nothing(ana: Person) -> None:
    """What was on its way may come twice, with the same id; a message whose author was being fetched is handled later."""
    async with MastodonPeer("slow.test") as peer:
        lou, zoe = peer.add_actor("lou"), peer.add_actor("zoe")
        await tell(ana, peer, lou, peer.activity(lou, "Follow", f"{ana.server.base_url}/users/ana"))
        await wait_until(lambda: any(one.json()["type"] == "Accept" for one in peer.inbox), message="Accept")
        gate, author = asyncio.Event(), asyncio.Event()
        peer.gates = {"/inbox": gate, "/users/lou/inbox": gate, "/users/zoe": author}
        written = [(await ana.write(f"post {number}"))["uri"] for number in range(10)]
        mention = {"type": "Mention", "href": f"{ana.server.base_url}/users/ana", "name": "@ana"}
        note = peer.note(zoe, "<p>Hello ana</p>", cc=[mention["href"]], tag=[mention])
        await tell(ana, peer, zoe, peer.activity(zoe, "Create", note, to=note["to"], cc=note["cc"]))

        def is_busy() -> bool:
            paths = [request.path for request in peer.requests]
            return "/users/zoe" in paths and paths.count("/inbox") > 1

        await wait_until(is_busy, message="the worker waits for the peer twice")
        worker = ana.server.worker_pid
        os.kill(worker, signal.SIGKILL)
        gate.set()
        author.set()
        await another(ana, "worker", worker)
        await end_leases(ana)

        def delivered() -> set[str]:
            return {one.json()["object"]["id"] for one in peer.inbox if one.json()["type"] == "Create"}

        await wait_until(lambda: delivered() >= set(written), message="all posts came")
        await wait_until(lambda: ana.notified("mention"), message="the mention came")
        assert "Traceback" not in ana.server.log, ana.server.log


async def test_a_web_process_killed_while_it_fetches_a_picture_leaves_nothing_behind(ana: Person) -> None:
    """The next reader has it fetched again; what takes up the budget is the one copy, and no half file stays."""
    half, gone = asyncio.Event(), asyncio.Event()

    async def picture(request: Request, writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: {len(PICTURE)}\r\n\r\n"
        writer.write(head.encode() + PICTURE[: len(PICTURE) // 2])
        await writer.drain()
        if not half.is_set():
            half.set()
            await gone.wait()
            return  # nobody is left to read the rest
        writer.write(PICTURE[len(PICTURE) // 2 :])
        await writer.drain()

    async with MastodonPeer("pictures.test") as peer, serve(picture) as store:
        lou = peer.add_actor("lou")
        await follow(ana, peer, lou)
        attached = {"type": "Image", "mediaType": "image/png", "url": f"{store.url}/a.png"}
        note = peer.note(lou, "<p>A picture</p>", attachment=[attached])
        await tell(ana, peer, lou, peer.activity(lou, "Create", note, to=note["to"], cc=note["cc"]))
        post = await wait_until(lambda: ana.seen("A picture"), message="the post")
        address = post["media_attachments"][0]["url"].removeprefix(ana.server.base_url)
        async with ana.server.client() as client, asyncio.TaskGroup() as group:

            async def read() -> bytes:
                try:
                    return (await client.get(address)).content
                except httpx.TransportError:
                    return b""

            first = group.create_task(read())
            await half.wait()
            web = ana.server.web_pid
            os.kill(web, signal.SIGKILL)
            await another(ana, "web", web)
        gone.set()
        assert first.result() != PICTURE
        await ana.server.wait_ready()
        await end_leases(ana)
        async with ana.server.client() as client:
            assert (await client.get(address)).content == PICTURE
        media = Path(ana.server.env["TAKAHE_DATA_DIR"]) / "media"
        [copy] = [path for path in media.rglob("*") if path.is_file() and path.parent.name != ".work"]
        assert copy.read_bytes() == PICTURE

        async def counted() -> bool:
            kept = json.loads(await ana.server.takahe("media", "status", "--json"))
            return (kept["remote_bytes"], kept["files"]) == (len(PICTURE), 1)

        await wait_until(counted, message="the copy is counted, and nothing else")
