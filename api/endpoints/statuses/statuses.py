"""Statuses: write, read, edit, delete, with their context and history (docs.joinmastodon.org/methods/statuses)."""

import datetime as dt
from typing import Annotated, Literal

import msgspec

from activities.media.services.attachments import MediaChange
from activities.media.services.uploads import focus_of
from activities.polls.services import PollDraft
from activities.posts.models import Post, Visibility
from activities.posts.queries import threads
from activities.posts.queries.posts import (
    get_own_post,
    get_post,
    get_post_without_content,
    is_own_boost,
    load_posts,
)
from activities.posts.queries.revisions import history
from activities.publishing.services import idempotency, interactions, posting
from activities.publishing.services.drafts import PostDraft
from activities.publishing.services.mentions import UnexpectedMentions
from activities.quotes.services.quotes import POLICIES
from activities.scheduled_posts import services as scheduled_posts
from activities.scheduled_posts.models import ScheduledPost
from activities.threads.services.requests import request_walk
from activities.totals import services as totals
from api import limits
from api.endpoints.statuses.policies import AskedPolicy
from api.endpoints.statuses.scheduled_statuses import render as render_scheduled
from api.entities.context import Context
from api.entities.scheduled_status import ScheduledStatus
from api.entities.status import Status, status, statuses
from api.entities.status_edit import StatusEdit, status_edits
from api.entities.status_source import StatusSource
from api.entities.visibility import FROM_API
from api.errors import MentionsRefused
from api.parameters import NULL_AS_EMPTY, WIDENS_AUDIENCE, Id, Length
from api.people import accounts_of
from api.routing import Call, endpoint
from core import clock
from core.errors import BadInput, NotFound
from core.media.limits import DESCRIPTION_CHARACTERS
from core.texts.html import to_text
from core.texts.languages import known_language

_LIMITED = ("limited", "circle")


async def status_for_caller(call: Call, post_id: int) -> Status:
    """Return the post as the caller sees it. Raises NotFound."""
    return status(await get_post(post_id, call.viewer), call.viewpoint)


class NewPoll(msgspec.Struct):
    options: list[str] = []
    expires_in: int = 0
    multiple: bool = False
    hide_totals: bool = False

    def draft(self) -> PollDraft | None:
        """Return the draft; None for an empty form."""
        if not self.options:
            return None
        return PollDraft(self.options, self.expires_in, self.multiple, self.hide_totals)


ContentType = Annotated[str, Length(100)]  # everything but Markdown is plain text, as before


class NewStatus(msgspec.Struct):
    """A new status. `visibility` is the user's default if absent; `local_only` is an extension, as a visibility and as a flag.

    `circle_id` is an extension as in kmyblue and Fedibird: the post is `limited` to that circle.

    `federated: false` is the name in older GoToSocial. If both flags are sent, the more restrictive one counts.
    """

    status: str = ""
    media_ids: list[Id] = []
    poll: NewPoll | None = None
    in_reply_to_id: Id | None = None
    sensitive: bool | None = None
    spoiler_text: str = ""
    visibility: (
        Literal["public", "unlisted", "private", "direct", "local_only", "limited", "circle"] | None
    ) = None
    circle_id: Id | None = None
    local_only: bool = False
    federated: Annotated[bool, WIDENS_AUDIENCE] = True
    language: Annotated[str, Length(35)] | None = None
    scheduled_at: dt.datetime | None = None
    quoted_status_id: Id | None = None
    quote_approval_policy: Literal["public", "followers", "nobody"] | None = None
    interaction_policy: AskedPolicy | None = None
    allowed_mentions: list[Id] | None = None
    content_type: ContentType | None = None
    expires_in: int | None = None  # seconds until it deletes itself, as in Pleroma and Akkoma


def _text_of(text: str, spoiler_text: str) -> tuple[str, str]:
    """Return text and content warning. A warning without a text becomes the text, as in Mastodon."""
    return (spoiler_text, "") if not text.strip() and spoiler_text.strip() else (text, spoiler_text)


@endpoint("POST", "/api/v1/statuses", scope="write:statuses", auth="user")
async def create(call: Call, asked: NewStatus) -> Status | ScheduledStatus:
    """Publish or schedule a post. With an `Idempotency-Key` a repeated request returns the same post.

    A time in the past means now, as in Mastodon. A text that mentions others than `allowed_mentions` is refused, with a list of them.
    """
    try:
        return await _create(call, asked)
    except UnexpectedMentions as problem:
        accounts = await accounts_of(call, problem.identity_ids)
        raise MentionsRefused(accounts) from problem


