"""Names to addresses on the event loop, and the proof that no request by name starts a thread."""

import asyncio
import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path

import pytest

from core.http import NameNotFound, SystemResolver, Unreachable
from tests.core.http_peers import serve_names

pytestmark = pytest.mark.anyio

ZONE = {
    ("both.example", "A"): ["192.0.2.1", "192.0.2.2"],
    ("both.example", "AAAA"): ["2001:db8::1"],
    ("six.example", "AAAA"): ["2001:db8::6"],
}


async def test_concurrent_lookups_share_one_query_of_each_kind() -> None:
    async with serve_names(ZONE) as (port, questions):
        resolver = SystemResolver(hosts_file=None, nameservers=["127.0.0.1"], port=port)
        found = await asyncio.gather(*(resolver.resolve("both.example") for _ in range(50)))
        assert len(set(found)) == 1
        assert set(found[0][:2]) == {ip_address("192.0.2.1"), ip_address("192.0.2.2")}
        assert found[0][2:] == (ip_address("2001:db8::1"),)
        assert await resolver.resolve("six.example") == (ip_address("2001:db8::6"),)
        assert sorted(questions) == sorted(
            ["both.example A", "both.example AAAA", "six.example A", "six.example AAAA"]
        )
        for _ in range(2):
            with pytest.raises(NameNotFound):
                await resolver.resolve("none.example")
        assert len(questions) == 6


async def test_an_answer_lives_as_long_as_its_zone_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SystemResolver, "MIN_TTL_S", 0)
    async with serve_names(ZONE, ttl_s=0) as (port, questions):
        resolver = SystemResolver(hosts_file=None, nameservers=["127.0.0.1"], port=port)
        await resolver.resolve("six.example")
        await resolver.resolve("six.example")
    assert len(questions) == 4


async def test_a_cancelled_caller_does_not_cancel_the_shared_query() -> None:
    async with serve_names(ZONE) as (port, _):
        resolver = SystemResolver(hosts_file=None, nameservers=["127.0.0.1"], port=port)
        impatient = asyncio.create_task(resolver.resolve("both.example"))
        patient = asyncio.create_task(resolver.resolve("both.example"))
        await asyncio.sleep(0)
        impatient.cancel()
        assert len(await patient) == 3


async def test_a_silent_name_server_is_a_temporary_problem() -> None:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0)
    )
    port = transport.get_extra_info("sockname")[1]
    resolver = SystemResolver(hosts_file=None, nameservers=["127.0.0.1"], port=port, timeout_s=0.1)
    with pytest.raises(Unreachable):
        await resolver.resolve("both.example")
    transport.close()


async def test_fixed_names_come_before_the_hosts_file_and_that_before_dns(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text(
        "# comment\n192.0.2.7 both.example file.example # x\n2001:db8::7 FILE.example\nnonsense\n\n192.0.2.8 a.test\n"
    )
    async with serve_names(ZONE) as (port, questions):
        resolver = SystemResolver(
            {"a.test": "127.0.0.2"}, hosts_file=hosts, nameservers=["127.0.0.1"], port=port
        )
        assert await resolver.resolve("a.test") == (ip_address("127.0.0.2"),)
        assert await resolver.resolve("both.example") == (ip_address("192.0.2.7"),)
        assert await resolver.resolve("file.example") == (ip_address("192.0.2.7"), ip_address("2001:db8::7"))
        assert await resolver.resolve("192.0.2.9") == (ip_address("192.0.2.9"),)
        assert await resolver.resolve("localhost") == (ip_address("127.0.0.1"), ip_address("::1"))
        assert await resolver.resolve("x.localhost") == (ip_address("127.0.0.1"), ip_address("::1"))
    assert questions == []


PROOF = """
import asyncio, ipaddress, os, ssl, sys, threading
from pathlib import Path
from core.http import Client, NameNotFound, SystemResolver
from tests.core.http_peers import answer, certificate, serve, serve_names

async def main():
    folder = Path(sys.argv[2])
    ca, server = certificate(folder, "tls.example")
    zone = {("plain.example", "A"): ["127.0.0.1"], ("tls.example", "A"): ["127.0.0.1"]}
    async with serve_names(zone) as (port, _), serve(answer(200)) as plain, serve(answer(200), tls=server) as tls:
        before = len(os.listdir("/proc/self/task"))
        client = Client(
            resolver=SystemResolver(nameservers=["127.0.0.1"], port=port),
            allowed_networks=(ipaddress.ip_network("127.0.0.0/8"),),
            allow_http=True,
            ssl_context=ssl.create_default_context(cafile=ca),
        )
        urls = [f"http://plain.example:{plain.port}/", f"https://tls.example:{tls.port}/", f"http://localhost:{plain.port}/"]
        await asyncio.gather(*(client.get(url) for url in urls * 20))
        await asyncio.gather(*(client.post(url, b"x" * 100_000, {}) for url in urls * 20))
        for host in ("nowhere.example", "also.nowhere.example"):
            try:
                await client.get(f"http://{host}/")
            except NameNotFound:
                pass
        after = len(os.listdir("/proc/self/task"))
        await client.aclose()
    print(before, after, threading.active_count(), len(plain.requests) + len(tls.requests))

if sys.argv[1] == "uvloop":
    import uvloop
    uvloop.run(main())
else:
    asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
async def test_requests_by_name_start_no_thread(loop: str, tmp_path: Path) -> None:
    """Counted by the kernel, in a process of its own: names, TLS, refusals and 120 requests, and still one thread."""
    root = Path(__file__).parents[3]
    done = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROOF,
        loop,
        str(tmp_path),
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, error = await asyncio.wait_for(done.communicate(), 30)
    assert out.split() == [b"1", b"1", b"1", b"120"], error.decode()
