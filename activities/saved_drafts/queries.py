"""Queries for saved drafts. Visible to their author only."""

from activities.saved_drafts.models import SavedDraft
from core.db.paging import Page
from core.errors import NotFound
from users.identities.models import Identity


async def drafts_of(author: Identity, page: Page) -> list[SavedDraft]:
    """Return drafts, last created first. Served by activities_draft_author."""
    return await page.read(SavedDraft.objects.filter(author=author.pk))


async def draft_of_reply(author: Identity, post_id: int) -> SavedDraft | None:
    """Return the author's newest draft of a reply to this post. Served by activities_draft_author: an author has at most 50."""
    return (
        await SavedDraft.objects.filter(author=author.pk, fields__reply_to=str(post_id))
        .order_by("-id")
        .afirst()
    )


async def own_draft(author: Identity, draft_id: int) -> SavedDraft:
    """Return one draft. Raises NotFound if it is not theirs."""
    row = await SavedDraft.objects.filter(pk=draft_id, author=author.pk).afirst()
    if row is None:
        raise NotFound(code="draft_not_found")
    return row
