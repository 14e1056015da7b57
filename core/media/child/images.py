"""Conversion of images: decoded by the reader for their first bytes, rotated, scaled down, and saved without metadata."""

import io
import math
import struct
import warnings
import zlib
from typing import IO, Any

from PIL import Image, ImageCms, ImageOps

from core.media import limits
from core.media.child.blurhash import blurhash
from core.media.child.errors import Refusal
from core.media.child.gif import count_frames
from core.media.messages import ConvertedFile, ConvertImage, ConvertPreview, ConvertProfilePicture, StoredRaw
from core.media.names import RAW, TYPES
from core.media.storage import LocalFolder

_SAVING: dict[str, dict[str, Any]] = {
    "jpg": {"format": "JPEG", "quality": 88, "optimize": True, "progressive": True},
    "png": {"format": "PNG", "compress_level": 6},
    "webp": {"format": "WEBP", "quality": 88, "method": 3},
}
Image.MAX_IMAGE_PIXELS = None  # our own limit is checked before anything is decoded
_WITH_ALPHA = {"RGBA", "LA", "PA", "La", "RGBa"}
# errors of Pillow's readers for malformed files
DECODE_ERRORS = (
    OSError, SyntaxError, ValueError, TypeError, EOFError, IndexError, KeyError, OverflowError, struct.error, zlib.error,
    AttributeError, RuntimeError, NotImplementedError, Image.DecompressionBombError, ImageCms.PyCMSError,
)  # fmt: skip


def convert_image(job: ConvertImage, storage: LocalFolder, file: IO[bytes]) -> ConvertedFile | StoredRaw:
    """Return the image for a post, and its preview."""
    if job.reader == "GIF" and count_frames(file) > 1:
        if not job.may_convert:
            raise Refusal("not_convertible")
        _open(file, "GIF")  # its size is checked
        return StoredRaw(raw=storage.put(storage.copy_open_file(file.fileno()), RAW), is_animation=True)
    image = normalise(_open(file, job.reader, limits.STORED_PIXELS))
    image = _smaller(image, limits.STORED_PIXELS)
    ending = {"JPEG": "jpg", "WEBP": "webp", "PNG": "png", "GIF": "png"}.get(job.reader, "jpg")
    if ending == "jpg" and image.mode == "RGBA":
        ending = "webp"
    written = _written(image, ending)
    name = storage.put(written, ending)
    made = make_preview(image, storage)
    made.file, made.bytes, made.media_type = name, len(written), TYPES[ending]
    made.width, made.height = image.size
    return made


def convert_preview(job: ConvertPreview, storage: LocalFolder, file: IO[bytes]) -> ConvertedFile:
    """Make the preview only. A PNG stays one, as in Mastodon, because drawings and screenshots need sharp edges."""
    image = normalise(_open(file, job.reader, limits.PREVIEW_PIXELS * 4))
    return make_preview(image, storage, "png" if job.reader == "PNG" else "")


def convert_profile_picture(
    job: ConvertProfilePicture, storage: LocalFolder, file: IO[bytes]
) -> ConvertedFile:
    """Return an avatar or a header, cropped from the middle of the picture, or of the part to keep."""
    size = (job.width, job.height)
    left, top, width, height = job.crop or (0, 0, 1, 1)
    image = normalise(_open(file, job.reader, math.ceil(size[0] * size[1] * 4 / (width * height))))
    if job.crop:
        across, down = int(left * image.width), int(top * image.height)
        right = max(across + 1, round((left + width) * image.width))
        bottom = max(down + 1, round((top + height) * image.height))
        image = image.crop((across, down, min(right, image.width), min(bottom, image.height)))
    image = ImageOps.fit(image, size, Image.Resampling.LANCZOS)
    ending = "png" if image.mode == "RGBA" else "jpg"
    name = storage.put(_written(image, ending), ending)
    return ConvertedFile(kind="image", file=name, media_type=TYPES[ending], width=size[0], height=size[1])


