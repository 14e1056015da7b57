"""The domain as an app that can be installed: its manifest and its icons, in its own colour."""

import io
import re

import pytest
from PIL import Image

from core.pages.static_files import assets
from tests.pages.conftest import Site
from users.domains import services as domains
from users.domains.models import DEFAULT_ACCENT
from web.frame.colors import contrast, ground_of, stylesheet

pytestmark = pytest.mark.anyio

WHITE = (255, 255, 255)


async def test_the_manifest_has_what_browsers_ask_for(site: Site) -> None:
    await domains.edit_domain(domain=site.domain, title='Moss & "lichen"', accent_color="#804000")
    page = (await site.nobody.get("/local")).text
    assert '<link rel="manifest" href="/manifest.webmanifest">' in page
    assert '<meta name="theme-color" content="#804000">' in page
    answer = await site.nobody.http.get("/manifest.webmanifest")
    assert answer.headers["content-type"] == "application/manifest+json"
    assert "set-cookie" not in answer.headers
    said = answer.json()
    assert (said["name"], said["theme_color"], said["display"]) == (
        'Moss & "lichen"',
        "#804000",
        "standalone",
    )
    sizes = {(icon["sizes"], icon.get("purpose", "any")) for icon in said["icons"]}
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable"), ("any", "any")} <= sizes
    for icon in said["icons"]:
        file = await site.nobody.http.get(icon["src"])
        assert (file.status_code, file.headers["content-type"]) == (200, icon["type"]), icon
        if icon["type"] == "image/png":
            with Image.open(io.BytesIO(file.content)) as picture:
                assert f"{picture.width}x{picture.height}" == icon["sizes"]
                assert picture.convert("RGBA").getpixel((0, 0)) == (0x80, 0x40, 0, 255), "no hole, own colour"
    for shortcut in said["shortcuts"]:
        assert (await site.member.get(shortcut["url"])).status_code == 200
    shared = await site.member.get(said["share_target"]["action"], params={"title": "T", "text": "words"})
    assert shared.status_code == 302
    assert shared.headers["location"].startswith("/compose?")
    known = {"If-None-Match": answer.headers["etag"]}
    assert (await site.nobody.http.get("/manifest.webmanifest", headers=known)).status_code == 304
    for wrong in ("/icons/1.png", "/icons/maskable.png", "/icons/512.svg"):
        assert (await site.nobody.get(wrong)).status_code == 404


async def test_the_manifest_speaks_as_the_browser_asks(site: Site) -> None:
    german = await site.nobody.http.get("/manifest.webmanifest", headers={"Accept-Language": "de"})
    assert german.json()["lang"] == "de"
    assert german.headers["Vary"] == "Accept-Language"


@pytest.mark.parametrize("color", [DEFAULT_ACCENT, "#ffee00", "#ffffff", "#000000", "#5b4bd8", "wrong"])
async def test_the_bird_is_seen_on_every_colour(color: str) -> None:
    assert contrast(ground_of(color), WHITE) >= 4.5


async def test_the_default_colour_can_be_read_in_both_schemes() -> None:
    """As links on the lightest and on the darkest ground, and as a ground of words."""
    found = re.search(r"--accent: (#\w+); --on-accent: (#\w+)", stylesheet(DEFAULT_ACCENT))
    assert found
    assert found[1] == DEFAULT_ACCENT, "as it is"
    assert found[2] == "#ffffff"


async def test_every_pose_is_drawn_once() -> None:
    drawings = assets().by_path["/static/img/birds.svg"].body.decode()
    assert re.findall(r'<symbol id="(\w+)"', drawings) == ["standing", "looking", "running"]
