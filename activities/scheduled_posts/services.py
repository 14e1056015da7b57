"""Scheduling posts. A draft is validated now and written by the worker exactly once, even after crashes."""

import datetime as dt

import msgspec
from django.db import models

from activities.media.services.attachments import hand_over, lock_free_uploads, require_descriptions
from activities.notifications.models import NotificationKind
from activities.notifications.services import notify as notifications
from activities.posts.models import Post
from activities.posts.queries.visibility import may_see
from activities.publishing.chains import write_chain
from activities.publishing.services import posting
from activities.publishing.services.drafts import PostDraft
from activities.publishing.services.mentions import check_mentions
from activities.quotes.services import quotes
from activities.scheduled_posts.models import ScheduledPost, ScheduledPostGraph
from core import clock
from core.db import async_atomic, sql
from core.errors import Invalid, NotFound, Problem
from stator import transition
from users.domains.queries import limits_of
from users.identities.models import Identity
from users.identities.services.moved import refuse_moved
from users.logins.access import require_own_work, speaker

MIN_DELAY = dt.timedelta(minutes=5)
MAX_SCHEDULED = 300
MAX_PER_DAY = 25


async def schedule_post(
    *, author: Identity, draft: PostDraft, scheduled_at: dt.datetime, row_id: int | None = None
) -> ScheduledPost:
    """Schedule a draft. Raises BadInput and NotFound as `write_post` would, and for a time that is too near.

    Its audience and quote policy are fixed now: a default or parent that becomes more permissive in the meantime does not widen it.
    """
    _check_time(scheduled_at)
    draft = await _settled(author, draft)
    async with async_atomic():
        # one at a time per identity, or concurrent requests could exceed the limit
        await sql.run("SELECT 1 FROM users_identity WHERE id = %s FOR NO KEY UPDATE", [author.pk])
        await _check_room(author, scheduled_at)
        await _check_files(author, draft)
        return await ScheduledPost.objects.acreate(
            **({"id": row_id} if row_id else {}),
            author=author,
            draft=draft.stored(),
            scheduled_at=scheduled_at,
            state_due_at=scheduled_at,
            written_by=now.user_id if (now := speaker()) is not None else None,
        )


async def change(
    *, author: Identity, scheduled_id: int, draft: PostDraft, scheduled_at: dt.datetime | None
) -> ScheduledPost:
    """Replace a scheduled post's draft and time, also of a failed one; without a time publish it now.

    Raises NotFound if it is not theirs or is published, else as `schedule_post`.
    """
    draft = await _settled(author, draft)
    async with async_atomic():
        row = await _own(author, scheduled_id)
        if scheduled_at is not None and scheduled_at != row.scheduled_at:
            _check_time(scheduled_at)
            await _check_day(author, row, scheduled_at)
        before = draft_of(row)
        # an app's allowed mentions no longer apply: the form shows every name
        draft = msgspec.structs.replace(
            draft, application=before.application, application_website=before.application_website
        )
        await _check_files(author, draft, scheduled_id=row.pk)
        await hand_over(author.pk, draft.all_files, to=row.written_by)
        row.draft = draft.stored()
        await row.asave(update_fields=["draft"])
        await _put_off(author, row, scheduled_at or clock.now())
    return row


async def _settled(author: Identity, draft: PostDraft) -> PostDraft:
    """Return the draft with its audience fixed. Raises BadInput and NotFound as `write_post` would."""
    refuse_moved(author)
    draft = msgspec.structs.replace(
        draft,
        visibility=await posting.visibility_now(author, draft),
        quote_policy=author.default_quote_policy if draft.quote_policy is None else draft.quote_policy,
    )
    draft.checked(await limits_of(author.domain_id))
    if draft.described_only and draft.all_files:
        await require_descriptions(author.pk, draft.all_files)
    await check_mentions(author, draft.text, draft.allowed_mentions)
    if draft.quoted_id is not None:
        await quotes.require_quotable(author, draft.quoted_id)
    return draft


async def reschedule(*, author: Identity, scheduled_id: int, scheduled_at: dt.datetime) -> ScheduledPost:
    """Change the time of a scheduled post, also of a failed one. Raises NotFound if it is not theirs or is published."""
    _check_time(scheduled_at)
    async with async_atomic():
        row = await _own(author, scheduled_id)
        await _check_day(author, row, scheduled_at)
        await _put_off(author, row, scheduled_at)
    return row


async def _check_day(author: Identity, row: ScheduledPost, scheduled_at: dt.datetime) -> None:
    """Raise BadInput if a pending post moves to a day that is full. A failed one is counted by `_put_off`."""
    if row.state != ScheduledPostGraph.waiting.name or (
        scheduled_at.astimezone(dt.UTC).date() == row.scheduled_at.astimezone(dt.UTC).date()
    ):
        return
    # one at a time per identity, as on creation
    await sql.run("SELECT 1 FROM users_identity WHERE id = %s FOR NO KEY UPDATE", [author.pk])
    await _check_room(author, scheduled_at, but_for=row.pk)