def make_preview(image: Image.Image, storage: LocalFolder, ending: str = "") -> ConvertedFile:
    """Return a small version of an upright image, and its blurhash."""
    small = _smaller(image, limits.PREVIEW_PIXELS)
    ending = ending or ("webp" if small.mode == "RGBA" else "jpg")
    tiny = small.resize((32, 32), Image.Resampling.BOX, reducing_gap=2).convert("RGBA")
    ground = Image.new("RGBA", tiny.size, (255, 255, 255, 255))
    colours = Image.alpha_composite(ground, tiny).convert("RGB").tobytes()
    return ConvertedFile(
        kind="image",
        preview_file=storage.put(_written(small, ending), ending),
        blurhash=blurhash(colours, 32, 32),
        preview_width=small.width,
        preview_height=small.height,
    )


def load_frame(file: IO[bytes]) -> Image.Image:
    """Load a frame written by ffmpeg."""
    return normalise(_open(file, "PNG"))


def _open(file: IO[bytes], reader: str, wanted_pixels: int = 0) -> Image.Image:
    """Open the image with its pixels. Nothing is decoded before its size is checked."""
    if reader == "HEIF":
        _learn_heif()
    warnings.simplefilter("ignore")  # of Pillow, about uploaded files
    try:
        image = Image.open(file, formats=(reader,))
        width, height = image.size
        if width * height > limits.IMAGE_PIXELS:
            raise Refusal("too_many_pixels", width=width, height=height)
        if reader == "JPEG" and wanted_pixels and width * height > 4 * wanted_pixels:
            # the decoder can halve a photo, which saves most of its time
            scale = math.sqrt(wanted_pixels / (width * height))
            image.draft(None, (math.ceil(width * scale), math.ceil(height * scale)))
        image.load()
    except DECODE_ERRORS as error:
        raise Refusal(detail=f"{type(error).__name__}: {error}"[:300]) from error
    return image


def _learn_heif() -> None:
    """Register the HEIC reader with Pillow. Only called for a HEIC file, because the libraries are as large as Pillow."""
    import pillow_heif  # as large as Pillow

    pillow_heif.options.DECODE_THREADS = 1
    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)


def normalise(image: Image.Image) -> Image.Image:
    """Return only the pixels, as RGB or RGBA in sRGB, upright: no EXIF, XMP, comment or colour profile remains."""
    try:
        profile = image.info.get("icc_profile")
        image = ImageOps.exif_transpose(image)
        has_alpha = image.mode in _WITH_ALPHA or "transparency" in image.info
        if image.mode.startswith("I;16") or image.mode == "I":
            image = image.convert("I").point(lambda value: value / 256).convert("L")
        if profile and image.mode in {"RGB", "RGBA", "CMYK", "L"}:
            image = _in_srgb(image, profile)
        image = image.convert("RGBA" if has_alpha else "RGB")
        if has_alpha and image.getchannel("A").getextrema()[0] == 255:
            image = image.convert("RGB")
    except DECODE_ERRORS as error:
        raise Refusal(detail=f"{type(error).__name__}: {error}"[:300]) from error
    clean = Image.new(image.mode, image.size)
    clean.paste(image)
    return clean


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert the colours to sRGB; an invalid profile is ignored."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = "RGBA" if image.mode == "RGBA" else "RGB"
        converted = ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode=target
        )
    except DECODE_ERRORS:  # the picture itself is valid, and browsers show it as sRGB
        return image
    return converted or image


def _smaller(image: Image.Image, pixels: int) -> Image.Image:
    """Return the image itself, or a smaller one with at most so many pixels."""
    width, height = image.size
    scale = min(math.sqrt(pixels / (width * height)), limits.STORED_SIDE / max(width, height))
    if scale >= 1:
        return image
    size = (max(1, int(width * scale)), max(1, int(height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2)


def _written(image: Image.Image, ending: str) -> bytes:
    out = io.BytesIO()
    image.save(out, **_SAVING[ending])
    return out.getvalue()
