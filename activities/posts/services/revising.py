"""Keeping the earlier versions of edited posts."""

import msgspec

from activities.posts.models import Post, Revision
from activities.posts.queries.revisions import has_revisions
from activities.posts.queries.views import ATTACHMENT_JSON
from core import clock
from core.db import sql
from core.errors import Invalid


async def keep_revision(post: Post, *, most: int | None = None) -> None:
    """Store the post's current content as a Revision. Raises Invalid if the post already has `most`."""
    if most is not None and await has_revisions(post.pk, most):
        raise Invalid("edits", "too_many", most=most)
    files = await sql.value(
        f"SELECT json_agg({ATTACHMENT_JSON} ORDER BY t.position)::text FROM activities_attachment t WHERE t.post_id = %s",
        [post.pk],
    )
    await Revision.objects.acreate(
        post_id=post.pk,
        content=post.content,
        source=post.source,
        content_warning=post.content_warning,
        is_sensitive=post.is_sensitive,
        emojis=post.emojis,
        attachments=msgspec.json.decode(files or "[]"),
        question=post.question,
        created_at=post.edited_at or post.created_at,
        replaced_at=clock.now(),
    )
