"""Images through the API: what is taken, what is left of it, and what is refused."""

import io
import re
import sys
from pathlib import Path

import pytest
from PIL import Image

from activities.media.models import Attachment, DiscardedFile
from core.media import children, limits
from tests.api.support.world import World
from tests.media import files

pytestmark = pytest.mark.anyio

V2 = "/api/v2/media"
INVALID = "Validation failed: File content type is invalid, File is invalid"


async def upload(
    world: World, content: bytes, name: str = "a.jpg", kind: str = "image/jpeg", **more: str
) -> dict:
    return await world.ada.post(V2, "MediaAttachment", files={"file": (name, content, kind)}, data=more)


async def fetched(world: World, url: str) -> Image.Image:
    response = await world.http.get(path_of(url))
    assert response.status_code == 200, response.text
    return Image.open(io.BytesIO(response.content))


def path_of(url: str) -> str:
    assert url.startswith("https://testserver/media/")
    return url.removeprefix("https://testserver")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("GIF", "image/png"),
        ("AVIF", "image/jpeg"),
    ],
)
async def test_an_image_is_taken(form: str, kind: str, world: World) -> None:
    uploaded = await upload(world, files.image((900, 600), form), description=" a flag ", focus="-0.5,0.25")
    assert (uploaded["type"], uploaded["description"]) == ("image", "a flag")
    assert uploaded["meta"]["original"] == {"width": 900, "height": 600, "size": "900x600", "aspect": 1.5}
    small = uploaded["meta"]["small"]
    assert small["width"] * small["height"] <= limits.PREVIEW_PIXELS
    assert uploaded["meta"]["focus"] == {"x": -0.5, "y": 0.25}
    assert re.fullmatch(r"U.{35}", uploaded["blurhash"])
    for key, size in (("url", (900, 600)), ("preview_url", (small["width"], small["height"]))):
        picture = await fetched(world, uploaded[key])
        assert picture.size == size
        red, blue = (picture.convert("RGB").getpixel((x, 10)) for x in (10, size[0] - 10))
        assert red[0] > 200 > 60 > red[2]
        assert blue[2] > 200 > 60 > blue[0]
    assert (await world.http.get(path_of(uploaded["url"]))).headers["content-type"] == kind


@pytest.mark.slow
async def test_metadata_is_removed(world: World, folder: Path) -> None:
    uploaded = await upload(world, files.with_exif())
    assert (uploaded["meta"]["original"]["width"], uploaded["meta"]["original"]["height"]) == (40, 120)
    picture = await fetched(world, uploaded["url"])
    assert picture.convert("RGB").getpixel((20, 10))[0] > 200  # turned by 90°: red was left and is now above
    assert not picture.getexif()
    assert not {"exif", "xmp", "comment", "icc_profile"} & set(picture.info)
    for path in files.stored(folder):
        assert b"Secret" not in path.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("brand", ["heic", "heix", "mif1", "heim"])
async def test_a_phones_photo_is_taken(brand: str, world: World, folder: Path) -> None:
    """HEIC is what iPhones send; nothing else has to be installed for it."""
    content = files.heic(brand=brand, turned=True)
    assert b"Secret" in content
    uploaded = await upload(world, content, "IMG_1.HEIC", "image/heic")
    assert (uploaded["type"], uploaded["url"][-4:]) == ("image", ".jpg")
    assert (uploaded["meta"]["original"]["width"], uploaded["meta"]["original"]["height"]) == (40, 120)
    picture = await fetched(world, uploaded["url"])
    assert picture.convert("RGB").getpixel((20, 10))[0] > 200  # turned by 90°: red was left and is now above
    assert not {"exif", "xmp", "comment", "icc_profile"} & set(picture.info)
    for path in files.stored(folder):
        assert b"Secret" not in path.read_bytes()
    assert "pillow_heif" not in sys.modules  # strangers' files are decoded in the child only


@pytest.mark.slow
async def test_heic_is_offered_and_bad_ones_are_refused(world: World, folder: Path) -> None:
    instance = await world.nobody.get("/api/v2/instance", "Instance")
    types = instance["configuration"]["media_attachments"]["supported_mime_types"]
    assert {"image/heic", "image/heif"} <= set(types)
    for broken in (files.heic()[:200], b"\x00\x00\x00\x1cftypheic" + bytes(500)):
        await world.ada.refused("POST", V2, 422, INVALID, files={"file": ("a.heic", broken, "image/heic")})
    assert files.stored(folder) == []
    account = await world.ada.patch(
        "/api/v1/accounts/update_credentials",
        "CredentialAccount",
        files={"avatar": ("a.heic", files.heic(), "image/heic")},
    )
    assert (await fetched(world, account["avatar"])).size == limits.ICON_SIZE