async def _create(call: Call, asked: NewStatus) -> Status | ScheduledStatus:
    assert call.caller is not None
    key = call.request.META.get("HTTP_IDEMPOTENCY_KEY", "")
    row_id = None
    if key:
        row_id = await idempotency.id_for(author_id=call.me.pk, key=f"token {call.caller.token_id} {key}")
    if (when := asked.scheduled_at) is not None and when > clock.now():
        row_id = await idempotency.once(ScheduledPost, row_id, lambda: _schedule(call, asked, when, row_id))
        return (await render_scheduled(call, [await ScheduledPost.objects.aget(pk=row_id)]))[0]
    return await status_for_caller(
        call, await idempotency.once(Post, row_id, lambda: _write(call, asked, row_id))
    )


async def _schedule(call: Call, asked: NewStatus, when: dt.datetime, row_id: int | None) -> int:
    draft = await _draft(call, asked)
    row = await scheduled_posts.schedule_post(author=call.me, draft=draft, scheduled_at=when, row_id=row_id)
    return int(row.pk)


async def _write(call: Call, asked: NewStatus, post_id: int | None) -> int:
    draft = await _draft(call, asked)
    return int((await posting.write_post(author=call.me, draft=draft, post_id=post_id)).pk)


async def _draft(call: Call, asked: NewStatus) -> PostDraft:
    assert call.caller is not None
    text, spoiler_text = _text_of(asked.status, asked.spoiler_text)
    return PostDraft(
        text=text,
        content_warning=spoiler_text,
        visibility=await _visibility(call, asked),
        circle_id=asked.circle_id,
        is_sensitive=True if spoiler_text else asked.sensitive,
        language=known_language(asked.language),
        in_reply_to_id=asked.in_reply_to_id,
        application=call.caller.app_name,
        application_website=call.caller.app_website,
        attachments=list(dict.fromkeys(asked.media_ids)),
        poll=asked.poll.draft() if asked.poll else None,
        quoted_id=asked.quoted_status_id,
        quote_policy=_policy(asked.quote_approval_policy),
        allowed_mentions=asked.allowed_mentions,
        expires_after=asked.expires_in,
        is_markdown=asked.content_type == "text/markdown",
        policies=asked.interaction_policy.flags() if asked.interaction_policy else {},
    )


def _policy(word: str | None) -> int | None:
    return POLICIES[word] if word else None


async def _visibility(call: Call, asked: NewStatus) -> Visibility | None:
    """Return the visibility of a post, None for the default. Raises BadInput for a local-only post with a narrower visibility, and a post to a
    circle with another one.

    A local-only post is visible to everyone on the domain, which contradicts an explicit `private` or `direct`. But local-only posts are
    rendered as `private`, and clients copy that into replies.
    """
    if asked.circle_id is not None or asked.visibility in _LIMITED:
        if asked.visibility not in {None, *_LIMITED} or asked.local_only or not asked.federated:
            raise BadInput(code="circle_and_other_visibility")
        return Visibility.limited
    stays_here = asked.local_only or not asked.federated
    if stays_here and asked.visibility in ("private", "direct"):
        parent = await get_post(asked.in_reply_to_id, call.me) if asked.in_reply_to_id else None
        if asked.visibility == "direct" or parent is None or parent.shown.visibility != Visibility.local_only:
            raise BadInput(code="local_only_and_narrower")
    if stays_here:
        return Visibility.local_only
    return Visibility(FROM_API[asked.visibility]) if asked.visibility else None


class StatusIds(msgspec.Struct):
    id: list[Id] = []


@endpoint("GET", "/api/v1/statuses", scope="read:statuses", auth="either")
async def index(call: Call, asked: StatusIds) -> list[Status]:
    """Return the posts with these ids that the caller may see."""
    return statuses(await load_posts(asked.id[:40], call.viewer), call.viewpoint)


@endpoint("GET", "/api/v1/statuses/<id>", scope="read:statuses", auth="either")
async def show(call: Call, id: Id) -> Status:
    """Return one post. For a remote one, its totals are requested, to be fetched soon after."""
    post = await get_post(id, call.viewer)
    if call.viewer is not None:
        await totals.request_totals(post)
    return status(post, call.viewpoint)


