"""A hundred hosts in one HTTP server, which answers by the name in the request: slow, dead and lying ones among them."""

import asyncio
import random
from collections import Counter
from enum import StrEnum
from urllib.parse import urlsplit

from tests.support.peers.dialects import KINDS, Speaking
from tests.support.peers.http import Actor, Received, Reply, make_key, read_request

_SLOW_S = 0.3


class Conduct(StrEnum):
    honest = "honest"
    slow = "slow"  # answers after a while
    dead = "dead"  # takes connections and answers nothing
    lying = "lying"  # says of others what is not true, beside what is


class Host:
    """`peer` speaks for it. `loses` of ten answers to deliveries are never sent, though what was delivered is kept."""

    def __init__(self, peer: Speaking, conduct: Conduct, number: int) -> None:
        self.peer = peer
        self.conduct = conduct
        self.address = f"127.1.0.{number + 1}"
        self.loses = 0
        self.people: list[Actor] = []

    @property
    def is_live(self) -> bool:
        return self.conduct is not Conduct.dead

    @property
    def speaks_truth(self) -> bool:
        return self.conduct in (Conduct.honest, Conduct.slow)


class Hosts:
    """`async with`; each has an address of its own on loopback, and people with one of four keys."""

    def __init__(self, chance: random.Random, *, count: int = 100, people: int = 3) -> None:
        self.chance = chance
        conducts = (
            [Conduct.slow] * (count // 5) + [Conduct.dead] * (count // 5) + [Conduct.lying] * (count // 10)
        )
        conducts += [Conduct.honest] * (count - len(conducts))
        chance.shuffle(conducts)
        self.all = [
            Host(KINDS[number % len(KINDS)](f"h{number}.test"), conduct, number)
            for number, conduct in enumerate(conducts)
        ]
        self.by_name = {host.peer.name: host for host in self.all}
        self.asked: Counter[str] = Counter()
        self._people = people
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def resolve(self) -> dict[str, str]:
        return {host.peer.name: host.address for host in self.all}

    async def __aenter__(self) -> "Hosts":
        self._server = await asyncio.start_server(self._connected, "0.0.0.0", 0, limit=2**20)
        port = self._server.sockets[0].getsockname()[1]
        for host in self.all:
            host.peer.port = port
            host.loses = self.chance.choice([0, 0, 3])
            host.people = [host.peer.add_actor(f"p{n}", make_key()) for n in range(self._people)]
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
        host = self.by_name[urlsplit(f"//{request.headers['host']}").hostname or ""]
        self.asked[host.conduct] += 1
        if host.conduct is Conduct.dead:
            await asyncio.sleep(60)
            return None
        if host.conduct is Conduct.slow:
            await asyncio.sleep(_SLOW_S)
        reply = host.peer.answer(request)
        if request.method == "POST" and self.chance.randrange(10) < host.loses:
            return None
        return reply
