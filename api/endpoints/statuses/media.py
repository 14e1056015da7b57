"""Media: upload, show, describe, delete (docs.joinmastodon.org/methods/media)."""

from typing import Annotated

import msgspec
from django.core.files.uploadedfile import UploadedFile

from activities.media.queries import UploadView, own_upload
from activities.media.services import uploads
from api import limits
from api.entities.media_attachment import MediaAttachment, media_attachment
from api.parameters import NULL_AS_EMPTY, Id, Length
from api.routing import Call, endpoint
from core.errors import Invalid
from core.media.limits import DESCRIPTION_CHARACTERS, MEGABYTE, VIDEO_BYTES

_BODY = VIDEO_BYTES + MEGABYTE
_WAIT_S = 25.0  # how long v1 waits for a conversion


class Media(msgspec.Struct):
    file: UploadedFile | None = None
    thumbnail: UploadedFile | None = None
    description: Annotated[str, Length(DESCRIPTION_CHARACTERS)] = ""
    focus: str = ""


async def _upload(call: Call, media: Media) -> UploadView:
    if media.file is None:
        raise Invalid("file", "blank")
    return await uploads.upload(
        author=call.me,
        file=media.file,
        thumbnail=media.thumbnail,
        description=media.description.strip(),
        focus=uploads.focus_of(media.focus) if media.focus else (0.0, 0.0),
    )


def _shown(upload: UploadView) -> MediaAttachment:
    if upload.refusal is not None:
        raise upload.refusal
    return media_attachment(upload.attachment, is_local=True)


@endpoint("POST", "/api/v2/media", scope="write:media", auth="user", bucket=limits.MEDIA, body_bytes=_BODY)
async def upload(call: Call, media: Media) -> MediaAttachment:
    """Upload a file: 200 if it is ready, 202 (without `url`) if the worker has to convert it first."""
    uploaded = await _upload(call, media)
    call.status = 202 if uploaded.is_processing else 200
    return _shown(uploaded)


@endpoint("POST", "/api/v1/media", scope="write:media", auth="user", bucket=limits.MEDIA, body_bytes=_BODY)
async def upload_and_wait(call: Call, media: Media) -> MediaAttachment:
    """Upload a file, and wait for the conversion as long as clients can be expected to."""
    uploaded = await _upload(call, media)
    if uploaded.is_processing:
        [uploaded] = await uploads.wait_until_ready(
            author=call.me, attachment_ids=[uploaded.attachment.id], for_s=_WAIT_S
        )
    return _shown(uploaded)


@endpoint("GET", "/api/v1/media/<id>", scope="write:media", auth="user")
async def show(call: Call, id: Id) -> MediaAttachment:
    """Return the caller's upload that is not attached yet: 206 while it is being converted, 422 with the reason if that failed."""
    found = await own_upload(call.me, id)
    call.status = 206 if found.is_processing else 200
    return _shown(found)


class MediaEdit(msgspec.Struct):
    thumbnail: UploadedFile | None = None
    description: Annotated[str, Length(DESCRIPTION_CHARACTERS), NULL_AS_EMPTY] | None = None
    focus: str | None = None


@endpoint("PUT", "/api/v1/media/<id>", scope="write:media", auth="user", body_bytes=17 * MEGABYTE)
async def update(call: Call, id: Id, edit: MediaEdit) -> MediaAttachment:
    """Change an upload's description, focus and preview; absent fields stay unchanged."""
    changed = await uploads.change_upload(
        author=call.me,
        attachment_id=id,
        description=None if edit.description is None else edit.description.strip(),
        focus=uploads.focus_of(edit.focus) if edit.focus else None,
        thumbnail=edit.thumbnail,
    )
    call.status = 206 if changed.is_processing else 200
    return _shown(changed)


@endpoint("DELETE", "/api/v1/media/<id>", scope="write:media", auth="user")
async def remove(call: Call, id: Id) -> dict[str, str]:
    """Delete an upload; 422 if a post has it."""
    await uploads.remove_upload(author=call.me, attachment_id=id)
    return {}
