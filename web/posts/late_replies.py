"""Replies that arrive while their conversation is open: the page polls every few seconds until the worker has finished."""

import datetime as dt
from collections.abc import Set
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import HttpResponse

from activities.filters.models import FilterContext
from activities.filters.queries import apply_filters
from activities.posts.queries import posts, threads
from activities.posts.queries.views import PostView
from activities.threads.queries import posts_since
from activities.threads.services.requests import Progress, progress_of
from core import clock
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import BadInput
from web.pages import next_path, render_partial

_COMMITTED_S = 2.0  # what came less than this ago may not be visible yet: it is shown the next time
_FIRST_WAIT_S, _MAX_WAIT_S = 3, 15


class LateReply(NamedTuple):
    """A post and its position on the page, for hx-swap-oob."""

    place: str
    post: PostView


def polling_context(
    progress: Progress | None, since: dt.datetime, path: str, times: int = 0
) -> dict[str, object]:
    """Return the context of posts/_late_replies.html: whether the page at `path` asks again, when and for what."""
    is_running = progress is not None and progress.is_running
    return {
        "asks_again": is_running,
        "wait_s": min(_FIRST_WAIT_S + times, _MAX_WAIT_S),
        "query": urlencode({"since": since.isoformat(), "times": times + 1, "next": path}),
    }


@methods("GET")
async def late_replies(request: Request, post_id: int) -> HttpResponse:
    """Return the posts that came since, each with its place, and the line that asks again; nothing to who has signed out."""
    if request.identity is None:
        return HttpResponse()
    since, times = _asked(request)
    post = await posts.get_post(post_id, request.identity)
    progress = await progress_of(post.shown.id)
    is_over = progress is None or not progress.is_running
    until = clock.now() - dt.timedelta(seconds=0 if is_over else _COMMITTED_S)
    came = await posts_since(post.shown.id, since)
    new = {one for one, at in came.items() if is_over or at < until}
    late = await _placed(request, post, new, came.keys() - new) if new else []
    context = {
        "post": post,
        "late": late,
        "thread": True,
        **polling_context(progress, max(since, until), next_path(request), times),
    }
    return render_partial(request, "posts/_late_replies.html", context)


async def _placed(request: Request, post: PostView, new: Set[int], not_yet: Set[int]) -> list[LateReply]:
    """Return the new posts, each with the one of the page, or of those before it here, that it stands after."""
    around = await threads.context(post.id, request.identity)
    late = [LateReply(f"beforebegin:#post-{post.id}", one) for one in around.ancestors if one.id in new]
    before = "answer"
    for one in around.descendants:
        if one.id in new:
            late.append(LateReply(f"afterend:#{before}", one))
        if one.id not in not_yet:
            before = f"post-{one.id}"
    shown = await apply_filters([one.post for one in late], request.identity, FilterContext.thread)
    kept = {one.id: one for one in shown}
    return [LateReply(one.place, kept[one.post.id]) for one in late if one.post.id in kept]


def _asked(request: Request) -> tuple[dt.datetime, int]:
    try:
        since = dt.datetime.fromisoformat(request.GET.get("since", "")).astimezone(dt.UTC)
        times = int(request.GET.get("times", "0")[:4])
    except (ValueError, OverflowError) as error:
        raise BadInput("This address is incomplete. Reload the conversation.") from error
    return since, max(0, times)
