"""Uploads: files become attachments, ready for a post. They are decoded in child processes only (core/media)."""

import asyncio
import math
from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from activities.media.models import Attachment, AttachmentKind, Upload
from activities.media.queries import UploadView, own_upload
from activities.media.services.attachments import lock_free_uploads
from activities.media.services.captions import CaptionsChange, set_captions
from activities.posts.addresses import base_url_of
from core.db import async_atomic, release_connection, sql
from core.errors import Invalid, NotFound
from core.ids import new_id
from core.media import children, limits
from core.media.locations import ffmpeg, media_root, url_of
from core.media.messages import ConvertedFile, ConvertImage, ConvertPreview, StoredRaw, StoreRaw
from core.media.names import is_stored_name
from core.media.references import register_references
from core.media.sniff import HEAD_BYTES, Sniffed, sniff
from core.texts import if_visible
from users.emojis import events as emoji_events
from users.identities.models import Identity
from users.logins.access import require_own_upload, speaker

_LOOK_EVERY_S = 0.2

# served by activities_attachment_file, activities_attachment_prev, the primary key of uploads, users_identity_of_domain
register_references("SELECT w.name FROM w JOIN activities_attachment t ON t.file = w.name AND t.file <> ''")
register_references(
    "SELECT w.name FROM w JOIN activities_attachment t ON t.preview_file = w.name AND t.preview_file <> ''"
)
register_references(  # a converted or refused upload keeps the name in its row, but no longer needs the file
    "SELECT w.name FROM w JOIN activities_upload u ON u.raw_file = w.name AND u.state NOT IN ('done', 'refused')"
)
register_references(
    "SELECT w.name FROM w JOIN users_identity i ON i.icon_file = w.name AND i.domain_id IS NOT NULL"
)
register_references(
    "SELECT w.name FROM w JOIN users_identity i ON i.image_file = w.name AND i.domain_id IS NOT NULL"
)


def focus_of(text: str) -> tuple[float, float]:
    """Parse `"-0.4,0.2"` as a point between -1 and 1. Raises BadInput."""
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError as error:
        raise Invalid("focus", "invalid") from error
    if not (math.isfinite(x) and math.isfinite(y)):
        raise Invalid("focus", "invalid")
    return max(-1.0, min(1.0, x)), max(-1.0, min(1.0, y))


async def upload(
    *,
    author: Identity,
    file: UploadedFile,
    thumbnail: UploadedFile | None = None,
    description: str = "",
    focus: tuple[float, float] = (0.0, 0.0),
) -> UploadView:
    """Store an upload for a later post; video, audio and animations must first be converted by the worker.

    Raises BadInput with the reason if it is unsupported, and Unavailable if there are too many concurrent uploads.
    """
    found = _recognised(file)
    if found.kind != "image" and ffmpeg() is None:
        raise Invalid("file", "not_convertible")
    preview = await _preview(thumbnail) if thumbnail is not None else None
    root, descriptor = str(media_root()), descriptor_of(file)
    taken: object
    await release_connection()  # uploads queue for a child process, and there may be many
    if found.kind == "image":
        taken = await children.run(
            ConvertImage(root=root, reader=found.reader, may_convert=ffmpeg() is not None), descriptor
        )
    else:
        taken = await children.run(StoreRaw(root=root), descriptor)
    values = {"description": if_visible(description), "focus_x": focus[0], "focus_y": focus[1]}
    attachment_id = await _stored(author, found, taken, preview, values)
    return await own_upload(author, attachment_id)


async def _stored(
    author: Identity, found: Sniffed, taken: object, preview: ConvertedFile | None, values: dict[str, Any]
) -> int:
    base_url, attachment_id = base_url_of(author), new_id()
    if isinstance(taken, ConvertedFile):
        values.update(attachment_columns(taken, base_url), kind=AttachmentKind.image)
    if preview is not None:
        values.update(_preview_columns(preview, base_url))
    async with async_atomic():
        if isinstance(taken, StoredRaw):
            values["kind"] = AttachmentKind.gifv if taken.is_animation else AttachmentKind(found.kind)
            await Upload.objects.acreate(id=attachment_id, raw_file=taken.raw, reader=found.reader)
        if isinstance(taken, ConvertedFile) and preview is not None:
            await discard([taken.preview_file])
        now = speaker()
        uploader = None if now is None else now.user_id
        await Attachment.objects.acreate(id=attachment_id, author=author, uploaded_by=uploader, **values)
    return attachment_id


