"""Queries for saved drafts. Visible to their author only; of a shared identity, authors see the drafts that they wrote themselves."""

from django.db.models import QuerySet

from activities.saved_drafts.models import SavedDraft
from core.db.paging import Page
from core.errors import NotFound
from users.identities.models import Identity
from users.logins.access import only_of, require_own_work


def _seen(author: Identity) -> QuerySet[SavedDraft]:
    found = SavedDraft.objects.filter(author=author.pk)
    return found if (writer := only_of()) is None else found.filter(written_by=writer)


async def drafts_of(author: Identity, page: Page) -> list[SavedDraft]:
    """Return drafts, last created first. Served by activities_draft_author."""
    return await page.read(_seen(author))


async def draft_of_reply(author: Identity, post_id: int) -> SavedDraft | None:
    """Return the author's newest draft of a reply to this post. Served by activities_draft_author: an author has at most 50."""
    return await _seen(author).filter(fields__reply_to=str(post_id)).order_by("-id").afirst()


async def own_draft(author: Identity, draft_id: int) -> SavedDraft:
    """Return one draft. Raises NotFound if it is not theirs, NotAllowed for an author of a shared identity who did not write it."""
    row = await SavedDraft.objects.filter(pk=draft_id, author=author.pk).afirst()
    if row is None:
        raise NotFound(code="draft_not_found")
    require_own_work(row.written_by)
    return row
