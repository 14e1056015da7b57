"""Earlier versions of a post."""

import datetime as dt

import msgspec

from activities.posts.links import without_links
from activities.posts.queries.views import ATTACHMENT_JSON, AttachmentView
from activities.posts.queries.visibility import visible
from core.db import sql
from core.db.sql import Sql
from core.errors import NotFound
from federation.documents import host_of
from federation.policies import Effect
from federation.policies.domains import effects_now
from users.identities.models import Identity
from users.identities.queries.profiles import CustomEmoji, owned

emojis_decoder = msgspec.json.Decoder(list[CustomEmoji])


class RevisionFile(AttachmentView, frozen=True, kw_only=True):
    """A file of an earlier version. It may have been deleted since, so that only its description is left.

    Versions kept by earlier releases know only its kind, URL and description.
    """

    id: int = 0
    media_type: str = ""
    preview_url: str = ""
    blurhash: str = ""
    width: int | None = None
    height: int | None = None
    focus_x: float = 0
    focus_y: float = 0


class RevisionView(msgspec.Struct, frozen=True):
    content: str
    content_warning: str
    is_sensitive: bool
    created_at: dt.datetime
    options: list[str] | None  # of its poll
    emojis: list[CustomEmoji]
    attachments: list[RevisionFile]


_files_decoder = msgspec.json.Decoder(list[RevisionFile])


async def has_revisions(post_id: int, count: int) -> bool:
    """Return whether a post has at least this many earlier versions (a range of activities_revision_post)."""
    found = await sql.column(
        "SELECT id FROM activities_revision WHERE post_id = %s ORDER BY id LIMIT %s", [post_id, count]
    )
    return len(found) >= count


async def history(post_id: int, viewer: Identity | None) -> list[RevisionView]:
    """Return every version of a post, oldest first. Raises NotFound as `get_post` does."""
    condition = visible(viewer)
    # activities_revision_post
    found = await sql.rows(
        Sql.of(
            f"""SELECT v.content, v.content_warning, v.is_sensitive, v.created_at,
              (SELECT array_agg(o->>'title') FROM jsonb_array_elements(nullif(v.question, 'null')->'options') o), v.emojis::text, v.attachments::text,
              (SELECT a.uri FROM users_identity a WHERE a.id = v.author_id) FROM (
              SELECT r.content, r.content_warning, r.is_sensitive, r.created_at, r.question, r.emojis, r.attachments, p.author_id FROM activities_revision r
              JOIN activities_post p ON p.id = r.post_id WHERE p.id = %(post_id)s AND {condition}
              UNION ALL
              SELECT p.content, p.content_warning, p.is_sensitive, coalesce(p.edited_at, p.created_at), p.question, p.emojis,
              (SELECT coalesce(jsonb_agg({ATTACHMENT_JSON} ORDER BY t.position), '[]') FROM activities_attachment t
                 WHERE t.post_id = p.id), p.author_id
              FROM activities_post p WHERE p.id = %(post_id)s AND {condition}) v
            ORDER BY v.created_at""",
            condition,
            post_id=post_id,
        ),
    )
    if not found:
        raise NotFound
    effects = effects_now(host_of(found[0][7]), viewer.domain_id if viewer else None)
    return [
        RevisionView(
            without_links(content, host="", people=(), tags=()) if Effect.strip_links in effects else content,
            warning,
            sensitive or Effect.force_sensitive in effects,
            created_at,
            options,
            owned(emojis_decoder.decode(emojis), author),
            _files_decoder.decode(files),
        )
        for content, warning, sensitive, created_at, options, emojis, files, author in found
    ]
