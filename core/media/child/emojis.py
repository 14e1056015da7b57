"""Conversion of custom emoji: an animated one becomes an animated WebP and a still PNG, another one a PNG. Small, and without metadata."""

import io
import math
import warnings
from collections.abc import Iterator
from typing import IO

from PIL import Image

from core.media import limits
from core.media.child.errors import Refusal
from core.media.child.gif import count_frames
from core.media.child.images import DECODE_ERRORS, normalise
from core.media.messages import ConvertedFile, ConvertEmoji, ConvertStill
from core.media.storage import LocalFolder

_MIN_MS, _USUAL_MS = (
    20,
    100,
)  # frames shorter than the first are shown for the second, as in browsers
_SHRINKING = (1.0, 0.75, 0.5, 0.35, 0.25)
_LOSSLESS_PIXELS = 1_000_000  # of all frames together; larger ones are photographs, and take seconds


def convert_emoji(job: ConvertEmoji, storage: LocalFolder, file: IO[bytes]) -> ConvertedFile:
    """Convert an emoji; `preview_file` is its still version if it is animated."""
    return store_emoji(storage, file, job.reader)


def convert_still(job: ConvertStill, storage: LocalFolder, file: IO[bytes]) -> ConvertedFile:
    """Convert the first frame only; the others are not decoded."""
    warnings.simplefilter("ignore")  # as below
    try:
        image = Image.open(file, formats=(job.reader,))
        width, height = image.size
        if max(width, height) > limits.EMOJI_READ_SIDE:
            raise Refusal("too_many_pixels", width=width, height=height)
        still = normalise(image)
    except DECODE_ERRORS as error:
        raise Refusal(detail=f"{type(error).__name__}: {error}"[:300]) from error
    return ConvertedFile(
        kind="image",
        file=storage.put(_still(still), "png"),
        media_type="image/png",
        width=still.width,
        height=still.height,
    )


def store_emoji(storage: LocalFolder, file: IO[bytes], reader: str) -> ConvertedFile:
    """Convert one picture and keep it."""
    if reader == "GIF":
        count_frames(file)  # refuses too many before anything is decoded
    warnings.simplefilter("ignore")  # of Pillow, about uploaded files
    try:
        image = Image.open(file, formats=(reader,))
        count = getattr(image, "n_frames", 1)
        width, height = image.size
        if max(width, height) > limits.EMOJI_READ_SIDE or width * height * count > limits.EMOJI_READ_PIXELS:
            raise Refusal("too_many_pixels", width=width, height=height)
        if count > limits.EMOJI_FRAMES:
            raise Refusal("too_many_frames", most=limits.EMOJI_FRAMES)
        if count == 1:
            still, moving = normalise(image), b""
        else:
            frames, durations = _frames(image, count)
            # the default image of an APNG is for readers without animation support
            begin = 1 if getattr(image, "default_image", False) else 0
            still, moving = frames[0], _moving(frames[begin:], durations[begin:])
    except DECODE_ERRORS as error:
        raise Refusal(detail=f"{type(error).__name__}: {error}"[:300]) from error
    static = storage.put(_still(still), "png")
    made = ConvertedFile(
        kind="image", file=static, media_type="image/png", width=still.width, height=still.height
    )
    if moving:
        made.file, made.media_type, made.preview_file = storage.put(moving, "webp"), "image/webp", static
    return made


def _frames(image: Image.Image, count: int) -> tuple[list[Image.Image], list[int]]:
    """Return all frames of an animation, scaled down one by one, and their durations in milliseconds."""
    side = min(limits.EMOJI_SIDE, int(math.sqrt(limits.EMOJI_STORED_PIXELS / count)))
    frames, durations = [], []
    for number in range(count):
        image.seek(number)
        frames.append(_within(image.convert("RGBA"), side))
        shown_ms = int(image.info.get("duration") or 0)
        durations.append(shown_ms if shown_ms >= _MIN_MS else _USUAL_MS)
    return frames, durations


def _moving(frames: list[Image.Image], durations: list[int]) -> bytes:
    first = frames[0]
    if first.width * first.height * len(frames) <= _LOSSLESS_PIXELS:
        written = _webp(frames, durations, lossless=True)
        if len(written) <= limits.EMOJI_BYTES:
            return written
    for scale, quality in zip(_SHRINKING, (80, 70, 70, 60, 50), strict=True):
        smaller = [_scaled(frame, scale) for frame in frames]
        written = _webp(smaller, durations, quality=quality)
        if len(written) <= limits.EMOJI_BYTES:
            return written
    raise Refusal("emoji_too_large", most=limits.EMOJI_BYTES // 1024)


def _webp(frames: list[Image.Image], durations: list[int], **options: int) -> bytes:
    out = io.BytesIO()
    frames[0].save(
        out,
        format="WEBP",
        save_all=True,
        append_images=frames[1:],
        duration=durations,
        loop=0,
        method=2,
        **options,
    )
    return out.getvalue()


def _still(image: Image.Image) -> bytes:
    image = _within(image, limits.EMOJI_SIDE)
    for written in _pngs(image):
        if len(written) <= limits.EMOJI_BYTES:
            return written
    raise Refusal("emoji_too_large", most=limits.EMOJI_BYTES // 1024)


def _pngs(image: Image.Image) -> Iterator[bytes]:
    for scale in _SHRINKING:
        out = io.BytesIO()
        _scaled(image, scale).save(out, format="PNG", optimize=True)
        yield out.getvalue()


def _within(image: Image.Image, side: int) -> Image.Image:
    """Return the picture itself, or one whose sides are at most that long."""
    return _scaled(image, min(1.0, side / max(image.size)))


def _scaled(image: Image.Image, scale: float) -> Image.Image:
    if scale >= 1:
        return image
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS)
