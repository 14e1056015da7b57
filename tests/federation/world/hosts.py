"""A hundred hosts in one HTTP server that answers by the requested name. Slow, dead and lying ones are among them."""

import asyncio
import random
from enum import StrEnum
from urllib.parse import urlsplit

from tests.support.peers.dialects import DIALECTS, Dialect
from tests.support.peers.http import Actor, Received, Reply, make_key, read_request

_SLOW_S = 0.3
_DEAD_S = 60.0


class Behavior(StrEnum):
    honest = "honest"
    slow = "slow"  # answers after a while
    dead = "dead"  # accepts connections and never answers
    lying = "lying"  # forges activities, besides sending true ones


class Host:
    """`peer` speaks for it. The `leaver` is an actor that will be deleted, the `troll` one that is banned from a group. `lost_answers` of ten answers to deliveries are never sent, though the delivery was accepted."""

    def __init__(self, peer: Dialect, behavior: Behavior, number: int) -> None:
        self.peer = peer
        self.behavior = behavior
        self.address = f"127.1.0.{number + 1}"
        self.lost_answers = 0
        self.actors: list[Actor] = []
        self.leaver: Actor | None = None
        self.troll: Actor | None = None
        self.group: Actor | None = None

    @property
    def is_alive(self) -> bool:
        return self.behavior is not Behavior.dead


class Network:
    """Serve the hosts with `async with`. Each has a loopback address of its own; their actors share four keys.

    Slow hosts answer at once until `is_slow` is set.
    """

    def __init__(self, rng: random.Random, *, count: int = 100, actors: int = 3) -> None:
        self._rng = random.Random(rng.random())  # its draws depend on the order of requests
        self.is_slow = False
        behaviors = [Behavior.slow] * (count // 5) + [Behavior.dead] * (count // 5)
        behaviors += [Behavior.lying] * (count // 10)
        behaviors += [Behavior.honest] * (count - len(behaviors))
        rng.shuffle(behaviors)
        self.hosts = [
            Host(DIALECTS[number % len(DIALECTS)](f"h{number}.test"), behavior, number)
            for number, behavior in enumerate(behaviors)
        ]
        self._by_name = {host.peer.name: host for host in self.hosts}
        self._actors = actors
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def resolve(self) -> dict[str, str]:
        return {host.peer.name: host.address for host in self.hosts}

    async def __aenter__(self) -> "Network":
        self._server = await asyncio.start_server(self._connected, "0.0.0.0", 0, limit=2**20)
        port = self._server.sockets[0].getsockname()[1]
        for host in self.hosts:
            host.peer.port = port
            host.lost_answers = self._rng.choice([0, 0, 3])
            host.actors = [_with_pins(host.peer.add_actor(f"p{n}", make_key())) for n in range(self._actors)]
            host.leaver = host.peer.add_actor("leaver", make_key())
            host.troll = host.peer.add_actor("troll", make_key())
            if host.peer.has_groups:
                host.group = _with_pins(host.peer.add_actor("group", make_key(), type="Group"))
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._open):
            writer.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while (request := await read_request(reader)) is not None:
                reply = await self._answer(request)
                if reply is None:
                    return
                head = [f"HTTP/1.1 {reply.status} x", f"Content-Length: {len(reply.body)}"]
                if reply.body:
                    head.append(f"Content-Type: {reply.content_type}")
                writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + reply.body)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(self, request: Received) -> Reply | None:
        host = self._by_name[urlsplit(f"//{request.headers['host']}").hostname or ""]
        if host.behavior is Behavior.dead:
            await asyncio.sleep(_DEAD_S)
            return None
        if host.behavior is Behavior.slow and self.is_slow:
            await asyncio.sleep(_SLOW_S)
        reply = host.peer.answer(request)
        if request.method == "POST" and self._rng.randrange(10) < host.lost_answers:
            return None
        return reply


def _with_pins(actor: Actor) -> Actor:
    actor.extra["featured"] = f"{actor.uri}/featured"
    return actor
