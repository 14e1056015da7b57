"""Sheets of small pictures beside this file, and what is different from them: not fonts and single pixels of a machine, but what moved, vanished or
lost its colour.

After a change that is meant: `PICTURES=new .venv/bin/python -m pytest tests/pages/browser/pictures`, look at each tile of the new sheets,
and commit them.
"""

import os
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter

from tests.support.servers import ROOT

_SHEETS = Path(__file__).parent
_FOUND = ROOT / ".cache" / "pictures"  # what a failed comparison saw
_COLUMNS = 5
_LOUD = 28  # of 255: how far a pixel of a blurred tile has to be off
_SHARE = 0.02  # of a tile's pixels may be
# what differs from run to run: times, the port in handles and addresses, the blinking mark in fields, and what is still being fetched
STILL = """time, .handle, .domain, .version, [datetime] { visibility: hidden !important }
    * { caret-color: transparent !important } #found-replies, #fetching { display: none !important }"""


def tile(png: bytes, scale: int) -> Image.Image:
    with Image.open(BytesIO(png)) as picture:
        return picture.convert("RGB").reduce(scale)


def compare(name: str, tiles: dict[str, Image.Image]) -> dict[str, str]:
    """State → how much of its tile differs from that of the expected sheet. The sheet that was seen is kept in .cache/pictures."""
    sheet = _sheet(list(tiles.values()))
    if os.environ.get("PICTURES") == "new":
        sheet.save(_SHEETS / name, quality=90, method=6)
    expected = Image.open(_SHEETS / name).convert("RGB")
    if expected.size != sheet.size:
        found = {"all": f"was {expected.size}, is {sheet.size}"}
    else:
        found = _differences(expected, tiles)
    if found:
        _FOUND.mkdir(parents=True, exist_ok=True)
        sheet.save(_FOUND / name, quality=90)
    return found


def _places(tiles: list[Image.Image]) -> list[tuple[int, int]]:
    """Return where each tile stands: in rows of five, each as high as its highest one."""
    places, top = [], 0
    for start in range(0, len(tiles), _COLUMNS):
        row, left = tiles[start : start + _COLUMNS], 0
        for one in row:
            places.append((left, top))
            left += one.width
        top += max(one.height for one in row)
    return places


def _sheet(tiles: list[Image.Image]) -> Image.Image:
    places = _places(tiles)
    width = max(left + one.width for (left, _), one in zip(places, tiles, strict=True))
    height = max(top + one.height for (_, top), one in zip(places, tiles, strict=True))
    sheet = Image.new("RGB", (width, height))
    for place, one in zip(places, tiles, strict=True):
        sheet.paste(one, place)
    return sheet


def _differences(expected: Image.Image, tiles: dict[str, Image.Image]) -> dict[str, str]:
    found = {}
    blur = ImageFilter.GaussianBlur(2)
    for (state, one), (left, top) in zip(tiles.items(), _places(list(tiles.values())), strict=True):
        before = expected.crop((left, top, left + one.width, top + one.height))
        off = ImageChops.difference(before.filter(blur), one.filter(blur)).convert("L")
        share = sum(off.histogram()[_LOUD:]) / (one.width * one.height)
        if share > _SHARE:
            found[state] = f"{share:.1%}"
    return found
