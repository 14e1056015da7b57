"""The web process and the worker run on one thread each, whatever they are asked to do."""

import asyncio
import itertools
import re
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from tests.core.http_peers import answer, certificate, serve, serve_names
from tests.support.servers import Server, running_server, threads

pytestmark = [pytest.mark.anyio, pytest.mark.servers]

LOAD_S = 5
PACE_S = (
    0.05  # between two requests of one client: with two tokens the load stays within the API's rate limit
)
PASSWORD = "correct horse battery"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)


class Load:
    """Clients that do all kinds of things at once until told to stop; `answers` counts (what, status)."""

    def __init__(self, server: Server, *tokens: str) -> None:
        self.server = server
        self.tokens = tokens
        self.answers: Counter[tuple[str, int]] = Counter()
        self.stop = asyncio.Event()

    async def run(self) -> None:
        kinds: list[Callable[[httpx.AsyncClient, int], Awaitable[httpx.Response]]] = [
            self.read, self.read, self.page, self.post, self.upload, self.inbox, self.deliver, self.sign_in,
        ]  # fmt: skip
        async with AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(self.server.client(token)) for token in self.tokens]
            async with asyncio.TaskGroup() as group:
                for kind, client in zip(kinds, itertools.cycle(clients), strict=False):
                    group.create_task(self._repeat(kind, client))

    async def _repeat(
        self, kind: Callable[[httpx.AsyncClient, int], Awaitable[httpx.Response]], client: httpx.AsyncClient
    ) -> None:
        for number in itertools.count():
            if self.stop.is_set():
                return
            answer = await kind(client, number)
            self.answers[kind.__name__, answer.status_code] += 1
            await asyncio.sleep(PACE_S)

    async def read(self, client: httpx.AsyncClient, number: int) -> httpx.Response:
        paths = ["accounts/verify_credentials", "timelines/home", "timelines/public", "notifications"]
        return await client.get(f"/api/v1/{paths[number % len(paths)]}")

    async def page(self, client: httpx.AsyncClient, number: int) -> httpx.Response:
        paths = [
            "/",
            "/health",
            "/@anna",
            "/.well-known/nodeinfo",
            f"/.well-known/webfinger?resource=acct:anna@{self.server.domain}",
        ]
        return await client.get(paths[number % len(paths)], headers={"authorization": ""})

    async def post(self, client: httpx.AsyncClient, number: int) -> httpx.Response:
        return await client.post(
            "/api/v1/statuses", json={"status": f"Number {number} #load", "visibility": "public"}
        )

    async def upload(self, client: httpx.AsyncClient, number: int) -> httpx.Response:
        return await client.post("/api/v2/media", files={"file": (f"{number}.png", PIXEL, "image/png")})

    async def inbox(self, client: httpx.AsyncClient, number: int) -> httpx.Response:
        activity = {
            "id": f"https://peer.test/{number}",
            "type": "Like",
            "actor": "https://peer.test/a",
            "object": "x",
        }
        return await client.post("/inbox", json=activity, headers={"authorization": ""})

    async def deliver(self, client: httpx.AsyncClient, number: int) -> httpx.Response:
        """The worker resolves a name and connects (to a peer that is not there)."""
        query = {"q": f"@nobody@peer{number % 3}.test", "resolve": "true"}
        return await client.get("/api/v2/search", params=query)

    async def sign_in(self, client: httpx.AsyncClient, number: int) -> httpx.Response:
        """Hashes a password, in a child process. From another address each time, or the rate limit answers alone."""
        address = {"x-forwarded-for": f"203.0.113.{number % 250}"}
        email = "admin@example.com" if number == 0 else f"{number}@example.com"
        async with self.server.client(headers={**address, "origin": self.server.base_url}) as browser:
            form = await browser.get("/sign-in")
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
            fields = {"email": email, "password": PASSWORD, "csrfmiddlewaretoken": token[1] if token else ""}
            return await browser.post("/sign-in", data=fields)


