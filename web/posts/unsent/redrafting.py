"""Deleting a post to rewrite it, keeping all its contents."""

import datetime as dt

from django.http import HttpResponse
from django.utils.translation import gettext as _

from activities.posts.queries.posts import get_own_post, get_post
from activities.posts.queries.views import PostView
from activities.posts.services.expiry import expires_at
from activities.saved_drafts import services as saved_drafts
from core import clock
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import Invalid, NotFound
from core.pages.addresses import path_to
from users.identities.models import Identity
from web.error_messages import error_message
from web.pages import next_path, page, redirect_with_message, signed_in
from web.posts.audience import Audience
from web.posts.compose_forms import EXPIRIES
from web.posts.own.poll_form import DURATIONS


@methods("GET", "POST")
@signed_in
async def redraft(request: Request, post_id: int) -> HttpResponse:
    """Ask first; then delete a post and open it in the composer as a draft."""
    post = await get_own_post(post_id, request.identity)
    if request.method == "GET":
        return page(request, "posts/own/redraft.html", {"post": post})
    try:
        draft_id = await saved_drafts.redraft(
            author=request.identity,
            post_id=post.id,
            fields=await _fields_of(request.identity, post),
            files=[item.id for item in post.attachments],
        )
    except Invalid as refused:
        back = next_path(request, path_to("home"))
        return redirect_with_message(request, back, error_message(refused), kind="bad")
    said = _("Post deleted. It is a draft now.")
    if post.is_pinned:
        said = _("Post deleted. It is a draft now. It was pinned to your profile: pin the new post again.")
    return redirect_with_message(request, path_to("compose", {"draft": str(draft_id)}), said)


async def _fields_of(viewer: Identity, post: PostView) -> dict[str, str]:
    """Return the values of the composer's fields for a post, without a deleted parent or quoted post."""
    values: dict[str, object] = {
        "text": post.source,
        "content_warning": post.content_warning,
        "language": post.language or "",
        "visibility": Audience.value(post.visibility, post.circle.id if post.circle else None),
        "reply_to": await _still_there(viewer, post.in_reply_to_id),
        "quote": await _still_there(viewer, post.quote_of_id),
        "quote_policy": post.quote_policy,
        "reply_policy": post.reply_policy,
        "like_policy": post.like_policy,
        "boost_policy": post.boost_policy,
        "is_sensitive": post.is_sensitive or None,
        "is_markdown": post.is_markdown or None,
        "expires_after": _time_left(await expires_at(viewer, post.id)),
    }
    if post.question is not None:
        values |= {f"option_{number}": one.title for number, one in enumerate(post.question.options, 1)}
        values |= {
            "poll_multiple": post.question.multiple or None,
            "poll_hides": post.question.hides_totals or None,
            "poll_seconds": _duration(post),
        }
    return {name: str(value) for name, value in values.items() if value is not None}


async def _still_there(viewer: Identity, post_id: int | None) -> int | None:
    try:
        return None if post_id is None else (await get_post(post_id, viewer)).id
    except NotFound:
        return None


def _time_left(at: dt.datetime | None) -> int | None:
    """Return the choice of the composer nearest to the time until the post would have deleted itself."""
    if at is None:
        return None
    left = (at - clock.now()).total_seconds()
    return min((seconds for seconds, _ in EXPIRIES), key=lambda seconds: abs(seconds - left))


def _duration(post: PostView) -> int | None:
    """Return the choice of the composer nearest to the duration of the post's poll."""
    if post.question is None or post.question.ends_at is None:
        return None
    lasted = (dt.datetime.fromisoformat(post.question.ends_at) - post.created_at).total_seconds()
    return min((seconds for seconds, _ in DURATIONS), key=lambda seconds: abs(seconds - lasted))
