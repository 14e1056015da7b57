"""The world: a hundred hosts of ten kinds, half of them slow, dead or lying, exchange 5,000 activities with us; then our state is the model's.

`WORLD_SEED=…` repeats one; it is printed.
"""

import asyncio
import json
import os
import random
import time
from collections import Counter
from typing import Any

import pytest

from activities.polls.models import PollVote
from activities.posts.models import Like, Post
from activities.reactions.models import Reaction
from activities.timelines.models import HomeEntry
from core.db import own_connection, sql
from federation.models import Delivery, InboxMessage
from federation.remote_keys import fetch_key
from stator.workers.worker import Worker
from takahe.asgi import application
from tests.activities.people import follow
from tests.federation.test_votes import make_poll
from tests.federation.world.hosts import Host, Hosts
from tests.federation.world.stories import Here, Letter, Stories
from tests.support.peers import Actor, outbound
from tests.support.posts import delete_post, edit_post, write_post
from tests.support.waiting import wait_until
from tests.users.support import make_person
from users.domains.models import Domain
from users.identities.models import Identity
from users.identities.services.remote_actors import ensure_actor
from users.relations.models import Block, Follow

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

EXCHANGED = 5000
CPU_S = 60
_INCOMING = 2800
_OPEN = ("unverified", "received", "fetching")


async def test_a_hundred_hosts_and_we_agree(local: object) -> None:
    seed = int(os.environ.get("WORLD_SEED") or random.SystemRandom().randrange(2**32))
    print(f"To repeat this world: WORLD_SEED={seed}")
    began = time.process_time()
    chance = random.Random(seed)
    async with Hosts(chance) as hosts, outbound(resolve=hosts.resolve):
        world = World(chance, hosts)
        await world.begin()
        await world.live()
        await world.compare()
        exchanged = world.posted + world.delivered
    spent = time.process_time() - began
    print(f"{exchanged} activities, {spent:.1f} s of CPU, refusals {dict(world.refusals)}")
    assert exchanged >= EXCHANGED
    assert spent <= CPU_S


