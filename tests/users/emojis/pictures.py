"""Small generated pictures for emoji."""

import io
from typing import Any

from PIL import Image


def still(form: str = "PNG", size: tuple[int, int] = (40, 30), colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", size, colour).convert("RGB" if form == "JPEG" else "RGBA").save(out, format=form)
    return out.getvalue()


def moving(form: str = "GIF", frames: int = 3, size: tuple[int, int] = (40, 30), **more: Any) -> bytes:
    out = io.BytesIO()
    drawn = [Image.new("RGBA", size, (10 * n % 256, 90, 200, 255)) for n in range(frames)]
    drawn[0].save(out, format=form, save_all=True, append_images=drawn[1:], duration=80, **more)
    return out.getvalue()


def animated_png(colours: dict[str, int], *, default: str = "") -> bytes:
    """Return frames of one colour each, shown for so many milliseconds, optionally with a default image that is not a frame."""
    out = io.BytesIO()
    drawn = [Image.new("RGBA", (40, 30), colour) for colour in [default] * bool(default) + list(colours)]
    drawn[0].save(
        out, format="PNG", save_all=True, append_images=drawn[1:], duration=list(colours.values()),
        default_image=bool(default),
    )  # fmt: skip
    return out.getvalue()
