"""Media of remote posts whose type nobody says: the worker asks the file's server."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from activities.media.handlers import fetch_media_types
from activities.media.models import Attachment, MediaCheck, MediaCheckGraph
from activities.media.services.attachments import set_remote_attachments
from activities.posts.models import Post
from activities.publishing.activitypub import parse_post
from activities.publishing.services.posting import delete_content
from activities.publishing.services.receiving import receive_post
from core.db import async_atomic
from tests.api.support.world import World
from tests.core.http_peers import Peer, Request, answer, serve
from tests.support.peers import outbound

pytestmark = pytest.mark.anyio

PNG = b"\x89PNG\r\n\x1a\n" + bytes(200_000)
KINDS = {"/named": "image", "/sniffed": "image", "/film": "video", "/page": "unknown", "/lost": "unknown"}


@pytest.fixture
async def site() -> AsyncIterator[Peer]:
    ready: list[bool] = []

    async def files(request: Request, writer: Any) -> None:
        bodies = {
            "/named": answer(200, PNG, "Content-Type: image/webp; charset=binary\r\n"),
            "/sniffed": answer(200, PNG, "Content-Type: application/octet-stream\r\n"),
            "/film": answer(206, bytes(64), "Content-Type: video/mp4\r\n"),
            "/page": answer(200, b"<html>" * 1000, "Content-Type: text/html\r\n"),
            "/late": answer(200 if ready else 503, PNG, "Content-Type: image/png\r\n"),
        }
        if request.target == "/late":
            ready.append(True)
        await bodies.get(request.target, answer(404))(request, writer)

    async with serve(files) as peer:
        yield peer


async def _receive(world: World, *attachments: dict[str, Any]) -> Post:
    rob = world.remote
    document = {
        "id": f"{rob.uri}/notes/1",
        "type": "Note",
        "attributedTo": rob.uri,
        "content": "<p>look</p>",
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "attachment": list(attachments),
    }
    parsed = parse_post(document)
    assert parsed is not None
    post = await receive_post(document=parsed, author=rob)
    assert post is not None
    return post


async def _asked(post: Post) -> str:
    """What the worker makes of it."""
    async with outbound():
        outcome = await fetch_media_types(await MediaCheck.objects.aget(pk=post.pk))
    return outcome.state.name if outcome.state else outcome.kind.value


async def _kinds(world: World, post: Post) -> list[str]:
    status = await world.nobody.get(f"/api/v1/statuses/{post.pk}", "Status")
    return [one["type"] for one in status["media_attachments"]]


async def test_files_without_a_type_are_asked_for(world: World, site: Peer) -> None:
    post = await _receive(world, *({"type": "Document", "url": f"{site.url}{path}"} for path in KINDS))
    assert await _kinds(world, post) == ["unknown"] * 5
    assert await _asked(post) == MediaCheckGraph.done.name
    assert await _kinds(world, post) == list(KINDS.values())
    types = {one.url: one.media_type async for one in Attachment.objects.filter(post=post)}
    assert types[f"{site.url}/sniffed"] == "image/png"
    assert types[f"{site.url}/named"] == "image/webp"
    # an edit brings the same files again, as nameless as before
    edited = parse_post(
        {
            "id": post.uri,
            "type": "Note",
            "attributedTo": world.remote.uri,
            "attachment": [{"type": "Document", "url": f"{site.url}{path}"} for path in KINDS],
        }
    )
    assert edited is not None
    async with async_atomic():
        await set_remote_attachments(post.pk, world.remote.pk, edited.attachments)
    assert await _kinds(world, post) == list(KINDS.values())


async def test_a_file_whose_server_is_busy_is_asked_for_again(world: World, site: Peer) -> None:
    parts = [{"type": "Document", "url": f"{site.url}/{name}"} for name in ("late", "named")]
    post = await _receive(world, *parts)
    assert await _asked(post) == "later"
    assert await _kinds(world, post) == ["unknown", "image"]
    assert await _asked(post) == MediaCheckGraph.done.name
    assert await _kinds(world, post) == ["image", "image"]


async def test_declared_media_types_need_no_request(world: World, site: Peer) -> None:
    await _receive(
        world,
        {"type": "Document", "url": f"{site.url}/x", "mediaType": "image/png"},
        {"type": "Document", "url": f"{site.url}/x.jpg"},
        {"type": "Image", "url": f"{site.url}/y"},
        {"type": "Document", "url": f"{site.url}/z", "mediaType": "application/pdf"},
    )
    assert not await MediaCheck.objects.aexists()


async def test_a_doubt_ends_with_its_post(world: World, site: Peer) -> None:
    post = await _receive(world, {"type": "Document", "url": f"{site.url}/named"})
    async with async_atomic():
        await delete_content(post)
    assert not await MediaCheck.objects.aexists()