class MediaAttributes(msgspec.Struct):
    id: Id
    description: Annotated[str, Length(DESCRIPTION_CHARACTERS), NULL_AS_EMPTY] | None = None
    focus: str | None = None


class Revision(msgspec.Struct):
    status: Annotated[str | None, NULL_AS_EMPTY] = None
    spoiler_text: Annotated[str | None, NULL_AS_EMPTY] = None
    sensitive: bool | None = None
    language: Annotated[str, Length(35)] | None = None
    media_ids: list[Id] | None = None
    media_attributes: list[MediaAttributes] = []
    poll: NewPoll | None = None
    quote_approval_policy: Literal["public", "followers", "nobody"] | None = None
    interaction_policy: AskedPolicy | None = None
    content_type: ContentType | None = None


@endpoint("PUT", "/api/v1/statuses/<id>", scope="write:statuses", auth="user")
async def edit(call: Call, id: Id, revision: Revision) -> Status:
    """Edit a post; absent fields don't change. Its audience never changes."""
    before = await get_own_post(id, call.me)
    warning = before.content_warning if revision.spoiler_text is None else revision.spoiler_text
    text, warning = _text_of(before.source if revision.status is None else revision.status, warning)
    await posting.edit_post(
        author=call.me,
        post_id=id,
        draft=PostDraft(
            text=text,
            is_markdown=revision.content_type == "text/markdown" if revision.content_type else None,
            content_warning=warning,
            is_sensitive=revision.sensitive,
            language=revision.language,
            attachments=None if revision.media_ids is None else list(dict.fromkeys(revision.media_ids)),
            poll=revision.poll.draft() if revision.poll else None,
            quote_policy=_policy(revision.quote_approval_policy),
            policies=revision.interaction_policy.flags() if revision.interaction_policy else {},
        ),
        media_changes={
            one.id: MediaChange(one.description, focus_of(one.focus) if one.focus else None)
            for one in revision.media_attributes
        },
    )
    return await status_for_caller(call, id)


class Deletion(msgspec.Struct):
    delete_media: bool = False


@endpoint("DELETE", "/api/v1/statuses/<id>", scope="write:statuses", auth="user", bucket=limits.DELETES)
async def delete(call: Call, id: Id, deletion: Deletion) -> Status:
    """Delete a post and return its source, so that it can be rewritten. The caller's own boost is undone."""
    if await is_own_boost(id, call.me):
        return await _take_back(call, id)
    post = await get_own_post(id, call.me)
    await posting.delete_post(author=call.me, post_id=id, keeps_media=not deletion.delete_media)
    gone = status(post, call.viewpoint)
    gone.text = post.source
    return gone


async def _take_back(call: Call, boost_id: int) -> Status:
    try:
        boost = await get_post(boost_id, call.me)
    except NotFound:  # its original may no longer be visible
        boost = await get_post_without_content(boost_id, call.me)
    await interactions.unboost(identity=call.me, post_id=boost_id)
    gone = status(boost, call.viewpoint)
    gone.text = ""
    return gone


@endpoint("GET", "/api/v1/statuses/<id>/context", scope="read:statuses", auth="either")
async def context(call: Call, id: Id) -> Context:
    """Return the conversation around a post. For a signed-in user, missing replies are fetched for the next time."""
    found = await threads.context(id, call.viewer)
    if call.viewer is not None:
        progress = await request_walk(id)
        if progress is not None:
            call.headers["Mastodon-Async-Refresh"] = f'id="{id}", retry=5, result_count={progress.posts}'
    return Context(
        statuses(found.ancestors, call.viewpoint),
        statuses(found.descendants, call.viewpoint),
    )


@endpoint("GET", "/api/v1/statuses/<id>/source", scope="read:statuses", auth="app")
async def source(call: Call, id: Id) -> StatusSource:
    """Return the source for editing; the text of a post that has none."""
    post = (await get_post(id, call.viewer)).shown
    text = post.source or to_text(post.content)
    content_type = "text/markdown" if post.is_markdown else "text/plain"
    return StatusSource(str(post.id), text, post.content_warning, content_type)


@endpoint("GET", "/api/v1/statuses/<id>/history", scope="read:statuses", auth="either")
async def edits(call: Call, id: Id) -> list[StatusEdit]:
    """Return all versions of a post, oldest first."""
    post = (await get_post(id, call.viewer)).shown
    return status_edits(post, await history(post.id, call.viewer), call.domain)
