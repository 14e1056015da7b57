"""Stored files over HTTP."""

from pathlib import Path

import pytest

from tests.api.support.world import World
from tests.media import files
from tests.media.test_images import path_of, upload

pytestmark = pytest.mark.anyio


@pytest.fixture
async def path(world: World) -> str:
    return path_of((await upload(world, files.image((200, 200))))["url"])


@pytest.mark.slow
async def test_headers_that_make_it_harmless_and_lasting(world: World, path: str) -> None:
    response = await world.http.get(path)
    headers = response.headers
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert headers["content-type"] == "image/jpeg"
    assert headers["access-control-allow-origin"] == "*"
    assert headers["accept-ranges"] == "bytes"
    assert "set-cookie" not in headers
    unchanged = await world.http.get(path, headers={"If-None-Match": headers["etag"]})
    assert unchanged.status_code == 304
    # a cache in front of it may use a name of its own
    assert (await world.http.get(path, headers={"Host": "cdn.example"})).status_code == 200


@pytest.mark.slow
async def test_head_and_other_methods(world: World, path: str) -> None:
    whole = await world.http.get(path)
    head = await world.http.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))
    for method in ("POST", "PUT", "DELETE"):
        assert (await world.http.request(method, path)).status_code in {403, 405}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=10-", 206, slice(10, None)),
        ("bytes=-7", 206, slice(-7, None)),
        ("bytes=5-999999", 206, slice(5, None)),
        ("bytes=999999-", 416, None),
        ("bytes=9-2", 200, slice(None)),
        ("bytes=0-1,4-5", 200, slice(None)),
        ("lines=1-2", 200, slice(None)),
    ],
)
async def test_ranges(world: World, path: str, asked: str, status: int, part: slice | None) -> None:
    whole = (await world.http.get(path)).content
    response = await world.http.get(path, headers={"Range": asked})
    assert response.status_code == status
    if part is not None:
        assert response.content == whole[part]
    if status == 206:
        start = whole.index(response.content)
        assert (
            response.headers["content-range"]
            == f"bytes {start}-{start + len(response.content) - 1}/{len(whole)}"
        )


@pytest.mark.parametrize(
    "name",
    [
        "..%2f..%2fsecret_key",
        "..%5c..%5csecret_key",
        "%2e%2e/secret_key",
        "../secret_key",
        "....//secret_key",
        ".work",
        "",
        "abc.jpg",
        "a" * 26 + "-" + "0" * 16 + ".jpg",
        "a" * 26 + "-" + "0" * 16 + ".upload",
        "a" * 26 + "-" + "0" * 16 + ".html",
        "a" * 26 + "-" + "0" * 16 + ".jpg%00",
        "a" * 26 + "-" + "0" * 16 + ".jpg%0a",
        "%2fetc%2fpasswd",
        "x" * 5000,
    ],
)
async def test_only_media_files_are_served(world: World, folder: Path, name: str) -> None:
    (folder.parent / "secret_key").write_text("what only the server knows")
    response = await world.http.get(f"/media/{name}")
    assert response.status_code in {400, 404}
    assert "only the server" not in response.text  # the address itself is in the link that signs in


async def test_links_in_the_folder_lead_nowhere(world: World, folder: Path) -> None:
    name = "a" * 26 + "-" + "0" * 16 + ".jpg"
    (folder / "aa").mkdir(parents=True)
    (folder / "aa" / name).symlink_to("/etc/passwd")
    assert (await world.http.get(f"/media/{name}")).status_code == 404
