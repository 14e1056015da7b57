"""Replies that arrive while their conversation is open.

The page polls every few seconds until the worker has searched other servers, and when it is notified of a reply
(static/js/live/thread.js).
"""

import datetime as dt
from collections.abc import Mapping, Set
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils.translation import gettext as _

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
from web.pages import next_path, render_partial, signed_in
from web.posts.thread.tree import Thread, parents_shown, rows_of

_COMMITTED_S = 2.0  # newer posts may not be visible yet: they are shown next time
_FIRST_WAIT_S, _MAX_WAIT_S = 3, 15
_OVERLAP_S = 10.0  # posts not committed at the last request are included; the page ignores those it has
_MOST = 100  # replies returned at once; a page left open for days shows the rest when it is reloaded
_MAX_NUMBER = 9999


class LateReply(NamedTuple):
    """A post and its position on the page, for hx-swap-oob. An edited one with replies keeps its position."""

    place: str
    post: PostView
    stays: bool = False


class Found(NamedTuple):
    """The number of replies that arrived while the page was open, and of those that are not on it (folded, or on another page)."""

    total: int = 0
    unplaced: int = 0


_NOTHING = Found()


def polling_context(
    progress: Progress | None, since: dt.datetime, path: str, times: int = 0, found: Found = _NOTHING
) -> dict[str, object]:
    """Return the context of posts/thread/_late_replies.html: whether the page at `path` polls again, when and for what."""
    is_running = progress is not None and progress.is_running
    asked = {"since": since.isoformat(), "times": times + 1, "next": path}
    if found.total:
        asked |= {"found": found.total, "unplaced": found.unplaced}
    return {
        "asks_again": is_running,
        "found": found,
        "wait_s": min(_FIRST_WAIT_S + times, _MAX_WAIT_S),
        "query": urlencode(asked),
    }


@methods("GET")
async def late_replies(request: Request, post_id: int) -> HttpResponse:
    """Return the posts that arrived since, each with its position, and the element that polls again; nothing after signing out."""
    if request.identity is None:
        return HttpResponse()
    since, times, found = _asked(request)
    post = await posts.get_post(post_id, request.identity)
    progress = await progress_of(post.shown.id)
    is_over = progress is None or not progress.is_running
    until = clock.now() - dt.timedelta(seconds=0 if is_over else _COMMITTED_S)
    came = await posts_since(post.shown.id, since)
    new = {one for one, at in came.items() if is_over or at < until}
    late: list[LateReply] = []
    if new:
        late, unplaced = await _placed(request, post.shown, new, came.keys() - new)
        total = sum(not one.stays for one in late) + unplaced
        found = Found(found.total + total, found.unplaced + unplaced)
    context = {
        "post": post,
        "late": late,
        "thread": True,
        **polling_context(progress, max(since, until), next_path(request), times, found),
    }
    return render_partial(request, "posts/thread/_late_replies.html", context)


@methods("GET")
@signed_in
async def arrived(request: Request, post_id: int) -> HttpResponse:
    """Return the replies that arrived since, each with the post under which it is shown, whatever the page folds."""
    since = _since(request) - dt.timedelta(seconds=_OVERLAP_S)
    now = clock.now()
    root = (await posts.get_post(post_id, request.identity)).shown
    came = await posts_since(root.id, since)
    late: list[LateReply] = []
    if came:
        around = await threads.context(root.id, request.identity)
        below = await apply_filters(around.descendants, request.identity, FilterContext.thread)
        above = parents_shown(root.id, around.parents, {one.id for one in below})
        late = [LateReply(str(above[one.id]), one) for one in below if one.id in came][:_MOST]
    context = {"late": late, "thread": True, "since": now.isoformat()}
    return render_partial(request, "posts/thread/_arrived.html", context)


async def _placed(
    request: Request, root: PostView, new: Set[int], not_yet: Set[int]
) -> tuple[list[LateReply], int]:
    """Return the new posts with their positions, and how many have none on the page."""
    around = await threads.context(root.id, request.identity)
    viewer = request.identity
    above = await apply_filters(
        [one for one in around.ancestors if one.id in new], viewer, FilterContext.thread
    )
    late = [LateReply(f"beforebegin:#post-{root.id}", one) for one in above]
    below = [one for one in around.descendants if one.id not in not_yet]
    below = await apply_filters(below, viewer, FilterContext.thread)
    thread = Thread(root, below, around.parents)
    shown = list(rows_of(thread.tree()))
    answered = {thread.above[one.id] for one in shown if one.id not in new}
    late += [_reply(one, thread.above, answered) for one in shown if one.id in new]
    return late, len(new & {one.id for one in below}) - len(new & {one.id for one in shown})


def _reply(post: PostView, above: Mapping[int, int], answered: Set[int]) -> LateReply:
    stays = post.edited_at is not None and post.id in answered
    place = f"outerHTML:#post-{post.id}" if stays else f"beforeend:#replies-{above[post.id]}"
    return LateReply(place, post, stays)


def _asked(request: Request) -> tuple[dt.datetime, int, Found]:
    since = _since(request)
    try:
        times, total, unplaced = (
            int(request.GET.get(name, "0")[:4]) for name in ("times", "found", "unplaced")
        )
    except ValueError as error:
        raise BadInput(_("This address is incomplete. Reload the conversation.")) from error
    return since, max(0, times), Found(min(max(0, total), _MAX_NUMBER), max(0, unplaced))


def _since(request: Request) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(request.GET.get("since", "")).astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise BadInput(_("This address is incomplete. Reload the conversation.")) from error
