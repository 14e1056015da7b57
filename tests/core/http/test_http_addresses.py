"""Addresses that the outbound client refuses, by name and by number and at every connection; and TLS for the name it asked for."""

import asyncio
import ssl
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from core.http import (
    AddressRefused,
    BadRedirect,
    BadUrl,
    TlsFailed,
)
from core.http.dial import dial
from tests.core.http_peers import Names, a_client, answer, certificate, redirect, serve
from tests.support.waiting import wait_until

pytestmark = pytest.mark.anyio
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


async def test_bytes_before_tls_are_not_taken_for_a_response(
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
