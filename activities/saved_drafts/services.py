"""Saving unfinished posts."""

from collections.abc import Mapping, Sequence

import msgspec

from activities.media.services.attachments import hand_over
from activities.publishing.services import idempotency, posting
from activities.publishing.services.drafts import MAX_CHAIN
from activities.saved_drafts.models import SavedDraft
from activities.scheduled_posts import services as scheduled_posts
from core import clock
from core.db import async_atomic, delete_batch, sql
from core.errors import Invalid, NotFound
from users.domains.limits import CEILINGS
from users.identities import events
from users.identities.models import Identity
from users.logins.access import may_change, require_own_work, speaker

MAX_DRAFTS = 50
MAX_BYTES = 64 * 1024  # of the fields, as JSON


async def save_draft(
    *,
    author: Identity,
    fields: Mapping[str, str],
    files: Sequence[int] = (),
    draft_id: int | None = None,
    row_id: int | None = None,
    once: str = "",
) -> int:
    """Save a new draft, or update `draft_id`, and return its id. A new one gets the id `row_id`.

    A form with the token `once` has one draft, even if its page was closed before it received the id, and none once it was sent: requests
    can arrive in any order.

    Raises NotFound for a draft that is not theirs or was posted, NotAllowed for one of others if an author of a shared identity speaks,
    and Invalid for too many or too large ones.
    """
    if len(msgspec.json.encode(fields)) > MAX_BYTES:
        raise Invalid("draft", "too_long", most=MAX_BYTES)
    values = {
        "fields": {name: value.replace("\0", "") for name, value in fields.items()},
        "files": list(files)[: CEILINGS.files * (1 + MAX_CHAIN)],
        "once": once,
        "saved_at": clock.now(),
    }
    if draft_id is not None:
        async with async_atomic():
            row = await _own(author, draft_id)
            if row is None:
                raise NotFound(code="draft_not_found")
            require_own_work(row.written_by)
            await SavedDraft.objects.filter(pk=draft_id).aupdate(**values)
            await hand_over(author.pk, files, to=row.written_by)
        return draft_id
    async with async_atomic():
        # one at a time per identity, or concurrent requests could exceed the limit
        await _lock(author)
        if once and await idempotency.is_used(author_id=author.pk, key=_sent(once)):
            raise NotFound(code="draft_not_found")
        known = await _of_form(author, once)
        if known is not None:
            await SavedDraft.objects.filter(pk=known).aupdate(**values)
            return known
        if await SavedDraft.objects.filter(author=author.pk).acount() >= MAX_DRAFTS:
            raise Invalid("draft", "too_many", most=MAX_DRAFTS)
        new = {} if row_id is None else {"id": row_id}
        now = speaker()
        writer = None if now is None else now.user_id
        return int((await SavedDraft.objects.acreate(author=author, written_by=writer, **new, **values)).pk)


async def unschedule(*, author: Identity, scheduled_id: int, fields: Mapping[str, str]) -> int:
    """Turn a scheduled post into a draft with these fields and its own files, and return its id.

    Raises NotFound if it is not theirs or is being published, and Invalid as `save_draft`.
    """
    async with async_atomic():
        row = await scheduled_posts.cancel(author=author, scheduled_id=scheduled_id)
        return await save_draft(
            author=author, fields=fields, files=scheduled_posts.draft_of(row).all_files, row_id=row.pk
        )


async def redraft(*, author: Identity, post_id: int, fields: Mapping[str, str], files: Sequence[int]) -> int:
    """Delete a post and save it as a draft with these fields and its own files; return the draft's id.

    Raises NotFound if the post is not the author's, and Invalid as `save_draft`: then the post is kept.
    """
    async with async_atomic():
        await posting.delete_post(author=author, post_id=post_id, keeps_media=True)
        return await save_draft(author=author, fields=fields, files=files)


async def _own(author: Identity, draft_id: int) -> SavedDraft | None:
    """Return and lock one of the author's drafts."""
    found = SavedDraft.objects.filter(pk=draft_id, author=author.pk)
    return await found.select_for_update(no_key=True).afirst()


async def _of_form(author: Identity, once: str) -> int | None:
    """Return the author's draft of the form with this `once` (index on author; they have MAX_DRAFTS at most)."""
    if not once:
        return None
    return await SavedDraft.objects.filter(author=author.pk, once=once).values_list("pk", flat=True).afirst()


def _sent(once: str) -> str:
    return f"form sent {once}"


async def _lock(author: Identity) -> None:
    await sql.run("SELECT 1 FROM users_identity WHERE id = %s FOR NO KEY UPDATE", [author.pk])


async def finish_draft(*, author: Identity, draft_id: int | None, once: str) -> None:
    """Delete the draft of a form that was sent, and refuse saves of that form that arrive later."""
    async with async_atomic():
        await _lock(author)
        if once:
            await idempotency.id_for(author_id=author.pk, key=_sent(once))
            await SavedDraft.objects.filter(author=author.pk, once=once).adelete()
        row = None if draft_id is None else await _own(author, draft_id)
        if row is not None and may_change(row.written_by):
            await row.adelete()


async def delete_draft(*, author: Identity, draft_id: int | None, once: str = "") -> None:
    """Delete a draft, by its id or by the `once` of its form. Does nothing if it does not exist or is not theirs.

    Raises NotAllowed for one of others if an author of a shared identity speaks.
    """
    if draft_id is None:
        draft_id = await _of_form(author, once)
    async with async_atomic():
        row = None if draft_id is None else await _own(author, draft_id)
        if row is not None:
            require_own_work(row.written_by)
            await row.adelete()


@events.on_identity_deleted
async def delete_drafts_of(identity: Identity) -> bool:
    """Delete the drafts of an identity; return whether there are more."""
    return await delete_batch(sql.table(SavedDraft), "author_id = %(author)s", {"author": identity.pk})
