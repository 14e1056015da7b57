"""The outbound client against real peers on loopback: what works, and every attack it must survive."""

import asyncio
import gzip
import ssl
import time
import zlib
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

import core.http
from core.http import (
    AddressRefused,
    AnswerTooLarge,
    BadAnswer,
    BadRedirect,
    BadUrl,
    FetchError,
    NameNotFound,
    TimedOut,
    TlsFailed,
    Unreachable,
    user_agent,
)
from core.http.dial import dial
from tests.core.http_peers import Names, Request, a_client, answer, certificate, redirect, serve
from tests.support.waiting import wait_until

pytestmark = pytest.mark.anyio


async def test_get_returns_status_headers_body_and_final_address() -> None:
    async with serve(answer(200, b"hello", "X-One: a\r\nX-One: b\r\n")) as peer, a_client() as client:
        response = await client.get(f"{peer.url}/a?b=ü", accept="application/activity+json")
    assert (response.status, response.body, response.is_success) == (200, b"hello", True)
    assert response.header("x-one") == "a, b"
    assert response.url == f"{peer.url}/a?b=%C3%BC"
    [request] = peer.requests
    assert request.target == "/a?b=%C3%BC"
    assert request.headers["accept"] == "application/activity+json"
    assert request.headers["user-agent"] == user_agent()
    assert request.headers["host"] == f"127.0.0.1:{peer.port}"


async def test_post_sends_the_exact_body_and_headers() -> None:
    async with serve(answer(202)) as peer, a_client() as client:
        response = await client.post(
            f"{peer.url}/inbox", b"{}", {"Content-Type": "x/y", "User-Agent": user_agent("a.b")}
        )
    assert response.status == 202
    [request] = peer.requests
    assert (request.method, request.target, request.body) == ("POST", "/inbox", b"{}")
    assert request.headers["user-agent"].endswith("(+https://a.b/)")


async def test_connections_are_reused_and_survive_a_server_that_closes_them() -> None:
    async def close_now_and_then(request: Request, writer: asyncio.StreamWriter) -> None:
        await answer(200, b"x")(request, writer)
        if len(peer.requests) == 2:
            writer.close()

    async with serve(close_now_and_then) as peer, a_client() as client:
        for _ in range(4):
            assert (await client.post(peer.url, b"x", {})).status == 200
    assert len(peer.requests) == 4
    assert peer.connections == 2


async def test_a_request_that_meets_a_closing_connection_is_sent_again() -> None:
    async def hang_up_on_second(request: Request, writer: asyncio.StreamWriter) -> None:
        if len(peer.requests) == 2:
            writer.close()
        else:
            await answer(200, b"x")(request, writer)

    async with serve(hang_up_on_second) as peer, a_client() as client:
        assert [(await client.post(peer.url, b"x", {})).status for _ in range(2)] == [200, 200]
    assert len(peer.requests) == 3


async def test_a_server_that_hangs_up_on_a_new_connection_is_asked_once() -> None:
    async def hang_up(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with serve(hang_up) as peer, a_client() as client:
        with pytest.raises(FetchError):
            await client.post(peer.url, b"x", {})
    assert len(peer.requests) == 1


REFUSED = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1",
    "239.1.1.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1",
    "ff0e::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::7f00:1",
    "::ffff:0:127.0.0.1", "::ffff:0:a9fe:a9fe", "2002:7f00:1::", "2002:a9fe:a9fe::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "2001::1",
    "2001:db8::1", "3fff::1", "5f00::1", "100::1", "2a00:1450::5efe:7f00:1", "2a00:1450::200:5efe:a00:1",
]  # fmt: skip


@pytest.mark.parametrize("address", REFUSED)
async def test_private_and_special_addresses_are_refused_by_name_and_by_number(address: str) -> None:
    literal = f"[{address}]" if ":" in address else address
    async with a_client(allowed_networks=(), resolver=Names(evil_example=[address])) as client:
        with pytest.raises(AddressRefused) as by_name:
            await client.get("http://evil.example/")
        with pytest.raises(AddressRefused):
            await client.post(f"http://{literal}/", b"", {})
    assert address not in by_name.value.sentence
    assert not by_name.value.is_temporary


