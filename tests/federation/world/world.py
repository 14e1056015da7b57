"""The world of test_world.py: people and posts here, what a hundred hosts send, and what Ada and Bob do meanwhile."""

import contextlib
import json
import os
import random
from collections import Counter, deque
from typing import Any

from activities.polls.services import vote
from activities.posts.models import InteractionPolicy, Post
from core.db import own_connection
from core.http import TimedOut
from federation.remote_keys import fetch_key
from stator.workers.worker import Worker
from takahe.asgi import application
from tests.activities.people import follow
from tests.federation.conftest import running
from tests.federation.test_votes import make_poll
from tests.federation.world.families import FAMILIES
from tests.federation.world.forgeries import forge
from tests.federation.world.hosts import Host, Network
from tests.federation.world.outcasts import Outcasts
from tests.federation.world.scenario import LocalTargets, Scenario, SignedActivity
from tests.federation.world.settling import Settling
from tests.support.peers import Actor
from tests.support.posts import delete_post, edit_post, write_post
from tests.support.waiting import restart_watchdog
from tests.users.support import make_person
from users.domains.models import Domain
from users.identities.models import Identity
from users.identities.services.remote_actors import ensure_actor

SIZE = float(os.environ.get("WORLD_SIZE") or 0.2)
_INCOMING = round(2500 * SIZE)
_WRITTEN = max(4, round(30 * SIZE))  # by Ada meanwhile
_MAX_TRIES = 20
_OVERLOADED = (429, 503)