async def test_web_and_worker_have_one_thread_each_under_mixed_load() -> None:
    environment = {
        "TAKAHE_ALLOWED_NETWORKS": "127.0.0.0/8",
        "TAKAHE_RESOLVE": "peer0.test=127.0.0.9,peer1.test=127.0.0.9",
    }
    async with running_server(env=environment, is_forked=False) as server:
        load = Load(server, await server.set_up("anna", password=PASSWORD), await server.person("bert"))
        running = asyncio.create_task(load.run())
        seen: dict[str, set[tuple[str, ...]]] = {"web": set(), "worker": set()}
        web, worker = server.web_pid, server.worker_pid
        async with asyncio.timeout(LOAD_S + 20):
            for number in itertools.count():
                if number > LOAD_S * 50 and load.answers["post", 200] > 5 < load.answers["upload", 200]:
                    break  # a busy machine does less in the time
                seen["web"].add(tuple(threads(web)))
                seen["worker"].add(tuple(threads(worker)))
                await asyncio.sleep(0.02)
            load.stop.set()
            await running
        assert {name: max(map(len, several)) for name, several in seen.items()} == {"web": 1, "worker": 1}, (
            seen
        )
        assert (server.web_pid, server.worker_pid) == (web, worker)  # nobody died meanwhile
        kinds = {what for what, _ in load.answers}
        assert kinds == {"read", "page", "post", "upload", "inbox", "deliver", "sign_in"}
        assert load.answers["read", 200] > 20, load.answers
        assert load.answers["post", 200] > 5, load.answers
        assert load.answers["upload", 200] > 5, load.answers
        assert load.answers["sign_in", 302] + load.answers["sign_in", 303] == 1, load.answers
        assert not [found for found in load.answers if found[1] >= 500], load.answers


LOADED = """
import asyncio, ipaddress, os, sys
import uvloop
from core.http import Client, SystemResolver, TlsFailed

async def main(port, names):
    resolver = SystemResolver(hosts_file=None, nameservers=["127.0.0.1"], port=names)
    client = Client(resolver=resolver, allowed_networks=(ipaddress.ip_network("127.0.0.0/8"),))
    most, statuses = 0, []
    async def work(host):
        nonlocal most
        for _ in range(20):
            statuses.append((await client.post(f"https://{host}:{port}/", b"x" * 1500, {})).status)
            statuses.append((await client.get(f"https://{host}:{port}/")).status)
            most = max(most, len(os.listdir("/proc/self/task")))
    await asyncio.gather(*(work(f"h{number % 5}.example") for number in range(40)))
    try:
        await client.get(f"https://other.example:{port}/")
    except TlsFailed:
        statuses.append("refused")
    await client.aclose()
    print(max(most, len(os.listdir("/proc/self/task"))), len(statuses), *sorted(map(str, set(statuses))))

uvloop.run(main(*map(int, sys.argv[1:])))
"""


@pytest.mark.slow
async def test_one_thread_looks_names_up_connects_and_encrypts_on_uvloop(tmp_path: Path) -> None:
    """aiohttp's resolver and its way of connecting, left to themselves, start threads on uvloop."""
    hosts = [f"h{number}.example" for number in range(5)]
    ca, context = certificate(tmp_path, *hosts)
    zone = {(host, "A"): ["127.0.0.1"] for host in [*hosts, "other.example"]}
    async with serve(answer(200, b"x" * 2000), tls=context) as peer, serve_names(zone) as (names, questions):
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", LOADED, str(peer.port), str(names),
            cwd=Path(__file__).parents[3], env={"SSL_CERT_FILE": str(ca), "PATH": "/usr/bin:/bin"},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(60):
            out, errors = await child.communicate()
    assert out.decode().split() == ["1", "1601", "200", "refused"], errors.decode()[-2000:]
    assert len(set(questions)) == 12
