"""The outbound client against real peers on loopback: what works, and every attack it must survive."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack

import pytest

import core.http
from core.http import (
    AddressRefused,
    BadRedirect,
    BadUrl,
    FetchError,
    NameNotFound,
    TimedOut,
    Unreachable,
    user_agent,
)
from tests.core.http_peers import Names, Request, a_client, answer, nothing_comes, redirect, serve

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
            f"{peer.url}/inbox", b"{}", {"Content-Type": "x/y", "User-Agent": user_agent("https://a.b")}
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


async def test_a_request_on_a_closing_connection_is_sent_again() -> None:
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


async def test_unreachable_and_unknown_hosts_have_their_own_errors() -> None:
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


@pytest.mark.slow
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


async def test_the_longest_idle_connection_is_closed_first() -> None:
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
