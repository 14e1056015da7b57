"""The attachments of a post. Set-based writes for services that create and receive posts."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from activities.media.models import Attachment, AttachmentKind
from activities.media.services.captions import CaptionsChange, set_captions
from activities.posts.activitypub.post_document import AttachmentInDocument
from core.db import sql
from core.errors import Invalid
from core.ids import new_id
from core.texts import if_visible
from federation.peers import host_of
from users.logins.access import only_of, speaker


def is_reserved(attachment: str, *, but: str = "") -> str:
    """Return the condition that the attachment is reserved by a scheduled post (other than `but`), or by a failed one that was returned
    to its author.

    Served by activities_scheduled_author.
    """
    another = f" AND s.id IS DISTINCT FROM {but}::bigint" if but else ""
    return f"""EXISTS (SELECT 1 FROM activities_scheduledpost s WHERE s.author_id = {attachment}.author_id
        AND s.state IN ('waiting', 'failed') AND (s.draft->'attachments' @> to_jsonb({attachment}.id)
            OR s.draft->'chain_files' @> jsonb_build_array(jsonb_build_array({attachment}.id))){another})"""


def is_in_draft(attachment: str) -> str:
    """Return the condition that a saved draft of its author contains the attachment. Served by activities_draft_author."""
    return f"""EXISTS (SELECT 1 FROM activities_saveddraft d WHERE d.author_id = {attachment}.author_id
        AND d.files @> to_jsonb({attachment}.id))"""


async def lock_free_uploads(
    author_id: int, attachment_ids: Sequence[int], *, scheduled_id: int | None = None
) -> set[int]:
    """Lock the author's own unattached uploads among these, and return their ids. In a transaction.

    Those reserved for a scheduled post are included only if it is `scheduled_id`; those that others uploaded, not if an author of a shared
    identity speaks.
    """
    parameters = {
        "ids": list(attachment_ids),
        "author": author_id,
        "own": scheduled_id,
        "uploader": only_of(),
    }
    # lock the rows first, then run another statement that sees what the previous holder of the lock has scheduled
    await sql.run(
        "SELECT 1 FROM activities_attachment WHERE id = ANY(%(ids)s::bigint[]) AND author_id = %(author)s ORDER BY id FOR UPDATE",
        parameters,
    )
    return set(
        await sql.column(
            f"""SELECT t.id FROM activities_attachment t WHERE t.id = ANY(%(ids)s::bigint[]) AND t.author_id = %(author)s
                AND t.post_id IS NULL AND (%(uploader)s::bigint IS NULL OR t.uploaded_by = %(uploader)s) AND NOT {is_reserved("t", but="%(own)s")}""",
            parameters,
        )
    )


async def hand_over(author_id: int, attachment_ids: Sequence[int], *, to: int | None) -> None:
    """Let a login use files that an editor has added to what that login wrote. Does nothing if an author speaks: the files are theirs."""
    if to is not None and attachment_ids and only_of() is None:
        await sql.run(
            """UPDATE activities_attachment SET uploaded_by = %(to)s
               WHERE id = ANY(%(ids)s::bigint[]) AND author_id = %(author)s AND post_id IS NULL AND uploaded_by IS DISTINCT FROM %(to)s""",
            {"to": to, "ids": list(attachment_ids), "author": author_id},
        )


async def require_descriptions(author_id: int, attachment_ids: Sequence[int]) -> None:
    """Raise Invalid if one of the author's files among these has no description."""
    if await sql.value(
        "SELECT count(*) FROM activities_attachment WHERE id = ANY(%s::bigint[]) AND author_id = %s AND description = ''",
        [list(attachment_ids), author_id],
    ):
        raise Invalid("media", "not_described")


async def attach(
    post_id: int, author_id: int, attachment_ids: Sequence[int], *, scheduled_id: int | None = None
) -> None:
    """Attach uploads to the author's post in this order; detach the others.

    Raises BadInput if one is not the author's, belongs to another post (or a scheduled one other than `scheduled_id`), is not converted
    yet, or if the files can't be combined in one post.
    """
    await sql.run(
        "DELETE FROM activities_attachment WHERE post_id = %(post)s AND id <> ALL(%(ids)s::bigint[])",
        {"post": post_id, "ids": list(attachment_ids)},
    )
    if not attachment_ids:
        return
    free = await lock_free_uploads(author_id, attachment_ids, scheduled_id=scheduled_id)
    touched = await sql.rows(
        """UPDATE activities_attachment t SET post_id = %(post)s, position = w.place
           FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS w (id, place)
           WHERE t.id = w.id AND t.author_id = %(author)s AND (t.id = ANY(%(free)s::bigint[]) OR t.post_id = %(post)s)
           RETURNING t.id, t.kind, t.url = ''""",
        {"post": post_id, "ids": list(attachment_ids), "author": author_id, "free": list(free)},
    )
    if missing := [str(one) for one in attachment_ids if one not in {row[0] for row in touched}]:
        raise Invalid("media", "not_found", ids=", ".join(missing))
    if any(is_waiting for _, _, is_waiting in touched):
        raise Invalid("media", "processing")
    if len(touched) > 1 and any(kind in {"video", "audio"} for _, kind, _ in touched):
        raise Invalid("media", "video_with_others")


class MediaChange(NamedTuple):
    """A user's changes to an attachment of their post; None keeps the value."""

    description: str | None = None
    focus: tuple[float, float] | None = None
    captions: CaptionsChange | None = None


