"""Handlers and jobs of media: conversion of uploads, types of remote attachments, deletion of unreferenced files."""

from datetime import timedelta

from activities.media.models import (
    Attachment,
    AttachmentKind,
    MediaCheck,
    MediaCheckGraph,
    Upload,
    UploadGraph,
)
from activities.media.services.attachments import is_in_draft, is_reserved, set_media_types
from activities.media.services.uploads import attachment_columns, discard
from activities.posts.addresses import base_url_of
from core import http
from core.db import release_connection, sql
from core.errors import Invalid, Unavailable
from core.http import FetchError
from core.logs import get_logger
from core.media import children, limits, references
from core.media.locations import ffmpeg, media_root
from core.media.messages import ConvertedFile, ConvertVideo, FileNames, ListOldFiles, RemoveFiles
from core.media.sniff import HEAD_BYTES, sniff
from federation.peers import host_of, is_blocked_by_name
from stator import Outcome, every, failed, later, to
from users.domains.events import on_domain_emptied
from users.domains.models import Domain
from users.identities.models import Identity

log = get_logger(__name__)

_SWEPT_AT_ONCE = 1000
_REMOVED_AT_ONCE = 500
_SWEPT_AFTER_S = 24 * 3600.0


@UploadGraph.waiting.each(lease=timedelta(seconds=limits.VIDEO_TIMEOUT_S * 1.2), concurrency=1)
async def convert(upload: Upload) -> Outcome:
    """Convert an upload, or record why it can't be. One at a time, because ffmpeg uses all available CPU."""
    attachment = await Attachment.objects.filter(pk=upload.pk).afirst()
    if attachment is None:
        return to(UploadGraph.done)
    program = ffmpeg()
    if program is None:
        return later("ffmpeg is not installed where the worker runs", after=timedelta(minutes=10))
    job = ConvertVideo(
        root=str(media_root()),
        raw=upload.raw_file,
        reader=upload.reader,
        ffmpeg=program,
        keeps_preview=bool(attachment.preview_file),
    )
    await release_connection()
    try:
        made = await children.run_long(job)
    except Invalid as problem:
        refusal = problem.stored()
        return to(UploadGraph.refused, lambda: _refuse(upload, refusal))
    except Unavailable as problem:
        return later(problem.detail)
    if not isinstance(made, ConvertedFile):
        return failed(f"the child answered {type(made).__name__}")
    author = await Identity.objects.aget(pk=attachment.author_id)
    return to(UploadGraph.done, lambda: _complete(upload, made, base_url_of(author)))


async def _complete(upload: Upload, made: ConvertedFile, base_url: str) -> None:
    await discard([upload.raw_file])
    columns = attachment_columns(made, base_url)
    if made.preview_file and await Attachment.objects.filter(pk=upload.pk).exclude(preview_file="").aexists():
        # the user uploaded a custom preview in the meantime
        await discard([made.preview_file])
        columns = {
            name: value for name, value in columns.items() if not name.startswith(("preview", "blurhash"))
        }
    if not await Attachment.objects.filter(pk=upload.pk).aupdate(**columns):
        await discard([made.file, made.preview_file])


async def _refuse(upload: Upload, refusal: str) -> None:
    await discard([upload.raw_file])
    await Upload.objects.filter(pk=upload.pk).aupdate(refusal=refusal)


@every(timedelta(minutes=1), name="remove_discarded_files")
async def remove_discarded_files() -> int:
    """Delete discarded files, except those that are still referenced. Returns how many.

    Files are deleted before their rows, so that a repetition after a crash is harmless.
    """
    removed = 0
    while rows := await sql.rows(
        "SELECT id, name FROM activities_discardedfile ORDER BY id LIMIT %s", [_REMOVED_AT_ONCE]
    ):
        names = list({name for _, name in rows})
        used = set(
            await sql.column(
                f"WITH w (name) AS MATERIALIZED (SELECT unnest(%(names)s::text[])) {references.names_in_use()}",
                {"names": names},
            )
        )
        if used:
            log.warning("media.discarded_in_use", files=sorted(used)[:10], count=len(used))
        await release_connection()
        unused = [name for name in names if name not in used]
        await children.run_long(RemoveFiles(root=str(media_root()), names=unused))
        await sql.run(
            "DELETE FROM activities_discardedfile WHERE id = ANY(%s::bigint[])", [[row[0] for row in rows]]
        )
        removed += len(unused)
    return removed