@pytest.mark.slow
@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF"])
async def test_other_formats_keep_nothing_private_either(form: str, world: World, folder: Path) -> None:
    from PIL.PngImagePlugin import PngInfo

    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    text = PngInfo()
    text.add_itxt("Comment", "SecretText")
    options = {
        "PNG": {"exif": exif, "pnginfo": text},
        "WEBP": {"exif": exif, "xmp": b"SecretXmp"},
        "GIF": {"comment": b"SecretComment"},
    }[form]
    content = files.image((40, 40), form, **options)
    assert b"Secret" in content
    await upload(world, content)
    for path in files.stored(folder):
        assert b"Secret" not in path.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "form"),
    [("CMYK", "JPEG"), ("L", "JPEG"), ("P", "PNG"), ("1", "PNG"), ("LA", "PNG"), ("I;16", "PNG")],
)
async def test_every_kind_of_colours_is_read(mode: str, form: str, world: World) -> None:
    out = io.BytesIO()
    Image.new(mode, (30, 20), 1 if mode != "CMYK" else (10, 20, 30, 40)).save(out, form)
    uploaded = await upload(world, out.getvalue())
    assert (await fetched(world, uploaded["url"])).size == (30, 20)


@pytest.mark.slow
async def test_transparency_is_kept(world: World) -> None:
    uploaded = await upload(world, files.image((50, 50), "PNG", "RGBA"))
    assert (await fetched(world, uploaded["url"])).mode == "RGB"
    out = io.BytesIO()
    Image.new("RGBA", (50, 50), (255, 0, 0, 100)).save(out, "PNG")
    uploaded = await upload(world, out.getvalue())
    for key in ("url", "preview_url"):
        assert (await fetched(world, uploaded[key])).convert("RGBA").getpixel((5, 5))[3] < 120


@pytest.mark.slow
async def test_a_large_photo_is_made_smaller(world: World) -> None:
    uploaded = await upload(world, files.image((7000, 4000)))
    original = uploaded["meta"]["original"]
    assert original["width"] * original["height"] <= limits.STORED_PIXELS
    assert abs(original["aspect"] - 1.75) < 0.01


@pytest.mark.slow
async def test_names_and_types_are_not_believed(world: World) -> None:
    png = files.image((30, 20), "PNG")
    uploaded = await upload(world, png, "page.html", "text/html")
    assert uploaded["url"].endswith(".png")
    uploaded = await upload(world, png, "../../etc/passwd.jpg", "image/jpeg")
    assert uploaded["url"].endswith(".png")