ODD = [
    "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/", "http://127.0.1/",
    "http://0/", "http://00/", "http://127.0.0.1.1/", "http://256.0.0.1/", "http://1.2.3.0x4/", "http://a.0x/",
    "http://[::1%25lo]/", "http://[fe80::1%eth0]/", "http://[::g]/", "http://[127.0.0.1]/", "http://::1/",
    "ftp://a.example/", "file:///etc/passwd", "gopher://a.example/", "javascript:1", "data:,x", "//a.example/", "a.example", "",
    "http://", "http:///x", "http://user@a.example/", "http://user:word@a.example/", "http://:@a.example/", "http://@a.example/",
    "http://a.example:22/", "http://a.example:25/", "http://a.example:6379/", "http://a.example:0/", "http://a.example:99999/",
    "http://a.example:-1/", "http://a.example:x/", "http://a b/", "http://a\r\nb/", "http://a.example/\r\nX: y",
    "http://a.example/\x00", "http://a\\@b/", "http://-a.example/", "http://a..example/", "http://.a/", "http://a.example../",
    "http://" + "a" * 64 + ".example/", "http://a.example/" + "x" * 5000, "http://exa%6Dple/", "http://a\u2024b\ud800/",
    "http://a!b.example/", "http://[::1]x/", "http://[/",
]  # fmt: skip


@pytest.mark.parametrize("url", ODD)
async def test_odd_addresses_are_refused_before_any_name_is_looked_up(url: str) -> None:
    names = Names()
    async with a_client(resolver=names) as client:
        with pytest.raises(BadUrl):
            await client.get(url)
    assert names.asked == []


async def test_wide_characters_can_not_hide_an_address() -> None:
    async with a_client(allowed_networks=()) as client:
        for url in (
            "http://127。0。0。1/",
            "http://①②⑦.0.0.1/",
            "http://127.0.0.1./",
            "http://\uff11\uff12\uff17.0.0.1/",
        ):
            with pytest.raises((AddressRefused, BadUrl)):
                await client.get(url)


async def test_names_with_both_kinds_of_address_only_reach_the_good_one() -> None:
    async with serve(answer(200, b"good", "Connection: close\r\n")) as peer:
        names = Names(mixed_example=["10.0.0.1 127.0.0.1 ::1"])
        async with a_client(resolver=names) as client:
            response = await client.get(f"http://mixed.example:{peer.port}/")
    assert response.body == b"good"
    assert peer.requests[0].headers["host"] == f"mixed.example:{peer.port}"


async def test_a_name_that_changes_its_address_is_checked_at_every_connection() -> None:
    """DNS rebinding: the address that is dialled is the one that was checked, and a new connection checks again."""
    names = Names(rebind_example=["127.0.0.1", "10.0.0.1"])
    async with serve(answer(200, b"x", "Connection: close\r\n")) as peer, a_client(resolver=names) as client:
        url = f"http://rebind.example:{peer.port}/"
        assert (await client.get(url)).status == 200
        with pytest.raises(AddressRefused):
            await client.get(url)
    assert names.asked == ["rebind.example"] * 2