class Attached(NamedTuple):
    id: int
    description: str
    focus: tuple[float, float]
    captions: CaptionsChange


async def attachments_of(post_id: int) -> list[Attached]:
    """Return the post's attachments in order. Served by activities_attachment_post."""
    rows = await sql.rows(
        """SELECT t.id, t.description, t.focus_x, t.focus_y, coalesce(c.text, ''), coalesce(t.captions->0->>'language', '')
           FROM activities_attachment t LEFT JOIN activities_captions c ON c.id = t.id WHERE t.post_id = %s ORDER BY t.position""",
        [post_id],
    )
    return [Attached(row[0], row[1], (row[2], row[3]), CaptionsChange(row[4], row[5])) for row in rows]


def changed_only(changes: Mapping[int, MediaChange], attached: Sequence[Attached]) -> dict[int, MediaChange]:
    """Return the changes that differ from the attachment's current values."""
    before = {one.id: one for one in attached}
    return {
        id: change
        for id, change in changes.items()
        if id not in before
        or change.description not in {None, before[id].description}
        or change.focus not in {None, before[id].focus}
        or change.captions not in {None, before[id].captions}
    }


async def describe(post_id: int, author_id: int, changes: Mapping[int, MediaChange]) -> None:
    """Set the descriptions and focus points of the post's attachments."""
    for attachment_id, change in changes.items():
        x, y = change.focus or (None, None)
        await sql.run(
            """UPDATE activities_attachment SET description = coalesce(%(description)s::text, description),
                   focus_x = coalesce(%(x)s::float8, focus_x), focus_y = coalesce(%(y)s::float8, focus_y)
               WHERE id = %(id)s AND post_id = %(post)s AND author_id = %(author)s""",
            {
                "id": attachment_id,
                "post": post_id,
                "author": author_id,
                "description": None if change.description is None else if_visible(change.description),
                "x": x,
                "y": y,
            },
        )
        if change.captions is not None:
            await set_captions(author_id=author_id, attachment_id=attachment_id, change=change.captions)


async def detach(post_id: int) -> None:
    """Detach the post's files. The periodic job deletes them after a day unless another post uses them. They belong to whoever detached
    them.
    """
    now = speaker()
    await sql.run(
        """UPDATE activities_attachment SET post_id = NULL, created_at = now(), uploaded_by = coalesce(%s, uploaded_by)
           WHERE post_id = %s""",
        [None if now is None else now.user_id, post_id],
    )


async def set_remote_attachments(
    post_id: int, author_id: int, attachments: Sequence[AttachmentInDocument]
) -> None:
    """Replace the post's attachments with these remote ones, storing only their URLs.

    The worker asks for missing types; those found before an edit are kept.
    """
    rows = [
        {"id": new_id(), "position": place, **msgspec.to_builtins(attachment)}
        for place, attachment in enumerate(attachments)
    ]
    if any(map(_is_in_doubt, rows)):
        await _take_known_types(post_id, rows)
    await sql.run("DELETE FROM activities_attachment WHERE post_id = %(post)s", {"post": post_id})
    if not rows:
        return
    await sql.run(
        """INSERT INTO activities_attachment (id, author_id, post_id, position, kind, media_type, url, preview_url, description,
               blurhash, sha256, width, height, focus_x, focus_y, captions, created_at)
           SELECT w.id, %(author)s, %(post)s, w.position, w.kind, left(w.media_type, 100), w.url, w.preview_url, w.description,
               left(w.blurhash, 100), w.sha256, w.width, w.height, w.focus_x, w.focus_y, w.captions, now()
           FROM json_to_recordset(%(rows)s::json) AS w (id bigint, position smallint, kind text, media_type text, url text,
               preview_url text, description text, blurhash text, sha256 text, width int, height int, focus_x float8, focus_y float8, captions jsonb)""",
        {"post": post_id, "author": author_id, "rows": msgspec.json.encode(rows).decode()},
    )
    in_doubt = next((row for row in rows if _is_in_doubt(row)), None)
    if in_doubt is not None:
        await sql.run(
            """INSERT INTO activities_mediacheck (post_id, host, state, state_due_at, state_changed_at, state_attempts)
               VALUES (%s, %s, 'new', now(), now(), 0)
               ON CONFLICT (post_id) DO UPDATE SET state = 'new', state_due_at = now(), state_changed_at = now(), state_attempts = 0""",
            [post_id, host_of(in_doubt["url"])],
        )


def _is_in_doubt(row: dict[str, Any]) -> bool:
    return row["kind"] == AttachmentKind.unknown and not row["media_type"]


async def _take_known_types(post_id: int, rows: list[dict[str, Any]]) -> None:
    """Copy known types of the post's attachments at the same URLs. Served by activities_attachment_post."""
    found = await sql.rows(
        "SELECT url, kind, media_type FROM activities_attachment WHERE post_id = %s AND media_type <> ''",
        [post_id],
    )
    known = {url: {"kind": kind, "media_type": media_type} for url, kind, media_type in found}
    for row in rows:
        if _is_in_doubt(row):
            row |= known.get(row["url"], {})


async def set_media_types(post_id: int, found: Mapping[str, str]) -> None:
    """Set the media types of the post's unknown attachments by URL. An edit may have replaced the rows."""
    for url, media_type in found.items():
        unknown = Attachment.objects.filter(post_id=post_id, url=url, kind=AttachmentKind.unknown)
        await unknown.aupdate(kind=media_type.partition("/")[0], media_type=media_type[:100])
