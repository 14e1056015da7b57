"""Uploads that are not attached to a post yet. Visible to their author only."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from activities.media.models import UploadGraph
from activities.posts.queries.views import AttachmentView, CaptionsView, PostView
from core.db import sql
from core.errors import BadInput, Invalid, NotFound, restored
from federation.media.addresses import RequestedFile
from federation.models import RemoteFileKind
from users.identities.models import Identity

_captions = msgspec.json.Decoder(list[CaptionsView])


class UploadView(NamedTuple):
    """An upload. `refusal` is why it can't be converted, `uploaded_by` a login."""

    attachment: AttachmentView
    is_processing: bool
    refusal: BadInput | None
    uploaded_by: int | None = None


async def own_upload(viewer: Identity, attachment_id: int) -> UploadView:
    """Return one of the author's uploads that is not attached to a post yet. Raises NotFound."""
    for found in await own_uploads(viewer, [attachment_id]):
        return found
    raise NotFound


async def own_uploads(viewer: Identity, attachment_ids: Sequence[int]) -> list[UploadView]:
    """Return the author's uploads among these that are not attached to a post yet, in this order. Served by the primary keys."""
    if not attachment_ids:
        return []
    rows = await sql.rows(
        """SELECT t.id, t.kind, t.media_type, t.url, t.preview_url, t.description, t.blurhash, t.width, t.height, t.focus_x, t.focus_y,
                  t.preview_width, t.preview_height, t.duration, t.frame_rate, t.bitrate, t.captions::text, u.state, u.refusal, t.uploaded_by
           FROM activities_attachment t LEFT JOIN activities_upload u ON u.id = t.id
           WHERE t.id = ANY(%(ids)s::bigint[]) AND t.author_id = %(viewer)s AND t.post_id IS NULL
           ORDER BY array_position(%(ids)s::bigint[], t.id)""",
        {"ids": list(attachment_ids), "viewer": viewer.pk},
    )
    return [_upload_view(*row) for row in rows]


def _upload_view(*row: Any) -> UploadView:
    *columns, captions, state, refusal, uploaded_by = row
    columns.append(_captions.decode(captions))
    problem = restored(refusal) if refusal else None
    if problem is None and state == UploadGraph.failed.name:
        problem = Invalid("file", "not_processed")
    return UploadView(AttachmentView(*columns), state == UploadGraph.waiting.name, problem, uploaded_by)


async def file_sizes(posts: Iterable[PostView]) -> dict[int, int]:
    """Return the sizes in bytes of the posts' files by attachment, where they are known: of uploads, and of remote files with a copy.

    Served by the primary keys.
    """
    files = {one.id: one.url for post in posts for one in post.shown.attachments}
    if not files:
        return {}
    keys = [RequestedFile(url, RemoteFileKind.attachment, "").key for url in files.values()]
    rows = await sql.rows(
        """SELECT t.id, coalesce(nullif(t.bytes, 0), r.bytes)
           FROM unnest(%(ids)s::bigint[], %(keys)s::uuid[]) w (id, key) JOIN activities_attachment t ON t.id = w.id
           LEFT JOIN federation_remotefile r ON r.key = w.key AND r.file <> ''
           WHERE t.bytes > 0 OR r.bytes > 0""",
        {"ids": list(files), "keys": keys},
    )
    return dict(rows)


async def hashes_of_copies(urls: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 of the copies of posts' remote files by URL, in hexadecimal. Served by the primary key."""
    keys = {RequestedFile(url, RemoteFileKind.attachment, "").key: url for url in urls}
    if not keys:
        return {}
    rows = await sql.rows(
        "SELECT key, sha256 FROM federation_remotefile WHERE key = ANY(%s::uuid[]) AND sha256 <> ''",
        [list(keys)],
    )
    return {keys[key]: sha256 for key, sha256 in rows}


async def own_captions(viewer: Identity, attachment_ids: Sequence[int]) -> dict[int, str]:
    """Return the texts of the captions of the author's own files among these. Served by the primary keys."""
    rows = await sql.rows(
        """SELECT c.id, c.text FROM activities_captions c JOIN activities_attachment t ON t.id = c.id
           WHERE c.id = ANY(%s::bigint[]) AND t.author_id = %s""",
        [list(attachment_ids), viewer.pk],
    )
    return dict(rows)


async def captions_at(name: str) -> str:
    """Return the text at a secret address. Raises NotFound. Served by its unique index."""
    text = await sql.value("SELECT text FROM activities_captions WHERE name = %s", [name])
    if text is None:
        raise NotFound
    return str(text)
