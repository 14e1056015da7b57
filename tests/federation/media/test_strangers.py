"""Attempts by people of one server on the media of others: to hide it, and to keep its places."""

import asyncio
from collections.abc import Callable

import httpx
import pytest

from core.db import release_connection
from federation.media import flights, limits
from federation.models import Policy, RemoteFileKind
from federation.peers import set_federation_mode, set_policy
from tests.core.http_peers import Request
from tests.federation.media.conftest import Origin, file

pytestmark = pytest.mark.anyio

FILM = b"\0\0\0\x18ftypisom" + bytes(range(256)) * 2000


async def test_a_file_that_is_no_avatar_may_still_be_an_attachment(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str]
) -> None:
    """Or anybody could hide a film from everyone, by naming it as their picture."""
    origin.answers["/film"] = file(FILM, kind="video/mp4")
    stranger = ours("/film", RemoteFileKind.avatar, owner="http://evil.test/eve")
    assert (await http.get(stranger)).status_code == 502
    answer = await http.get(ours("/film"))
    assert (answer.status_code, answer.content) == (200, FILM)
    assert (await http.get(stranger)).status_code == 502


@pytest.mark.slow
@pytest.mark.parametrize("is_dripping", [False, True])
async def test_slow_files_of_one_site_leave_room_for_others(
    http: httpx.AsyncClient,
    origin: Origin,
    ours: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    is_dripping: bool,
) -> None:
    go_on = asyncio.Event()

    async def slow(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(FILM) + FILM[:9000])
        while not go_on.is_set():
            if is_dripping:
                writer.write(b"x")
            await asyncio.sleep(0.02)
        writer.close()

    monkeypatch.setattr(limits, "QUEUE_TIMEOUT_S", 0.5)
    if is_dripping:
        monkeypatch.setattr(limits, "IMAGE_TIMEOUT_S", 0.1)
        monkeypatch.setattr(limits, "MIN_BYTES_PER_S", 1_000_000)
    else:
        monkeypatch.setattr(limits, "MAX_PER_SITE", 2)
    flights._flights().turns = asyncio.Semaphore(4)
    names = [f"/slow{number}" for number in range(4)]
    origin.answers |= dict.fromkeys(names, slow)
    waiting = [
        asyncio.create_task(http.get(ours(name, owner=f"http://h{name[-1]}.evil.test/eve"))) for name in names
    ]
    while len(origin.asked) < 2:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    assert (await http.get(ours("/a.png"))).status_code == 200
    go_on.set()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_files_of_listed_servers_may_be_kept_on_hosts_that_are_not_listed(
    http: httpx.AsyncClient, ours: Callable[..., str]
) -> None:
    other = ours("/b.png", owner="https://other.test/ana")
    await set_federation_mode(listed_only=True)
    await set_policy(host="near.test", policy=Policy("allowed"))
    await release_connection()
    assert (await http.get(ours("/a.png", owner="https://near.test/ana"))).status_code == 200
    assert (await http.get(other)).status_code == 404
    await set_policy(host="files.far.test", policy=Policy("blocked"))
    await release_connection()
    assert (await http.get(ours("/a.png", owner="https://near.test/ana"))).status_code == 404
