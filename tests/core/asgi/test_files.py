import pytest
from django.http import HttpResponse

from core.asgi import Request
from core.asgi.files import send_file
from tests.core.asgi_app import http_for, make_app

pytestmark = pytest.mark.anyio


@pytest.fixture
async def http(tmp_path):
    body = bytes(range(256)) * 1000
    (tmp_path / "file").write_bytes(body)

    async def view(request: Request, name: str) -> HttpResponse:
        return send_file(request, tmp_path / name, content_type="image/png", download_as='a"\r\nb.png')

    async with http_for(make_app(("<name>", view))) as http:
        http.body = body
        yield http


async def test_a_file_is_sent_whole_in_parts_and_not_at_all_when_unchanged(http):
    whole = await http.get("/file")
    assert whole.content == http.body
    assert whole.headers["content-length"] == str(len(http.body))
    assert whole.headers["content-disposition"] == 'attachment; filename="a___b.png"'
    unchanged = await http.get("/file", headers={"If-None-Match": whole.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    head = await http.head("/file")
    assert (head.content, head.headers["content-length"]) == (b"", str(len(http.body)))
    assert (await http.get("/missing")).status_code == 404


@pytest.mark.parametrize(
    ("asked", "status", "start", "stop"),
    [
        ("bytes=0-9", 206, 0, 10),
        ("bytes=70000-", 206, 70000, 256000),
        ("bytes=-5", 206, 255995, 256000),
        ("bytes=-999999", 206, 0, 256000),
        ("bytes=255990-999999", 206, 255990, 256000),
        ("bytes=5-1", 200, 0, 256000),
        ("bytes=0-1,4-5", 200, 0, 256000),
        ("lines=1-2", 200, 0, 256000),
    ],
)
async def test_ranges(http, asked, status, start, stop):
    answer = await http.get("/file", headers={"Range": asked})
    assert (answer.status_code, answer.content) == (status, http.body[start:stop])
    if status == 206:
        assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/256000"


async def test_a_range_that_cannot_be_met(http):
    answer = await http.get("/file", headers={"Range": "bytes=256000-"})
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */256000")
