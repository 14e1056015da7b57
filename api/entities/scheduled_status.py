"""ScheduledStatus: docs.joinmastodon.org/entities/ScheduledStatus"""

from collections.abc import Mapping

import msgspec
from msgspec import UNSET, UnsetType

from activities.posts.models import Visibility
from activities.posts.queries.views import AttachmentView
from activities.quotes.services.quotes import POLICY_WORDS
from activities.scheduled_posts.models import ScheduledPost
from activities.scheduled_posts.services import draft_of
from api.entities.media_attachment import MediaAttachment, media_attachment
from api.entities.times import timestamp
from api.entities.visibility import TO_API, StatusVisibility
from api.error_messages import stored_error_message


class ScheduledPoll(msgspec.Struct):
    """A poll. `options` are texts, `expires_in` is in seconds from its publication."""

    options: list[str]
    expires_in: int
    multiple: bool = False
    hide_totals: bool = False


class ScheduledParams(msgspec.Struct, kw_only=True):
    text: str
    poll: ScheduledPoll | None
    media_ids: list[str] | None
    sensitive: bool | None
    spoiler_text: str | None
    visibility: StatusVisibility | None
    local_only: bool = False
    circle_id: str | UnsetType = UNSET
    in_reply_to_id: int | None
    language: str | None
    application_id: int
    scheduled_at: None = None
    idempotency: str | None = None
    with_rate_limit: bool = False
    allowed_mentions: list[str] | None = None
    quoted_status_id: str | None = None
    quote_approval_policy: str | None = None


class ScheduledStatus(msgspec.Struct, kw_only=True):
    """A scheduled status. `failure_reason` is an extension, present if it could not be published. It then waits to be rescheduled or deleted."""

    id: str
    scheduled_at: str
    params: ScheduledParams
    media_attachments: list[MediaAttachment]
    failure_reason: str | UnsetType = UNSET


def scheduled_status(row: ScheduledPost, media: Mapping[int, AttachmentView], app_id: int) -> ScheduledStatus:
    draft = draft_of(row)
    poll = draft.poll
    return ScheduledStatus(
        id=str(row.pk),
        scheduled_at=timestamp(row.scheduled_at),
        params=ScheduledParams(
            text=draft.text,
            poll=ScheduledPoll(list(poll.options), poll.expires_in, poll.multiple, poll.hides_totals)
            if poll
            else None,
            media_ids=[str(one) for one in draft.files] or None,
            sensitive=draft.is_sensitive,
            spoiler_text=draft.content_warning or None,
            visibility=None if draft.visibility is None else TO_API[draft.visibility],
            local_only=draft.visibility == Visibility.local_only,
            circle_id=str(draft.circle_id) if draft.circle_id else UNSET,
            in_reply_to_id=draft.in_reply_to_id,
            language=draft.language,
            allowed_mentions=None
            if draft.allowed_mentions is None
            else [str(one) for one in draft.allowed_mentions],
            application_id=app_id,
            quoted_status_id=str(draft.quoted_id) if draft.quoted_id else None,
            quote_approval_policy=None if draft.quote_policy is None else POLICY_WORDS[draft.quote_policy],
        ),
        media_attachments=[
            media_attachment(media[one], is_local=True) for one in draft.files if one in media
        ],
        failure_reason=stored_error_message(row.reason) if row.reason else UNSET,
    )