@every(timedelta(days=1), name="sweep_media", timeout=timedelta(hours=1))
async def delete_unreferenced_files() -> int:
    """Delete unreferenced files older than a day, left by a process that died between writing a file and its row."""
    after, swept = "", 0
    while True:
        await release_connection()
        answer = await children.run_long(
            ListOldFiles(
                root=str(media_root()), after=after, limit=_SWEPT_AT_ONCE, older_than_s=_SWEPT_AFTER_S
            )
        )
        names = answer.names if isinstance(answer, FileNames) else []
        if not names:
            return swept
        swept += await sql.run(
            f"""WITH w (name) AS MATERIALIZED (SELECT unnest(%(names)s::text[])), used (name) AS ({references.names_in_use()})
                INSERT INTO activities_discardedfile (name)
                SELECT w.name FROM w WHERE NOT EXISTS (SELECT 1 FROM used WHERE used.name = w.name)""",
            {"names": names},
        )
        after = names[-1]


_MAX_ASKED = 8  # per post, sequentially: they fit into the lease
_TIMEOUT_S = 5.0
_MEDIA = tuple(
    f"{kind.value}/" for kind in (AttachmentKind.image, AttachmentKind.video, AttachmentKind.audio)
)
_TEMPORARY = frozenset((408, 425, 429, 500, 502, 503, 504))


@MediaCheckGraph.new.each(lease=timedelta(seconds=90), concurrency=10, fair_by="host")
async def fetch_media_types(check: MediaCheck) -> Outcome:
    """Ask remote servers for the types of the post's unknown attachments. Served by activities_attachment_post."""
    unknown = Attachment.objects.filter(post_id=check.pk, kind=AttachmentKind.unknown, media_type="")
    found, reason, is_ours = {}, "", False
    for attachment in [row async for row in unknown.order_by("position")[:_MAX_ASKED]]:
        if await is_blocked_by_name(host_of(attachment.url)):
            continue
        await release_connection()
        try:
            media_type, problem = await _media_type(attachment.url)
        except FetchError as error:
            if error.is_temporary:
                reason, is_ours = str(error), error.is_ours
            continue
        if media_type:
            found[attachment.url] = media_type
        elif problem:
            reason, is_ours = problem, False
    await set_media_types(check.pk, found)
    return later(reason, is_attempt=not is_ours) if reason else to(MediaCheckGraph.done)


async def _media_type(url: str) -> tuple[str, str]:
    """Return the media type of a file, empty if it is not media; and the reason if a retry may succeed, or ""."""
    answer = await http.client().get(
        url,
        headers={"Range": f"bytes=0-{HEAD_BYTES - 1}"},
        accept="image/*, video/*, audio/*",
        max_bytes=HEAD_BYTES,
        timeout_s=_TIMEOUT_S,
        cut=True,
    )
    if answer.status in _TEMPORARY:
        return "", f"the file's server answers {answer.status}"
    if not answer.is_success:
        return "", ""
    named = answer.header("content-type").partition(";")[0].strip().lower()
    if named.startswith(_MEDIA):
        return named, ""
    sniffed = sniff(answer.body)
    return (sniffed.media_type if sniffed else ""), ""


@every(timedelta(hours=6), name="remove_unattached_media")
async def remove_unattached_media() -> int:
    """Delete uploads that no post used within a day, unless a scheduled post or a draft refers to them."""
    return await sql.run(
        f"""DELETE FROM activities_attachment t WHERE t.post_id IS NULL AND t.created_at < now() - interval '1 day'
            AND NOT {is_reserved("t")} AND NOT {is_in_draft("t")}"""
    )


@on_domain_emptied
async def remove_pictures_of_domain(domain: Domain) -> None:
    """Schedule the deletion of the logo, icon and banner of a removed domain, which no longer names them after this transaction."""
    await discard([domain.logo_file, domain.icon_file, domain.banner_file])
