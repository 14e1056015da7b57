"""Posts that are to appear later. A draft is checked now and written by the worker, once, whatever is killed meanwhile."""

import datetime as dt
from typing import Any

import msgspec
from django.db import models

from activities.media.services.attachments import free_uploads
from activities.notifications.models import NotificationKind
from activities.notifications.services import notify as notifications
from activities.polls.services import PollDraft, new_question
from activities.posts.models import Post, Visibility
from activities.posts.queries.visibility import may_see
from activities.publishing.services import posting
from activities.quotes.services import quotes
from activities.scheduled_posts.models import ScheduledPost, ScheduledPostGraph
from core import clock
from core.db import async_atomic, sql
from core.errors import BadInput, NotFound
from stator import transition
from users.identities.models import Identity

EARLIEST = dt.timedelta(minutes=5)
MOST = 300
MOST_A_DAY = 25
_TOO_SOON = "Validation failed: Scheduled at The scheduled date must be in the future"


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What write_post gets, but for the author; and what the API shows of it until then."""

    text: str
    visibility: int | None = None
    content_warning: str = ""
    is_sensitive: bool | None = None
    language: str | None = None
    in_reply_to_id: int | None = None
    application: str = ""
    application_website: str = ""
    attachments: list[int] = []
    poll: PollDraft | None = None
    quoted_id: int | None = None
    quote_policy: int | None = None
    allowed_mentions: list[int] | None = None


async def schedule_post(
    *, author: Identity, draft: Draft, scheduled_at: dt.datetime, row_id: int | None = None
) -> ScheduledPost:
    """Schedule a draft. Raises BadInput and NotFound as `write_post` would, and for a time that is too near.

    Who may see and quote it is settled now: a default that is loosened meanwhile does not open it, nor the end of a post that it answers.
    """
    _check_time(scheduled_at)
    wanted = None if draft.visibility is None else Visibility(draft.visibility)
    visibility = await posting.visibility_now(author, wanted, draft.in_reply_to_id)
    draft = msgspec.structs.replace(draft, visibility=int(visibility))
    if draft.quote_policy is None:
        draft = msgspec.structs.replace(draft, quote_policy=author.default_quote_policy)
    await _check_draft(author, draft)
    async with async_atomic():
        # one at a time for each identity, or two at once could both be the last that is allowed
        await sql.run("SELECT 1 FROM users_identity WHERE id = %s FOR NO KEY UPDATE", [author.pk])
        await _check_room(author, scheduled_at)
        await _check_files(author, draft)
        return await ScheduledPost.objects.acreate(
            **({"id": row_id} if row_id else {}),
            author=author,
            draft=msgspec.to_builtins(draft),
            scheduled_at=scheduled_at,
            state_due_at=scheduled_at,
        )


async def reschedule(*, author: Identity, scheduled_id: int, scheduled_at: dt.datetime) -> ScheduledPost:
    """Change the time of a scheduled post, also of one that failed. Raises NotFound when it is not theirs or is published."""
    _check_time(scheduled_at)
    async with async_atomic():
        row = await _own(author, scheduled_id)
        await _put_off(author, row, scheduled_at)
    return row


async def try_again(*, author: Identity, scheduled_id: int) -> ScheduledPost:
    """Retry a post that could not be published. Raises NotFound when it is not theirs, or nothing failed."""
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


async def give_back(row: ScheduledPost, reason: str) -> None:
    """Return a failed scheduled post to its author: with the reason, and a notification."""
    async with async_atomic():
        kept = await sql.run(
            "UPDATE activities_scheduledpost SET reason = %s WHERE id = %s", [reason[:500], row.pk]
        )
        if not kept:
            return  # deleted meanwhile
        await notifications.notify_self(kind=NotificationKind.scheduled_failed, identity_id=row.author_id)


async def cancel(*, author: Identity, scheduled_id: int) -> None:
    """Cancel a scheduled post. Raises NotFound when it is not theirs or is published."""
    async with async_atomic():
        row = await _own(author, scheduled_id)
        await sql.run("DELETE FROM activities_scheduledpost WHERE id = %s", [row.pk])


def draft_of(row: ScheduledPost) -> Draft:
    return msgspec.convert(row.draft, Draft)


async def publish(
    *, author: Identity, draft: Draft, post_id: int | None = None, scheduled_id: int | None = None
) -> Post:
    """Publish a scheduled post under its id. Raises IntegrityError when it was before, BadInput and NotFound as `write_post`."""
    fields: dict[str, Any] = {name: getattr(draft, name) for name in Draft.__struct_fields__}
    fields["visibility"] = None if draft.visibility is None else Visibility(draft.visibility)
    return await posting.write_post(author=author, post_id=post_id, scheduled_id=scheduled_id, **fields)


async def publish_scheduled(*, author: Identity, row: ScheduledPost, post_id: int) -> Post:
    """Publish what was scheduled. A reply whose parent is gone or hidden by now is a post of its own. Raises what `publish` does."""
    draft = draft_of(row)
    # drafts of before the visibility was settled need their parent, which had a say in it
    if (
        draft.in_reply_to_id is not None
        and draft.visibility is not None
        and not await may_see(author, draft.in_reply_to_id)
    ):
        draft = msgspec.structs.replace(draft, in_reply_to_id=None)
    return await publish(author=author, draft=draft, post_id=post_id, scheduled_id=row.pk)


def _check_time(scheduled_at: dt.datetime) -> None:
    now = clock.now()
    if scheduled_at < now + EARLIEST or scheduled_at > now + dt.timedelta(days=366 * 5):
        raise BadInput(_TOO_SOON)


async def _check_draft(author: Identity, draft: Draft) -> None:
    posting.check_text(
        draft.text, draft.content_warning, needs_text=not draft.attachments and draft.quoted_id is None
    )
    if len(draft.attachments) > posting.ATTACHMENTS or (draft.attachments and draft.poll):
        raise BadInput(f"Validation failed: Cannot attach more than {posting.ATTACHMENTS} files")
    if draft.poll:
        new_question(draft.poll)
    await posting.check_mentions(author, draft.text, draft.allowed_mentions)
    if draft.quoted_id is not None:
        await quotes.quotable(author, draft.quoted_id)


async def _check_files(author: Identity, draft: Draft) -> None:
    """They are kept for it from now on. In a transaction."""
    free = await free_uploads(author.pk, draft.attachments) if draft.attachments else set()
    if free != set(draft.attachments):
        raise BadInput("Validation failed: Media attachment is not yours, or in use")


async def _check_room(author: Identity, scheduled_at: dt.datetime) -> None:
    """Raise BadInput when too many posts wait in all, or on that day. Served by activities_scheduled_author."""
    row = await sql.one(
        """SELECT count(*), count(*) FILTER (WHERE (scheduled_at AT TIME ZONE 'UTC')::date = (%(at)s AT TIME ZONE 'UTC')::date)
           FROM activities_scheduledpost WHERE author_id = %(author)s AND state = %(waiting)s""",
        {"at": scheduled_at, "author": author.pk, "waiting": ScheduledPostGraph.waiting.name},
    )
    assert row is not None
    if row[0] >= MOST:
        raise BadInput(f"Validation failed: You have exceeded the limit of {MOST} scheduled posts")
    if row[1] >= MOST_A_DAY:
        raise BadInput(
            f"Validation failed: You have exceeded the limit of {MOST_A_DAY} scheduled posts for that day"
        )


async def _own(author: Identity, scheduled_id: int) -> ScheduledPost:
    """One that waits and is not being published, or that came back. Locked."""
    waits = models.Q(state=ScheduledPostGraph.waiting.name, post_id=None)
    found = ScheduledPost.objects.filter(
        waits | models.Q(state=ScheduledPostGraph.failed.name), pk=scheduled_id, author_id=author.pk
    )
    row = await found.select_for_update(no_key=True).afirst()
    if row is None:
        raise NotFound
    return row