class World:
    """`texts`: what Ada's posts say in the end, by id; None for a deleted one. `ballots`: Bob's choice in each remote poll."""

    def __init__(self, rng: random.Random, network: Network) -> None:
        self.rng = rng
        self.hosts = network.hosts
        self.followers: list[Host] = []
        self.outcasts = Outcasts(rng, network.hosts)
        self.last_text = ""
        self.texts: dict[str, str | None] = {}
        self.ballots: dict[str, int] = {}
        self.received = 0
        self.refusals: Counter[int] = Counter()
        self.settling = Settling([host.peer.host for host in network.hosts if host.is_alive])

    async def prepare(self) -> None:
        """Make people and posts here, Ada's followers, and whom Bob follows."""
        domain = await Domain.objects.aget()
        self.ada, self.bob, eve = [await make_person(domain, name) for name in ("ada", "bob", "eve")]
        followable = [await make_person(domain, f"local{n}") for n in range(4)]
        number = max(4, round(12 * SIZE))
        self.posts = [
            await write_post(author=self.ada, text=f"post {n}", quote_policy=InteractionPolicy.public)
            for n in range(number)
        ]
        self.poll = await make_poll(self.ada)
        followed: set[str] = set()
        for host in self.hosts:
            if host.is_alive and self.rng.random() < 0.75:
                follower = await _known(host.actors[0])
                await follow(follower, self.ada, uri=f"{follower.uri}/stable")
                self.followers.append(host)
            if host.is_alive and self.rng.random() < 0.5:
                author = await _known(host.actors[1])
                await follow(self.bob, author)
                followed.add(author.uri)
        groups = [host for host in self.hosts if host.is_alive and host.group is not None]
        for host in groups:
            assert host.group is not None
            await follow(self.bob, await _known(host.group))
        targets = LocalTargets(
            followable=[person.uri for person in followable],
            blockable=eve.uri,
            mentioned=self.ada.uri,
            posts=[post.uri for post in self.posts],
            poll=self.poll.uri,
            options=["tea", "coffee", "mate"],
            followed=followed,
            groups=groups,
            is_outcast=self.outcasts.include,
        )
        self.scenario = Scenario(self.rng, self.hosts, targets)
        self.expected = self.scenario.expected

    async def run(self) -> None:
        """Receive all activities while Ada writes, and wait until nothing is left to do."""
        activities = self.scenario.generate(_INCOMING, FAMILIES, forge)
        async with running(Worker(with_jobs=False, poll_s=0.5, drain_s=1)):
            await self._receive(activities)
            await self.settling.until_settled()
            self.last_text = "what outcasts are not told"
            async with own_connection():
                last = await write_post(author=self.ada, text=self.last_text)
            self.texts[last.uri] = self.last_text
            for activity in self.outcasts.late(self.ada.uri):
                await send(activity)
            await self.settling.until_settled()

    async def _receive(self, activities: list[SignedActivity]) -> None:
        write_every = max(1, len(activities) // (3 * _WRITTEN))
        moderate_every = max(1, len(activities) // (len(self.outcasts.steps) + 1))
        steps = deque(step for number in range(_WRITTEN) for step in self._steps(number))
        left = deque(activities)
        while left:
            activity = left.popleft()
            if activity.document.get("object") == activity.actor.uri:
                activity.actor.is_deleted = True
            status = await send(activity)
            restart_watchdog()
            self.received += 1
            if status != 202:
                self.refusals[status] += 1
            if status in _OVERLOADED and activity.host.is_alive:
                left.append(activity)  # its server retries
                await self.settling.until_progress()
                continue
            is_refused = activity.is_forged or self.outcasts.include(activity.actor.uri)
            assert status == 202 or is_refused, (status, activity.document)
            if self.received % moderate_every == 0 and self.outcasts.steps:
                await self._moderate()
            if self.received % write_every == 0 and steps:
                await self._write(*steps.popleft())
                await self._vote()
        while self.outcasts.steps:
            await self._moderate()
        for step in steps:
            await self._write(*step)

    async def _moderate(self) -> None:
        async with own_connection():
            await self.outcasts.steps.pop()()

    def _steps(self, number: int) -> list[tuple[int, str]]:
        """Return how a post is written, and perhaps edited and deleted: its number and what is done."""
        steps = ["write"] + ["edit"] * (number % 3 == 1) + ["delete"] * (number % 4 == 3)
        return [(number, step) for step in steps]

    async def _write(self, number: int, step: str) -> None:
        async with own_connection():
            if step == "write":
                written = await write_post(author=self.ada, text=f"word {number}")
                self._written = written
                self.texts[written.uri] = f"word {number}"
            elif step == "edit":
                await edit_post(author=self.ada, post_id=self._written.pk, text=f"other word {number}")
                self.texts[self._written.uri] = f"other word {number}"
            else:
                await delete_post(author=self.ada, post_id=self._written.pk)
                self.texts[self._written.uri] = None

    async def _vote(self) -> None:
        """Let Bob vote in a remote poll, while its results still come."""
        async with own_connection():
            polls_here = Post.objects.filter(type="Question", is_local=False, deleted_at=None).order_by("pk")
            open_polls = [poll async for poll in polls_here.exclude(uri__in=list(self.ballots))]
            poll = next((one for one in open_polls if not self.outcasts.include(one.uri)), None)
            if poll is not None:
                choice = len(self.ballots) % 2
                await vote(identity=self.bob, post_id=poll.pk, choices=[choice])
                self.ballots[poll.uri] = choice


async def _known(actor: Actor) -> Identity:
    """Fetch an actor, again when this machine was too busy to answer in time."""
    for _ in range(_MAX_TRIES):
        restart_watchdog()
        with contextlib.suppress(TimedOut):
            await fetch_key(actor.key_id)
            return await ensure_actor(actor.uri)
    raise AssertionError(f"{actor.uri} was not fetched in {_MAX_TRIES} tries")


async def send(activity: SignedActivity) -> int:
    """Post an activity to our shared inbox from its host's address, through the ASGI application. Returns the status."""
    body = json.dumps(activity.document).encode()
    peer = activity.host.peer
    headers = peer.signed(activity.actor, "http://testserver/inbox", body, date=activity.signed_at)
    headers["content-length"] = str(len(body))
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
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "server": ("testserver", 80),
        "client": (activity.host.address, 40000),
    }
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def respond(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await application(scope, receive, respond)
    return statuses[0]
