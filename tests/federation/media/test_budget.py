"""The budget of copies: counted in the database, kept by the worker, looked at longest ago first."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from activities.media.handlers import delete_unreferenced_files
from core.config import config
from core.db import release_connection, sql
from core.media.locations import storage
from core.media.names import new_name
from federation.handlers.media import delete_old_failures, enforce_media_budget, remove_refused_media
from federation.media import eviction, files
from federation.media.addresses import RequestedFile
from federation.media.queries import remote_use
from federation.models import Policy, RemoteFile, RemoteFileKind
from federation.peers import set_policy
from tests.core.http_peers import Request
from tests.federation.media.conftest import PNG, Origin, rows, stored, use
from tests.support import waiting
from tests.support.machine.disks import fill, small_disk
from tests.support.memory import forget_everything

pytestmark = pytest.mark.anyio


async def copy(
    host: str, name: str, size: int, *, kind: RemoteFileKind = RemoteFileKind.attachment, source: str = ""
) -> Path:
    """A copy of so many bytes, looked at later than those before it; `source` is the host that stores it, if that is another."""
    asked = RequestedFile(f"https://{source or host}/{name}", kind, host)
    file = new_name("0" * 64, "png")
    path = storage().path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    assert await files.lease(asked)
    assert await files.store(asked.key, file=file, media_type="image/png", size=size)
    return path


async def true_sums() -> dict[tuple[str, str], tuple[int, int]]:
    """What the rows add up to."""
    found = await sql.rows(
        """SELECT host, kind, count(*), sum(bytes)::bigint FROM federation_remotefile WHERE file <> '' GROUP BY host, kind
           UNION ALL SELECT '', '', count(*), coalesce(sum(bytes), 0)::bigint FROM federation_remotefile WHERE file <> ''"""
    )
    return {(host, kind): (count, size) for host, kind, count, size in found if count}


@pytest.mark.slow
async def test_the_longest_unseen_go_first_and_own_media_stays(
    db: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [await copy("a.test" if n % 2 else "b.test", f"{n}.png", 1000) for n in range(8)]
    own = storage().path(new_name("1" * 64, "jpg"))
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_bytes(bytes(5000))
    # the first one is looked at again
    await sql.run("UPDATE federation_remotefile SET viewed_at = viewed_at - interval '2 hours'")
    await files.find(RequestedFile("https://b.test/0.png", RemoteFileKind.attachment, "b.test").key)
    monkeypatch.setattr(config(), "remote_media_budget", 5000)
    monkeypatch.setattr(eviction, "BATCH_SIZE", 2)
    assert await enforce_media_budget() == 4  # down to 95 %
    assert [path.exists() for path in paths] == [True, False, False, False, False, True, True, True]
    assert own.exists()
    assert await use() == await true_sums()
    assert await files.total_bytes() == 4000
    assert await enforce_media_budget() == 0
    monkeypatch.setattr(config(), "remote_media_budget", 0)
    assert await enforce_media_budget() == 4
    assert await use() == {}
    assert own.exists()


@pytest.mark.slow
async def test_a_death_between_files_and_rows_is_mended(
    db: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        await copy("a.test", f"{n}.png", 1000)

    async def die(*_: object) -> int:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(files, "delete_copies", die)
        with pytest.raises(RuntimeError, match="killed"):
            await eviction.evict_to(1500)
    assert await files.total_bytes() == 3000
    assert await eviction.evict_to(1500) == 2
    assert await use() == await true_sums() == {("a.test", "attachment"): (1, 1000), ("", ""): (1, 1000)}


@pytest.mark.slow
async def test_files_without_rows_are_swept_and_copies_are_not(
    db: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await copy("a.test", "a.png", 100)
    lost = storage().path(new_name("2" * 64, "png"))
    lost.parent.mkdir(parents=True, exist_ok=True)
    lost.write_bytes(b"x")
    monkeypatch.setattr("activities.media.handlers._SWEPT_AFTER_S", -1.0)
    assert await delete_unreferenced_files() == 1
    assert [row[0] for row in await sql.rows("SELECT name FROM activities_discardedfile")] == [lost.name]
    assert path.exists()


@pytest.mark.slow
async def test_media_of_refused_servers_goes(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str], folder: Path
) -> None:
    address = ours("/a.png")
    await http.get(address)
    await stored()
    kept = await copy("other.test", "a.png", 10)
    assert await remove_refused_media() == 0
    await set_policy(host="far.test", policy=Policy.open, reject_media=True)
    await set_policy(host="test", policy=Policy.blocked)
    await set_policy(host="other.test", policy=Policy.allowed)
    assert await remove_refused_media() == 1
    assert [row.host for row in await rows()] == ["other.test"]
    assert kept.exists()
    await release_connection()
    assert (await http.get(address)).status_code == 404
    assert origin.asked == ["/a.png"]
    assert await use() == await true_sums()


@pytest.mark.slow
@pytest.mark.parametrize(
    "ruled",
    [{"policy": Policy.blocked}, {"policy": Policy.open, "reject_media": True}],
    ids=["blocked", "no media"],
)
async def test_files_that_a_refused_host_stores_for_others_go(
    db: None, folder: Path, ruled: dict[str, Any]
) -> None:
    gone = [
        await copy("good.test", "a.png", 10, source="cdn.bad.test"),
        await copy("good.test", "b.png", 10, source="BAD.test:8443"),
    ]
    kept = [await copy("good.test", "c.png", 10), await copy("fine.test", "d.png", 10, source="notbad.test")]
    assert await remove_refused_media() == 0
    await set_policy(host="bad.test", **ruled)
    assert await remove_refused_media() == 2
    assert ([path.exists() for path in gone], [path.exists() for path in kept]) == ([False] * 2, [True] * 2)
    assert await use() == await true_sums()


async def test_a_copy_that_came_twice_counts_once(db: None, folder: Path) -> None:
    asked = RequestedFile("https://a.test/a.png", RemoteFileKind.avatar, "a.test")
    await files.lease(asked)
    assert await files.store(asked.key, file=new_name("0" * 64, "png"), media_type="image/png", size=10)
    assert not await files.store(asked.key, file=new_name("0" * 64, "png"), media_type="image/png", size=10)
    assert await use() == {("a.test", "avatar"): (1, 10), ("", ""): (1, 10)}
    assert (
        await files.delete_copies([asked.key], [new_name("0" * 64, "png")]) == 0
    )  # it has another file by now
    row = await RemoteFile.objects.aget()
    assert await files.delete_copies([asked.key], [row.file]) == 1
    assert await files.delete_copies([asked.key, uuid.uuid4()], [row.file, "x"]) == 0
    assert await use() == {}


async def test_old_failures_are_forgotten(db: None) -> None:
    for name, days in (("old", 31), ("new", 1)):
        asked = RequestedFile(f"https://a.test/{name}", RemoteFileKind.avatar, "a.test")
        await files.lease(asked)
        await files.store_failure(asked.key, "gone", is_gone=True)
        await sql.run(
            "UPDATE federation_remotefile SET viewed_at = now() - %s * interval '1 day' WHERE key = %s",
            [days, asked.key],
        )
    await delete_old_failures()
    assert [row.url for row in await rows()] == ["https://a.test/new"]


async def test_operators_see_hosts_and_kinds(db: None, folder: Path) -> None:
    for n in range(12):
        await copy(f"h{n}.test", "a.png", 10 + n)
    await copy("h0.test", "b.png", 100, kind=RemoteFileKind.avatar)
    found = await remote_use()
    assert (found.files, found.bytes) == (13, sum(range(10, 22)) + 100)
    assert [(kind.name, kind.files) for kind in found.kinds] == [("attachment", 12), ("avatar", 1)]
    assert len(found.hosts) == 10
    assert (found.hosts[0].name, found.hosts[0].bytes, len(found.hosts[0].kinds)) == ("h0.test", 110, 2)


async def test_a_full_disk_is_a_local_failure(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("core.media.incoming.IncomingFile.write", full)
        response = await http.get(ours("/a.png"))
    assert (response.status_code, response.headers["cache-control"]) == (503, "no-store")
    assert (await rows())[0].reason == ""
    assert (await http.get(ours("/a.png"))).content == PNG


FILM = b"\0\0\0\x18ftypisom" + bytes(900_000)


class Film:
    """A film of which the origin sends the beginning, and the rest when it is told to."""

    def __init__(self, *, says_size: bool) -> None:
        self.goes_on = asyncio.Event()
        self._says_size = says_size

    async def __call__(self, request: Request, writer: asyncio.StreamWriter) -> None:
        size = b"Content-Length: %d\r\n" % len(FILM) if self._says_size else b""
        writer.write(b"HTTP/1.1 200 OK\r\n%bConnection: close\r\n\r\n" % size + FILM[:300_000])
        await writer.drain()
        await self.goes_on.wait()
        writer.write(FILM[300_000:])
        await writer.drain()
        writer.close()


async def reserved() -> int:
    try:
        return await files.reserved_bytes()
    finally:
        await release_connection()


@pytest.mark.slow
@pytest.mark.parametrize("says_size", [True, False])
async def test_films_on_their_way_count_before_they_are_written(
    http: httpx.AsyncClient,
    origin: Origin,
    ours: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    says_size: bool,
) -> None:
    """Ten at once took ten times what was left."""
    monkeypatch.setattr(config(), "remote_media_budget", 1_200_000)  # 1,500,000 is never passed
    first, second = Film(says_size=says_size), Film(says_size=says_size)
    origin.answers |= {"/1": first, "/2": second}
    one = asyncio.create_task(http.get(ours("/1")))
    other = asyncio.create_task(http.get(ours("/2")))
    await waiting.wait_until(reached(600_000), 5)
    first.goes_on.set()
    second.goes_on.set()
    answers = await asyncio.gather(one, other, return_exceptions=True)
    whole = [one for one in answers if isinstance(one, httpx.Response) and one.content == FILM]
    assert len(whole) == 1
    await stored()
    assert await waiting.wait_until(nothing_reserved, 5)
    assert await files.total_bytes() == len(FILM)
    assert await use() == await true_sums()


def reached(size: int) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        return await reserved() >= size

    return check


async def nothing_reserved() -> bool:
    return await reserved() == 0


async def test_a_reservation_ends_with_its_lease(db: None) -> None:
    """That of a process that died: nothing has to be cleaned up."""
    dead, asked = (
        RequestedFile(f"https://a.test/{name}", RemoteFileKind.attachment, "a.test") for name in "ab"
    )
    for one in (dead, asked):
        assert await files.lease(one)
    assert await files.reserve(dead.key, 900, most_bytes=1000)
    assert not await files.reserve(asked.key, 101, most_bytes=1000)
    assert await files.reserve(asked.key, 100, most_bytes=1000)
    assert await files.reserve(dead.key, 900, most_bytes=1000)  # in place of what it had
    assert await files.reserved_bytes() == 1000
    await sql.run(
        "UPDATE federation_remotefile SET leased_until = now() - interval '1 second' WHERE key = %s",
        [dead.key],
    )
    assert await files.reserve(asked.key, 1000, most_bytes=1000)
    assert await files.lease(dead)
    assert await files.reserved_bytes() == 1000
    await files.release_lease(asked.key)
    assert await files.reserved_bytes() == 0


@pytest.mark.slow
async def test_room_is_made_for_what_is_reserved(
    db: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(4):
        await copy("a.test", f"{n}.png", 1000)
    monkeypatch.setattr(config(), "remote_media_budget", 5000)
    film = RequestedFile("https://a.test/film", RemoteFileKind.attachment, "a.test")
    assert await files.lease(film)
    assert await files.reserve(film.key, 2000, most_bytes=6250)
    assert not await files.reserve(film.key, 2251, most_bytes=6250)
    assert await enforce_media_budget() == 2  # 95 % without 2000
    assert await files.total_bytes() == 2000


async def test_copies_go_before_a_disk_is_full(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "media", 16) as small:
        monkeypatch.setattr(config(), "media_dir", str(small))
        monkeypatch.setattr(config(), "disk_full_percent", 95)
        paths = [await copy("a.test", f"{n}.png", 1_000_000) for n in range(12)]
        assert await enforce_media_budget() == 0
        filler = fill(small, 4)
        forget_everything()  # what was seen of the disk
        assert await enforce_media_budget() == 1, "down to 93 % of 16.8 MB"
        assert not paths[0].exists()
        filler.unlink()