async def test_what_is_said_before_tls_is_not_taken_for_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sits in between could send an answer in the clear, and the proven server would seem to have given it."""
    ca, context = certificate(tmp_path, "right.example")
    forged = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(forged)
        await writer.drain()
        with suppress(ConnectionError):  # the client leaves
            await writer.start_tls(context)
            await reader.readuntil(b"\r\n\r\n")
            writer.write(forged.replace(b"forged", b"proven"))
            await writer.drain()
        writer.close()

    async def dial_and_wait(*arguments: Any) -> Any:
        transport, protocol = await dial(*arguments)
        await wait_until(lambda: protocol.has_spoken)
        return transport, protocol

    monkeypatch.setattr("core.http.transport.dial", dial_and_wait)
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    trust = ssl.create_default_context(cafile=str(ca))
    names = Names(right_example=["127.0.0.1"])
    async with server, a_client(resolver=names, ssl_context=trust) as client:
        with pytest.raises(TlsFailed, match="encryption"):
            await client.get(f"https://right.example:{port}/")


async def test_plain_http_needs_permission_and_https_may_not_fall_back_to_it(tmp_path: Path) -> None:
    async with serve(answer(200)) as peer, a_client(allow_http=False) as client:
        with pytest.raises(BadUrl):
            await client.get(peer.url)
    ca, server = certificate(tmp_path, "secure.example")
    names, trust = Names(secure_example=["127.0.0.1"]), ssl.create_default_context(cafile=str(ca))
    async with (
        serve(answer(200)) as plain,
        serve(redirect(f"{plain.url}/"), tls=server) as secure,
        a_client(resolver=names, ssl_context=trust) as client,
    ):
        with pytest.raises(BadRedirect):
            await client.get(f"https://secure.example:{secure.port}/")
    assert plain.requests == []


async def test_tls_proves_the_name_of_the_address_that_was_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ca, server = certificate(tmp_path, "right.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(ca))
    names = Names(right_example=["127.0.0.1"], wrong_example=["127.0.0.1"])
    async with serve(answer(200, b"proven"), tls=server) as peer, a_client(resolver=names) as client:
        big = b"x" * 300_000
        assert (await client.post(f"https://right.example:{peer.port}/", big, {})).body == b"proven"
        assert (await client.get(f"https://right.example:{peer.port}/")).body == b"proven"
        assert peer.connections == 1
        assert peer.requests[0].body == big
        with pytest.raises(TlsFailed):
            await client.get(f"https://wrong.example:{peer.port}/")
    monkeypatch.delenv("SSL_CERT_FILE")
    async with serve(answer(200), tls=server) as peer, a_client(resolver=names) as client:
        with pytest.raises(TlsFailed):
            await client.get(f"https://right.example:{peer.port}/")


async def test_redirects_are_followed_three_times_checked_and_signed_anew() -> None:
    signed: list[tuple[str, str]] = []

    async def sign(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, str]:
        signed.append((method, url))
        return {"Signature": f"for {url}"}

    async def hops(request: Request, writer: asyncio.StreamWriter) -> None:
        hop = int(request.target.removeprefix("/"))
        await (redirect(f"/{hop - 1}", 307) if hop else answer(200, b"arrived"))(request, writer)

    async with serve(hops) as peer, a_client() as client:
        response = await client.get(f"{peer.url}/3", sign=sign)
        assert (response.body, response.url) == (b"arrived", f"{peer.url}/0")
        assert signed == [("GET", f"{peer.url}/{hop}") for hop in (3, 2, 1, 0)]
        assert [request.headers["signature"] for request in peer.requests] == [
            f"for {url}" for _, url in signed
        ]
        with pytest.raises(BadRedirect):
            await client.get(f"{peer.url}/4")
        assert (await client.get(f"{peer.url}/4", redirects=0)).status == 307
        assert (await client.post(f"{peer.url}/4", b"", {})).status == 307


@pytest.mark.parametrize(
    ("location", "error"),
    [
        ("http://10.0.0.1/", AddressRefused),
        ("http://169.254.169.254/latest/meta-data/", AddressRefused),
        ("http://[::ffff:10.0.0.1]/", AddressRefused),
        ("http://inside.example/", AddressRefused),
        ("http://2852039166/", BadRedirect),
        ("file:///etc/passwd", BadRedirect),
        ("http://a:b@a.example/", BadRedirect),
        ("http://[::1", BadRedirect),
        ("http://nowhere.example/", NameNotFound),
        ("/", BadRedirect),
    ],
)
async def test_redirects_to_bad_places_end_there(location: str, error: type[FetchError]) -> None:
    async with (
        serve(redirect(location)) as peer,
        a_client(resolver=Names(inside_example=["192.168.0.1"])) as client,
    ):
        with pytest.raises(error):
            await client.get(f"{peer.url}/")
    assert len(peer.requests) == 1


async def test_secrets_do_not_follow_a_redirect_to_another_host() -> None:
    async with (
        serve(answer(200), address="127.0.0.2") as other,
        serve(redirect(f"{other.url}/")) as peer,
        a_client() as client,
    ):
        await client.get(peer.url, headers={"Authorization": "Bearer x", "X-Fine": "1"})
    assert peer.requests[0].headers["authorization"] == "Bearer x"
    assert "authorization" not in other.requests[0].headers
    assert other.requests[0].headers["x-fine"] == "1"


def packed(encoding: str, data: bytes) -> bytes:
    if encoding == "gzip":
        return gzip.compress(data, mtime=0)
    raw = encoding == "raw"
    engine = zlib.compressobj(wbits=-15 if raw else 15)
    return engine.compress(data) + engine.flush()


@pytest.mark.parametrize(
    ("name", "encoding"), [("gzip", "gzip"), ("deflate", "zlib"), ("deflate", "raw"), ("x-gzip", "gzip")]
)
@pytest.mark.parametrize("size", [0, 1, 1000, 65_536, 65_537, 500_000])
async def test_packed_answers_are_unpacked(name: str, encoding: str, size: int) -> None:
    content = b"ab" * (size // 2) + b"c" * (size % 2)
    headers = f"Content-Encoding: {name}\r\n"
    async with serve(answer(200, packed(encoding, content), headers)) as peer, a_client() as client:
        assert (await client.get(peer.url)).body == content


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.slow
async def test_a_bomb_is_dropped_at_the_limit_in_little_memory_and_time(encoding: str) -> None:
    import tracemalloc

    bomb = packed("gzip" if encoding == "gzip" else "zlib", b"\0" * 200_000_000)
    async with serve(answer(200, bomb, f"Content-Encoding: {encoding}\r\n")) as peer, a_client() as client:
        tracemalloc.start()
        began = time.process_time()
        with pytest.raises(AnswerTooLarge):
            await client.get(peer.url, max_bytes=1_000_000)
        took, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 8_000_000
    assert took < 2


async def endless(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        await writer.drain()


async def endless_headers(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-Long: " + b"x" * 4096 + b"\r\n")
        await writer.drain()


async def slow_head(request: Request, writer: asyncio.StreamWriter) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 10_000:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.02)


async def slow_body(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
    await slow_head(request, writer)


async def nothing_comes(request: Request, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def empty_gzip_members(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
    member = gzip.compress(b"", mtime=0) * 100
    while True:
        writer.write(f"{len(member):x}\r\n".encode() + member + b"\r\n")
        await writer.drain()


def raw(data: bytes) -> object:
    async def write(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        writer.close()

    return write


BAD_PEERS = {
    "endless body": (endless, AnswerTooLarge),
    "endless headers": (endless_headers, BadAnswer),
    "endless gzip of nothing": (empty_gzip_members, AnswerTooLarge),
    "a byte of the head now and then": (slow_head, TimedOut),
    "a byte of the body now and then": (slow_body, TimedOut),
    "silence": (nothing_comes, TimedOut),
    "a length of a gigabyte": (answer(200, b"x" * 2_000_000), AnswerTooLarge),
    "not HTTP": (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), BadAnswer),
    "nothing": (raw(b""), BadAnswer),
    "a short body": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), BadAnswer),
    "two lengths": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nabc"), BadAnswer),
    "a bad chunk": (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), BadAnswer),
    "brotli, which was not asked for": (answer(200, b"x", "Content-Encoding: br\r\n"), BadAnswer),
    "gzip twice": (answer(200, b"x", "Content-Encoding: gzip, gzip\r\n"), BadAnswer),
    "gzip that isn't": (answer(200, b"hello", "Content-Encoding: gzip\r\n"), BadAnswer),
    "gzip cut short": (
        answer(200, gzip.compress(b"hello" * 99)[:-9], "Content-Encoding: gzip\r\n"),
        BadAnswer,
    ),
    "deflate that isn't": (answer(200, b"\xff\xff\xff", "Content-Encoding: deflate\r\n"), BadAnswer),
}


@pytest.mark.parametrize("name", BAD_PEERS)
async def test_a_bad_peer_gets_dropped_with_a_reason(name: str) -> None:
    handler, error = BAD_PEERS[name]
    # what breaks a rule is dropped for that, long before its time is up
    timeout_s = 0.3 if error is TimedOut else 10
    async with serve(handler) as peer, a_client() as client:
        began = time.perf_counter()
        with pytest.raises(error) as caught:
            await client.get(peer.url, timeout_s=timeout_s)
        assert time.perf_counter() - began < timeout_s + 1.2
        assert str(peer.port) not in caught.value.sentence
        assert caught.value.kind
        async with serve(answer(200, b"ok")) as good:
            assert (await client.get(good.url)).body == b"ok"


async def test_the_deadline_covers_every_redirect_together() -> None:
    async def slow_circle(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.15)
        await redirect(f"/{len(peer.requests)}")(request, writer)

    async with serve(slow_circle) as peer, a_client() as client:
        with pytest.raises(TimedOut):
            await client.get(peer.url, timeout_s=0.35)


async def test_errors_keep_their_status_however_large_their_body_is() -> None:
    async with serve(answer(404, b"x" * 500_000)) as peer, a_client() as client:
        response = await client.get(peer.url)
    assert (response.status, response.is_whole, len(response.body)) == (404, False, 65_536)


@pytest.mark.slow
async def test_a_post_that_was_answered_counts_even_when_the_body_never_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("core.http.outbound.IGNORED_BODY_S", 0.3)
    async with serve(slow_body) as peer, a_client() as client:
        response = await client.post(peer.url, b"", {})
    assert (response.status, response.is_whole) == (200, False)
    async with serve(endless) as peer, a_client() as client:
        assert (await client.post(peer.url, b"", {})).status == 200


async def test_nobody_there_and_no_such_name_have_their_own_errors() -> None:
    async with serve(answer(200)) as peer:
        pass
    async with a_client() as client:
        with pytest.raises(Unreachable):
            await client.get(peer.url)
        with pytest.raises(NameNotFound):
            await client.get("http://nowhere.example/")


async def test_a_dead_address_of_a_name_does_not_hide_a_living_one() -> None:
    async with (
        serve(answer(200, b"alive")) as peer,
        a_client(resolver=Names(two_example=["127.0.0.9 127.0.0.1"])) as client,
    ):
        assert (await client.get(f"http://two.example:{peer.port}/")).body == b"alive"


async def test_header_values_can_not_smuggle_a_second_header() -> None:
    async with serve(answer(200)) as peer, a_client() as client:
        for value in ("x\r\nEvil: 1", "x\nEvil: 1", "\u2603"):
            with pytest.raises(BadUrl):
                await client.get(peer.url, headers={"X-Name": value})
    assert peer.requests == []


async def test_one_slow_host_does_not_hold_up_the_others() -> None:
    async with serve(nothing_comes) as slow, serve(answer(200)) as quick, a_client() as client:
        waiting = [asyncio.create_task(client.get(slow.url, timeout_s=1)) for _ in range(30)]
        await asyncio.sleep(0)
        assert (await client.get(quick.url)).status == 200
        assert not any(task.done() for task in waiting)
        assert slow.connections <= 10
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(result, TimedOut) for result in results)


@pytest.mark.slow
async def test_cancelled_requests_leave_room_for_the_next() -> None:
    """Cancelled at every stage; afterwards all connections of the host can be used again."""

    async def a_little_later(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.005)
        await answer(200, b"x" * 1000)(request, writer)

    async with serve(a_little_later) as peer, a_client() as client:
        for step in range(40):
            tasks = [asyncio.create_task(client.post(peer.url, b"x", {})) for _ in range(15)]
            await asyncio.sleep(step * 0.0004)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        answers = await asyncio.gather(*(client.get(peer.url, timeout_s=3) for _ in range(30)))
        assert all(response.status == 200 for response in answers)


async def test_quiet_hosts_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.http.outbound.KEEP_ALIVE_S", 0.0)
    monkeypatch.setattr("core.http.outbound._SWEEP_S", -1.0)
    async with serve(answer(200)) as one, serve(answer(200)) as two, a_client() as client:
        await client.get(one.url)
        await client.get(two.url)
        assert [port for _, _, port in client._origins] == [two.port]


async def test_the_process_has_one_client_until_it_is_closed() -> None:
    first = core.http.client()
    assert core.http.client() is first
    await core.http.close_client()
    assert core.http.client() is not first
    await core.http.close_client()


async def test_above_the_bound_connections_that_are_idle_longest_are_closed() -> None:
    """At the usual limit of 1,024 open files 8,000 peers do not fit, and none of them is at fault."""
    async with AsyncExitStack() as stack:
        peers = [await stack.enter_async_context(serve(answer())) for _ in range(6)]
        client = await stack.enter_async_context(a_client(most_connections=3))
        for peer in peers:
            await client.post(peer.url, b"x", {})
            assert client._open.count <= 4
        for peer in reversed(peers):
            assert (await client.get(peer.url)).status == 200
        assert client._open.count <= 4


async def test_what_makes_room_was_idle_longest_and_is_not_in_use() -> None:
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def in_a_while(request: Request, writer: asyncio.StreamWriter) -> None:
        begun.set()
        await goes_on.wait()
        await answer()(request, writer)

    async with AsyncExitStack() as stack:
        busy = await stack.enter_async_context(serve(in_a_while))
        one, two, three, four = [await stack.enter_async_context(serve(answer())) for _ in range(4)]
        client = await stack.enter_async_context(a_client(most_connections=4))
        task = asyncio.create_task(client.get(busy.url))
        await begun.wait()
        for peer in (one, two, one, three, four):  # the last one finds the process full
            await client.get(peer.url)
        goes_on.set()
        assert (await task).status == 200
        for peer in (one, two):
            await client.get(peer.url)
        assert (busy.connections, one.connections, two.connections) == (1, 1, 2)
