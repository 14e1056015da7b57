"""Fetching the parents of remote replies: the direct parent before a reply is published, because it may require approval, the other
ancestors afterwards.
"""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable

from activities.posts import events
from activities.posts.models import Post, PostGraph
from activities.posts.services import counters
from activities.publishing.services.fetching import fetch_ancestors_from, fetch_parent, look_for
from core import clock
from core.errors import Problem
from core.http import FetchError
from core.logs import get_logger
from federation.fetching import pacing, slots
from federation.fetching.retries import retry_of
from federation.peers import host_of
from stator import Outcome, later, to

log = get_logger(__name__)

_MAX_TRIES = 3
_FETCH_S = 15.0  # for all of them together
_HIDDEN_FOR = dt.timedelta(seconds=10)  # the longest that a reply waits for a fetch slot
_LATER = "its server gave no answer lately"


@PostGraph.early.each(concurrency=slots.CONCURRENCY, lease=dt.timedelta(seconds=20))
async def look_at_parent(post: Post) -> Outcome:
    """Fetch the parent of a reply before the reply is published: if the parent's author has to approve it, it is held instead."""
    return await _look(post, fetch_parent) or to(PostGraph.new, effect=_counting(post))


@PostGraph.unseen.each(concurrency=slots.CONCURRENCY, lease=dt.timedelta(seconds=20))
async def look_above(post: Post) -> Outcome:
    """Fetch the parent of a fetched reply before it is shown.

    At low priority: an outbox may list forty replies to posts of one server.
    """
    pacing.is_paced.set(True)
    return await _look(post, fetch_ancestors_from) or to(PostGraph.fetched, effect=_counting(post))


def _counting(post: Post) -> Callable[[], Awaitable[None]]:
    async def count() -> None:
        await counters.count_shown(await Post.objects.aget(pk=post.pk))

    return count


async def _look(post: Post, fetch: Callable[[str], Awaitable[None]]) -> Outcome | None:
    """Fetch the parent of a post, in one attempt. Return an outcome if there is no free slot for it."""
    slots.is_bounded.set(True)
    try:
        await look_for(post, fetch)
    except slots.NoSlot as error:
        if clock.now() - post.state_changed_at < _HIDDEN_FOR:
            return later(error.reason, dt.timedelta(seconds=min(error.after_s, 2.0)), is_attempt=False)
    return None


@PostGraph.orphaned.each(concurrency=slots.CONCURRENCY, lease=dt.timedelta(seconds=60))
async def fetch_ancestors(post: Post) -> Outcome:
    """Fetch the ancestors of a post as far up as their servers provide them; a partial chain is kept."""
    if waits := await _fetch(post):
        return waits

    async def show() -> None:
        await events.on_ancestors_fetched.emit([post.pk])  # followers of both now see the reply

    return to(PostGraph.fanned_out, effect=show)


@PostGraph.fetched.each(concurrency=slots.CONCURRENCY, lease=dt.timedelta(seconds=60))
async def complete_thread(post: Post) -> Outcome:
    """Fetch the ancestors of a post that arrived by a boost or a search and is in no home timeline."""
    return await _fetch(post) or to(PostGraph.fanned_out)


async def _fetch(post: Post) -> Outcome | None:
    """Fetch the parent of the post, and so on upward. Return the outcome of an attempt that should be repeated."""
    slots.is_bounded.set(True)
    is_last = post.state_attempts >= _MAX_TRIES
    if slots.is_silent(host_of(post.in_reply_to_uri)):  # many replies to a dead server cost it a few requests
        return None if is_last else later(_LATER)
    try:
        async with asyncio.timeout(_FETCH_S):
            await fetch_ancestors_from(post.in_reply_to_uri)
    except FetchError as error:
        log.info("post.parent_not_fetched", post=post.pk, kind=error.kind, detail=error.detail)
        if retry := retry_of(error, is_last=is_last):
            return retry
    except Problem as problem:
        log.info("post.parent_not_used", post=post.pk, reason=problem.detail or problem.sentence)
    except TimeoutError:
        log.info("post.parent_not_fetched", post=post.pk, kind="timeout", detail="")
    return None
