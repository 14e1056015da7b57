"""Icons of a domain: the bird on the domain's colour, as SVG and as PNG in the sizes that browsers and phones use.

The PNGs are files with a palette and a transparent background; the colour is set by changing the palette, so that no picture is rendered
here.
"""

import struct
import zlib
from functools import lru_cache

from django.http import HttpResponse
from django.utils.translation import gettext as _

from core.asgi.decorators import always, methods, without_session
from core.asgi.request import Request
from core.errors import NotFound
from core.pages.static_files import PREFIX, assets
from users.domains.models import Domain
from web.frame.colors import Rgb, css_color, ground_of
from web.frame.pictures import picture_url

_CACHED = "public, max-age=86400"
SIZES = {
    "180": "img/icon-180.png",
    "192": "img/icon-192.png",
    "512": "img/icon-512.png",
    "maskable-512": "img/icon-maskable-512.png",
}
_HEADER_LENGTH = 8


def _answer(body: bytes, content_type: str) -> HttpResponse:
    return HttpResponse(body, content_type=content_type, headers={"Cache-Control": _CACHED})


def _own(domain: Domain) -> HttpResponse:
    """Redirect to the domain's own icon: older pages and apps contain these URLs."""
    location = picture_url(domain, domain.icon_file)
    return HttpResponse(status=302, headers={"Location": location, "Cache-Control": "public, max-age=3600"})


@methods("GET")
@always
@without_session
async def svg(request: Request) -> HttpResponse:
    if request.domain.icon_file:
        return _own(request.domain)
    _, _, standing = assets().by_path[f"{PREFIX}img/birds.svg"].body.partition(b'<symbol id="standing"')
    drawing = standing.partition(b">")[2].partition(b"</symbol>")[0]
    ground = css_color(ground_of(request.domain.accent_color)).encode()
    body = (
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 -8 80 80" color="#fff"><rect x="-8" y="-8" width="80" height="80" rx="20" fill="%b"/>%b</svg>'
        % (ground, drawing)
    )
    return _answer(body, "image/svg+xml")


@methods("GET")
@always
@without_session
async def png(request: Request, size: str) -> HttpResponse:
    if size not in SIZES:
        raise NotFound(_("There is no such icon."))
    if request.domain.icon_file:
        return _own(request.domain)
    return _answer(_coloured(SIZES[size], ground_of(request.domain.accent_color)), "image/png")


@lru_cache(maxsize=64)
def _coloured(name: str, ground: Rgb) -> bytes:
    """Return a palette PNG with this background."""
    file = assets().by_path[PREFIX + name].body
    chunks = dict(_chunks(file))
    palette, alphas = chunks[b"PLTE"], chunks.get(b"tRNS", b"")
    mixed = bytearray()
    for place in range(len(palette) // 3):
        alpha = alphas[place] if place < len(alphas) else 255
        for one, below in zip(palette[place * 3 : place * 3 + 3], ground, strict=True):
            mixed.append(round((one * alpha + below * (255 - alpha)) / 255))
    parts = [
        (b"IHDR", chunks[b"IHDR"]),
        (b"PLTE", bytes(mixed)),
        (b"IDAT", b"".join(content for kind, content in _chunks(file) if kind == b"IDAT")),
        (b"IEND", b""),
    ]
    return file[:_HEADER_LENGTH] + b"".join(_chunk(*part) for part in parts)


def _chunks(file: bytes) -> list[tuple[bytes, bytes]]:
    found, place = [], _HEADER_LENGTH
    while place < len(file):
        (length,) = struct.unpack_from(">I", file, place)
        found.append((file[place + 4 : place + 8], file[place + 8 : place + 8 + length]))
        place += length + 12
    return found


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