def attachment_columns(made: ConvertedFile, base_url: str) -> dict[str, Any]:
    """Return the columns of an attachment from the child's result; without a preview, its columns are omitted."""
    columns = {
        "kind": made.kind,
        "media_type": made.media_type,
        "file": made.file,
        "bytes": made.bytes,
        "url": url_of(made.file, base_url),
        "width": made.width,
        "height": made.height,
        "duration": made.duration,
        "frame_rate": made.frame_rate,
        "bitrate": made.bitrate,
        "peaks": made.peaks,
    }
    return columns | (_preview_columns(made, base_url) if made.preview_file else {})


def _preview_columns(made: ConvertedFile, base_url: str) -> dict[str, Any]:
    return {
        "preview_file": made.preview_file,
        "preview_url": url_of(made.preview_file, base_url),
        "preview_width": made.preview_width,
        "preview_height": made.preview_height,
        "blurhash": made.blurhash,
    }


async def change_upload(
    *,
    author: Identity,
    attachment_id: int,
    description: str | None = None,
    focus: tuple[float, float] | None = None,
    thumbnail: UploadedFile | None = None,
    captions: CaptionsChange | None = None,
) -> UploadView:
    """Change an unattached upload; None leaves a value as it is.

    Raises NotFound if it is not the user's or already attached, NotAllowed for one of others if an author of a shared identity speaks.
    """
    before = await own_upload(author, attachment_id)
    require_own_upload(before.uploaded_by)
    values: dict[str, Any] = {}
    if thumbnail is not None:
        values.update(_preview_columns(await _preview(thumbnail), base_url_of(author)))
    if description is not None:
        values["description"] = if_visible(description)
    if focus is not None:
        values["focus_x"], values["focus_y"] = focus
    if values and not await Attachment.objects.filter(
        pk=attachment_id, author_id=author.pk, post_id=None
    ).aupdate(**values):
        raise NotFound
    if captions is not None:
        await set_captions(author_id=author.pk, attachment_id=attachment_id, change=captions)
    return await own_upload(author, attachment_id)


async def wait_until_ready(
    *, author: Identity, attachment_ids: Sequence[int], for_s: float
) -> list[UploadView]:
    """Return uploads once they are converted, or in their current state after `for_s` seconds. Raises NotFound."""
    deadline = asyncio.get_running_loop().time() + for_s
    while True:
        found = [await own_upload(author, one) for one in attachment_ids]
        if not any(one.is_processing for one in found) or asyncio.get_running_loop().time() >= deadline:
            return found
        await release_connection()
        await asyncio.sleep(_LOOK_EVERY_S)


async def remove_upload(*, author: Identity, attachment_id: int) -> None:
    """Delete an upload. Raises NotFound if it is not the user's, BadInput if a post has it, including a scheduled one, and NotAllowed as
    `change_upload`.
    """
    async with async_atomic():
        mine = Attachment.objects.filter(pk=attachment_id, author_id=author.pk)
        found = [one async for one in mine.values_list("uploaded_by", flat=True)]
        if not found:
            raise NotFound
        require_own_upload(found[0])
        if await lock_free_uploads(author.pk, [attachment_id]):
            await sql.run("DELETE FROM activities_attachment WHERE id = %s", [attachment_id])
            return
    raise Invalid("media", "in_use")


@emoji_events.on_files_unused
async def discard(names: Sequence[str]) -> None:
    """Let the worker delete these files once this transaction has committed."""
    names = [name for name in names if is_stored_name(name)]
    if names:
        await sql.run("INSERT INTO activities_discardedfile (name) SELECT unnest(%s::text[])", [names])


# --- files as they come in -------------------------------------------------------------------------------------------


def sniff_upload(file: UploadedFile) -> Sniffed | None:
    """Return the type by the first bytes of an upload; None for an unsupported one."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    file.seek(0)
    return sniff(head)


def _recognised(file: UploadedFile) -> Sniffed:
    """Return the type of a file. Raises Invalid if it is empty, unsupported or too large."""
    if not file.size:
        raise Invalid("file", "blank")
    found = sniff_upload(file)
    if found is None:
        raise Invalid("file", "invalid", detail="unknown first bytes")
    most = limits.IMAGE_BYTES if found.kind == "image" else limits.VIDEO_BYTES
    if file.size > most:
        raise Invalid("file", "too_large", most=most // limits.MEGABYTE)
    return found


async def _preview(thumbnail: UploadedFile) -> ConvertedFile:
    found = _recognised(thumbnail)
    if found.kind != "image":
        raise Invalid("thumbnail", "not_a_picture")
    await release_connection()
    made = await children.run(
        ConvertPreview(root=str(media_root()), reader=found.reader), descriptor_of(thumbnail)
    )
    assert isinstance(made, ConvertedFile)
    return made


def descriptor_of(file: UploadedFile) -> int:
    """Return the open file for the child. In-memory data (at most a megabyte) is written to an unnamed file: 1 ms."""
    descriptor: int = file.file.fileno()
    file.file.flush()
    return descriptor
