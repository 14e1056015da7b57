"""A domain's logo, icon and banner: uploaded by admins, shown wherever the takahē stood, and removed again."""

import io
import re

import pytest
from PIL import Image

from tests.pages.conftest import Site
from users.domains.models import Domain

pytestmark = pytest.mark.anyio


def picture(width: int, height: int, mode: str = "RGB") -> bytes:
    body = io.BytesIO()
    Image.new(mode, (width, height), "teal").save(body, "PNG")
    return body.getvalue()


async def upload(site: Site, **files: bytes) -> int:
    path = f"/admin/domains/{site.domain.pk}/pictures"
    named = {kind: (f"{kind}.png", body, "image/png") for kind, body in files.items()}
    return (await site.admin.post(path, {}, files=named)).status_code


def sources(html: str, css: str) -> list[str]:
    return re.findall(rf'<img class="{css}" src="([^"]+)"', html)


@pytest.mark.slow
async def test_a_domain_shows_its_own_pictures_and_then_the_bird_again(site: Site) -> None:
    front = (await site.nobody.get("/")).text
    assert "#standing" in front
    assert sources(front, "logo") == []
    wide = {"logo": picture(300, 100, "RGBA"), "icon": picture(700, 600), "banner": picture(1400, 1000)}
    assert await upload(site, **wide) == 303
    domain = await Domain.objects.aget(pk=site.domain.pk)
    logo, icon, banner = (
        f"https://testserver/media/{name}"
        for name in (domain.logo_file, domain.icon_file, domain.banner_file)
    )
    front = (await site.nobody.get("/")).text
    assert sources(front, "logo")[0] == logo
    assert sources(front, "banner") == [banner]
    assert f'<link rel="icon" href="{icon}"' in front
    assert f'<link rel="apple-touch-icon" href="{icon}"' in front
    assert f'<meta property="og:image" content="{banner}">' in front
    for name, size in (
        (domain.logo_file, (300, 100)),
        (domain.icon_file, (512, 512)),
        (domain.banner_file, (1200, 630)),
    ):
        served = await site.nobody.get(f"/media/{name}")
        assert Image.open(io.BytesIO(served.content)).size == size, "a logo keeps its proportions"
    manifest = (await site.nobody.get("/manifest.webmanifest")).json()
    assert manifest["icons"] == [{"src": icon, "type": manifest["icons"][0]["type"], "sizes": "512x512"}]
    for path in ("/favicon.ico", "/icon.svg", "/icons/192.png"):
        assert (await site.nobody.get(path)).headers["location"] == icon, path
    instance = (await site.nobody.get("/api/v2/instance")).json()
    assert instance["thumbnail"]["url"] == banner
    assert instance["icon"] == [{"src": icon, "size": "512x512"}]
    assert (await site.nobody.get("/api/v1/instance")).json()["thumbnail"] == banner
    path = f"/admin/domains/{domain.pk}/pictures"
    without = {f"without_{kind}": "on" for kind in ("logo", "icon", "banner")}
    assert (await site.admin.post(path, without)).status_code == 303
    front = (await site.nobody.get("/")).text
    assert "#standing" in front
    assert "/media/" not in front
    assert (await site.nobody.get("/favicon.ico")).status_code == 200
    assert len((await site.nobody.get("/manifest.webmanifest")).json()["icons"]) > 3
    assert "header.png" in (await site.nobody.get("/api/v2/instance")).json()["thumbnail"]["url"]


async def test_an_invalid_picture_changes_nothing(site: Site) -> None:
    assert await upload(site, icon=picture(600, 600), banner=b"<svg onload=alert(1)>") == 422
    domain = await Domain.objects.aget(pk=site.domain.pk)
    assert (domain.icon_file, domain.banner_file) == ("", "")
    named = {"logo": ("x.png", b"", "image/png")}
    path = f"/admin/domains/{domain.pk}/pictures"
    for visitor in (site.member, site.moderator, site.nobody):
        assert (await visitor.post(path, {}, files=named)).status_code == 404
    page = await site.admin.post(path, {}, files={"logo": ("x.png", b"GIF89a but no", "image/png")})
    assert page.status_code == 422
    assert "aria-invalid" in page.text
    assert (await site.admin.post("/admin/domains/99/pictures", {})).status_code == 404
