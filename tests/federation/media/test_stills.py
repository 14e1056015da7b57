"""The first picture of other servers' moving emoji, for people who want less motion."""

import asyncio
import io
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from PIL import Image

from federation.models import RemoteFileKind
from tests.federation.media.conftest import PNG, Origin, file, rows, use

pytestmark = pytest.mark.anyio

_RED, _BLUE = Image.new("RGB", (40, 30), "#ff0000"), Image.new("RGB", (40, 30), "#0000ff")


def moving(kind: str, **options: bool) -> bytes:
    """Return an animation that is red first."""
    out = io.BytesIO()
    _RED.save(out, kind, save_all=True, append_images=[_BLUE], duration=100, **options)
    return out.getvalue()


def shown(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    assert getattr(image, "n_frames", 1) == 1
    return image


@pytest.mark.parametrize(
    ("kind", "media_type", "options"),
    [("GIF", "image/gif", {}), ("WEBP", "image/webp", {"lossless": True}), ("PNG", "image/png", {})],
)
async def test_a_moving_emoji_has_a_still_version(
    http: httpx.AsyncClient,
    origin: Origin,
    ours: Callable[..., str],
    folder: Path,
    kind: str,
    media_type: str,
    options: dict[str, bool],
) -> None:
    content = moving(kind, **options)
    origin.answers["/blob"] = file(content, kind=media_type)
    address = ours("/blob", RemoteFileKind.still)
    answers = await asyncio.gather(http.get(address), http.get(address))
    answers.append(await http.get(address))
    for answer in answers:
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        image = shown(answer.content).convert("RGB")
        assert (image.size, image.getpixel((20, 15))) == ((40, 30), (255, 0, 0))
    assert origin.asked == ["/blob"]
    assert (await http.get(ours("/blob", RemoteFileKind.emoji))).content == content
    size = len(answers[0].content)
    assert (await use())["far.test", "still"] == (1, size)
    kept = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    assert sorted(kept) == sorted([size, len(content)])


async def test_still_pictures_stay_unchanged(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str]
) -> None:
    webp = io.BytesIO()
    _RED.save(webp, "WEBP", lossless=True)
    origin.answers["/blob.webp"] = file(webp.getvalue(), kind="image/webp")
    assert (await http.get(ours("/blob.webp", RemoteFileKind.still))).content == webp.getvalue()
    assert (await http.get(ours("/a.png", RemoteFileKind.still))).content == PNG


@pytest.mark.parametrize("kind", ["GIF", "PNG"])
@pytest.mark.parametrize("first", [RemoteFileKind.still, RemoteFileKind.emoji])
async def test_an_emoji_and_its_still_version_are_one_fetch(
    http: httpx.AsyncClient,
    origin: Origin,
    ours: Callable[..., str],
    first: RemoteFileKind,
    kind: str,
) -> None:
    """Whichever is looked at first, and both at once; the one that moves and the one that does not."""
    content = moving("GIF") if kind == "GIF" else PNG
    origin.answers["/blob"] = origin.answers["/other"] = file(content, kind=f"image/{kind.lower()}")
    second = RemoteFileKind.emoji if first == RemoteFileKind.still else RemoteFileKind.still
    answers = {one: await http.get(ours("/blob", one)) for one in (first, second)}
    assert origin.asked == ["/blob"]
    assert {answer.status_code for answer in answers.values()} == {200}
    assert answers[RemoteFileKind.emoji].content == content
    assert (answers[RemoteFileKind.still].content == content) is (kind == "PNG")
    shown(answers[RemoteFileKind.still].content)
    used = await use()
    assert (used["far.test", "emoji"], used["far.test", "still"]) == (
        (1, len(content)),
        (1, len(answers[RemoteFileKind.still].content)),
    )
    if first == RemoteFileKind.emoji:
        await asyncio.gather(*(http.get(ours("/other", one)) for one in (first, second)))
        assert origin.asked == ["/blob", "/other"]


def bomb() -> bytes:
    out = io.BytesIO()
    Image.new("1", (3000, 3000)).save(
        out, "GIF", save_all=True, append_images=[Image.new("1", (3000, 3000), 1)]
    )
    return out.getvalue()


@pytest.mark.parametrize("what", ["broken", "bomb", "film"])
async def test_unreadable_pictures_are_refused_and_remembered(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str], what: str
) -> None:
    """Its server is asked once."""
    content = {
        "broken": b"GIF89a" + bytes(range(256)) * 20,
        "bomb": bomb(),
        "film": b"\0\0\0\x18ftypisom" + bytes(range(256)) * 20,
    }
    origin.answers["/blob"] = file(content[what], kind="image/gif")
    for _ in range(2):
        assert (await http.get(ours("/blob", RemoteFileKind.still))).status_code == 502
    assert origin.asked == ["/blob"]
    [row] = [row for row in await rows() if row.kind == RemoteFileKind.still.value]
    assert (row.file, row.bytes) == ("", 0)
    assert row.reason
