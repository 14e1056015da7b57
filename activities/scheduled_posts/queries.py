"""Queries for scheduled posts. Visible to their author only."""

from collections.abc import Collection

from activities.posts.queries.views import AttachmentView
from activities.scheduled_posts.models import ScheduledPost, ScheduledPostGraph
from core.db import sql
from core.db.paging import Page
from core.errors import NotFound
from users.identities.models import Identity

PENDING_STATES = (ScheduledPostGraph.waiting.name, ScheduledPostGraph.failed.name)


async def scheduled_posts_of(author: Identity, page: Page) -> list[ScheduledPost]:
    """Return scheduled posts that are pending or failed, newest id first. Served by activities_scheduled_author."""
    ids = await sql.column(
        f"""SELECT s.id FROM activities_scheduledpost s WHERE s.author_id = %(author)s AND s.state IN ('waiting', 'failed')
            {page.where("s.id")}{page.order("s.id")}""",
        {**page.params(), "author": author.pk},
    )
    return [row async for row in ScheduledPost.objects.filter(pk__in=ids).order_by("-id")]


async def scheduled_post(author: Identity, scheduled_id: int) -> ScheduledPost:
    """Return a scheduled post. Raises NotFound if it is not theirs or is published."""
    row = await ScheduledPost.objects.filter(
        pk=scheduled_id, author_id=author.pk, state__in=PENDING_STATES
    ).afirst()
    if row is None:
        raise NotFound
    return row


async def uploads(author: Identity, ids: Collection[int]) -> dict[int, AttachmentView]:
    """Return the author's own files with these ids, in one query."""
    if not ids:
        return {}
    found = await sql.structs(
        AttachmentView,
        """SELECT id, kind, media_type, url, preview_url, description, blurhash, width, height, focus_x, focus_y
           FROM activities_attachment WHERE author_id = %s AND id = ANY(%s::bigint[])""",
        [author.pk, list(ids)],
    )
    return {view.id: view for view in found}
