"""Scheduled posts: list, change, cancel, retry, and turn back into drafts. The composer is the form that changes one (web/posts/compose.py)."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from activities.publishing.services.drafts import PostDraft
from activities.saved_drafts import services as saved_drafts
from activities.scheduled_posts import services as scheduled_posts
from activities.scheduled_posts.models import ScheduledPost, ScheduledPostGraph
from activities.scheduled_posts.queries import scheduled_post, scheduled_posts_of, uploads
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import Invalid, NotFound
from core.pages.addresses import path_to
from users.logins.access import may_change, require_own_work
from web.error_messages import error_message
from web.pages import page, redirect_with_message, signed_in
from web.paging import PAGE_SIZE, requested_page
from web.posts.audience import Audience
from web.posts.compose_files import media_field
from web.posts.compose_forms import PostForm

_NOT_OF_A_DRAFT = {"scheduled", "scheduled_at", "utc_offset"}


@methods("GET")
@signed_in
async def scheduled(request: Request) -> HttpResponse:
    rows = await scheduled_posts_of(request.identity, requested_page(request))
    drafts = [scheduled_posts.draft_of(row) for row in rows]
    files = await uploads(request.identity, {one for draft in drafts for one in draft.all_files})
    items = [
        {
            "row": row,
            "draft": draft,
            "may_change": may_change(row.written_by),
            "files": [files[one] for one in draft.files if one in files],
            "parts": [(part, [files[one] for one in part.files if one in files]) for part in draft.parts],
        }
        for row, draft in zip(rows, drafts, strict=True)
    ]
    context = {"items": items, "older": rows[-1].pk if len(rows) >= PAGE_SIZE else None}
    return page(request, "posts/unsent/scheduled.html", context)


@methods("GET", "POST")
@signed_in
async def cancel(request: Request, scheduled_id: int) -> HttpResponse:
    if request.method == "GET":
        row = await scheduled_post(request.identity, scheduled_id)
        require_own_work(row.written_by)
        context = {"row": row, "draft": scheduled_posts.draft_of(row)}
        return page(request, "posts/unsent/delete_scheduled.html", context)
    await scheduled_posts.cancel(author=request.identity, scheduled_id=scheduled_id)
    return redirect_with_message(request, path_to("scheduled"), _("Scheduled post deleted."))


@methods("POST")
@signed_in
async def try_again(request: Request, scheduled_id: int) -> HttpResponse:
    await scheduled_posts.retry(author=request.identity, scheduled_id=scheduled_id)
    return redirect_with_message(
        request,
        path_to("scheduled"),
        _("It will be published in a moment. If it fails again, you will find it here with the reason."),
    )


@methods("POST")
@signed_in
async def to_draft(request: Request, scheduled_id: int) -> HttpResponse:
    """Turn a scheduled post back into a draft, and open it in the composer."""
    row = await scheduled_post(request.identity, scheduled_id)
    fields = {
        name: str(value)
        for name, value in values_of(row).items()
        if name not in _NOT_OF_A_DRAFT and value is not None and value is not False
    }
    try:
        draft_id = await saved_drafts.unschedule(
            author=request.identity, scheduled_id=scheduled_id, fields=fields
        )
    except Invalid as refused:
        return redirect_with_message(request, path_to("scheduled"), error_message(refused), kind="bad")
    return redirect_with_message(
        request,
        path_to("compose", {"draft": str(draft_id)}),
        _("It is a draft now, and won't be published automatically."),
    )


async def opened(request: Request, named: str) -> ScheduledPost | None:
    """Return the scheduled post that the composer changes. Raises NotFound if it does not exist."""
    if not named:
        return None
    if not (named.isascii() and named.isdigit() and len(named) < 20):
        raise NotFound(code="scheduled_not_found")
    try:
        row = await scheduled_post(request.identity, int(named))
    except NotFound as error:
        raise NotFound(code="scheduled_not_found") from error
    require_own_work(row.written_by)
    return row


async def is_there(request: Request, scheduled_id: int) -> bool:
    try:
        await scheduled_post(request.identity, scheduled_id)
    except NotFound:
        return False
    return True


async def keep_choices(request: Request, form: PostForm) -> None:
    """Keep values of a scheduled post, set by an app, that are not among the form's choices."""
    try:
        row = await opened(request, str(form["scheduled"].value() or ""))
    except NotFound:  # published in the meantime: the text is still shown
        return
    if row is not None:
        form.keep_choices(values_of(row))


async def change(request: Request, form: PostForm, draft: PostDraft) -> HttpResponse:
    """Save a valid form as its scheduled post. Raises Problem as the service does."""
    await scheduled_posts.change(
        author=request.identity,
        scheduled_id=form.cleaned_data["scheduled"],
        draft=draft,
        scheduled_at=form.when,
    )
    said = _("It will be published in a moment.")
    if form.when is not None:
        said = _("Saved. Your post will be published on {when}.")
    return redirect_with_message(request, path_to("scheduled"), said, when=form.when)


def values_of(row: ScheduledPost) -> dict[str, object]:
    """Return the values of the composer's fields for a scheduled post."""
    draft = scheduled_posts.draft_of(row)
    values: dict[str, object] = {
        "scheduled": row.pk,
        "text": draft.text,
        "is_markdown": bool(draft.is_markdown),
        "content_warning": draft.content_warning,
        "language": draft.language or "",
        "visibility": None if draft.visibility is None else Audience.value(draft.visibility, draft.circle_id),
        "reply_to": draft.in_reply_to_id,
        "quote": draft.quoted_id,
        "expires_after": draft.expires_after,
        "quote_policy": draft.quote_policy,
        **{f"{kind}_policy": flags for kind, flags in draft.policies.items()},
    }
    if draft.is_sensitive is not None:
        values["is_sensitive"] = draft.is_sensitive
    for place, part in enumerate(draft.parts, 1):
        values |= {
            f"chain_{place}": part.text,
            f"warning_{place}": part.content_warning,
            f"bare_{place}": part.is_open,
            media_field(place): " ".join(map(str, part.files)),
        }
    if draft.poll is not None:
        values |= {f"option_{number}": words for number, words in enumerate(draft.poll.options, 1)}
        values |= {
            "poll_seconds": draft.poll.expires_in,
            "poll_multiple": draft.poll.multiple,
            "poll_hides": draft.poll.hides_totals,
        }
    if row.state == ScheduledPostGraph.waiting.name:
        # no offset: the field is in UTC, and the script converts it to the reader's zone
        values |= {"scheduled_at": row.scheduled_at, "utc_offset": 0}
    return values