REFUSED = {
    "nothing": (b"", "Validation failed: File can't be blank"),
    "text": (b"hello there, this is no image", INVALID),
    "html": (b"<html><script>alert(1)</script>", INVALID),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', INVALID),
    "svg with a declaration": (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', INVALID),
    "pdf": (b"%PDF-1.7 " + bytes(100), INVALID),
    "zip": (b"PK\x03\x04" + bytes(100), INVALID),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n", INVALID),
    "truncated jpeg": (files.image((200, 200))[:300], INVALID),
    "truncated png": (files.image((200, 200), "PNG")[:60], INVALID),
    "a jpeg's beginning and a page": (b"\xff\xd8\xff\xe0<html><script>alert(1)</script>", INVALID),
    "a gif's beginning and a script": (b"GIF89a/*" + b"x" * 50 + b"*/=1;alert(1)", INVALID),
    "wrong reader": (b"\x89PNG\r\n\x1a\n" + files.image(), INVALID),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_invalid_images_are_refused(name: str, world: World, folder: Path) -> None:
    content, error = REFUSED[name]
    await world.ada.refused("POST", V2, 422, error, files={"file": ("a.jpg", content, "image/jpeg")})
    assert await Attachment.objects.acount() == 0
    assert files.stored(folder) == []


@pytest.mark.slow
async def test_a_page_behind_an_image_is_gone(world: World, folder: Path) -> None:
    """A polyglot: a good JPEG with a page in its comment and after its end."""
    content = files.image(comment=b"<script>alert(1)</script>") + b"<html><script>alert(2)</script></html>"
    uploaded = await upload(world, content, "a.html", "text/html")
    served = await world.http.get(path_of(uploaded["url"]))
    assert served.headers["content-type"] == "image/jpeg"
    for path in files.stored(folder):
        assert b"script" not in path.read_bytes()


@pytest.mark.slow
async def test_decompression_bombs_fail_alone(world: World, folder: Path) -> None:
    sizes = "Validation failed: File of 50000x50000 pixels is not supported"
    await world.ada.refused(
        "POST", V2, 422, sizes, files={"file": ("b.png", files.pixel_bomb(), "image/png")}
    )
    # one that lies about its size: 100 MB of rows for an image of ten pixels
    liar = files.png_of(10, 10, files.pixel_bomb()[41:-16])
    response = await world.ada.ask("POST", V2, files={"file": ("b.png", liar, "image/png")})
    assert response.status_code in {200, 422}
    await upload(world, files.image())


@pytest.mark.slow
async def test_a_child_out_of_memory_is_a_refusal(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is real: with one that is too small for the largest image, the child dies or gives up, and the server says so."""

    monkeypatch.setattr(
        children,
        "_BOOT",
        children._BOOT.replace(
            "; main()", "; from core.media import limits; limits.CHILD_MEMORY_BYTES = 90_000_000; main()"
        ),
    )
    content = files.image((6000, 5000), "PNG")
    await world.ada.refused(
        "POST",
        V2,
        422,
        "Validation failed: File takes too much memory or time to process",
        files={"file": ("b.png", content, "image/png")},
    )


@pytest.mark.slow
async def test_a_child_out_of_time_is_killed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setattr(children, "_BOOT", "import time, sys; print(1, flush=True); time.sleep(100)")
    monkeypatch.setattr(children.run, "__kwdefaults__", {"timeout_s": 0.3})
    await world.ada.refused(
        "POST",
        V2,
        422,
        "Validation failed: File takes too much memory or time to process",
        files={"file": ("b.png", files.image(), "image/png")},
    )


async def test_too_large_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    too_large = files.image() + bytes(limits.IMAGE_BYTES)
    await world.ada.refused(
        "POST",
        V2,
        422,
        "Validation failed: File must be less than 16 MB",
        files={"file": ("a", too_large, "x/y")},
    )
    response = await world.ada.ask("POST", "/api/v1/statuses", files={"file": ("a", too_large, "x/y")})
    assert response.status_code == 413  # only where uploads belong
    response = await world.nobody.ask("POST", V2, files={"file": ("a", too_large, "x/y")})
    assert response.status_code == 413  # strangers need not send it to be refused


@pytest.mark.slow
async def test_parameters_are_checked(world: World, folder: Path) -> None:
    file = {"file": ("a.jpg", files.image(), "image/jpeg")}
    for data, error in (
        (
            {"description": "x" * 1501},
            "Validation failed: Description is too long (maximum is 1500 characters)",
        ),
        ({"focus": "left"}, "Validation failed: Focus is invalid"),
        ({"focus": "nan,nan"}, "Validation failed: Focus is invalid"),
        ({"focus": "1,2,3"}, "Validation failed: Focus is invalid"),
    ):
        await world.ada.refused("POST", V2, 422, error, files=file, data=data)
    await world.ada.refused(
        "POST", V2, 422, "Validation failed: File can't be blank", data={"description": "x"}
    )
    await world.ada.refused("POST", V2, 422, None, data={"file": "not a file"})
    assert await Attachment.objects.acount() == 0
    assert files.stored(folder) == []
    uploaded = await upload(world, files.image(), focus="-7,7")
    assert uploaded["meta"]["focus"] == {"x": -1.0, "y": 1.0}


@pytest.mark.slow
async def test_a_preview_of_ones_own(world: World, folder: Path) -> None:
    preview = {"thumbnail": ("t.png", files.image((100, 100), "PNG"), "image/png")}
    file = {"file": ("a.jpg", files.image((300, 200)), "image/jpeg")}
    uploaded = await world.ada.post(V2, "MediaAttachment", files=file | preview)
    assert uploaded["meta"]["small"]["size"] == "100x100"
    assert await DiscardedFile.objects.acount() == 1  # the preview that nobody needs
    changed = await world.ada.put(
        f"/api/v1/media/{uploaded['id']}",
        "MediaAttachment",
        files={"thumbnail": ("t.png", files.image((80, 80), "PNG"), "image/png")},
    )
    assert changed["meta"]["small"]["size"] == "80x80"
    assert changed["preview_url"] != uploaded["preview_url"]
    assert changed["preview_url"].endswith(".png")  # as it came; others become JPEG or WebP
    assert await DiscardedFile.objects.acount() == 2
    broken = {"thumbnail": ("t.png", b"not an image at all", "image/png")}
    await world.ada.refused("POST", V2, 422, INVALID, files=file | broken)
