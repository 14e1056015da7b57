"""The domain as an app that can be installed: its manifest and its icons, in its own colour."""

import io
import re

import pytest
from PIL import Image

from activities.media.models import Attachment
from activities.posts.models import Post
from activities.saved_drafts.models import SavedDraft
from core.pages.static_files import assets
from tests.pages.conftest import Site
from users.domains import services as domains
from users.domains.models import DEFAULT_ACCENT
from web.frame.colors import contrast, ground_of, stylesheet

pytestmark = pytest.mark.anyio

PIXEL = b"\x89PNG\r\n\x1a\n"
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
    assert {one["form_factor"] for one in said["screenshots"]} == {"narrow", "wide"}
    assert all(one["label"] for one in said["screenshots"])
    bytes_of_all = 0
    for one in said["screenshots"]:
        file = await site.nobody.http.get(one["src"])
        assert (file.status_code, file.headers["content-type"]) == (200, one["type"]), one
        bytes_of_all += len(file.content)
        with Image.open(io.BytesIO(file.content)) as picture:
            assert f"{picture.width}x{picture.height}" == one["sizes"]
            assert (picture.width > picture.height) == (one["form_factor"] == "wide")
            assert max(picture.size) <= 2.3 * min(picture.size), "Chromium takes no longer ones"
    assert bytes_of_all < 300_000, "they are part of each installation"
    known = {"If-None-Match": answer.headers["etag"]}
    assert (await site.nobody.http.get("/manifest.webmanifest", headers=known)).status_code == 304
    for wrong in ("/icons/1.png", "/icons/maskable.png", "/icons/512.svg"):
        assert (await site.nobody.get(wrong)).status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
async def test_what_is_shared_opens_the_composer(site: Site, method: str) -> None:
    """Apps of before share with GET."""
    target = (await site.nobody.http.get("/manifest.webmanifest")).json()["share_target"]
    assert (target["method"], target["enctype"]) == ("POST", "multipart/form-data")
    assert target["params"]["files"][0]["name"] == "files"
    words = {"title": "T", "text": "words", "url": "https://example.com/"}
    how = {"params": words} if method == "get" else {"data": words}
    for reader in (site.member, site.nobody):
        shared = await getattr(reader.http, method)(target["action"], **how)
        assert shared.status_code == 303
        assert shared.headers["location"] == "/compose?text=T%0A%0Awords%0A%0Ahttps%3A%2F%2Fexample.com%2F"
    asked = await site.nobody.get(shared.headers["location"])
    assert asked.headers["location"].startswith("/sign-in?next=%2Fcompose%3Ftext%3D"), (
        "signing in comes first"
    )


async def test_sharing_from_another_site_posts_and_stores_nothing(site: Site) -> None:
    """It carries no token, and any page can send such a form: it may fill in a form, and no more."""
    form = {"text": "Buy this", "visibility": "0", "once": "a", "only_upload": "yes"}
    files = {"files": ("a.png", PIXEL, "image/png"), "file_1": ("b.png", PIXEL, "image/png")}
    for headers in (
        {"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "none"},
        {},
    ):
        answer = await site.member.http.post("/share", data=form, files=files, headers=headers)
        assert (answer.status_code, answer.headers["location"]) == (303, "/compose?text=Buy+this")
        page = (await site.member.get("/compose?text=Buy+this")).text
        assert "could not be taken over" in page
    assert not await Post.objects.aexists()
    assert not await Attachment.objects.aexists()
    assert not await SavedDraft.objects.aexists()
    large = {"files": ("a.png", bytes(3_000_000), "image/png")}
    assert (await site.nobody.http.post("/share", files=large)).status_code == 413, "without words before it"


async def test_the_manifest_speaks_as_the_browser_asks(site: Site) -> None:
    german = await site.nobody.http.get("/manifest.webmanifest", headers={"Accept-Language": "de"})
    assert german.json()["lang"] == "de"
    assert german.headers["Vary"].startswith("Accept-Language")


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