async def retry(*, author: Identity, scheduled_id: int) -> ScheduledPost:
    """Retry a post that could not be published. Raises NotFound if it is not theirs, or did not fail."""
    async with async_atomic():
        row = await _own(author, scheduled_id)
        if row.state != ScheduledPostGraph.failed.name:
            raise NotFound
        await _put_off(author, row, clock.now())
    return row


async def _put_off(author: Identity, row: ScheduledPost, until: dt.datetime) -> None:
    if row.state == ScheduledPostGraph.failed.name:
        await _check_room(author, until)
        await transition(row, ScheduledPostGraph.waiting)
    row.scheduled_at, row.reason = until, ""
    await sql.run(
        """UPDATE activities_scheduledpost SET scheduled_at = %(at)s, state_due_at = %(at)s, post_id = NULL, reason = ''
           WHERE id = %(id)s""",
        {"at": until, "id": row.pk},
    )


async def return_to_author(row: ScheduledPost, problem: Problem) -> None:
    """Return a failed scheduled post to its author: with the reason, and a notification."""
    async with async_atomic():
        kept = await sql.run(
            "UPDATE activities_scheduledpost SET reason = %s WHERE id = %s", [problem.stored(), row.pk]
        )
        if not kept:
            return  # deleted in the meantime
        await notifications.notify_self(kind=NotificationKind.scheduled_failed, identity_id=row.author_id)


async def cancel(*, author: Identity, scheduled_id: int) -> ScheduledPost:
    """Cancel a scheduled post and return it. Raises NotFound if it is not theirs or is published."""
    async with async_atomic():
        row = await _own(author, scheduled_id)
        await sql.run("DELETE FROM activities_scheduledpost WHERE id = %s", [row.pk])
    return row


def draft_of(row: ScheduledPost) -> PostDraft:
    return PostDraft.read(row.draft)


async def publish_scheduled(*, author: Identity, row: ScheduledPost, post_id: int) -> Post:
    """Publish a scheduled post. A reply whose parent is deleted or hidden by now becomes a post of its own.

    Raises IntegrityError if it was published before, BadInput and NotFound as `write_post`.
    """
    draft = draft_of(row)
    # drafts from before the visibility was fixed need their parent, which limits it
    if (
        draft.in_reply_to_id is not None
        and draft.visibility is not None
        and not await may_see(author, draft.in_reply_to_id)
    ):
        draft = msgspec.structs.replace(draft, in_reply_to_id=None)
    return await write_chain(author=author, draft=draft, post_id=post_id, scheduled_id=row.pk)


def _check_time(scheduled_at: dt.datetime) -> None:
    now = clock.now()
    if scheduled_at < now + MIN_DELAY:
        raise Invalid("scheduled_at", "too_soon")
    if scheduled_at > now + dt.timedelta(days=366 * 5):
        raise Invalid("scheduled_at", "too_late")


async def _check_files(author: Identity, draft: PostDraft, *, scheduled_id: int | None = None) -> None:
    """Reserve the draft's files, which may be those of `scheduled_id`. In a transaction."""
    files = draft.all_files
    free = await lock_free_uploads(author.pk, files, scheduled_id=scheduled_id) if files else set()
    if free != set(files):
        raise Invalid("media", "not_free")


async def _check_room(author: Identity, scheduled_at: dt.datetime, *, but_for: int = 0) -> None:
    """Raise BadInput if too many posts are pending in total, or on that day, not counting `but_for`. Served by activities_scheduled_author."""
    row = await sql.one(
        """SELECT count(*), count(*) FILTER (WHERE (scheduled_at AT TIME ZONE 'UTC')::date = (%(at)s AT TIME ZONE 'UTC')::date)
           FROM activities_scheduledpost WHERE author_id = %(author)s AND state = %(waiting)s AND id <> %(but_for)s""",
        {
            "but_for": but_for,
            "at": scheduled_at,
            "author": author.pk,
            "waiting": ScheduledPostGraph.waiting.name,
        },
    )
    assert row is not None
    if row[0] >= MAX_SCHEDULED:
        raise Invalid("scheduled_at", "too_many", most=MAX_SCHEDULED)
    if row[1] >= MAX_PER_DAY:
        raise Invalid("scheduled_at", "too_many_a_day", most=MAX_PER_DAY)


async def _own(author: Identity, scheduled_id: int) -> ScheduledPost:
    """Return and lock one that is pending and not being published, or failed. Raises NotAllowed for an author who did not write it."""
    waits = models.Q(state=ScheduledPostGraph.waiting.name, post_id=None)
    found = ScheduledPost.objects.filter(
        waits | models.Q(state=ScheduledPostGraph.failed.name), pk=scheduled_id, author_id=author.pk
    )
    row = await found.select_for_update(no_key=True).afirst()
    if row is None:
        raise NotFound
    require_own_work(row.written_by)
    return row
