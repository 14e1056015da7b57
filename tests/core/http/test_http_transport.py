"""Things that httpx and its engine must not do by themselves, against real peers on loopback."""

import asyncio
from collections.abc import Mapping

import pytest

from core.http import InvalidResponse
from tests.core.http_peers import Request, a_client, answer, redirect, serve

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "target",
    ["/a%7Eb/%41", "/a/../b/./c", "/x?q=%2b+1&r=a%20b", "/[a]|b^{c}`d", "/a//b;c=1,2", "/?", "/a?b?c"],
)
async def test_the_address_that_was_signed_is_sent_as_it_is_spelt(target: str) -> None:
    signed: list[str] = []

    async def sign(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, str]:
        signed.append(url)
        return {}

    async with serve(answer(200)) as peer, a_client() as client:
        await client.get(f"{peer.url}{target}", sign=sign)
        await client.post(f"{peer.url}{target}", b"x", {}, sign=sign)
    assert [f"{peer.url}{request.target}" for request in peer.requests] == signed
    assert signed == [f"{peer.url}{target.removesuffix('?')}"] * 2


async def test_only_headers_of_ours_are_sent() -> None:
    async with serve(answer(200)) as peer, a_client() as client:
        await client.get(peer.url)
        await client.post(peer.url, b"x", {"Content-Type": "x/y"})
        await client.post(peer.url, b"", {})
    names = [set(request.headers) for request in peer.requests]
    usual = {"host", "user-agent", "accept-encoding"}
    assert names == [usual, usual | {"content-type", "content-length"}, usual | {"content-length"}]
    assert [request.body for request in peer.requests] == [b"", b"x", b""]


async def test_a_server_that_hangs_up_on_a_new_connection_is_asked_once_for_pages_too() -> None:
    """aiohttp would ask again; that it doesn't hangs on an attribute which is not public."""

    async def hang_up(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with serve(hang_up) as peer, a_client() as client:
        with pytest.raises(InvalidResponse):
            await client.get(peer.url)
    assert len(peer.requests) == 1


async def test_cookies_and_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        serve(answer(200, b"proxied")) as proxy,
        serve(answer(200, b"", "Set-Cookie: a=b\r\n")) as peer,
    ):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        async with a_client() as client:
            for _ in range(2):
                assert (await client.get(peer.url)).body == b""
    assert proxy.requests == []
    assert [request.headers.get("cookie") for request in peer.requests] == [None, None]


@pytest.mark.parametrize("location", ["http://[::1", "//[", "http://a:b@c:99999/", "\xff"])
async def test_a_post_with_an_unreadable_redirect_has_been_answered(location: str) -> None:
    async with serve(redirect(location)) as peer, a_client() as client:
        response = await client.post(peer.url, b"x", {})
    assert (response.status, bool(response.header("location"))) == (302, True)


async def test_an_unsolicited_response_is_not_taken_for_the_next_one() -> None:
    spoken = asyncio.Event()

    async def say_twice(request: Request, writer: asyncio.StreamWriter) -> None:
        await answer(200, b"first" if len(peer.requests) == 1 else b"second")(request, writer)
        await writer.drain()
        if len(peer.requests) == 1:
            await asked.wait()
            await answer(200, b"forged")(request, writer)
            await writer.drain()
            spoken.set()

    asked = asyncio.Event()
    async with serve(say_twice) as peer, a_client() as client:
        assert (await client.get(peer.url)).body == b"first"
        asked.set()
        await spoken.wait()
        async with serve(answer(200)) as other:
            for _ in range(3):  # the forged answer has arrived by then
                await client.get(other.url)
        assert (await client.get(peer.url)).body == b"second"
    assert peer.connections == 2