class World:
    def __init__(self, chance: random.Random, hosts: Hosts) -> None:
        self.chance = chance
        self.hosts = hosts
        self.posted = self.delivered = 0
        self.refusals: Counter[int] = Counter()
        self.live_names = [host.peer.host for host in hosts.all if host.is_live]

    async def begin(self) -> None:
        """People here, what they wrote, whom they follow and who follows Ada for good."""
        domain = await Domain.objects.aget()
        self.ada, self.bob, self.eve = [await make_person(domain, name) for name in ("ada", "bob", "eve")]
        followable = [await make_person(domain, f"local{n}") for n in range(4)]
        self.posts = [await write_post(author=self.ada, text=f"post {n}") for n in range(12)]
        self.poll = await make_poll(self.ada)
        followed: set[str] = set()
        known: set[str] = set()
        self.followers: list[Host] = []
        for host in self.hosts.all:
            if host.is_live and self.chance.random() < 0.75:
                person = await self._know(host.people[0])
                known.add(person.uri)
                await follow(person, self.ada, uri=f"{person.uri}/stable")
                self.followers.append(host)
            if host.is_live and self.chance.random() < 0.5:
                person = await self._know(host.people[1])
                known.add(person.uri)
                await follow(self.bob, person)
                followed.add(person.uri)
        here = Here(
            followable=[person.uri for person in followable],
            blockable=self.eve.uri,
            named=self.ada.uri,
            posts=[post.uri for post in self.posts],
            poll=self.poll.uri,
            options=["tea", "coffee", "mate"],
            followed=followed,
            known=known,
        )
        self.stories = Stories(self.chance, self.hosts.all, here)
        self.model = self.stories.model

    async def _know(self, actor: Actor) -> Identity:
        await fetch_key(actor.key_id)
        return await ensure_actor(actor.uri)

    async def live(self) -> None:
        """All letters arrive while Ada writes, changes and deletes; then nothing is left to do."""
        letters = self.stories.tell(_INCOMING)
        stop = asyncio.Event()
        worker = Worker(with_jobs=False, poll_s=0.5, drain_s=1)
        task = asyncio.create_task(worker.run(stop))
        try:
            await worker.is_listening.wait()
            await asyncio.gather(self._arrive(letters), self._write())
            await self._come_to_rest()
        finally:
            stop.set()
            await task

    async def _arrive(self, letters: list[Letter]) -> None:
        for letter in letters:
            status = await post(letter)
            self.posted += 1
            if status != 202:
                self.refusals[status] += 1
                assert letter.is_lie, (status, letter.document)

    async def _write(self) -> None:
        """What Ada says in the end, by the id of its post: its text, or None when she deleted it."""
        self.said: dict[str, str | None] = {}
        async with own_connection():
            for number in range(14):
                written = await write_post(author=self.ada, text=f"word {number}")
                self.said[written.uri] = f"word {number}"
                await asyncio.sleep(0.2)
                if number % 3 == 1:
                    await edit_post(author=self.ada, post_id=written.pk, text=f"other word {number}")
                    self.said[written.uri] = f"other word {number}"
                if number % 4 == 3:
                    await asyncio.sleep(0.5)
                    await delete_post(author=self.ada, post_id=written.pk)
                    self.said[written.uri] = None

    async def _come_to_rest(self) -> None:
        """Wait until all of live hosts is handled and delivered. Who waits to be tried again is tried now."""

        async def rests() -> bool:
            async with own_connection():
                await sql.run(
                    "UPDATE federation_peer SET state_due_at = now() WHERE state = 'waiting' AND host = ANY(%s)",
                    [self.live_names],
                )
                await sql.run(
                    "UPDATE federation_delivery SET retry_at = now() WHERE retry_at > now() AND retry_at < now() + interval '1 year'"
                )
                await sql.run(
                    "UPDATE federation_inboxmessage SET state_due_at = now() WHERE state = ANY(%s) AND host = ANY(%s) AND state_due_at > now()",
                    [list(_OPEN), self.live_names],
                )
                waiting = await InboxMessage.objects.filter(
                    state__in=_OPEN, host__in=self.live_names
                ).acount()
                unsent = await Delivery.objects.filter(status=0, host__in=self.live_names).acount()
                busy = await sql.value(
                    "SELECT count(*) FROM activities_post WHERE state_due_at IS NOT NULL AND state NOT IN ('gone', 'fanned_out')"
                )
                return waiting == unsent == busy == 0

        await wait_until(rests, 150, every_s=0.5)

    # --- afterwards ---------------------------------------------------------------------------------------------------

    async def compare(self) -> None:
        model = self.model
        pairs = {
            "follow": {
                (row.source.uri, row.target.uri)
                async for row in Follow.objects.select_related("source", "target")
                .exclude(target=self.ada)
                .exclude(source=self.bob)
            },
            "like": {
                (row.identity.uri, row.post.uri)
                async for row in Like.objects.select_related("identity", "post")
            },
            "boost": {
                (row.author.uri, row.boost_of.uri)
                async for row in Post.objects.select_related("author", "boost_of").filter(
                    boost_of__isnull=False, deleted_at=None
                )
            },
            "react": {
                (row.identity.uri, f"{row.post.uri} {row.name}")
                async for row in Reaction.objects.select_related("identity", "post")
            },
            "block": {
                (row.source.uri, row.target.uri)
                async for row in Block.objects.select_related("source", "target")
            },
        }
        problems = []
        for kind, found in pairs.items():
            problems += [(kind, pair, pair in found) for pair in found ^ model.pairs[kind]]
        assert not problems
        posts = {
            row.uri: row.content
            async for row in Post.objects.filter(is_local=False, boost_of=None, deleted_at=None)
        }
        assert posts.keys() == model.posts.keys(), posts.keys() ^ model.posts.keys()
        wrong = {uri: (posts[uri], said) for uri, said in model.posts.items() if said not in posts[uri]}
        assert not wrong
        await self._compare_counts()
        await self._compare_poll()
        await self._compare_home()
        self._compare_deliveries()

    async def _compare_counts(self) -> None:
        """The numbers under Ada's posts are those of the rows."""
        for written in self.posts:
            found = await Post.objects.aget(pk=written.pk)
            of_it = {
                kind: sum(target == written.uri for _, target in self.model.pairs[kind])
                for kind in ("like", "boost")
            }
            replies = len(self.model.replies.get(written.uri, ()))
            assert (found.likes_count, found.boosts_count, found.replies_count) == (
                of_it["like"],
                of_it["boost"],
                replies,
            )

    async def _compare_poll(self) -> None:
        rows = PollVote.objects.select_related("identity").filter(post=self.poll)
        votes = {(row.identity.uri, self.stories.here.options[row.choice]) async for row in rows}
        assert votes == self.model.votes
        question: Any = (await Post.objects.aget(pk=self.poll.pk)).question
        counted = {option["title"]: option["votes"] for option in question["options"]}
        assert counted == {title: sum(one == title for _, one in votes) for title in counted}

    async def _compare_home(self) -> None:
        """Bob has at home just what those wrote whom he follows, and no answers to others."""
        answers = {uri for uris in self.model.replies.values() for uri in uris}
        expected = {
            row.uri
            async for row in Post.objects.select_related("author").filter(uri__in=list(self.model.posts))
            if row.author.uri in self.stories.here.followed and row.uri not in answers
        }
        entries = HomeEntry.objects.select_related("post").filter(
            identity=self.bob, post__boost_of=None, post__deleted_at=None
        )
        home = {row.post.uri async for row in entries}
        assert home == expected, home ^ expected

    def _compare_deliveries(self) -> None:
        """Every live follower's server has what Ada said last, and what came of each post came in order."""
        for host in self.hosts.all:
            known: dict[str, str | None] = {}
            for request in host.peer.inbox:
                document = request.json()
                self.delivered += 1
                note = document["object"]
                if document["type"] in ("Create", "Update") and note.get("id") in self.said:
                    known[note["id"]] = note["content"]
                elif document["type"] == "Delete":
                    known[note["id"]] = None
            if host in self.followers:
                assert known.keys() >= {uri for uri, text in self.said.items() if text is not None}, (
                    host.peer.name
                )
                for uri, text in known.items():
                    if uri in self.said:
                        assert (text is None) == (self.said[uri] is None), (host.peer.name, uri)
                        assert text is None or str(self.said[uri]) in text


async def post(letter: Letter) -> int:
    """Post a letter to our shared inbox from the address of its host, through the ASGI application; return the status."""
    body = json.dumps(letter.document).encode()
    headers = letter.host.peer.signed(letter.actor, "http://testserver/inbox", body, date=letter.said_at)
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/inbox",
        "raw_path": b"/inbox",
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()]
        + [(b"content-length", str(len(body)).encode())],
        "server": ("testserver", 80),
        "client": (letter.host.address, 40000),
    }
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await application(scope, receive, send)
    return statuses[0]
