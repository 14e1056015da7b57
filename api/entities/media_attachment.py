"""MediaAttachment and its metadata: docs.joinmastodon.org/entities/MediaAttachment"""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from activities.media.models import AttachmentKind
from activities.posts.queries.views import AttachmentView
from federation.media.addresses import proxied_url
from federation.models import RemoteFileKind


class ImageMeta(msgspec.Struct):
    width: int
    height: int
    size: str
    aspect: float


class Focus(msgspec.Struct):
    x: float
    y: float


class OriginalMeta(msgspec.Struct, kw_only=True):
    """Metadata of a file. `size` and `aspect` are set for images, the last three for video and audio."""

    width: int | UnsetType = UNSET
    height: int | UnsetType = UNSET
    size: str | UnsetType = UNSET
    aspect: float | UnsetType = UNSET
    frame_rate: str | UnsetType = UNSET
    duration: float | UnsetType = UNSET
    bitrate: int | UnsetType = UNSET


class Meta(msgspec.Struct, kw_only=True):
    """Metadata. Unknown sizes are omitted. The fields next to `original` repeat it for old clients."""

    length: str | UnsetType = UNSET
    duration: float | UnsetType = UNSET
    fps: int | UnsetType = UNSET
    size: str | UnsetType = UNSET
    width: int | UnsetType = UNSET
    height: int | UnsetType = UNSET
    aspect: float | UnsetType = UNSET
    original: OriginalMeta | UnsetType = UNSET
    small: ImageMeta | UnsetType = UNSET
    focus: Focus | UnsetType = UNSET


class MediaAttachment(msgspec.Struct, kw_only=True):
    id: str
    type: Literal["unknown", "image", "gifv", "video", "audio"]
    url: str | None
    preview_url: str | None
    remote_url: str | None
    preview_remote_url: str | None = None
    text_url: str | None = None
    meta: Meta
    description: str | None
    blurhash: str | None


def media_attachment(
    attachment: AttachmentView, *, is_local: bool, base_url: str = "", owner: str = ""
) -> MediaAttachment:
    """Render media of a post.

    Remote media has our URL of the copy as `url`; `remote_url` is the original, and `owner` the URI of its author. Unknown file types and
    refused media are only linked. An upload awaiting conversion has no `url` yet; audio has no preview unless its author uploaded one.
    """
    url, preview = (
        attachment.url,
        attachment.preview_url or ("" if attachment.kind == "audio" else attachment.url),
    )
    kind = attachment.kind
    if not is_local and kind != AttachmentKind.unknown:
        url = proxied_url(url, RemoteFileKind.attachment, base_url, owner=owner)
        preview = proxied_url(preview, RemoteFileKind.attachment, base_url, owner=owner)
        if not url:
            kind, url, preview = AttachmentKind.unknown, attachment.url, ""
    return MediaAttachment(
        id=str(attachment.id),
        type=kind,  # type: ignore[arg-type]  # the model's choices
        url=url or None,
        preview_url=preview or None,
        remote_url=None if is_local else attachment.url,
        preview_remote_url=None if is_local else attachment.preview_url or None,
        meta=_meta(attachment),
        description=attachment.description or None,
        blurhash=attachment.blurhash or None,
    )


def _image_meta(width: int, height: int) -> ImageMeta:
    return ImageMeta(width, height, f"{width}x{height}", width / height)


def _meta(attachment: AttachmentView) -> Meta:
    known: dict[str, Any] = {}
    width, height = attachment.width, attachment.height
    if width and height:
        size: dict[str, Any] = {"width": width, "height": height}
        shape: dict[str, Any] = {"size": f"{width}x{height}", "aspect": width / height}
        known["original"] = OriginalMeta(**size, **shape)
        known["small"] = _image_meta(width, height)
    else:
        size = shape = {}
    if attachment.preview_width and attachment.preview_height:
        known["small"] = _image_meta(attachment.preview_width, attachment.preview_height)
    if attachment.duration:
        known |= size | shape | _stream_meta(attachment, size)
    if attachment.focus_x or attachment.focus_y:
        known["focus"] = Focus(attachment.focus_x, attachment.focus_y)
    return Meta(**known)


def _stream_meta(attachment: AttachmentView, size: dict[str, Any]) -> dict[str, Any]:
    duration, rate = attachment.duration or 0.0, attachment.frame_rate
    minutes, seconds = divmod(duration, 60)
    return {
        "length": f"{int(minutes // 60)}:{int(minutes % 60):02}:{seconds:05.2f}",
        "duration": duration,
        "fps": round(rate) if rate else UNSET,
        "original": OriginalMeta(
            **size,
            frame_rate=f"{round(rate * 1000)}/1000" if rate else UNSET,
            duration=duration,
            bitrate=attachment.bitrate or UNSET,
        ),
    }
