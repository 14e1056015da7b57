"""Files of other servers through ours: fetched once, stored, served like our own, and nothing that is not on the list."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from core import http as outgoing
from core.config import config
from core.db import release_connection, sql
from federation.media import files as table
from federation.media.addresses import parse_address, proxied_url
from federation.models import Policy, RemoteFileKind
from federation.peers import set_policy
from tests.core.http_peers import Request, answer, redirect
from tests.federation.media.conftest import PNG, Origin, file, rows, stored, use
from tests.media import files
from tests.support.memory import forget_everything

pytestmark = pytest.mark.anyio

FILM = b"\0\0\0\x18ftypisom" + bytes(range(256)) * 2000


async def test_remote_media_is_fetched_once_and_served_like_own_media(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str], folder: Path
) -> None:
    address = ours("/a.png")
    first = await http.get(address)
    assert (first.status_code, first.content) == (200, PNG)
    row = await stored()
    assert (row.host, row.kind, row.media_type, row.bytes) == (
        "far.test",
        "attachment",
        "image/png",
        len(PNG),
    )
    second = await http.get(address, headers={"Host": "cdn.example"})
    assert second.content == PNG
    for response in (first, second):
        headers = response.headers
        assert headers["content-type"] == "image/png"
        assert headers["cache-control"] == "public, max-age=31536000, immutable"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert headers["accept-ranges"] == "bytes"
    unchanged = await http.get(address, headers={"If-None-Match": second.headers["etag"]})
    assert unchanged.status_code == 304
    assert origin.asked == ["/a.png"]
    assert await use() == {("far.test", "attachment"): (1, len(PNG)), ("", ""): (1, len(PNG))}
    assert [path.read_bytes() for path in folder.rglob("*.png")] == [PNG]


async def test_readers_at_once_cause_one_fetch(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str]
) -> None:
    go_on = asyncio.Event()

    async def slow(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(FILM) + FILM[:9000])
        await go_on.wait()
        writer.write(FILM[9000:])

    origin.answers["/film"] = slow
    readers = [asyncio.create_task(http.get(ours("/film"))) for _ in range(20)]
    while not origin.asked:
        await asyncio.sleep(0)
    # one who asks for the middle, and one of another process that only sees the table
    part = asyncio.create_task(http.get(ours("/film"), headers={"Range": "bytes=20000-20009"}))
    await asyncio.sleep(0.05)
    go_on.set()
    for response in await asyncio.gather(*readers):
        assert (response.status_code, response.content) == (200, FILM)
        assert response.headers["content-type"] == "video/mp4"
    assert ((await part).status_code, (await part).content) == (206, FILM[20000:20010])
    assert (await part).headers["content-range"] == f"bytes 20000-20009/{len(FILM)}"
    assert origin.asked == ["/film"]


async def test_another_process_waits_for_the_one_that_fetches(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str]
) -> None:
    signed, coded = ours("/a.png").split("/")[-2:]
    asked = parse_address(signed, coded)
    assert asked is not None
    assert await table.lease(asked)
    assert not await table.lease(asked)
    await release_connection()
    reader = asyncio.create_task(http.get(ours("/a.png")))
    await asyncio.sleep(0.05)
    assert not reader.done()
    assert origin.asked == []
    # that process died: its lease ends
    await sql.run("UPDATE federation_remotefile SET leased_until = now()")
    await release_connection()
    assert (await reader).content == PNG


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=-7", 206, slice(-7, None)),
        ("bytes=99999999-", 416, None),
        ("bytes=9-2", 200, slice(None)),
        ("bytes=0-1,4-5", 200, slice(None)),
        ("bytes=" + "9" * 400 + "-", 416, None),
        ("nonsense", 200, slice(None)),
    ],
)
async def test_ranges_while_it_comes_and_afterwards(
    http: httpx.AsyncClient,
    origin: Origin,
    ours: Callable[..., str],
    asked: str,
    status: int,
    part: slice | None,
) -> None:
    origin.answers["/film"] = file(FILM, kind="video/mp4")
    for _ in range(2):
        response = await http.get(ours("/film"), headers={"Range": asked})
        assert response.status_code == status
        if part is not None:
            assert response.content == FILM[part]
        await stored()
    assert origin.asked == ["/film"]


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.replace("/r/a", "/r/p"),  # another kind has other limits
        lambda path: path[:-1] + ("A" if path[-1] != "A" else "B"),
        lambda path: path + "A",
        lambda path: path.replace("/r/a", "/r/a_"),
        lambda path: path.rsplit("/", 1)[0] + "/aHR0cDovLzEyNy4wLjAuMS8",
        lambda path: path.rsplit("/", 1)[0] + "/%ff%fe",
        lambda path: path.rsplit("/", 1)[0] + "/" + "A" * 5000,
    ],
)
async def test_an_address_that_we_did_not_sign_leads_nowhere(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str], change: Callable[[str], str]
) -> None:
    response = await http.get(change(ours("/a.png")))
    assert response.status_code == 404
    assert response.headers["content-type"].startswith("text/plain")
    assert origin.asked == []
    assert await rows() == []


SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (file(b"<!doctype html><script>alert(1)</script>" + b" " * 5000), "it is no picture, film or sound"),
        (file(SVG, kind="image/svg+xml"), "it is no picture, film or sound"),
        (file(b"%PDF-1.7", kind="application/pdf"), "it is no picture, film or sound"),
        (file(b""), "empty"),
        (file(PNG, length=len(PNG) + 10), "bad_answer"),
        (file(PNG + bytes(5000), length=17_000_000), "answer_too_large"),
        (file(PNG, more="Content-Encoding: gzip\r\n"), "bad_answer"),
        (
            file(files.image((10, 10), "PNG").replace(b"\0\0\0\n\0\0\0\n", b"\0\1\0\0\0\1\0\0")),
            "it has too many pixels",
        ),
        (answer(500), "the other server answers 500"),
        (answer(204), "the other server answers 204"),
        (redirect("http://10.0.0.1/a.png"), "address_refused"),
        (redirect("http://169.254.169.254/latest/meta-data"), "address_refused"),
        (redirect("file:///etc/passwd"), "bad_redirect"),
        (redirect("http://127.0.0.1:25/"), "bad_redirect"),
    ],
)
async def test_unsupported_files_are_refused_with_the_reason(
    http: httpx.AsyncClient,
    origin: Origin,
    ours: Callable[..., str],
    folder: Path,
    reply: object,
    reason: str,
) -> None:
    origin.answers["/a.png"] = reply  # type: ignore[assignment]
    for _ in range(2):
        response = await http.get(ours("/a.png"))
        assert response.status_code in (502, 504)
        assert response.headers["content-type"] == "text/plain; charset=utf-8"
        assert response.headers["cache-control"].startswith("public, max-age=")
        assert b"<" not in response.content
    assert origin.asked == ["/a.png"]
    [row] = await rows()
    assert (row.file, row.reason, row.attempts) == ("", reason, 1)
    assert await use() == {}
    assert [path for path in folder.rglob("*") if path.is_file()] == []


async def test_a_gone_original_is_remembered_and_tried_again_later(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str]
) -> None:
    origin.answers["/a.png"] = answer(410)
    for _ in range(2):
        response = await http.get(ours("/a.png"))
        assert (response.status_code, response.headers["cache-control"]) == (404, "public, max-age=300")
    waits = []
    for _ in range(2):
        await sql.run("UPDATE federation_remotefile SET try_after = now()")
        await release_connection()
        assert (await http.get(ours("/a.png"))).status_code == 404
        waits.append(
            await sql.value("SELECT extract(epoch FROM try_after - now()) / 3600 FROM federation_remotefile")
        )
    assert [round(wait) for wait in waits] == [4, 16]  # hours
    assert len(origin.asked) == 3
    origin.answers.clear()
    await sql.run("UPDATE federation_remotefile SET try_after = now()")
    await release_connection()
    assert (await http.get(ours("/a.png"))).content == PNG
    row = await stored()
    assert (row.reason, row.attempts) == ("", 0)


async def test_an_endless_body_ends_at_the_bound(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str], folder: Path
) -> None:
    async def endless(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n" + PNG)
        while not writer.is_closing():
            writer.write(bytes(65536))
            await writer.drain()

    origin.answers["/a.png"] = endless
    with pytest.raises(AssertionError):  # of httpx: the answer has no end, since its connection is cut
        await http.get(ours("/a.png", RemoteFileKind.emoji))
    again = await http.get(ours("/a.png", RemoteFileKind.emoji))
    assert (again.status_code, b"answer_too_large" in again.content) == (502, True)
    assert [path for path in folder.rglob("*") if path.is_file()] == []


async def test_a_slow_origin_is_given_up(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("federation.media.limits.CHUNK_TIMEOUT_S", 0.05)
    hang = asyncio.Event()

    async def silent(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + PNG[:20])
        await hang.wait()

    origin.answers["/a.png"] = silent
    assert (await http.get(ours("/a.png"))).status_code == 504
    assert (await rows())[0].reason == "timed_out"


async def test_an_avatar_is_no_film(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str]
) -> None:
    origin.answers["/film"] = file(FILM)
    assert (await http.get(ours("/film", RemoteFileKind.avatar))).status_code == 502


async def test_a_server_that_stops_in_the_middle_serves_no_half_later(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str], folder: Path
) -> None:
    """As killed: what it wrote lies there, its lease runs out, and another fetches anew."""
    hang = asyncio.Event()

    async def half(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(FILM) + FILM[:9000])
        await hang.wait()

    origin.answers["/film"] = half
    reader = asyncio.create_task(http.get(ours("/film")))
    # until its bytes are there: before them it reserves room, and takes its lease anew
    while not any(part.stat().st_size for part in folder.rglob("*.part")):
        await asyncio.sleep(0.01)
    forget_everything()  # of the process
    assert (await rows())[0].file == ""
    origin.answers["/film"] = file(FILM)
    await sql.run("UPDATE federation_remotefile SET leased_until = now()")
    await release_connection()
    assert (await http.get(ours("/film"))).content == FILM
    reader.cancel()
    await outgoing.close_client()


async def test_a_copy_that_is_not_there_any_more_is_fetched_again(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str], folder: Path
) -> None:
    await http.get(ours("/a.png"))
    await stored()
    [path] = folder.rglob("*.png")
    path.write_bytes(PNG[:10])  # a power cut
    assert (await http.get(ours("/a.png"))).content == PNG
    await stored()
    for path in folder.rglob("*.png"):
        path.unlink()
    assert (await http.get(ours("/a.png"))).content == PNG
    await stored()
    assert len(origin.asked) == 3
    assert await use() == {("far.test", "attachment"): (1, len(PNG)), ("", ""): (1, len(PNG))}


async def test_media_of_refused_servers_stays_out(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str]
) -> None:
    kept, other, others = ours("/a.png"), ours("/b.png"), ours("/b.png", owner="http://other.test/")
    await http.get(kept)
    await stored()
    await set_policy(host="far.test", policy=Policy.open, reject_media=True)
    await release_connection()
    for address in (kept, other):
        assert (await http.get(address)).status_code == 404
    await set_policy(host="far.test", policy=Policy.blocked)
    await release_connection()
    assert (await http.get(kept)).status_code == 404
    assert (await http.get(others)).status_code == 404  # kept on its host
    assert origin.asked == ["/a.png"]


async def test_without_a_budget_addresses_lead_to_the_origin(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = ours("/a.png")
    monkeypatch.setattr(config(), "remote_media_budget", 0)
    assert ours("/a.png") == origin.url("/a.png")
    response = await http.get(address)
    assert (response.status_code, response.headers["location"]) == (302, origin.url("/a.png"))


async def test_over_its_budget_nothing_is_fetched(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await http.get(ours("/a.png"))
    await stored()
    monkeypatch.setattr(config(), "remote_media_budget", len(PNG) // 2)
    response = await http.get(ours("/b.png"))
    assert (response.status_code, response.headers["cache-control"]) == (503, "no-store")
    assert (await http.get(ours("/a.png"))).content == PNG


def test_our_own_files_keep_their_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "a" * 26 + "-" + "0" * 16 + ".png"
    monkeypatch.setattr("federation.media.addresses._own_hosts", lambda: frozenset({"here.test"}))
    own, other = f"https://here.test/media/{name}", f"https://there.test/media/{name}"
    assert proxied_url(own, RemoteFileKind.avatar, "https://b.test") == own
    assert proxied_url(own, RemoteFileKind.avatar) == f"/media/{name}"  # on the page of any of our domains
    assert proxied_url(other, RemoteFileKind.avatar, "https://b.test").startswith("https://b.test/media/r/p")
    for page in (
        "/settings",
        "/search?q=x",
        "/media/../admin",
        "/media/%2e%2e/admin",
        "//media/x",
        "/mediator",
    ):
        # a post of others must not have browsers ask for our pages in its readers' names
        assert proxied_url(f"https://here.test{page}", RemoteFileKind.attachment, "https://here.test") == ""
        assert proxied_url(f"https://here.test{page}", RemoteFileKind.emoji) == ""
    assert proxied_url("javascript:alert(1)", RemoteFileKind.avatar) == "javascript:alert(1)"
    monkeypatch.setattr(config(), "media_url", "https://cdn.test/m")
    assert proxied_url(other, RemoteFileKind.avatar, "https://b.test").startswith("https://cdn.test/m/r/p")
    assert proxied_url(own, RemoteFileKind.avatar) == f"https://cdn.test/m/{name}"
