"""Posts with pictures that are really there, and fingers on a touch screen."""

import io
import re

from PIL import Image, ImageDraw
from playwright.async_api import CDPSession, FilePayload, Page

from tests.support.servers import Server

_COLOURS = ("#2f6f8f", "#a83f39", "#5b7f3a", "#7a4fa0")


def photo(width: int, height: int, number: int = 0) -> bytes:
    """Return a picture with a frame and a cross, so that a screenshot shows what of it is cut off."""
    image = Image.new("RGB", (width, height), _COLOURS[number % len(_COLOURS)])
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width - 1, height - 1), outline="white", width=8)
    draw.line((0, 0, width, height), fill="white", width=4)
    draw.line((0, height, width, 0), fill="white", width=4)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


async def send_photos(page: Page, town: Server, text: str, *sizes: tuple[int, int]) -> None:
    """Write a post with up to four pictures, whose descriptions are "Photo 1" and so on."""
    address = f"{town.base_url}/compose"
    request = page.context.request
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', await (await request.get(address)).text())
    assert token
    form: dict[str, str | bool | float | FilePayload] = {
        "text": text,
        "visibility": "0",
        "csrfmiddlewaretoken": token[1],
    }
    for number, size in enumerate(sizes, 1):
        form[f"file_{number}"] = {
            "name": f"{number}.png",
            "mimeType": "image/png",
            "buffer": photo(*size, number),
        }
        form[f"new_description_{number}"] = f"Photo {number}"
    answer = await request.post(address, multipart=form, headers={"origin": town.base_url}, max_redirects=0)
    assert answer.status == 303, answer.status


async def swipe(devtools: CDPSession, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Move one finger from a point of the window to another."""
    for kind, share in (("touchStart", 0.0), ("touchMove", 0.5), ("touchMove", 1.0), ("touchEnd", None)):
        points = []
        if share is not None:
            x, y = (a + (b - a) * share for a, b in zip(start, end, strict=True))
            points = [{"x": x, "y": y, "id": 1}]
        await devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
